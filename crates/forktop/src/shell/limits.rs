//! Limits that stand in the way of becoming a shell: of descriptors and of memory. They are widened in the copy, as far as that
//! may be, and are what they were before the shell's first instruction.
use super::enter::EnterError;
use super::parity::Before;
use privileges::Privileges;
use rustix::process::{Resource, Rlimit, prlimit};
use tracee::{Call, Data, Errno, Inside};

/// So many descriptors are needed beside those that it has.
const DESCRIPTORS: u64 = 32;

/// What a program's stack is by default.
const STACK: u64 = 8 << 20;

/// What is said where no further process may be made, at the first copy or at the second.
pub const PROCESSES: &str = ": a limit of processes is reached there (RLIMIT_NPROC, or pids.max of its control group): raise it, or end some";

/// A limit that stands in the way, as the kernel words it, and what is enough; `None` is unlimited.
struct Way {
    words: &'static str,
    resource: Resource,
    enough: Option<u64>,
}

/// What a limit was that has been widened.
#[derive(Debug)]
pub(super) struct Widened {
    resource: Resource,
    was: Rlimit,
}

fn in_the_way(privileges: &Privileges) -> [Way; 4] {
    let way = |words, resource, enough| Way {
        words,
        resource,
        enough,
    };
    let open = privileges.descriptors.known().into_iter().flatten();
    let highest = open.map(|it| u64::from(it.number)).max();
    let descriptors = highest.unwrap_or_default() + DESCRIPTORS;
    [
        way("Max open files", Resource::Nofile, Some(descriptors)),
        way("Max address space", Resource::As, None),
        way("Max data size", Resource::Data, None),
        way("Max stack size", Resource::Stack, Some(STACK)),
    ]
}

/// Widens them in a copy. What cannot be is in the way, which is seen later.
pub(super) async fn widen(copy: &Inside, privileges: &Privileges) -> Vec<Widened> {
    let Some(limits) = privileges.limits.known() else {
        return Vec::new();
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
            if set(copy, way.resource, wider).await.is_ok() {
                let resource = way.resource;
                widened.push(Widened { resource, was });
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
        let done = set(shell, widened.resource, widened.was).await;
        done.map_err(|errno| EnterError::Own("have its limits be those of the process", errno))?;
    }
    Ok(())
}

/// By ourselves, or where that is for the process alone to do (prlimit(2)), by it.
async fn set(copy: &Inside, resource: Resource, limit: Rlimit) -> Result<(), Errno> {
    let Err(errno) = prlimit(Some(copy.process()), resource, limit) else {
        return Ok(());
    };
    let bytes = [limit.current, limit.maximum].map(|it| it.unwrap_or(u64::MAX).to_ne_bytes());
    let call = Call::new("prlimit64")
        .number(0)
        .number(resource as u64)
        .at(Data::Bytes(bytes.as_flattened().to_vec()))
        .number(0);
    copy.call(&call).await.map(drop).map_err(|_| errno)
}

/// Which limit leaves no room for a shell, if one does.
pub(super) fn too_narrow(privileges: &Privileges) -> Option<String> {
    let limits = privileges.limits.known()?;
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
