//! What is left of a copy, as /proc has it (proc_pid_stat(5)): a child of its process, whose end sends no signal.
use crate::proc_file::{children, text};
use rustix::process::Pid;
use std::collections::HashSet;
use tracee::Remains;

/// How a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not ended yet.
    Lives,
    /// It waits to be taken away.
    Ended,
    /// There is none: it was taken away, or its process is gone too.
    Gone,
}

/// The fields of its stat after the name, which begin with the third.
struct Stat(Vec<String>);

impl Stat {
    fn read(process: Pid) -> Option<Self> {
        let line = text(process, "stat")?;
        let (_, fields) = line.rsplit_once(") ")?;
        Some(Self(fields.split_whitespace().map(str::to_owned).collect()))
    }

    /// A field by the number that the manual page gives it.
    fn field(&self, number: usize) -> Option<&str> {
        let place = number.checked_sub(3)?;
        self.0.get(place).map(String::as_str)
    }

    fn is_child_of(&self, process: Pid) -> bool {
        let parent = process.as_raw_pid().to_string();
        self.field(4) == Some(&parent)
    }

    /// Whether its end sends no signal. It is so of no process that was made by fork(2).
    fn is_silent(&self) -> bool {
        self.field(38) == Some("0")
    }

    fn has_ended(&self) -> bool {
        self.field(3) == Some("Z")
    }
}

/// How what was a copy of this process is now.
pub(super) fn state(process: Pid, copy: Pid) -> State {
    match Stat::read(copy).filter(|stat| stat.is_child_of(process) && stat.is_silent()) {
        None => State::Gone,
        Some(stat) if stat.has_ended() => State::Ended,
        Some(_) => State::Lives,
    }
}

/// Copies of a process that are not among the children which it had before, and that forktop's end kills.
pub(super) fn unknown(process: Pid, before: &HashSet<Pid>) -> Vec<Remains> {
    // One that was handed from thread to thread meanwhile is seen twice.
    let all: HashSet<_> = children(process).collect();
    let new = all.difference(before).copied();
    let copies = new.filter(|child| is_killed_copy(*child));
    copies.filter_map(Remains::of).collect()
}

/// Whether a child is silent, and was killed or is being killed: one of the process's own is mostly neither.
fn is_killed_copy(child: Pid) -> bool {
    Stat::read(child)
        .is_some_and(|stat| stat.is_silent() && (!stat.has_ended() || stat.field(52) == Some("9")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proc_file::tests::OddlyNamed;
    use rustix::process::getpid;

    #[test]
    fn a_copy_is_found_whatever_its_name() {
        let child = OddlyNamed::start();
        let stat = Stat::read(child.pid()).unwrap();
        assert!(stat.is_child_of(getpid()) && !stat.is_silent() && !stat.has_ended());
        let own = child.pid().as_raw_pid().unsigned_abs().into();
        assert_eq!(
            Remains::of(child.pid()),
            Some(Remains::new(child.pid(), own))
        );
    }
}
