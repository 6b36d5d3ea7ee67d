//! What the kernel says of a process in /proc/PID/stat (proc_pid_stat(5)), where /proc/PID/status does not.
use crate::proc_file;
use rustix::io::Errno;
use rustix::process::Pid;
use std::str::FromStr;

/// The file of one process, as it was at one moment.
#[derive(Debug)]
pub(crate) struct Stat(Vec<u8>);

impl Stat {
    pub(crate) fn read(process: Pid) -> Result<Self, Errno> {
        proc_file::read(&format!("/proc/{}/stat", process.as_raw_pid())).map(Self)
    }

    /// `flags`, the ninth field: the kernel's own (`PF_KTHREAD`).
    pub(crate) fn flags(&self) -> Option<u32> {
        self.behind_name(6)
    }

    /// `starttime`, the 22nd, in clock ticks since the boot.
    pub(crate) fn start_time(&self) -> Option<u64> {
        self.behind_name(19)
    }

    /// `exit_signal`, the 38th: what its end sends to its parent.
    pub(crate) fn exit_signal(&self) -> Option<i32> {
        self.behind_name(35)
    }

    /// `processor`, the 39th: where it last ran.
    pub(crate) fn processor(&self) -> Option<usize> {
        self.behind_name(36)
    }

    /// One of the fields that follow the name, which can hold any bytes and ends with the last parenthesis.
    fn behind_name<N: FromStr>(&self, place: usize) -> Option<N> {
        let fields = self.0.rsplit(|byte| *byte == b')').next()?;
        let fields = std::str::from_utf8(fields).ok()?;
        fields.split_whitespace().nth(place)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let rest = b" S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 0\n";
        for name in [&b"sh"[..], b") (", b"a) S 1 (b", b"\n)\xff", b""] {
            let stat = Stat([b"7 (", name, b")", rest].concat());
            assert_eq!(stat.flags(), Some(4_194_560), "{name:?}");
            assert_eq!(stat.start_time(), Some(12_345), "{name:?}");
        }
        for senseless in [&b""[..], b")", b"7 (sh) S"] {
            assert_eq!(Stat(senseless.into()).start_time(), None);
        }
    }
}
