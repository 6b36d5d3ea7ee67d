//! The names of users and groups, from /etc/passwd and /etc/group alone: a program that is linked statically cannot ask the
//! name services that a machine may have besides (nsswitch.conf(5)).
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The names that the two files give.
///
/// ```
/// let names = privileges::Names::parse(b"root:x:0:0:root:/root:/bin/sh\n", b"adm:x:4:syslog\n");
/// assert_eq!((names.user(0), names.user(7)), ("root".into(), "7".into()));
/// assert_eq!(names.group(4), "adm");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    users: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
}

impl Names {
    /// Those of this machine; none from a file that cannot be read.
    pub fn read() -> Self {
        let read = |path| std::fs::read(path).unwrap_or_default();
        Self::parse(&read("/etc/passwd"), &read("/etc/group"))
    }

    /// The names of users, by their numbers.
    pub const fn users(&self) -> &BTreeMap<u32, String> {
        &self.users
    }

    /// The names of groups, by their numbers.
    pub const fn groups(&self) -> &BTreeMap<u32, String> {
        &self.groups
    }

    /// Those of the content of `/etc/passwd` and `/etc/group`. Lines that are not understood are passed over.
    pub fn parse(passwd: &[u8], group: &[u8]) -> Self {
        Self {
            users: names(passwd),
            groups: names(group),
        }
    }

    /// The user's name, or the number where there is none.
    pub fn user(&self, uid: u32) -> Cow<'_, str> {
        find(&self.users, uid)
    }

    /// The group's name, or the number where there is none.
    pub fn group(&self, gid: u32) -> Cow<'_, str> {
        find(&self.groups, gid)
    }
}

fn find(names: &BTreeMap<u32, String>, id: u32) -> Cow<'_, str> {
    match names.get(&id) {
        Some(name) => name.into(),
        None => id.to_string().into(),
    }
}

/// `name:password:id:…`; of two lines with one id the first counts.
fn names(text: &[u8]) -> BTreeMap<u32, String> {
    let text = String::from_utf8_lossy(text);
    let mut names = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let (name, id) = (fields.next(), fields.nth(1));
        if let (Some(name), Some(Ok(id))) = (name, id.map(str::parse)) {
            names.entry(id).or_insert_with(|| name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_lines_are_passed_over_and_the_first_name_of_a_number_counts() {
        let text = b"\n+::::::\nroot:x:0:0\ntoor:x:0:0\nbroken\nodd:x:-1:\nm\xffn:x:7:\nlast:x:8";
        let names = Names::parse(text, b"");
        assert_eq!(names.user(0), "root");
        assert_eq!(names.user(7), "m\u{fffd}n");
        assert_eq!(names.user(8), "last");
        assert_eq!(names.user(u32::MAX), "4294967295");
        assert_eq!(names.group(0), "0");
    }
}
