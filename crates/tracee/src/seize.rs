//! Following what is running already: every thread of a process, and the whole tree below it, while it changes.
use crate::error::{Error, NotFollowed};
use crate::event::Origin;
use crate::inside;
use crate::proc_file;
use crate::refusal::{Reason, SeizeError, is_ours, reason};
use crate::status::{Identity, Status};
use crate::stopped::Stopped;
use crate::tracer::Tracer;
use crate::visit::ALONE;
use kernel::{Errno, TraceOptions, Traced};
use rustix::process::{Pid, getpid};
use std::collections::HashSet;
use steps::step;

mod steps;
#[cfg(test)]
mod tests;

/// A tree that is being seized.
#[derive(Debug)]
struct Search {
    origin: Origin,
    found: Vec<Pid>,
    refused: HashSet<Pid>,
}

impl Tracer {
    /// Follows a process that is running, with all its threads and everything below it. None of them is stopped; each
    /// tells of its birth with an event. The number of a thread stands for its process. This process itself, and what is
    /// below it, is left out.
    ///
    /// Of those below it that cannot be followed, as a program that runs as another user, an event tells
    /// ([`What::Refused`](crate::What::Refused)); nor is what is below them. What is below one that ends before it is found has
    /// another parent then, and is not found.
    ///
    /// # Errors
    /// The process itself cannot be followed, and nothing is.
    pub fn seize(&mut self, process: Pid) -> Result<(), SeizeError> {
        let refuse = |reason| Err(SeizeError { process, reason });
        let who = self.seizable(process)?;
        if children(getpid(), getpid()).is_err() {
            return refuse(Reason::NoChildren);
        }
        if !self.seize_process(who.process, None, Origin::Seized)? && !is_traced_by_us(who.process)
        {
            return refuse(Reason::NoSuchProcess);
        }
        self.seize_below(who.process, Origin::Seized);
        Ok(())
    }

    /// Follows one thread of a process that is running, and nothing else of it or below it, as long as a visit takes
    /// ([`Tracer::copy`]): its first thread that has not ended. It is told of as a process that is seized.
    ///
    /// # Errors
    /// As of [`Tracer::seize`].
    pub fn seize_alone(&mut self, process: Pid) -> Result<Pid, SeizeError> {
        let who = self.seizable(process)?;
        let mut reasons = None;
        for thread in threads(who.process) {
            match Traced::from(thread).seize(ALONE) {
                Ok(()) => match identity(thread).filter(|it| it.process == who.process) {
                    Some(it) => return Ok(self.adopt_alone(thread, it)),
                    None => self.expel(thread),
                },
                Err(errno) => {
                    reasons.get_or_insert_with(|| reason(thread, errno));
                }
            }
        }
        Err(SeizeError {
            process: who.process,
            reason: reasons.unwrap_or(Reason::NoSuchProcess),
        })
    }

    fn adopt_alone(&mut self, thread: Pid, who: Identity) -> Pid {
        let now = self.now();
        let process = who.process;
        self.nobody = false;
        let machine = &mut self.machine;
        machine.adopt_process(process, Origin::Seized, who.clone(), now);
        machine.leave_alone(process);
        machine.adopt_thread(thread, who, now);
        self.act_on_births();
        thread
    }

    /// Lets go of a process that was seized alone, and stands; an event tells of it.
    #[expect(clippy::needless_pass_by_value, reason = "it can be let go once")]
    pub fn leave(&mut self, stopped: Stopped) -> Result<(), Error> {
        match self.machine.leave(&stopped.hold) {
            true => self.let_go_alone(stopped.thread()),
            false => Ok(()),
        }
    }

    /// Lets go of a process that was seized alone, as soon as it stops; an event tells of it now. If it stands already, as nobody
    /// may have been told yet, that is now too.
    pub fn let_alone_go(&mut self, thread: Pid) {
        match self.machine.forget_alone(thread) {
            true => self.expel_alone(thread),
            // It stands already, and that is still to be told.
            false => drop(self.let_go_alone(thread)),
        }
        // A telling alone.
        let _ = self.act();
    }

    /// It may stand, and have been reported to, without having been dealt with.
    fn expel_alone(&mut self, thread: Pid) {
        let reported = self.take_back(thread);
        // It may be gone, and that was told.
        if reported.is_empty() && is_traced_by_us(thread) {
            self.expel(thread);
        }
        for report in &reported {
            self.let_stranger_go(report);
        }
    }

