//! The difference between all that can be said about two processes. What follows from the namespaces that they are in, such
//! as to whom these belong, is not told again.
use super::change::{Changed, Direction};
use super::essentials::known;
use super::{Difference, essentials, mounts};
use crate::{Descriptor, Essentials, Limit, Object, Privileges, SeccompMode, Seen, Socket, Thread};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn compare(from: &Privileges, to: &Privileges, difference: &mut Difference) {
    essentials::compare(&from.essentials, &to.essentials, difference);
    filters(from, to, difference);
    both(
        "root",
        &from.root,
        &to.root,
        difference,
        |from, to, difference| {
            differ(from, to, difference, |from, to| Changed::Root { from, to });
        },
    );
    let directories = (&from.directory, &to.directory);
    both(
        "directory",
        directories.0,
        directories.1,
        difference,
        |from, to, difference| {
            differ(from, to, difference, |from, to| Changed::Directory {
                from,
                to,
            });
        },
    );
    both(
        "mounts",
        &from.mounts,
        &to.mounts,
        difference,
        |from, to, difference| mounts::compare(from, to, difference),
    );
    both(
        "descriptors",
        &from.descriptors,
        &to.descriptors,
        difference,
        descriptors,
    );
    both(
        "limits",
        &from.limits,
        &to.limits,
        difference,
        |from, to, difference| limits(from, to, difference),
    );
    both("cgroups", &from.cgroups, &to.cgroups, difference, cgroups);
    both(
        "label",
        &from.label,
        &to.label,
        difference,
        |from, to, difference| {
            differ(from, to, difference, |from, to| Changed::Label { from, to });
        },
    );
    threads(from, to, difference);
}

/// Compares what was read of both, if it differs at all; what was not read of both is told to be unknown.
fn both<T: PartialEq>(
    what: &'static str,
    from: &Seen<T>,
    to: &Seen<T>,
    difference: &mut Difference,
    compare: impl FnOnce(&T, &T, &mut Difference),
) {
    match known(from, to) {
        Ok((from, to)) if from == to => {}
        Ok((from, to)) => compare(from, to, difference),
        Err(why) => difference.push_unknown(what, why),
    }
}

fn differ<T: PartialEq + Clone>(
    from: &T,
    to: &T,
    difference: &mut Difference,
    changed: impl FnOnce(T, T) -> Changed,
) {
    if from != to {
        difference.push(Direction::Other, changed(from.clone(), to.clone()));
    }
}

/// That there are more of them on one side the essentials tell.
fn filters(from: &Privileges, to: &Privileges, difference: &mut Difference) {
    let [one, other] = [from, to].map(|process| process.essentials.seccomp);
    if one != other || one.mode != SeccompMode::Filter {
        return;
    }
    both(
        "filters",
        &from.filters,
        &to.filters,
        difference,
        |from, to, difference| {
            if from != to {
                difference.push(Direction::Other, Changed::Filters);
            }
        },
    );
}

fn descriptors(from: &Vec<Descriptor>, to: &Vec<Descriptor>, difference: &mut Difference) {
    let by_number = |all: &Vec<Descriptor>| -> BTreeMap<u32, Descriptor> {
        all.iter().map(|open| (open.number, open.clone())).collect()
    };
    for (from, to) in pairs(by_number(from), by_number(to)) {
        let direction = match (&from, &to) {
            (Some(from), Some(to)) if is_same(from, to) => continue,
            (Some(_), Some(_)) => Direction::Other,
            (_, to) => Direction::of_having(to.is_some()),
        };
        difference.push(direction, Changed::Descriptor { from, to });
    }
}

/// A socket is the same whatever has become of its connection.
fn is_same(from: &Descriptor, to: &Descriptor) -> bool {
    let bare = |open: &Descriptor| match &open.object {
        Object::Socket(socket) => Object::Socket(Socket {
            inode: socket.inode,
            ..Socket::default()
        }),
        other => other.clone(),
    };
    let rest = |open: &Descriptor| (open.access, open.close_on_exec);
    rest(from) == rest(to) && bare(from) == bare(to)
}

pub(super) fn limits(from: &[Limit], to: &[Limit], difference: &mut Difference) {
    let by_name = |all: &[Limit]| -> BTreeMap<String, Limit> {
        all.iter()
            .map(|limit| (limit.name.clone(), limit.clone()))
            .collect()
    };
    for pair in pairs(by_name(from), by_name(to)) {
        // A kernel has the same limits for all.
        if let (Some(from), Some(to)) = pair
            && from != to
        {
            difference.push(of_limit(&from, &to), Changed::Limit { from, to });
        }
    }
}

fn of_limit(from: &Limit, to: &Limit) -> Direction {
    // Unlimited is more than any number.
    let height = |limit: Option<u64>| (limit.is_none(), limit);
    let soft = Direction::of_amount(&height(from.soft), &height(to.soft));
    let hard = Direction::of_amount(&height(from.hard), &height(to.hard));
    match (soft, hard) {
        (one, Direction::Other) | (Direction::Other, one) => one,
        (one, other) if one == other => one,
        _ => Direction::Other,
    }
}

type Groups = Arc<Vec<(String, PathBuf)>>;

fn cgroups(from: &Groups, to: &Groups, difference: &mut Difference) {
    let by_controllers =
        |all: &Groups| -> BTreeMap<String, PathBuf> { all.iter().cloned().collect() };
    let (one, other) = (by_controllers(from), by_controllers(to));
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (from, to) = (one.get(name).cloned(), other.get(name).cloned());
        if from != to {
            let controllers = name.clone();
            let what = Changed::Cgroup {
                controllers,
                from,
                to,
            };
            difference.push(Direction::Other, what);
        }
    }
}

/// Threads of which the other process has none with the same essentials, each compared with its own leader.
fn threads(from: &Privileges, to: &Privileges, difference: &mut Difference) {
    for (one, other, of_second) in [(from, to, false), (to, from, true)] {
        for thread in one
            .threads
            .iter()
            .filter(|thread| !has(other, &thread.essentials))
        {
            let Thread {
                tid,
                name,
                essentials,
            } = thread;
            let what = Changed::Thread {
                tid: *tid,
                name: name.clone(),
                of_second,
                from_leader: Difference::between_essentials(&one.essentials, essentials),
            };
            difference.push(Direction::Other, what);
        }
    }
}

fn has(process: &Privileges, essentials: &Essentials) -> bool {
    let threads = process.threads.iter().map(|thread| &thread.essentials);
    threads
        .chain([&process.essentials])
        .any(|known| known == essentials)
}

/// What two maps have under the same keys, in the order of these.
pub(super) fn pairs<K: Ord, V>(
    from: BTreeMap<K, V>,
    mut to: BTreeMap<K, V>,
) -> impl Iterator<Item = (Option<V>, Option<V>)> {
    let mut all: BTreeMap<K, (Option<V>, Option<V>)> = BTreeMap::new();
    for (key, value) in from {
        let other = to.remove(&key);
        all.insert(key, (Some(value), other));
    }
    all.extend(
        to.into_iter()
            .map(|(key, value)| (key, (None, Some(value)))),
    );
    all.into_values()
}
