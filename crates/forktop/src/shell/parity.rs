//! That a shell may do what the process may: what that is, read from its copy, and the difference that is left.
use super::descriptors::Handed;
use super::enter::{EnterError, process};
use privileges::{Change, Changed, Difference, Direction, Privileges, Seen};
use tracee::{Call, Data, Inside};

const PR_GET_DUMPABLE: u64 = 3;
const PR_GET_SECUREBITS: u64 = 27;

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
    /// Its saved user and group ids, as its own user namespace numbers them.
    pub(super) saved: [Option<u32>; 2],
}

impl Before {
    pub(super) async fn read(copy: &Inside) -> Result<Self, EnterError> {
        let ask = async |what| {
            let answer = copy.call(&Call::new("prctl").number(what)).await;
            answer.ok().map(|answer| answer.value)
        };
        Ok(Self {
            privileges: process(copy)?.privileges()?,
            ignored: ignored(copy),
            dumpable: ask(PR_GET_DUMPABLE).await,
            securebits: ask(PR_GET_SECUREBITS).await,
            saved: saved(copy).await,
        })
    }

    /// The numbers of what it has open that an exec would close.
    pub(super) fn closed_by_exec(&self) -> impl Iterator<Item = u64> {
        let open = match &self.privileges.descriptors {
            Seen::Known(open) => open.as_slice(),
            Seen::Unreadable { .. } => &[],
        };
        let closed = open.iter().filter(|descriptor| descriptor.close_on_exec);
        closed.map(|descriptor| descriptor.number.into())
    }
}

/// Its saved user and group ids.
pub(super) async fn saved(copy: &Inside) -> [Option<u32>; 2] {
    let ask = async |name| {
        let id = || Data::Bytes(vec![0; 4]);
        let call = Call::new(name).at(id()).at(id()).at(Data::Room(4));
        let answer = copy.call(&call).await.ok()?;
        Some(u32::from_le_bytes(answer.room.try_into().ok()?))
    };
    [ask("getresuid").await, ask("getresgid").await]
}

fn ignored(copy: &Inside) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", copy.process().as_raw_pid()));
    let status = status.unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    u64::from_str_radix(mask.unwrap_or_default().trim(), 16).unwrap_or_default()
}

/// What a shell lacks of what the process may do, before its first instruction.
///
/// # Errors
/// It could do more: it is not to begin.
pub(super) fn lacks(
    shell: &Inside,
    before: &Before,
    handed: &Handed,
) -> Result<Vec<String>, EnterError> {
    let after = process(shell)?.privileges()?;
    let difference = Difference::between(&before.privileges, &after);
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
    let unknown = difference.unknown.iter().map(ToString::to_string);
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
