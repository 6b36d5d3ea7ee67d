//! `/proc/PID/status` (proc_pid_status(5)): lines of a key and a value. Unknown lines are passed over.
use super::folder::number;
use crate::{Capabilities, CapabilitySet, Ids, Seccomp, SeccompMode};

/// What the file says, as far as it is wanted here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub name: String,
    pub state: char,
    pub parent: u32,
    pub tracer: u32,
    pub pids: Vec<u32>,
    pub thread_count: usize,
    pub uid: Ids,
    pub gid: Ids,
    pub groups: Vec<u32>,
    pub capabilities: Capabilities,
    pub no_new_privs: bool,
    pub seccomp: Seccomp,
}

/// The keys of the lines that are wanted, in the kernel's order.
const KEYS: [&str; 18] = [
    "Name",
    "State",
    "Pid",
    "PPid",
    "TracerPid",
    "Uid",
    "Gid",
    "Groups",
    "NSpid",
    "Threads",
    "CapInh",
    "CapPrm",
    "CapEff",
    "CapBnd",
    "CapAmb",
    "NoNewPrivs",
    "Seccomp",
    "Seccomp_filters",
];

/// The values, in the order of [`KEYS`].
type Values<'text> = [Option<&'text [u8]>; KEYS.len()];

/// The first line of a key counts. The kernel escapes newlines in the one value that a process chooses, its name.
fn values(text: &[u8]) -> Values<'_> {
    in_order(text).unwrap_or_else(|| in_any_order(text))
}

/// If all keys are there in the order in which kernels write them: each line needs then be held against one.
fn in_order(text: &[u8]) -> Option<Values<'_>> {
    let mut values = [None; KEYS.len()];
    let mut lines = lines(text);
    for (key, value) in KEYS.iter().zip(&mut values) {
        *value =
            Some(lines.find_map(|line| line.strip_prefix(key.as_bytes())?.strip_prefix(b":"))?);
    }
    Some(values)
}

fn in_any_order(text: &[u8]) -> Values<'_> {
    let mut values = [None; KEYS.len()];
    for line in lines(text) {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let (Some(key), Some(value)) = (halves.next(), halves.next()) else {
            continue;
        };
        let mut known = KEYS.iter().zip(&mut values);
        if let Some((_, place)) = known.find(|(known, _)| known.as_bytes() == key) {
            place.get_or_insert(value);
        }
    }
    values
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr(b'\n', text) else {
            return rest.take();
        };
        let (line, behind) = text.split_at_checked(end)?;
        rest = behind.get(1..);
        Some(line)
    })
}

/// The value of `key` as `read` understands it; else the key is the error.
fn value<'text, T>(
    key: &'static str,
    value: Option<&'text [u8]>,
    read: impl FnOnce(&'text [u8]) -> Option<T>,
) -> Result<T, &'static str> {
    value.and_then(read).ok_or(key)
}

impl Status {
    /// Reads the file's text; a key that is missing or not understood is the error.
    pub fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let [
            name,
            state,
            pid,
            parent,
            tracer,
            uid,
            gid,
            groups,
            pids,
            threads,
            rest @ ..,
        ] = values(text);
        let [
            inheritable,
            permitted,
            effective,
            bounding,
            ambient,
            no_new_privs,
            mode,
            filters,
        ] = rest;
        let pids = match pids {
            Some(_) => value("NSpid", pids, numbers)?,
            // A kernel without pid namespaces.
            None => vec![value("Pid", pid, one)?],
        };
        Ok(Self {
            name: value("Name", name, |name| Some(unescape(name)))?,
            state: value("State", state, |state| state.trim_ascii().first().copied())?.into(),
            parent: value("PPid", parent, one)?,
            tracer: value("TracerPid", tracer, one)?,
            pids,
            thread_count: value("Threads", threads, one)?,
            uid: value("Uid", uid, ids)?,
            gid: value("Gid", gid, ids)?,
            groups: value("Groups", groups, numbers)?,
            capabilities: Capabilities {
                inheritable: value("CapInh", inheritable, set)?,
                permitted: value("CapPrm", permitted, set)?,
                effective: value("CapEff", effective, set)?,
                bounding: value("CapBnd", bounding, set)?,
                ambient: value("CapAmb", ambient, set)?,
            },
            no_new_privs: value("NoNewPrivs", no_new_privs, one::<u8>)? != 0,
            seccomp: seccomp(mode, filters)?,
        })
    }

    /// Whether it has ended and waits to be reaped: the kernel has let go of most that could be told.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

