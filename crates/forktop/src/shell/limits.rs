//! Limits that stand in the way of becoming a shell: of descriptors and of memory. They are widened in the copy, as far as that
//! may be, and are what they were before the shell's first instruction.
use super::enter::EnterError;
use super::parity::Before;
use privileges::{Limit, Privileges, Seen};
use rustix::process::{Resource, Rlimit, prlimit};
use tracee::{Call, Data, Errno, Inside};

/// So many descriptors are needed beside those that it has.
const DESCRIPTORS: u64 = 32;

/// What a program's stack is by default.
const STACK: u64 = 8 << 20;

/// A limit that stands in the way, as the kernel words it, numbers it, and what is enough; `None` is unlimited.
struct Way {
    words: &'static str,
    number: u64,
    resource: Resource,
    enough: Option<u64>,
}

/// What a limit was that has been widened.
#[derive(Debug)]
pub(super) struct Widened {
    resource: Resource,
    number: u64,
    was: Rlimit,
}

fn in_the_way(privileges: &Privileges) -> [Way; 4] {
    let way = |words, number, resource, enough| Way {
        words,
        number,
        resource,
        enough,
    };
    let open = match &privileges.descriptors {
        Seen::Known(open) => open.iter().map(|it| u64::from(it.number)).max(),
        Seen::Unreadable { .. } => None,
    };
    let descriptors = open.unwrap_or_default() + DESCRIPTORS;
    [
        way("Max open files", 7, Resource::Nofile, Some(descriptors)),
        way("Max address space", 9, Resource::As, None),
        way("Max data size", 2, Resource::Data, None),
        way("Max stack size", 3, Resource::Stack, Some(STACK)),
    ]
}

/// Widens them in a copy. What cannot be is in the way, which is seen later.
pub(super) async fn widen(copy: &Inside, privileges: &Privileges) -> Vec<Widened> {
    let limits: &[Limit] = match &privileges.limits {
        Seen::Known(limits) => limits,
        Seen::Unreadable { .. } => &[],
    };
    let mut widened = Vec::new();
    for way in in_the_way(privileges) {
        let Some(limit) = limits.iter().find(|limit| limit.name == way.words) else {
            continue;
        };
        let was = Rlimit {
            current: limit.soft,
            maximum: limit.hard,
        };
        if is_enough(was.current, way.enough) {
            continue;
        }
        for wider in wider(&way, was) {
            if set(copy, way.resource, way.number, wider).await.is_ok() {
                let (resource, number) = (way.resource, way.number);
                widened.push(Widened {
                    resource,
                    number,
                    was,
                });
                break;
            }
        }
    }
    widened
}

fn is_enough(limit: Option<u64>, enough: Option<u64>) -> bool {
    limit.is_none_or(|limit| enough.is_some_and(|enough| limit >= enough))
}

/// What it could be, the best first: enough, which root may have, or as much as it may give itself.
fn wider(way: &Way, was: Rlimit) -> impl Iterator<Item = Rlimit> {
    let best = Rlimit {
        current: way.enough,
        maximum: match is_enough(was.maximum, way.enough) {
            true => was.maximum,
            false => way.enough,
        },
    };
    let own = Rlimit {
        current: was.maximum,
        maximum: was.maximum,
    };
    [best, own].into_iter()
}

/// Before its first instruction: has its limits be what they were.
pub(super) async fn narrow(shell: &Inside, before: &Before) -> Result<(), EnterError> {
    for widened in &before.widened {
        let done = set(shell, widened.resource, widened.number, widened.was).await;
        done.map_err(|errno| EnterError::Own("have its limits be those of the process", errno))?;
    }
    Ok(())
}

/// By ourselves, or where that is for the process alone to do (prlimit(2)), by it.
async fn set(copy: &Inside, resource: Resource, number: u64, limit: Rlimit) -> Result<(), Errno> {
    let Err(errno) = prlimit(Some(copy.process()), resource, limit) else {
        return Ok(());
    };
    let bytes = [limit.current, limit.maximum].map(|it| it.unwrap_or(u64::MAX).to_ne_bytes());
    let call = Call::new("prlimit64")
        .number(0)
        .number(number)
        .at(Data::Bytes(bytes.as_flattened().to_vec()))
        .number(0);
    copy.call(&call).await.map(drop).map_err(|_| errno)
}

/// Which limit leaves no room for a shell, if one does.
pub(super) fn too_narrow(privileges: &Privileges) -> Option<String> {
    let Seen::Known(limits) = &privileges.limits else {
        return None;
    };
    let ways = in_the_way(privileges);
    let narrow: Vec<_> = ways
        .iter()
        .filter_map(|way| {
            let limit = limits.iter().find(|limit| limit.name == way.words)?;
            let is_narrow = !is_enough(limit.hard, way.enough.or(Some(STACK)));
            is_narrow.then(|| limit.to_string())
        })
        .collect();
    (!narrow.is_empty()).then(|| narrow.join(", "))
}
