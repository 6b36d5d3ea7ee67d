//! Who runs clone-shim, and so the ceiling of every void.
use crate::group::Bounds;
use rustix::io::Errno;
use specification::application::Limits;
use void::Identity;

/// The launcher's credentials, as far as a void has them.
#[derive(Clone, Copy, Debug)]
pub struct Launcher {
    pub identity: Identity,
    /// Whether a void is rid of the launcher's supplementary groups.
    pub groups_dropped: bool,
    /// How many descriptors the launcher's programs may have open before they ask for more, where the shim has asked.
    pub open_files: Option<u64>,
}

/// The program was given a privilege that its launcher does not have.
#[derive(Debug, thiserror::Error)]
#[error(
    "clone-shim is installed setuid, setgid or with file capabilities, which this version does not \
     support: every void would have more than its launcher; take the privilege away (chmod ug-s, setcap -r)"
)]
pub struct Privileged;

/// Refuses to run with a privilege that came with the program.
pub fn refuse_privilege() -> Result<(), Privileged> {
    match kernel::program_is_privileged() {
        true => Err(Privileged),
        false => Ok(()),
    }
}

impl Launcher {
    /// This process's, which gives up the supplementary groups where it may: in a void that can be done no more.
    pub fn of_this_process() -> Self {
        Self {
            identity: Identity {
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
            },
            groups_dropped: drop_groups(),
            open_files: ask_for_descriptors(),
        }
    }

    /// Which of the limits a control group has to set. The processes of uid 0 are counted by no other.
    pub fn bounds(&self, limits: &Limits) -> Bounds {
        Bounds {
            memory: limits.memory,
            processes: limits.processes.filter(|_| self.identity.uid == 0),
        }
    }
}

/// As many as may be: the shim holds some for each of its voids, and for what their calls wait for. Gives how many it had
/// before, if that was less.
fn ask_for_descriptors() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: before.maximum,
        maximum: before.maximum,
    };
    setrlimit(Resource::Nofile, all).ok()?;
    before.current.filter(|_| before.current != before.maximum)
}

/// Whether no supplementary group is left.
fn drop_groups() -> bool {
    match rustix::process::getgroups() {
        Ok(groups) if groups.is_empty() => true,
        Ok(_) => !matches!(rustix::thread::set_thread_groups(&[]), Err(Errno::PERM)),
        Err(_) => false,
    }
}
