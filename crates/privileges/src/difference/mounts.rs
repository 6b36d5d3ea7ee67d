//! Which mounts two processes do not share. Their numbers do not count: a copy of a mount namespace has others.
use super::Difference;
use super::change::{Changed, Direction};
use super::whole::pairs;
use crate::Mount;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Options that take something away (mount(8)).
const RESTRICTIONS: [&str; 5] = ["ro", "nosuid", "nodev", "noexec", "nosymfollow"];

pub(super) fn compare(from: &[Mount], to: &[Mount], difference: &mut Difference) {
    for (from, to) in pairs(by_point(from), by_point(to)) {
        let direction = match (&from, &to) {
            (Some(from), Some(to)) if without_numbers(from) == without_numbers(to) => continue,
            (Some(from), Some(to)) => of_options(from, to),
            (_, to) => Direction::of_having(to.is_some()),
        };
        difference.push(direction, Changed::Mount { from, to });
    }
}

/// Several mounts can lie on each other at one point.
fn by_point(mounts: &[Mount]) -> BTreeMap<(PathBuf, usize), Mount> {
    let mut heights: BTreeMap<&PathBuf, usize> = BTreeMap::new();
    let numbered = mounts.iter().map(|mount| {
        let height = heights.entry(&mount.point).or_default();
        *height = height.saturating_add(1);
        ((mount.point.clone(), *height), mount.clone())
    });
    numbered.collect()
}

fn without_numbers(mount: &Mount) -> Mount {
    Mount {
        id: 0,
        parent: 0,
        ..mount.clone()
    }
}

/// Clear only if the same thing is mounted, and one side has every restriction of the other's.
fn of_options(from: &Mount, to: &Mount) -> Direction {
    if (&from.device, &from.root) != (&to.device, &to.root) {
        return Direction::Other;
    }
    let restrictions = |mount: &Mount, other: &Mount| {
        let mut own = RESTRICTIONS.iter().filter(|name| has(mount, name));
        own.any(|name| !has(other, name))
    };
    match (restrictions(from, to), restrictions(to, from)) {
        (true, false) => Direction::Gained,
        (false, true) => Direction::Lost,
        _ => Direction::Other,
    }
}

/// A file system can be read-only as a whole.
fn has(mount: &Mount, option: &str) -> bool {
    mount
        .options
        .iter()
        .chain(&mount.super_options)
        .any(|known| known == option)
}