    /// The machine wants nothing more of a thread but to let it go. If it has been killed out of its stop it stands once more,
    /// where it ends, or does already; that is nobody's any more.
    fn let_go_alone(&mut self, thread: Pid) -> Result<(), Error> {
        let known = self.take_back(thread);
        self.act()?;
        if is_traced_by_us(thread) {
            self.strangers.insert(thread);
        }
        for report in known {
            self.let_stranger_go(&report);
        }
        Ok(())
    }

    /// Who a process is that can be seized, as far as we are concerned.
    fn seizable(&self, process: Pid) -> Result<Identity, SeizeError> {
        let refuse = |reason| Err(SeizeError { process, reason });
        let Some(who) = identity(process) else {
            return refuse(Reason::NoSuchProcess);
        };
        if who.process == getpid() {
            return refuse(Reason::Ourselves);
        }
        if self.machine.knows(who.process) || self.machine.follows(who.process) {
            return refuse(Reason::FollowedAlready);
        }
        Ok(who)
    }

    /// Looks for children of a followed process that a clone has withheld (`CLONE_UNTRACED`), and follows them and what is
    /// below them. This is done without being asked before the process ends, when it executes a program, and when it is
    /// told of the end of a child. Of those that cannot be followed an event tells.
    pub fn look(&mut self, process: Pid) -> Result<(), NotFollowed> {
        if !self.machine.follows(process) {
            return Err(NotFollowed(process));
        }
        self.seize_below(process, Origin::Untraced);
        // Births alone, which are kept to be told.
        let _ = self.act();
        Ok(())
    }

    /// As [`Tracer::look`], below one thread.
    pub(crate) fn look_below(&mut self, process: Pid, thread: Pid) {
        for child in children(process, thread).unwrap_or_default() {
            if !self.is_new(child) {
                continue;
            }
            match self.seize_process(child, Some(process), Origin::Untraced) {
                Ok(true) => self.seize_below(child, Origin::Untraced),
                Ok(false) => {}
                Err(refused) => self.tell_refused(refused, process),
            }
        }
    }

    fn is_new(&self, process: Pid) -> bool {
        !self.machine.knows(process) && !self.machine.follows(process) && process != getpid()
    }

    /// Seizes all threads of a process that is followed, and everything below it, until two rounds have found nothing new:
    /// it may make threads and processes meanwhile. What those make that are seized already is followed from its birth on.
    fn seize_below(&mut self, process: Pid, origin: Origin) {
        let mut search = Search {
            origin,
            found: vec![process],
            refused: HashSet::new(),
        };
        // Until nothing is new twice, one time after the other.
        while self.seize_round(&mut search) || self.seize_round(&mut search) {}
    }

    /// Whether anything was new.
    fn seize_round(&mut self, search: &mut Search) -> bool {
        let mut new = false;
        let mut index = 0;
        while let Some(process) = search.found.get(index).copied() {
            index = index.saturating_add(1);
            new |= self.seize_threads(process);
            for thread in threads(process) {
                for child in children(process, thread).unwrap_or_default() {
                    new |= self.seize_child(child, process, search);
                }
            }
        }
        new
    }

    fn seize_child(&mut self, child: Pid, parent: Pid, search: &mut Search) -> bool {
        if !self.is_new(child) || search.refused.contains(&child) {
            return false;
        }
        match self.seize_process(child, Some(parent), search.origin) {
            Ok(true) => {
                search.found.push(child);
                true
            }
            Ok(false) => false,
            Err(refused) => {
                search.refused.insert(child);
                self.tell_refused(refused, parent);
                false
            }
        }
    }

    /// Seizes a process, which has to be a child of `parent` if one is given: numbers are used again. `Ok(false)` if it is
    /// not, or is followed without this.
    fn seize_process(
        &mut self,
        process: Pid,
        parent: Option<Pid>,
        origin: Origin,
    ) -> Result<bool, SeizeError> {
        let is_it = |who: &Identity| {
            let child = parent.is_none_or(|parent| parent.as_raw_pid() == who.parent);
            child && who.process == process
        };
        let options = self.options_below(parent);
        match seize_one(process, options) {
            Ok(()) => match identity(process).filter(is_it) {
                Some(who) => self.adopt_with_leader(who, origin),
                None => {
                    step();
                    self.expel(process);
                    return Ok(false);
                }
            },
            // It has been made by somebody who is traced, and its first stop is still to come.
            Err(Errno::PERM) if is_traced_by_us(process) => return Ok(false),
            Err(errno) => {
                step();
                let reason = reason(process, errno);
                // A leader that has ended can no longer be seized; the process goes on as long as it has other threads.
                let who = identity(process).filter(|_| reason == Reason::Ended);
                let seized = who
                    .filter(is_it)
                    .is_some_and(|who| self.seize_without_leader(&who, origin, options));
                if !seized {
                    return Err(SeizeError { process, reason });
                }
            }
        }
        self.seize_threads(process);
        self.act_on_births();
        Ok(true)
    }

