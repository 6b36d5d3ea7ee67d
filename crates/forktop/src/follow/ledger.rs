//! What is told of what happens, and what has been told already.
use super::births::{Changed, Newcomer};
use super::creators::Creator;
use super::known::Processes;
use super::reading;
use crate::log::{Ending, Event, Header, Noticed, Record, Time};
use privileges::ProgramFiles;
use rustix::process::Pid;
use std::time::{Duration, Instant};
use tracee::What;

/// The log, being written.
pub(super) struct Ledger<'a> {
    opened: Instant,
    /// When what was told last happened.
    last: Time,
    pub(super) processes: Processes,
    /// Whether the kernel leaves out what a program's file gives, because we trace: we may not do what could be gained.
    pub(super) takes_away: bool,
    pub(super) program_files: ProgramFiles,
    tell: &'a mut dyn FnMut(Record),
    /// The process whose end is forktop's own result, and that end.
    first: Option<Pid>,
    pub(super) result: Option<Ending>,
}

impl<'a> Ledger<'a> {
    /// `opened` is when: the times of events are since then.
    pub(super) fn open(
        opened: Instant,
        header: Header,
        first: Option<Pid>,
        tell: &'a mut dyn FnMut(Record),
    ) -> Self {
        let mut ledger = Self {
            opened,
            last: Time::default(),
            processes: Processes::read_by_this_thread(),
            takes_away: header.takes_away(),
            program_files: ProgramFiles::default(),
            tell,
            first,
            result: None,
        };
        ledger.tell(Time(0), Event::Opened(Box::new(header)));
        ledger
    }

    /// Tells of an event, and whether what its process may do was found to be new. `kept` is the creator of what is born, where
    /// that is kept as it was when it made it.
    pub(super) fn record(&mut self, event: &tracee::Event, kept: Option<&Creator>) -> Changed {
        let (at, pid) = (Time::from(event.at), event.process);
        match &event.what {
            What::Born {
                origin,
                creator,
                creator_thread,
                parent,
                pids,
            } => self.born(&Newcomer {
                at,
                pid,
                origin: *origin,
                creator: *creator,
                creator_thread: *creator_thread,
                parent: *parent,
                pids,
                kept,
            }),
            What::Refused { parent, reason } => self.refused(at, pid, *parent, reason),
            What::Executed { former_thread } => return self.executed(at, pid, *former_thread),
            What::Exiting { .. } if event.thread == pid => {
                let changed = self.notice(at, pid, Noticed::End);
                if let Some(known) = self.processes.of_mut(pid) {
                    known.has_leader = false;
                }
                return changed;
            }
            What::Exiting { .. } => {
                return self.notice_thread(at, pid, event.thread, Noticed::End);
            }
            What::Ended {
                ending,
                user,
                system,
                peak_memory,
            } => self.ended(at, pid, (*ending).into(), [*user, *system], *peak_memory),
            _ => self.pass_on(at, event),
        }
        Changed::No
    }

    /// `used` is the processor time in user mode and in the kernel.
    fn ended(&mut self, at: Time, pid: Pid, ending: Ending, used: [Duration; 2], peak_kib: u64) {
        if self.first == Some(pid) {
            self.result = Some(ending);
        }
        if let Some(known) = self.processes.end(pid) {
            let [user_us, system_us] =
                used.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
            let event = Event::Ended {
                process: known.id,
                ending,
                user_us,
                system_us,
                peak_kib,
            };
            self.tell(at, event);
        }
    }

    /// Events that need nothing read.
    fn pass_on(&mut self, at: Time, event: &tracee::Event) {
        let Some(process) = self.processes.id(event.process) else {
            return;
        };
        let tid = reading::number(event.thread);
        let told = match &event.what {
            What::ThreadBorn {
                creator_thread,
                pids,
            } => Event::ThreadBorn {
                process,
                tid,
                tids: reading::numbers(pids),
                creator: creator_thread.map(reading::number),
            },
            What::ThreadEnded => {
                if let Some(known) = self.processes.of_mut(event.process) {
                    known.threads.remove(&event.thread);
                }
                Event::ThreadEnded { process, tid }
            }
            What::ExecFailed { errno, path } => Event::ExecFailed {
                process,
                tid,
                path: String::from_utf8_lossy(path).into_owned(),
                errno: *errno,
            },
            What::Stopped { signal } => Event::Stopped {
                process,
                signal: *signal,
            },
            What::Continued => Event::Continued { process },
            What::Released => {
                self.processes.end(event.process);
                Event::Released { process }
            }
            What::Made { .. }
            | What::Born { .. }
            | What::Refused { .. }
            | What::Executed { .. }
            | What::Exiting { .. }
            | What::Frozen
            | What::Ended { .. } => return,
        };
        self.tell(at, told);
    }

    pub(super) fn now(&self) -> Time {
        Time::from(self.opened.elapsed())
    }

    pub(super) fn tell(&mut self, at: Time, event: Event) {
        // An event is told some time after it came, and what was looked at meanwhile is told before.
        self.last = self.last.max(at);
        let at = self.last;
        (self.tell)(Record { at, event });
    }
}

impl From<tracee::Ending> for Ending {
    fn from(ending: tracee::Ending) -> Self {
        match ending {
            tracee::Ending::Exited(code) => Self::Code(code),
            tracee::Ending::Killed {
                signal,
                core: false,
            } => Self::Signal(signal),
            tracee::Ending::Killed { signal, core: true } => Self::Core(signal),
        }
    }
}
