//! Names for numbers of the kernel's.
use super::number::{number, small};
use crate::screen::panes::signal;

/// Families of sockets (socket(2)).
pub(super) const FAMILIES: [(&str, u64); 15] = [
    ("unix", 1),
    ("inet", 2),
    ("inet6", 10),
    ("key", 15),
    ("netlink", 16),
    ("packet", 17),
    ("rds", 21),
    ("can", 29),
    ("tipc", 30),
    ("bluetooth", 31),
    ("rxrpc", 33),
    ("alg", 38),
    ("vsock", 40),
    ("smc", 43),
    ("xdp", 44),
];

/// Types of sockets (socket(2)).
pub(super) const TYPES: [(&str, u64); 4] =
    [("stream", 1), ("dgram", 2), ("raw", 3), ("seqpacket", 5)];

/// What unshare(2) parts.
pub(super) const PARTS: [(&str, u64); 11] = [
    ("user", 0x1000_0000),
    ("mount", 0x0002_0000),
    ("mnt", 0x0002_0000),
    ("pid", 0x2000_0000),
    ("net", 0x4000_0000),
    ("ipc", 0x0800_0000),
    ("uts", 0x0400_0000),
    ("cgroup", 0x0200_0000),
    ("time", 0x80),
    ("files", 0x400),
    ("fs", 0x200),
];

/// The number of a name, or one that was written as such.
pub(super) fn value(text: &str, names: &[(&str, u64)]) -> Option<u64> {
    let named = names.iter().find(|(name, _)| *name == text);
    named.map(|(_, value)| *value).or_else(|| number(text))
}

/// All names, to be told to people.
pub(super) fn list(names: &[(&str, u64)]) -> String {
    let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A signal by number or name, 0 for none: `9`, `KILL`, `SIGKILL`.
pub(super) fn signal_number(text: &str) -> Option<u64> {
    if let Some(value) = small::<u64>(text) {
        return (value <= 64).then_some(value);
    }
    let found = (1..=64).find(|value| {
        let name = signal(*value);
        text == name || Some(text) == name.strip_prefix("SIG")
    });
    found.and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("9", Some(9)),
            ("TERM", Some(15)),
            ("SIGTERM", Some(15)),
            ("RTMIN+1", Some(35)),
            ("65", None),
            ("-1", None),
            ("term", None),
        ] {
            assert_eq!(signal_number(text), value, "{text}");
        }
    }
}
