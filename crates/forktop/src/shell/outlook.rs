//! What the filters of a process will do to a shell, found out beforehand.
use super::enter::EnterError;
use super::parity::Before;
use crate::follow::Mode;
use privileges::{ExpectedCall, Filters, SeccompMode, Verdict, Verdicts};
use tracee::{Abi, Call};

/// What any program makes before its main function, or a shell before its prompt: without these there is no shell.
const VITAL: [&str; 8] = [
    "brk",
    "exit_group",
    "fcntl",
    "ioctl",
    "mmap",
    "read",
    "rt_sigaction",
    "write",
];

/// What a shell makes then: where one of these is refused, something does not work in it.
const USUAL: [&str; 22] = [
    "arch_prctl",
    "chdir",
    "clone",
    "close",
    "connect",
    "dup2",
    "execve",
    "fork",
    "getcwd",
    "getdents64",
    "getuid",
    "kill",
    "mprotect",
    "newfstatat",
    "openat",
    "pipe2",
    "poll",
    "rt_sigprocmask",
    "set_tid_address",
    "setpgid",
    "socket",
    "wait4",
];

/// What of that its filters refuse, or kill for, whatever the arguments.
///
/// # Errors
/// They would kill a shell, or leave it nothing, and it is not asked for that they be passed over.
pub(super) fn outlook(before: &Before, mode: Mode) -> Result<Vec<String>, EnterError> {
    let seccomp = before.privileges.essentials.seccomp;
    if mode == Mode::Assisted {
        return Ok(Vec::new());
    }
    if seccomp.mode == SeccompMode::Strict {
        let words = "only read, write, exit and sigreturn are let (strict seccomp)";
        return Err(EnterError::Deadly(words.to_owned()));
    }
    let Some(filters) = &before.filters else {
        return Ok(unknown(seccomp.mode));
    };
    // What is executed is of this machine's own kind.
    let abi = match cfg!(target_arch = "x86_64") {
        true => Abi::X86_64,
        false => Abi::Aarch64,
    };
    let filters = Filters::new(filters);
    let not_let = |name: &'static str| {
        let number = Call::new(name).number_in(abi)?;
        let verdicts = filters.verdicts(ExpectedCall::new(abi.architecture(), number));
        is_not_let(&verdicts).then(|| said(name, &verdicts))
    };
    let vital: Vec<_> = VITAL.into_iter().filter_map(not_let).collect();
    if !vital.is_empty() {
        return Err(EnterError::Deadly(format!(
            "its filters say that {}",
            vital.join(", ")
        )));
    }
    let usual: Vec<_> = USUAL.into_iter().filter_map(not_let).collect();
    Ok(match usual.is_empty() {
        true => usual,
        false => vec![format!("its filters say that {}", usual.join(", "))],
    })
}

/// Whether a call is refused, whatever its arguments. What a supervisor is asked may be let.
fn is_not_let(verdicts: &Verdicts) -> bool {
    let asks = |verdict: &Verdict| *verdict == Verdict::Notify;
    let may_be_let = matches!(verdicts, Verdicts::OneOf(all) if all.iter().any(asks));
    !may_be_let && verdicts.lets_through() == Some(false)
}

fn unknown(mode: SeccompMode) -> Vec<String> {
    match mode {
        SeccompMode::Off => Vec::new(),
        SeccompMode::Filter | SeccompMode::Strict => {
            vec!["what its filters refuse is not known, as only root can read them".to_owned()]
        }
    }
}

fn said(name: &str, verdicts: &Verdicts) -> String {
    match verdicts {
        Verdicts::OneOf(all) => {
            let each: Vec<_> = all.iter().map(ToString::to_string).collect();
            format!("{name} {}", each.join(" or "))
        }
        Verdicts::Unsaid => format!("{name} is not let"),
    }
}
