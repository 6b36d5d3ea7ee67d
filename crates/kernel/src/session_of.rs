//! Which session a process is of.
use crate::check::check;
use rustix::io::Errno;
use rustix::process::Pid;

/// The session of a process, by the number of its leader (getsid(2)); `None` if that has no number here, as it is of an outer
/// PID namespace.
///
/// # Errors
/// - `ESRCH`: there is no such process.
/// - `EPERM`: a security module forbids it.
pub fn session_of(process: Pid) -> Result<Option<Pid>, Errno> {
    // SAFETY: getsid(2) takes a number, and touches nothing.
    let session = check(unsafe { libc::getsid(process.as_raw_pid()) }.into())?;
    Ok(i32::try_from(session).ok().and_then(Pid::from_raw))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::session_of;
    use rustix::io::Errno;
    use rustix::process::{Pid, getpid};
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_is_of_the_session_that_it_has_begun() {
        let mut leader = Command::new("cat");
        leader.stdin(Stdio::piped());
        // SAFETY: one system call is made.
        unsafe {
            leader.pre_exec(|| {
                rustix::process::setsid()?;
                Ok(())
            });
        }
        let mut leader = leader.spawn().unwrap();
        let process = Pid::from_child(&leader);
        assert_eq!(session_of(process), Ok(Some(process)));
        drop(leader.stdin.take());
        leader.wait().unwrap();
        assert_eq!(session_of(process), Err(Errno::SRCH));
    }

    #[test]
    fn a_session_of_an_outer_pid_namespace_has_no_number() {
        let name = "session_of::tests::a_session_of_an_outer_pid_namespace_has_no_number";
        if getpid() == Pid::INIT {
            assert_eq!(session_of(Pid::INIT), Ok(None));
            return;
        }
        let mut inside = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            inside.arg("--user");
        }
        inside.args(["--pid", "--fork", "--"]);
        inside.arg(std::env::current_exe().unwrap());
        let inside = inside.args(["--exact", name]).output().unwrap();
        let said = String::from_utf8_lossy(&inside.stdout);
        assert!(
            inside.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }
}
