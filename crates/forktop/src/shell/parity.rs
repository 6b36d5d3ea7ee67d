//! That a shell may do what the process may: what that is, read from its copy, and the difference that is left.
use super::capabilities::KEEP_CAPS;
use super::descriptors::Handed;
use super::enter::{EnterError, process};
use super::ids::{Ids, ids};
use super::limits::{Widened, widen};
use crate::proc_file::ignored;
use privileges::{Change, Changed, Difference, Direction, Privileges};
use tracee::{Call, Inside, Instruction};

const PR_GET_DUMPABLE: u64 = 3;
const PR_GET_SECUREBITS: u64 = 27;
/// No personality: it is only told (personality(2)).
const TELL: u64 = 0xffff_ffff;

/// What a copy may do before anything was done in it: what the process may.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) privileges: Privileges,
    /// The signals that it ignores: signal n is bit n - 1.
    pub(super) ignored: u64,
    /// Whether it can be looked into by others of its user (`PR_GET_DUMPABLE`, prctl(2)); `None` if a filter refuses to say.
    pub(super) dumpable: Option<u64>,
    /// How its capabilities are treated (capabilities(7)).
    pub(super) securebits: Option<u64>,
    /// By which rules it runs (personality(2)).
    pub(super) personality: Option<u64>,
    /// Its group and user ids, as its own user namespace numbers them.
    pub(super) ids: [Option<Ids>; 2],
    /// Its filters, where they can be read.
    pub(super) filters: Option<Vec<Vec<Instruction>>>,
    /// The limits that are not its own in the copy.
    pub(super) widened: Vec<Widened>,
}

impl Before {
    /// Reads it, and widens the limits that stand in the way of that and of what follows.
    pub(super) async fn read(copy: &Inside) -> Result<Self, EnterError> {
        let privileges = process(copy)?.privileges()?;
        let widened = widen(copy, &privileges).await;
        Ok(Self {
            ignored: ignored(copy.process()),
            dumpable: ask(copy, "prctl", PR_GET_DUMPABLE).await,
            securebits: ask(copy, "prctl", PR_GET_SECUREBITS).await,
            personality: ask(copy, "personality", TELL).await,
            ids: ids(copy).await,
            filters: copy.filters().ok(),
            privileges,
            widened,
        })
    }

    /// The numbers of what it has open that an exec would close.
    pub(super) fn closed_by_exec(&self) -> impl Iterator<Item = u64> {
        let open = self.privileges.descriptors.known().into_iter().flatten();
        let closed = open.filter(|descriptor| descriptor.close_on_exec);
        closed.map(|descriptor| descriptor.number.into())
    }
}

async fn ask(copy: &Inside, name: &'static str, what: u64) -> Option<u64> {
    let answer = copy.call(&Call::new(name).number(what)).await;
    answer.ok().map(|answer| answer.value)
}

/// What a shell lacks of what the process may do, before its first instruction.
///
/// # Errors
/// It could do more: it is not to begin.
pub(super) async fn lacks(
    shell: &Inside,
    before: &Before,
    handed: &Handed,
) -> Result<Vec<String>, EnterError> {
    let after = process(shell)?.privileges()?;
    let mut lacks = lacking(&before.privileges, &after, handed)?;
    if before.filters.is_some() && before.filters != shell.filters().ok() {
        return Err(EnterError::More("other filters".to_owned()));
    }
    let now = ask(shell, "prctl", PR_GET_SECUREBITS).await;
    if let Some((was, now)) = before.securebits.zip(now).filter(|(was, now)| was != now) {
        let words = format!("securebits {was:#x} → {now:#x}");
        if was & !KEEP_CAPS != now & !KEEP_CAPS {
            return Err(EnterError::More(words));
        }
        lacks.push(words);
    }
    let now = ask(shell, "personality", TELL).await;
    if let Some((was, now)) = before.personality.zip(now).filter(|(was, now)| was != now) {
        lacks.push(format!("personality {was:#x} → {now:#x}"));
    }
    Ok(lacks)
}

/// What /proc tells of that.
fn lacking(
    before: &Privileges,
    after: &Privileges,
    handed: &Handed,
) -> Result<Vec<String>, EnterError> {
    let difference = Difference::between(before, after);
    let counts = |change: &&Change| !is_handed(change, handed);
    let counting: Vec<_> = difference.changes.iter().filter(counts).collect();
    let more: Vec<_> = counting
        .iter()
        .filter(|change| change.direction == Direction::Gained)
        .map(ToString::to_string)
        .collect();
    if !more.is_empty() {
        return Err(EnterError::More(more.join("; ")));
    }
    // What they say only their tracer is told; that there are as many of them is seen here.
    let unknown = difference.unknown.iter().filter(|it| it.what != "filters");
    let unknown = unknown.map(ToString::to_string);
    let lacking = counting.iter().map(ToString::to_string);
    Ok(lacking.chain(unknown).collect())
}

/// Whether a change is one of what was handed in, or of the number of what had the place of that.
fn is_handed(change: &Change, handed: &Handed) -> bool {
    let Changed::Descriptor { from, to } = &change.what else {
        return false;
    };
    let number = from.as_ref().or(to.as_ref()).map(|it| it.number);
    number.is_some_and(|number| {
        let number = u64::from(number);
        let own = handed.own_streams.contains(&Some(number));
        number < 3 || own || handed.kept == Some(number)
    })
}
