//! How the filters of system calls are dealt with that a process has.
use kernel::TraceOptions;

/// Whether the filters of a process hold for the calls that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filters {
    /// They do.
    Hold,
    /// They are passed over (`PTRACE_O_SUSPEND_SECCOMP`): that takes `CAP_SYS_ADMIN` in the first user namespace.
    Suspended,
}

impl Filters {
    pub(crate) fn and(self, options: TraceOptions) -> TraceOptions {
        match self {
            Self::Hold => options,
            Self::Suspended => options | TraceOptions::SUSPEND_SECCOMP,
        }
    }
}
