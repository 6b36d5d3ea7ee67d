//! All that a process could see of itself, to be compared before and after a visit.
use crate::proc_file;
use kernel::{Pending, Pends, Registers, Traced};
use rustix::process::Pid;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How much of it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All.
    All,
    /// Without what it has open, and what is mapped: there is so much of it that the process would be held for long.
    WithoutTables,
}

/// So many bytes of /proc about what is open, and what is mapped, may there be to be read: twice while the process stands.
const AFFORDABLE: usize = 8 * 1024;

/// A descriptor takes as long to read as so many bytes of what is mapped.
const DESCRIPTOR: usize = 512;

/// At most so many signals that wait are looked at.
const SIGNALS: usize = 32;

/// Lines of /proc/PID/status that change by themselves, or because a process was copied: which pages are whose, how often it was
/// given the processor, how many signals wait for its user; and what is looked at more closely.
const COUNTERS: [&str; 10] = [
    "State",
    "Vm",
    "Rss",
    "voluntary",
    "nonvoluntary",
    "HugetlbPages",
    "SigQ",
    "SigPnd",
    "ShdPnd",
    // In a call that waits with another mask, as ppoll(2), it is that one until the call is begun again.
    "SigBlk",
];

const REGISTERS: &str = "its registers";

/// What can become more, in the order in which it came.
const WAITING: [&str; 2] = [
    "signals that wait for it",
    "signals that wait for its process",
];

/// What is left out where there is too much of it.
const TABLES: [&str; 2] = ["its descriptors", "its mappings"];

/// Told apart from what else is open, as it need not be its own doing, nor ours.
const POSITIONS: &str = "positions in its files, which others that share them may have moved";

/// The state of a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(Vec<(&'static str, Option<Vec<u8>>)>);

impl Extent {
    /// As much as may be read of this thread's process while it stands: by how much there is, as how long it takes to read that is
    /// chance.
    pub(crate) fn affordable(thread: Pid) -> Self {
        const MOST: usize = AFFORDABLE / DESCRIPTOR + 1;
        let about = |one: Option<Open>| one.map_or(0, |one| one.about.len());
        let open = open(thread).take(MOST).map(about);
        let open = open.map(|length| length.saturating_add(DESCRIPTOR));
        let mapped = mappings(thread).map_or(0, |text| text.len());
        match open.fold(mapped, usize::saturating_add) <= AFFORDABLE {
            true => Self::All,
            false => Self::WithoutTables,
        }
    }
}

impl Fingerprint {
    /// Of a thread that stands. Children that are `ours` it cannot see.
    pub(crate) fn take(thread: Traced, extent: Extent, ours: &HashSet<Pid>) -> Self {
        let number = thread.thread();
        let mut parts = vec![
            (REGISTERS, thread.registers().ok().map(|it| it.bytes())),
            ("its vector registers", thread.vectors().ok()),
            (
                "its mask of signals",
                thread
                    .mask()
                    .ok()
                    .map(|it| it.bits().to_ne_bytes().to_vec()),
            ),
            (
                WAITING[0],
                thread.pending(Pends::Thread, SIGNALS).ok().map(lasting),
            ),
            (
                WAITING[1],
                thread.pending(Pends::Process, SIGNALS).ok().map(lasting),
            ),
            (
                "how its calls are dispatched",
                thread.dispatch().ok().map(|it| format!("{it:?}").into()),
            ),
            ("its status", status(number)),
            ("its children", children(number, ours)),
            ("its timers", file(number, "timers")),
            ("its limits", file(number, "limits")),
        ];
        let (descriptors, mappings) = match extent {
            Extent::All => (descriptors(number), mappings(number)),
            Extent::WithoutTables => (None, None),
        };
        let (descriptors, positions) = descriptors.unzip();
        parts.extend(TABLES.into_iter().zip([descriptors, mappings]));
        parts.extend(positions.map(|it| (POSITIONS, Some(it))));
        Self(parts)
    }

    /// Its registers are to be these afterwards.
    pub(crate) fn expect(&mut self, registers: &Registers) {
        let parts = self.0.iter_mut();
        for (_, part) in parts.filter(|(name, _)| *name == REGISTERS) {
            *part = Some(registers.bytes());
        }
    }

    /// What differs.
    pub(crate) fn differs(&self, other: &Self) -> Vec<&'static str> {
        let both = self.0.iter().zip(&other.0);
        let differing = both.filter(|((name, one), (_, other))| match (one, other) {
            // Somebody may have sent more since.
            (Some(one), Some(other)) if WAITING.contains(name) => !other.starts_with(one),
            (one, other) => one != other,
        });
        differing.map(|((name, _), _)| *name).collect()
    }

    /// What nothing is known of: it was left out, or could not be read.
    pub(crate) fn uncompared(&self, other: &Self) -> Vec<&'static str> {
        let both = self.0.iter().zip(&other.0);
        let unknown = both.filter(|((_, one), (_, other))| one.is_none() && other.is_none());
        unknown.map(|((name, _), _)| *name).collect()
    }

    /// What it is made of.
    pub(crate) fn parts(&self) -> Vec<&'static str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

/// SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN and SIGTTOU: each takes back those against it that wait, and none can be kept from it.
const TAKEN_BACK: [i32; 5] = [18, 19, 20, 21, 22];

/// The signals of these that do not go away but by being delivered.
fn lasting(signals: Vec<Pending>) -> Vec<u8> {
    let number = |signal: &Pending| signal.first_chunk().map(|bytes| i32::from_ne_bytes(*bytes));
    let mut kept = signals;
    kept.retain(|signal| number(signal).is_none_or(|number| !TAKEN_BACK.contains(&number)));
    kept.concat()
}

fn file(thread: Pid, name: &str) -> Option<Vec<u8>> {
    proc_file::read(&format!("/proc/{}/{name}", thread.as_raw_pid())).ok()
}

/// Lines of this file can be of any length.
fn mappings(thread: Pid) -> Option<Vec<u8>> {
    std::fs::read(format!("/proc/{}/maps", thread.as_raw_pid())).ok()
}

fn children(thread: Pid, ours: &HashSet<Pid>) -> Option<Vec<u8>> {
    let text = file(thread, &format!("task/{}/children", thread.as_raw_pid()))?;
    let text = String::from_utf8(text).ok()?;
    let is_own = |number: &&str| {
        let number = number.parse().ok().and_then(Pid::from_raw);
        number.is_none_or(|number| !ours.contains(&number))
    };
    let own: Vec<_> = text.split_whitespace().filter(is_own).collect();
    Some(own.join(" ").into_bytes())
}

fn status(thread: Pid) -> Option<Vec<u8>> {
    let all = file(thread, "status")?;
    let lines = all.split(|byte| *byte == b'\n');
    let kept = lines.filter(|line| {
        let counts = |name: &&str| line.starts_with(name.as_bytes());
        !COUNTERS.iter().any(counts)
    });
    Some(kept.flatten().copied().collect())
}

/// Something that it has open.
struct Open {
    number: String,
    target: PathBuf,
    about: Vec<u8>,
}

impl Open {
    fn read(thread: Pid, link: &Path) -> Option<Self> {
        let number = link.file_name()?.to_str()?.to_owned();
        Some(Self {
            target: std::fs::read_link(link).ok()?,
            about: file(thread, &format!("fdinfo/{number}"))?,
            number,
        })
    }
}

/// What it has open, one after the other; nothing for what cannot be read.
fn open(thread: Pid) -> impl Iterator<Item = Option<Open>> {
    let folder = std::fs::read_dir(format!("/proc/{}/fd", thread.as_raw_pid()));
    let unreadable = folder.is_err().then_some(None);
    let entries = folder.into_iter().flatten();
    let all = entries.map(move |entry| Open::read(thread, &entry.ok()?.path()));
    unreadable.into_iter().chain(all)
}

/// What it has open, with flags; and positions in that.
fn descriptors(thread: Pid) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut all, mut positions) = (Vec::new(), Vec::new());
    for one in open(thread) {
        let one = one?;
        all.extend(one.number.as_bytes());
        all.extend(one.target.as_os_str().as_encoded_bytes());
        all.extend(lines(&one.about, &LASTING));
        positions.extend(lines(&one.about, &["pos:"]));
    }
    Some((all, positions))
}

/// What of /proc's about a descriptor others do not change by what they do with the same file: not a lock, a count, or for how
/// long a timer will go on yet.
const LASTING: [&str; 3] = ["flags:", "mnt_id:", "ino:"];

fn lines(about: &[u8], names: &[&str]) -> Vec<u8> {
    let lines = about.split(|byte| *byte == b'\n');
    let is_kept = |line: &&[u8]| names.iter().any(|name| line.starts_with(name.as_bytes()));
    lines.filter(is_kept).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(descriptors: Option<&[u8]>) -> Fingerprint {
        let registers = Some(vec![1]);
        Fingerprint(vec![
            (REGISTERS, registers),
            (TABLES[0], descriptors.map(<[u8]>::to_vec)),
        ])
    }

    #[test]
    fn what_was_left_out_is_not_said_to_be_the_same() {
        let (without, some, other) = (
            fingerprint(None),
            fingerprint(Some(b"0")),
            fingerprint(Some(b"1")),
        );
        for (before, after, differs, uncompared) in [
            (&without, &without, &[][..], &TABLES[..1]),
            (&some, &some, &[], &[]),
            (&some, &other, &TABLES[..1], &[]),
            (&some, &without, &TABLES[..1], &[]),
        ] {
            assert_eq!(before.differs(after), differs);
            assert_eq!(before.uncompared(after), uncompared);
        }
    }
}
