//! What the kernel says of a thread in /proc/TID/status (proc_pid_status(5)).
use crate::proc_file;
use kernel::SignalSet;
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::thread::gettid;

/// The file of one thread, as it was at one moment.
#[derive(Debug)]
pub(crate) struct Status(Vec<u8>);

/// Who a thread is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Its process (`Tgid`).
    pub(crate) process: Pid,
    /// The parent of that (`PPid`), 0 if that one is not in our pid namespace.
    pub(crate) parent: i32,
    /// The thread's numbers (`NSpid`).
    pub(crate) pids: Vec<i32>,
}

/// What is to become of signals sent to a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signals {
    /// Sent, to the thread or its process, and not blocked.
    pub(crate) coming: SignalSet,
    /// Those that have a handler.
    pub(crate) caught: SignalSet,
    /// Those that are ignored because the process said so.
    pub(crate) ignored: SignalSet,
}

impl Status {
    /// Of a thread, whether its process has been waited for or not. `ENOENT` or `ESRCH` if there is none.
    pub(crate) fn read(thread: Pid) -> Result<Self, Errno> {
        proc_file::read(&format!("/proc/{}/status", thread.as_raw_pid())).map(Self)
    }

    /// What follows a name and its colon.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let lines = self.0.split(|byte| *byte == b'\n');
        let mut values = lines.filter_map(|line| line.strip_prefix(name.as_bytes()));
        let value = values.find_map(|value| value.strip_prefix(b":"))?;
        std::str::from_utf8(value).ok().map(str::trim)
    }

    /// A field that is one decimal number, or begins with one.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.field(name)?.split_whitespace().next()?.parse().ok()
    }

    pub(crate) fn identity(self) -> Option<Identity> {
        let numbers = self.field("NSpid")?.split_whitespace();
        Some(Identity {
            process: Pid::from_raw(self.number("Tgid")?)?,
            parent: self.number("PPid")?,
            pids: numbers.map_while(|number| number.parse().ok()).collect(),
        })
    }

    pub(crate) fn signals(&self) -> Option<Signals> {
        let set = |name| u64::from_str_radix(self.field(name)?, 16).ok();
        let coming = (set("SigPnd")? | set("ShdPnd")?) & !set("SigBlk")?;
        Some(Signals {
            coming: SignalSet::from_bits(coming),
            caught: SignalSet::from_bits(set("SigCgt")?),
            ignored: SignalSet::from_bits(set("SigIgn")?),
        })
    }

    /// Whether the calling thread traces it.
    pub(crate) fn is_ours(&self) -> bool {
        self.number("TracerPid") == Some(gettid().as_raw_pid())
    }

    /// Whether it has ended, and waits to be waited for.
    pub(crate) fn has_ended(&self) -> bool {
        self.field("State")
            .is_some_and(|state| state.starts_with(['Z', 'X']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_matter_are_found() {
        let text = "Name:\tx\nState:\tZ (zombie)\nTgid:\t7\nPid:\t8\nPPid:\t0\nTracerPid:\t3\nUid:\t5\t6\t7\t8\n\
                    NSpid:\t8\t2\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000010006\nSigBlk:\t0000000000000002\n\
                    SigIgn:\t0000000000001000\nSigCgt:\t0000000000010000\n";
        let status = Status(text.into());
        let identity = Identity {
            process: Pid::from_raw(7).unwrap(),
            parent: 0,
            pids: vec![8, 2],
        };
        assert_eq!(status.number("Uid"), Some(5));
        assert!(status.has_ended());
        let signals = status.signals().unwrap();
        assert_eq!(signals.coming.bits(), 0x10005);
        assert!(signals.caught.has(17) && signals.ignored.has(13));
        assert_eq!(status.identity(), Some(identity));
    }

    #[test]
    fn our_own_can_be_read() {
        let this = rustix::process::getpid();
        let identity = Status::read(this).unwrap().identity().unwrap();
        assert_eq!(identity.process, this);
        assert_eq!(identity.pids.first(), Some(&this.as_raw_pid()));
    }
}
