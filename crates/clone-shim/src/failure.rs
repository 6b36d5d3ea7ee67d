//! A void that did not come to run its program, in the user's words.
use crate::launch::LaunchError;
use crate::launcher::Launcher;
use crate::plan::{Descriptor, Planned, unreachable};
use crate::refusal::{NOT_EXECUTABLE, NOT_FOUND, Refusal, describe};
use rustix::io::Errno;
use void::{Grant, Step, Subject};

/// A void that did not come to run its program.
#[derive(Debug)]
pub struct Failed<'p> {
    pub planned: &'p Planned,
    pub reason: Reason,
}

#[derive(Debug)]
pub enum Reason {
    /// Before there was a process.
    Launch(LaunchError),
    /// In the void, at this step.
    Step { step: Step, errno: Errno },
}

/// What is said of it.
pub fn explain(failed: &Failed<'_>, launcher: &Launcher) -> Refusal {
    match &failed.reason {
        Reason::Launch(error) => of_launch(failed.planned, error, launcher),
        Reason::Step { step, errno } => of_step(failed.planned, step, *errno, launcher),
    }
}

fn of_launch(planned: &Planned, error: &LaunchError, launcher: &Launcher) -> Refusal {
    let name = &planned.name;
    match error {
        LaunchError::Open {
            number,
            path,
            source,
        } => {
            let path = planned.with_bounds(path);
            unreachable(name, Subject::Descriptor(*number), &path, *source, launcher)
        }
        LaunchError::Clone(error) => {
            let title =
                format!("entrypoint `{name}` did not start: cannot make the namespaces of a void");
            let errno = Errno::from_io_error(error).unwrap_or(Errno::IO);
            Refusal::new(name, Subject::Void, title, describe(errno)).with_help(clone_help(errno))
        }
        LaunchError::Group(_) => {
            let title = format!("entrypoint `{name}` did not start");
            Refusal::new(name, Subject::Limits, title, crate::outcome::chain(error))
        }
        other => {
            let title = format!("entrypoint `{name}` did not start");
            Refusal::new(name, Subject::Void, title, crate::outcome::chain(other))
        }
    }
}

fn clone_help(errno: Errno) -> &'static str {
    match errno {
        Errno::PERM => {
            "user namespaces are forbidden to this user: `clone-shim doctor` says by what, and how to allow them"
        }
        Errno::NOSPC | Errno::USERS => {
            "there may be no more namespaces here: `clone-shim doctor` says by which limit"
        }
        Errno::AGAIN | Errno::NOMEM => {
            "there may be no more processes, or there is no memory for one"
        }
        _ => "`clone-shim doctor` says what this kernel and its settings allow",
    }
}

fn of_step(planned: &Planned, step: &Step, errno: Errno, launcher: &Launcher) -> Refusal {
    let name = &planned.name;
    let title = format!("entrypoint `{name}` did not start: cannot {}", step.words);
    let refusal = Refusal::new(name, step.subject.clone(), title, describe(errno));
    match (&step.subject, errno) {
        (Subject::File(path), _) => match planned.void.files.get(path) {
            // Foreseen when it was planned, so it has changed since; or the void's own users may not reach it.
            Some(Grant::Host { path, .. }) if step.words.starts_with("open") => {
                let path = planned.with_bounds(path);
                unreachable(name, step.subject.clone(), &path, errno, launcher)
            }
            Some(Grant::Proc) if errno == Errno::PERM => refusal
                .with_help("the kernel gives a new /proc only where no part of the old is covered, as containers do"),
            _ => refusal,
        },
        (Subject::Descriptor(number), _) => match planned.descriptors.get(*number) {
            Some(Descriptor::Open { path, .. }) if step.words.starts_with("find") => {
                let path = planned.with_bounds(path);
                unreachable(name, step.subject.clone(), &path, errno, launcher)
            }
            _ => refusal,
        },
        (Subject::Program, Errno::NOENT) => refusal.with_code(NOT_FOUND).with_help(
            "the program is there, so what it needs to start is not: its dynamic loader or the interpreter it names",
        ),
        (Subject::Program, _) => refusal.with_code(NOT_EXECUTABLE),
        (Subject::Directory, Errno::NOENT | Errno::NOTDIR) => {
            refusal.with_help("a working directory must be a folder of the void: `/`, or one that a grant brings")
        }
        _ => refusal,
    }
}
