//! Whether the filters of a process let it be copied. One that kills for a call must never be asked.
use crate::follow::Mode;
use crate::outcome::chain;
use crate::proc_file::status_field;
use crate::shell::PROCESSES;
use privileges::{ExpectedCall, Process, SeccompMode, Verdicts};
use rustix::process::{Pid, getpid};
use tracee::{Abi, Call, Errno, Filters, Instruction, VisitError};

/// `CAP_SYS_ADMIN` (capabilities(7)).
const SYS_ADMIN: u32 = 21;

/// The calls that are made in a process itself.
const CALLS: [&str; 2] = ["clone", "wait4"];

/// How filters are dealt with while a process is copied, or why it is not.
pub(super) fn choose(pid: Pid, mode: Mode) -> Result<Filters, String> {
    let essentials = |pid| {
        let process = Process::held(pid).map_err(|error| chain(&error))?;
        process.essentials().map_err(|error| chain(&error))
    };
    let (theirs, own) = (essentials(pid)?, essentials(getpid())?);
    let is_root = own.capabilities.effective.contains(SYS_ADMIN);
    if theirs.seccomp.mode == SeccompMode::Off {
        return Ok(Filters::Hold);
    }
    if mode == Mode::Assisted && !is_root {
        return Err("only root can have filters passed over (CAP_SYS_ADMIN)".to_owned());
    }
    if is_root && own.seccomp.mode == SeccompMode::Off {
        return Ok(Filters::Suspended);
    }
    // Ours refuse, and never kill.
    let is_ours =
        theirs.seccomp.filters.is_some() && theirs.seccomp.filters == filters_of_void(pid);
    match mode == Mode::Bold || is_ours {
        true => Ok(Filters::Hold),
        false => Err("it has filters, which only root can read or have passed over (CAP_SYS_ADMIN): they may kill it for being \
                      copied; run forktop as root, or say --bold to take the risk"
            .to_owned()),
    }
}

/// How many filters a void has from the clone-shim that has made it; `None` if there is none above the process in its tree, near
/// enough for that. They are one, and where clone-shim judges calls itself, one more.
fn filters_of_void(pid: Pid) -> Option<u32> {
    let above = |pid: &Pid| Pid::from_raw(status_field(*pid, "PPid")?.parse().ok()?);
    let is_shim = |pid: &Pid| {
        let program = Process::held(*pid).ok().and_then(|it| it.program().ok());
        program.is_some_and(|program| program.ends_with("clone-shim"))
    };
    let shims = std::iter::successors(above(&pid), above).take(8);
    // Pid 1 of a void runs the same program: the one that has made it is further up.
    let shim = shims.filter(is_shim).last()?;
    Some(if judges_all(shim) { 2 } else { 1 })
}

/// Whether a clone-shim judges calls of each void that it has made: it holds a listener for each.
fn judges_all(shim: Pid) -> bool {
    let shim = shim.as_raw_pid();
    let open = std::fs::read_dir(format!("/proc/{shim}/fd"));
    let listeners = open.into_iter().flatten().flatten().filter(|open| {
        let leads_to = std::fs::read_link(open.path()).unwrap_or_default();
        leads_to.as_os_str() == "anon_inode:seccomp notify"
    });
    let voids = std::fs::read_to_string(format!("/proc/{shim}/task/{shim}/children"));
    let voids = voids.unwrap_or_default().split_whitespace().count();
    voids > 0 && listeners.count() >= voids
}

/// Whether these filters, the oldest first, let a process be copied, and what is left of the copy be taken away.
pub(super) fn may_be_copied(filters: &[Vec<Instruction>], abi: Abi) -> bool {
    let filters = privileges::Filters::new(filters);
    CALLS.into_iter().all(|name| {
        let number = Call::new(name).number_in(abi);
        let verdicts = number.map(|number| {
            let mut call = ExpectedCall::new(abi.architecture(), number);
            if name == "clone" {
                call.arguments = [Some(0); 6];
            }
            filters.verdicts(call)
        });
        verdicts.as_ref().and_then(Verdicts::lets_through) == Some(true)
    })
}

/// Why a process was not copied, in words, and what could be done about it.
pub(super) fn why_not(error: &VisitError) -> String {
    let hint = match error {
        VisitError::Refused(_, Errno::AGAIN) => PROCESSES,
        VisitError::Refused(_, Errno::NOMEM) => {
            ": there is no memory for a copy, or its pid namespace has no first process any more"
        }
        VisitError::Refused(..) | VisitError::Trapped(_) => {
            "; its filters do, where forktop cannot have them passed over: run it as root"
        }
        VisitError::BornElsewhere => ": visit one of its children",
        VisitError::Traced(Errno::PERM) => {
            ": forktop may not have its filters passed over, and cannot find out what they say"
        }
        _ => "",
    };
    format!("{}{hint}", chain(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_processes_is_told_as_the_sample_has_it() {
        let error = VisitError::Refused("clone", Errno::AGAIN);
        assert_eq!(why_not(&error), crate::sample::NO_ROOM);
    }
}
