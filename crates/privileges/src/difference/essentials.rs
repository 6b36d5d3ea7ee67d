//! The difference between what two threads are grounded on.
use super::change::{Changed, Direction};
use super::{Difference, capabilities};
use crate::{
    Essentials, IdKind, IdMap, Ids, NamespaceKind, Namespaces, Seccomp, SeccompMode, Seen, Why,
};

pub(super) fn compare(from: &Essentials, to: &Essentials, difference: &mut Difference) {
    for (ids, from, to) in ids(&from.uid, &to.uid) {
        difference.push(of_user(from, to), Changed::User { ids, from, to });
    }
    for (ids, from, to) in ids(&from.gid, &to.gid) {
        difference.push(Direction::Other, Changed::Group { ids, from, to });
    }
    groups(&from.groups, &to.groups, difference);
    capabilities::compare(&from.capabilities, &to.capabilities, difference);
    if from.no_new_privs != to.no_new_privs {
        difference.push(Direction::of_having(!to.no_new_privs), Changed::NoNewPrivs);
    }
    seccomp(from.seccomp, to.seccomp, difference);
    namespaces(&from.namespaces, &to.namespaces, difference);
    map(
        "uid map",
        [&from.uid_map, &to.uid_map],
        difference,
        |from, to| Changed::UserMap { from, to },
    );
    map(
        "gid map",
        [&from.gid_map, &to.gid_map],
        difference,
        |from, to| Changed::GroupMap { from, to },
    );
}

/// What the kind of an id went from and to; kinds that did the same stand together.
fn ids(from: &Ids, to: &Ids) -> Vec<(Vec<IdKind>, u32, u32)> {
    let mut changes: Vec<(Vec<IdKind>, u32, u32)> = Vec::new();
    for kind in IdKind::ALL {
        let (from, to) = (from.of(kind), to.of(kind));
        if from == to {
            continue;
        }
        match changes
            .iter_mut()
            .find(|change| (change.1, change.2) == (from, to))
        {
            Some((kinds, ..)) => kinds.push(kind),
            None => changes.push((vec![kind], from, to)),
        }
    }
    changes
}

fn of_user(from: u32, to: u32) -> Direction {
    match (from, to) {
        (_, 0) => Direction::Gained,
        (0, _) => Direction::Lost,
        _ => Direction::Other,
    }
}

fn groups(from: &[u32], to: &[u32], difference: &mut Difference) {
    for (direction, more, less) in [(Direction::Lost, from, to), (Direction::Gained, to, from)] {
        for group in more.iter().copied().filter(|group| !less.contains(group)) {
            difference.push(direction, Changed::SupplementaryGroup { group });
        }
    }
}

fn seccomp(from: Seccomp, to: Seccomp, difference: &mut Difference) {
    if from.mode != to.mode {
        let what = Changed::SeccompMode {
            from: from.mode,
            to: to.mode,
        };
        difference.push(
            Direction::of_amount(&freedom(from.mode), &freedom(to.mode)),
            what,
        );
    }
    match (from.filters, to.filters) {
        (Some(from), Some(to)) if from != to => {
            let direction = Direction::of_amount(&to, &from);
            difference.push(direction, Changed::SeccompFilters { from, to });
        }
        (Some(_), Some(_)) => {}
        // Without the count, two filtered threads may be filtered differently.
        _ if (from.mode, to.mode) == (SeccompMode::Filter, SeccompMode::Filter) => {
            difference.push_unknown("seccomp filters", Why::NotSupported);
        }
        _ => {}
    }
}

fn freedom(mode: SeccompMode) -> u8 {
    match mode {
        SeccompMode::Off => 2,
        SeccompMode::Filter => 1,
        SeccompMode::Strict => 0,
    }
}

fn namespaces(from: &Namespaces, to: &Namespaces, difference: &mut Difference) {
    for kind in NamespaceKind::ALL {
        if namespace(kind, false, from.of(kind), to.of(kind), difference) {
            let (from, to) = (from.for_children(kind), to.for_children(kind));
            namespace(kind, true, &from, &to, difference);
        }
    }
}

/// Whether they are known to be the same.
fn namespace(
    kind: NamespaceKind,
    for_children: bool,
    from: &Seen<u64>,
    to: &Seen<u64>,
    difference: &mut Difference,
) -> bool {
    match known(from, to) {
        Ok((&from, &to)) if from == to => return true,
        Ok((&from, &to)) => {
            let what = Changed::Namespace {
                kind,
                for_children,
                from,
                to,
            };
            difference.push(Direction::Other, what);
        }
        Err(why) => difference.push_unknown(unknown(kind, for_children), why),
    }
    false
}

const fn unknown(kind: NamespaceKind, for_children: bool) -> &'static str {
    match kind {
        NamespaceKind::Pid if for_children => "pid namespace for children",
        NamespaceKind::Time if for_children => "time namespace for children",
        NamespaceKind::User => "user namespace",
        NamespaceKind::Mount => "mnt namespace",
        NamespaceKind::Pid => "pid namespace",
        NamespaceKind::Network => "net namespace",
        NamespaceKind::Ipc => "ipc namespace",
        NamespaceKind::Uts => "uts namespace",
        NamespaceKind::Cgroup => "cgroup namespace",
        NamespaceKind::Time => "time namespace",
    }
}

/// Both values, or why there are not two.
pub(super) fn known<'a, T>(from: &'a Seen<T>, to: &'a Seen<T>) -> Result<(&'a T, &'a T), Why> {
    match (from, to) {
        (Seen::Known(from), Seen::Known(to)) => Ok((from, to)),
        (Seen::Unreadable { unreadable }, _) | (_, Seen::Unreadable { unreadable }) => {
            Err(*unreadable)
        }
    }
}

fn map(
    what: &'static str,
    maps: [&Option<Seen<Vec<IdMap>>>; 2],
    difference: &mut Difference,
    changed: impl FnOnce(Option<Vec<IdMap>>, Option<Vec<IdMap>>) -> Changed,
) {
    if let Some(why) = maps.iter().find_map(|map| map.as_ref()?.unreadable()) {
        difference.push_unknown(what, why);
        return;
    }
    let [from, to] = maps.map(|map| map.as_ref().and_then(Seen::known).cloned());
    if from != to {
        difference.push(Direction::Other, changed(from, to));
    }
}
