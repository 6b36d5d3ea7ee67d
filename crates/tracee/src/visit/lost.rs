//! A copy that was made without our being told: where another thread executes a program, the one that has made the copy is killed
//! before it stands for that.
use super::NOWHERE;
use crate::proc_file;
use crate::refusal::is_ours;
use crate::seize::{children, threads};
use crate::stat::Stat;
use crate::tracer::Tracer;
use rustix::process::Pid;
use std::time::Duration;

/// How long it may take a copy to stand, in looks of a millisecond.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(1);

impl Tracer {
    /// The copy that a process has made for us, if one was lost. It is ours from now on.
    pub(super) fn find_lost(&mut self, process: Pid) -> Option<Pid> {
        // What is waited for here may be news of others.
        self.due = true;
        // What a thread leaves at its end is another's, which may have been looked at.
        let found = self.lost_below(process);
        let copy = found.or_else(|| self.lost_below(process))?;
        self.captives.add(copy);
        self.copies.insert(copy);
        self.hand_over(copy);
        self.tasks.due = true;
        Some(copy)
    }

    /// A child that we trace and do not know, whose end sends no signal, and which stands where only a copy does.
    fn lost_below(&self, process: Pid) -> Option<Pid> {
        let threads = threads(process).into_iter();
        let mut all = threads.flat_map(|thread| children(process, thread).unwrap_or_default());
        all.find(|child| {
            let is_known = self.captives.has(*child)
                || self.copies.contains(child)
                || self.machine.follows(*child);
            !is_known && is_ours(*child) && is_silent(*child) && self.comes_to_stand_nowhere(*child)
        })
    }

    fn comes_to_stand_nowhere(&self, process: Pid) -> bool {
        (0..LOOKS).any(|_| {
            stands_nowhere(process).unwrap_or_else(|| {
                let _ = self.children.wait(Some(PAUSE));
                false
            })
        })
    }
}

fn is_silent(process: Pid) -> bool {
    Stat::read(process).is_ok_and(|stat| stat.exit_signal() == Some(0))
}

/// Whether the stack of a process is where that of a copy is (proc_pid_syscall(5)); nothing while it runs.
fn stands_nowhere(process: Pid) -> Option<bool> {
    let text = proc_file::read(&format!("/proc/{}/syscall", process.as_raw_pid())).ok()?;
    let words = std::str::from_utf8(&text).ok()?.split_whitespace();
    let stack = words.rev().nth(1)?.strip_prefix("0x")?;
    Some(u64::from_str_radix(stack, 16) == Ok(NOWHERE))
}