fn one<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    number(text.trim_ascii())
}

fn numbers(text: &[u8]) -> Option<Vec<u32>> {
    let words = text.split(u8::is_ascii_whitespace);
    words.filter(|word| !word.is_empty()).map(number).collect()
}

fn ids(text: &[u8]) -> Option<Ids> {
    let &[real, effective, saved, filesystem] = numbers(text)?.as_slice() else {
        return None;
    };
    Some(Ids {
        real,
        effective,
        saved,
        filesystem,
    })
}

fn set(text: &[u8]) -> Option<CapabilitySet> {
    let digits = std::str::from_utf8(text.trim_ascii()).ok()?;
    u64::from_str_radix(digits, 16).ok().map(CapabilitySet)
}

/// A kernel without seccomp has no such line.
fn seccomp(mode: Option<&[u8]>, filters: Option<&[u8]>) -> Result<Seccomp, &'static str> {
    let mode = match mode.map(one::<u8>) {
        None | Some(Some(0)) => SeccompMode::Off,
        Some(Some(1)) => SeccompMode::Strict,
        Some(Some(2)) => SeccompMode::Filter,
        Some(_) => return Err("Seccomp"),
    };
    let filters = filters.and_then(one);
    Ok(Seccomp { mode, filters })
}

/// The kernel writes a newline as `\n`, and a backslash as two.
fn unescape(text: &[u8]) -> String {
    let text = text.strip_prefix(b"\t").unwrap_or(text);
    let mut name = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => name.extend(match bytes.next() {
                Some(b'n') => Some(b'\n'),
                other => other,
            }),
            other => name.push(other),
        }
    }
    String::from_utf8_lossy(&name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Name:\todd\\nname\\\\ ) (\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\nPid:\t7\nPPid:\t1\n\
        TracerPid:\t3\nUid:\t0\t1\t2\t4294967295\nGid:\t4\t5\t6\t7\nFDSize:\t64\nGroups:\t27 100 \nNStgid:\t7\t1\nNSpid:\t7\t1\n\
        Kthread:\t0\nThreads:\t2\nCapInh:\t0000000000000001\nCapPrm:\t0000000000000002\nCapEff:\t0000000000000004\n\
        CapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000008\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n\
        a line of tomorrow\nTomorrow:\n";

    #[test]
    fn every_wanted_line_is_read_and_others_are_passed_over() {
        let status = Status::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(status.name, "odd\nname\\ ) (");
        assert_eq!((status.state, status.parent, status.tracer), ('S', 1, 3));
        assert_eq!((status.pids, status.thread_count), (vec![7, 1], 2));
        assert_eq!((status.uid.saved, status.uid.filesystem), (2, u32::MAX));
        assert_eq!((status.gid.real, status.gid.effective), (4, 5));
        assert_eq!(status.groups, [27, 100]);
        let sets = status.capabilities;
        assert_eq!(
            (sets.inheritable.0, sets.permitted.0, sets.effective.0),
            (1, 2, 4)
        );
        assert_eq!((sets.bounding.0, sets.ambient.0), (0x1ff_feff_ffff, 8));
        assert!(status.no_new_privs);
        assert_eq!(status.seccomp.mode, SeccompMode::Filter);
        assert_eq!(status.seccomp.filters, Some(3));
    }

    #[test]
    fn a_missing_or_senseless_line_is_named() {
        let without = TEXT.replace("CapEff:\t0000000000000004\n", "");
        assert_eq!(Status::parse(without.as_bytes()), Err("CapEff"));
        let senseless = TEXT.replace("Uid:\t0\t1", "Uid:\tx\t1");
        assert_eq!(Status::parse(senseless.as_bytes()), Err("Uid"));
    }

    #[test]
    fn a_kernel_that_does_not_count_filters_is_not_one_without() {
        let old = TEXT.replace("Seccomp_filters:\t3\n", "");
        assert_eq!(Status::parse(old.as_bytes()).unwrap().seccomp.filters, None);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for length in 0..TEXT.len() {
            let _ = Status::parse(&TEXT.as_bytes()[..length]);
            let mut broken = TEXT.as_bytes().to_vec();
            broken[length] = 0xff;
            let _ = Status::parse(&broken);
        }
    }
}
