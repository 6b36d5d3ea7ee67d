//! Who a process is, in words: by its numbers inside its user namespace and outside.
use super::harmless::harmless;
use super::unread::reason;
use privileges::{IdMap, Ids, Names, Seen};
use std::collections::BTreeMap;

/// Which of the four ids.
const NAMES: [&str; 4] = ["real", "effective", "saved", "files"];

/// Numbers of one kind, and their names outside.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    noun: &'static str,
    names: &'a BTreeMap<u32, String>,
}

impl<'a> Numbers<'a> {
    /// Those of users.
    pub const fn of_users(names: &'a Names) -> Self {
        Self {
            noun: "uid",
            names: names.users(),
        }
    }

    /// Those of groups.
    pub const fn of_groups(names: &'a Names) -> Self {
        Self {
            noun: "gid",
            names: names.groups(),
        }
    }

    /// `uid 1000 (ann)`
    pub fn outside(self, id: u32) -> String {
        format!("{} {}", self.noun, self.named(id))
    }

    /// `ann`, or `uid 1000` where it has no name.
    pub fn brief(self, id: u32) -> String {
        match self.names.get(&id) {
            Some(name) => harmless(name),
            None => format!("{} {id}", self.noun),
        }
    }

    /// `1000 (ann)`
    pub fn named(self, id: u32) -> String {
        match (self.names.get(&id), id) {
            (Some(name), _) => format!("{id} ({})", harmless(name)),
            (None, 0) => "0 (root)".to_owned(),
            (None, _) => id.to_string(),
        }
    }

    /// Inside, names are others, but for the first.
    fn inside(self, id: u32) -> String {
        let root = if id == 0 { " (root)" } else { "" };
        format!("{} {id}{root}", self.noun)
    }
}

/// `uid 0 (root) inside, uid 1000 (ann) outside`: in words, with what differs among the four.
pub fn who(noun: Numbers<'_>, ids: &Ids, map: Option<&Seen<Vec<IdMap>>>) -> String {
    let all = four(ids);
    if all.iter().all(|id| *id == ids.effective) {
        return one(noun, ids.effective, map);
    }
    let named = NAMES.iter().zip(all);
    let each: Vec<_> = named
        .map(|(name, id)| format!("{name} {}", one(noun, id, map)))
        .collect();
    each.join("; ")
}

/// The four.
pub const fn four(ids: &Ids) -> [u32; 4] {
    [ids.real, ids.effective, ids.saved, ids.filesystem]
}

fn one(noun: Numbers<'_>, outside: u32, map: Option<&Seen<Vec<IdMap>>>) -> String {
    match map {
        None => noun.outside(outside),
        Some(Seen::Unreadable { unreadable }) => {
            format!(
                "{} outside; inside is not known: {}",
                noun.outside(outside),
                reason(*unreadable)
            )
        }
        Some(Seen::Known(map)) => match inside(map, outside) {
            Some(inside) => format!(
                "{} inside, {} outside",
                noun.inside(inside),
                noun.outside(outside)
            ),
            None => format!(
                "nobody inside (not mapped), {} outside",
                noun.outside(outside)
            ),
        },
    }
}

/// Whether the user is root inside: an exec then gives what the bounding set allows (capabilities(7)).
pub fn is_root_inside(ids: &Ids, map: Option<&Seen<Vec<IdMap>>>) -> bool {
    [ids.real, ids.effective].iter().any(|id| match map {
        None => *id == 0,
        Some(map) => map.known().is_some_and(|map| inside(map, *id) == Some(0)),
    })
}

/// The number inside that stands for one outside.
pub fn inside(map: &[IdMap], outside: u32) -> Option<u32> {
    map.iter().find_map(|line| {
        let place = outside.checked_sub(line.outside)?;
        (place < line.count).then(|| line.inside.checked_add(place))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(real: u32, effective: u32) -> Ids {
        Ids {
            real,
            effective,
            saved: effective,
            filesystem: effective,
        }
    }

    #[test]
    fn a_process_is_named_by_both_numbers() {
        let map = Seen::Known(vec![IdMap {
            inside: 0,
            outside: 1000,
            count: 1,
        }]);
        let names = Names::parse(b"ann:x:1000:", b"");
        for (ids, map, words) in [
            (ids(1000, 1000), None, "uid 1000 (ann)"),
            (
                ids(1000, 1000),
                Some(&map),
                "uid 0 (root) inside, uid 1000 (ann) outside",
            ),
            (
                ids(33, 33),
                Some(&map),
                "nobody inside (not mapped), uid 33 outside",
            ),
            (
                ids(5, 0),
                None,
                "real uid 5; effective uid 0 (root); saved uid 0 (root); files uid 0 (root)",
            ),
        ] {
            assert_eq!(who(Numbers::of_users(&names), &ids, map), words);
        }
    }
}
