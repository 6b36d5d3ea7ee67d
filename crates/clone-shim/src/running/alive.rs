//! A void that the kernel has made, until its process has ended.
use crate::broker::Broker;
use crate::event::{Event, Log};
use crate::group::Group;
use crate::launch::{Connections, Launched};
use crate::listening::Sockets;
use crate::outcome::Outcome;
use crate::plan::Planned;
use crate::pump::Awaited;
use kernel::{Child, Errno, Handover, How, News, Remains, Reports};
use rustix::event::PollFlags;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;
use void::Step;

/// Who performs the calls of a void that need the launcher's network.
#[derive(Debug)]
enum Attendance {
    /// None does.
    None,
    /// The void will hand its listener over.
    Awaited(Handover),
    /// There is a broker.
    Here(Box<Broker>),
}

/// A void with its process.
#[derive(Debug)]
pub(super) struct Alive {
    pub(super) child: Child,
    reports: Option<Reports>,
    steps: Vec<Step>,
    pub(super) connections: Connections,
    pub(super) launched_at: Instant,
    deadline: Option<Instant>,
    /// What the void itself said of its end.
    told: Option<News>,
    started: bool,
    /// Whether its news are waited for: otherwise they are few, and read when it has ended, which spares waking up.
    tells: bool,
    attendance: Attendance,
    _remains: Remains,
    /// Goes with the void.
    _group: Option<Group>,
}

impl Alive {
    pub(super) fn new(launched: Launched, launched_at: Instant, planned: &Planned) -> Self {
        Self {
            tells: launched.tells,
            attendance: launched
                .handover
                .map_or(Attendance::None, Attendance::Awaited),
            _remains: launched.remains,
            _group: launched.group,
            child: launched.child,
            reports: Some(launched.reports),
            steps: launched.steps,
            connections: launched.connections,
            launched_at,
            deadline: planned.wall.and_then(|wall| launched_at.checked_add(wall)),
            told: None,
            started: false,
        }
    }

    /// When it has to be looked after, whatever happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let broker = self.broker().and_then(Broker::deadline);
        self.deadline.into_iter().chain(broker).min()
    }

    /// What may happen next to it, but for what is passed on.
    pub(super) fn awaits(&self) -> impl Iterator<Item = Awaited<'_>> {
        let reports = self.reports.as_ref().filter(|_| self.tells);
        let process = Some(self.child.as_fd());
        let readable = [reports.map(AsFd::as_fd), process, self.handover()];
        let readable = readable.into_iter().flatten().map(|fd| Awaited {
            fd,
            flags: PollFlags::IN,
        });
        readable.chain(self.broker().into_iter().flat_map(Broker::awaits))
    }

    /// Takes every message that is there. True if the program was stopped and has the launcher's keyboard.
    pub(super) fn listen(&mut self, name: &str, log: &mut Log) -> bool {
        let mut stopped = false;
        while let Some(reports) = &self.reports {
            let news = match reports.next() {
                Ok(Some(news)) => news,
                Err(Errno::AGAIN) => break,
                // Without pid 1 of ours, this is how an exec is seen: it closes the void's end.
                Ok(None) | Err(_) => {
                    self.reports = None;
                    if !matches!(self.told, Some(News::Failed(_))) {
                        self.start(name, log);
                    }
                    break;
                }
            };
            match news {
                News::Started => self.start(name, log),
                News::Stopped { signal } => {
                    log.tell(name, &Event::Stopped { signal });
                    stopped = self.connections.terminal.is_some();
                }
                News::Continued => log.tell(name, &Event::Continued),
                News::Failed(_) | News::Exited { .. } | News::Killed { .. } => {
                    self.told = Some(news);
                }
            }
        }
        stopped
    }

    fn handover(&self) -> Option<BorrowedFd<'_>> {
        match &self.attendance {
            Attendance::Awaited(handover) => Some(handover.as_fd()),
            Attendance::None | Attendance::Here(_) => None,
        }
    }

    fn broker(&self) -> Option<&Broker> {
        match &self.attendance {
            Attendance::Here(broker) => Some(broker),
            Attendance::None | Attendance::Awaited(_) => None,
        }
    }

    /// Performs what calls of the void wait for.
    pub(super) fn attend(&mut self, planned: &Planned, sockets: &Sockets, log: &mut Log) {
        match &mut self.attendance {
            Attendance::None => {}
            Attendance::Awaited(handover) => {
                let broker = match handover.take(&self.child) {
                    Err(Errno::AGAIN) => return,
                    Ok(Some(handed)) => {
                        let (grants, addresses) = (&planned.network, &planned.addresses);
                        let given = sockets.cookies();
                        Broker::new(handed, grants.clone(), given, addresses.clone()).ok()
                    }
                    Ok(None) | Err(_) => None,
                };
                // Without a broker the void does not go on: it sees our side of the handover close, or each of these
                // calls fail.
                self.attendance = broker.map_or(Attendance::None, |broker| {
                    Attendance::Here(Box::new(broker))
                });
            }
            Attendance::Here(broker) => {
                broker.attend(&mut |event| log.tell(&planned.name, &event));
            }
        }
    }

    fn start(&mut self, name: &str, log: &mut Log) {
        if !std::mem::replace(&mut self.started, true) {
            log.tell(name, &Event::Started);
            self.take_terminal();
        }
    }

    pub(super) fn take_terminal(&mut self) {
        if let Some(terminal) = &mut self.connections.terminal {
            terminal.make_raw();
            terminal.resize();
        }
    }

    pub(super) fn keep_time(&mut self, now: Instant, planned: &Planned, log: &mut Log) {
        const SIGKILL: i32 = 9;
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            let limit = planned.wall.unwrap_or_default();
            log.tell(&planned.name, &Event::OutOfTime { limit });
            let _ = self.child.signal(SIGKILL);
        }
    }

    /// By what the void said, or else by what became of its first process.
    pub(super) fn how_it_ended(&self, how: How) -> Result<Outcome, (Step, Errno)> {
        match (self.told, how) {
            (Some(News::Failed(failure)), _) => Err((self.step(failure.step), failure.errno)),
            (Some(News::Exited { code }), _) | (None, How::Exited(code)) => {
                Ok(Outcome::Exited(code.to_le_bytes()[0]))
            }
            (Some(News::Killed { signal }), _) | (_, How::Killed { signal, .. }) => {
                Ok(Outcome::Killed(signal.to_le_bytes()[0]))
            }
            (Some(_), How::Exited(code)) => Ok(Outcome::Exited(code.to_le_bytes()[0])),
        }
    }

    fn step(&self, index: usize) -> Step {
        self.steps.get(index).cloned().unwrap_or(Step {
            words: "make the void".into(),
            subject: void::Subject::Void,
        })
    }
}