    /// What those are traced with that are below a process, and it itself. What is below a copy, or was one, is as what it was made by
    /// is: the kernel kills it when its tracer ends, found or not.
    pub(crate) fn options_below(&self, process: Option<Pid>) -> TraceOptions {
        let is_bound = process.is_some_and(|process| self.machine.is_bound(process));
        match is_bound {
            true => self.trace_options() | inside::OPTIONS,
            false => self.trace_options(),
        }
    }

    pub(crate) fn adopt_with_leader(&mut self, who: Identity, origin: Origin) {
        let now = self.now();
        let process = who.process;
        self.nobody = false;
        self.refused.remove(&process);
        self.machine
            .adopt_process(process, origin, who.clone(), now);
        self.machine.adopt_thread(process, who, now);
    }

    /// Whether there was a thread to seize.
    fn seize_without_leader(
        &mut self,
        who: &Identity,
        origin: Origin,
        options: TraceOptions,
    ) -> bool {
        let mut others = threads(who.process).into_iter();
        let first = others.find(|thread| seize_one(*thread, options).is_ok());
        let Some(first) = first else {
            return false;
        };
        let now = self.now();
        self.nobody = false;
        self.machine
            .adopt_process(who.process, origin, who.clone(), now);
        self.adopt_thread_of(first, who.process);
        true
    }

    /// Seizes the threads of a process that are not followed yet; whether there were any.
    fn seize_threads(&mut self, process: Pid) -> bool {
        let mut new = false;
        let options = self.options_below(Some(process));
        for thread in threads(process) {
            if self.machine.knows(thread) {
                continue;
            }
            // If not, it is dying, or made by one that is traced already, and is going to be reported.
            if seize_one(thread, options).is_ok() {
                new |= self.adopt_thread_of(thread, process);
            }
        }
        self.act_on_births();
        new
    }

    fn adopt_thread_of(&mut self, thread: Pid, process: Pid) -> bool {
        match identity(thread) {
            Some(who) if who.process == process => {
                let now = self.now();
                self.machine.adopt_thread(thread, who, now);
                true
            }
            _ => {
                step();
                self.expel(thread);
                false
            }
        }
    }

    /// Births are kept to be told.
    fn act_on_births(&mut self) {
        // To adopt resumes nothing, so nothing can fail.
        let _ = self.act();
    }
}

fn seize_one(thread: Pid, options: TraceOptions) -> Result<(), Errno> {
    step();
    Traced::from(thread).seize(options)
}

pub(crate) fn identity(thread: Pid) -> Option<Identity> {
    step();
    Status::read(thread).ok()?.identity()
}

fn is_traced_by_us(thread: Pid) -> bool {
    step();
    is_ours(thread)
}

/// The threads of a process, its leader first.
pub(crate) fn threads(process: Pid) -> Vec<Pid> {
    step();
    let Ok(folder) = std::fs::read_dir(format!("/proc/{}/task", process.as_raw_pid())) else {
        return Vec::new();
    };
    let number = |name: &str| name.parse().ok().and_then(Pid::from_raw);
    folder
        .filter_map(|entry| number(entry.ok()?.file_name().to_str()?))
        .collect()
}

/// The children that a thread has made, or has been given by the end of another.
pub(crate) fn children(process: Pid, thread: Pid) -> Result<Vec<Pid>, Errno> {
    step();
    let (process, thread) = (process.as_raw_pid(), thread.as_raw_pid());
    let text = proc_file::read(&format!("/proc/{process}/task/{thread}/children"))?;
    let numbers = std::str::from_utf8(&text)
        .unwrap_or_default()
        .split_whitespace();
    Ok(numbers
        .filter_map(|number| Pid::from_raw(number.parse().ok()?))
        .collect())
}
