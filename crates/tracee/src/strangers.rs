//! Processes that were seized by mistake, as their number had become another's when they were found, and those that could not be
//! let go where they stood. They are let go at their next stop, and so is what they make until then.
use crate::machine::{Kind, Report, Way};
use crate::tracer::Tracer;
use kernel::Traced;
use rustix::process::Pid;

impl Tracer {
    /// Has a thread stop that is to be let go.
    pub(crate) fn expel(&mut self, thread: Pid) {
        self.strangers.insert(thread);
        // If it is dying its end is reported.
        let _ = Traced::from(thread).interrupt();
    }

    /// Lets go of a stranger that is in a stop.
    pub(crate) fn let_stranger_go(&mut self, report: &Report) {
        self.strangers.remove(&report.thread);
        if let Kind::Made { new: Some(new), .. } = report.kind {
            self.expel_new(new);
        }
        let thread = Traced::from(report.thread);
        if report.kind == Kind::Idle && thread.is_entering() {
            // If it is dying its end is reported.
            let _ = self.let_go_later(thread);
            return;
        }
        let signal = match report.kind {
            // It stops on our account, and is not to notice.
            Kind::Trapped => self.prepare(thread, Way::Undisturbed),
            Kind::Signalled { signal } => self.prepare(thread, Way::Signal(signal)),
            _ => 0,
        };
        self.hidden.leave(thread);
        // If it is dying there is nothing to let go.
        let _ = thread.detach(signal);
    }

    /// What a stranger has made is traced from its beginning on. Its first stop may have been reported before, or is still
    /// to come.
    fn expel_new(&mut self, new: Pid) {
        let known = self.take_back(new);
        if known.is_empty() {
            self.strangers.insert(new);
        }
        for report in &known {
            self.let_stranger_go(report);
        }
    }
}

impl Tracer {
    /// A new thread is not to be followed: what was reported of it so far.
    pub(crate) fn take_back(&mut self, new: Pid) -> Vec<Report> {
        let mut known = self.machine.disown(new);
        for report in std::mem::take(&mut self.reports) {
            match report.thread == new {
                true => known.push(report),
                false => self.reports.push_back(report),
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use crate::drive::Step;
    use crate::status::Status;
    use crate::{Options, Tracer};
    use kernel::Traced;
    use rustix::process::{Pid, Signal, kill_process};
    use std::io::Read;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    /// The only child of a process.
    fn child(of: Pid) -> Option<Pid> {
        let path = format!("/proc/{0}/task/{0}/children", of.as_raw_pid());
        let text = std::fs::read_to_string(path).ok()?;
        Pid::from_raw(text.trim().parse().ok()?)
    }

    #[test]
    fn what_a_stranger_makes_before_it_is_let_go_is_let_go_too() {
        for _ in 0..20 {
            let mut shell = Command::new("sh")
                .args(["-c", "echo; read line; sleep 30 & wait"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            // Before it would stop at the end of its exec.
            let mut said = shell.stdout.take().unwrap();
            said.read_exact(&mut [0]).unwrap();
            let pid = Pid::from_child(&shell);
            let mut tracer = Tracer::new(Options::default()).unwrap();
            Traced::from(pid).seize(tracer.trace_options()).unwrap();
            tracer.strangers.insert(pid);
            shell.stdin = None;
            let begun = Instant::now();
            while tracer.advance().unwrap() != Step::Nobody {
                assert!(begun.elapsed() < Duration::from_secs(5), "it is followed");
                tracer.sleep(Some(Duration::from_millis(10))).unwrap();
            }
            assert!(tracer.told.is_empty());
            let sleeper = child(pid).unwrap();
            for process in [sleeper, pid] {
                let traced = Status::read(process).unwrap().number("TracerPid");
                assert_eq!(traced, Some(0));
                kill_process(process, Signal::KILL).unwrap();
            }
            shell.wait().unwrap();
        }
    }
}
