//! A thread that follows: it starts the command or seizes what runs, and its records come out of a channel.
use crate::arguments::Following;
use crate::backlog::Backlog;
use crate::follow::{Desk, Entry, Follower, Over, Trial};
use crate::log::{Ending, FORMAT, Header, Record};
use crate::terminal::TERM;
use privileges::Process;
use rustix::io::Errno;
use rustix::process::Pid;
use std::convert::Infallible;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvError, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tracee::{Command, Options, Started, Tracer};

/// What is followed, and how.
#[derive(Debug)]
pub struct Order {
    /// What.
    pub subject: Subject,
    /// Whether it is killed when forktop ends.
    pub kill_on_exit: bool,
    /// Whether failed execs are told.
    pub failed_execs: bool,
    /// Whether all that a process may do is read before it ends.
    pub looks_at_end: bool,
}

/// What is followed.
#[derive(Debug)]
pub enum Subject {
    /// A command that is started.
    Command {
        /// The program and its arguments.
        words: Vec<OsString>,
        /// The terminal that it gets, if not forktop's own.
        terminal: Option<OwnedFd>,
    },
    /// Processes that are running, with all that they have made.
    Processes(Vec<u32>),
    /// A process that is running, for one visit alone.
    Visit(u32, Box<Visit>),
}

/// What a process is visited for.
#[derive(Debug)]
pub enum Visit {
    /// A shell.
    Shell(Entry),
    /// Calls that are tried.
    Trial(Trial),
}

impl Order {
    /// This subject, followed as was asked for.
    #[must_use]
    pub const fn of(following: &Following, subject: Subject) -> Self {
        Self {
            subject,
            kill_on_exit: following.kill_on_exit,
            failed_execs: following.failed_execs,
            looks_at_end: !following.exports.is_empty(),
        }
    }
}

/// A thread that follows.
#[derive(Debug)]
pub struct Session {
    /// What is told.
    pub records: Records,
    /// Where requests are handed in.
    pub desk: Desk,
    /// The command's process.
    pub process: Option<Pid>,
    thread: JoinHandle<Result<Report, Failure>>,
}

/// Records that were told and not taken. What is followed waits for their being taken, where they are many.
#[derive(Debug)]
pub struct Records {
    told: Receiver<Record>,
    backlog: Backlog,
    /// Nothing comes of it but its end, that of following.
    lasting: Receiver<Infallible>,
}

impl Records {
    /// The next one, as soon as there is one; an error is the end.
    pub fn recv(&self) -> Result<Record, RecvError> {
        self.told.recv().inspect(|_| self.backlog.take())
    }

    /// The next one, if there is one.
    pub fn try_recv(&self) -> Result<Record, TryRecvError> {
        self.told.try_recv().inspect(|_| self.backlog.take())
    }

    /// Lets records gather for so long, or until no more come.
    pub(crate) fn gather(&self, time: Duration) {
        let _ = self.lasting.recv_timeout(time);
    }

    /// How many wait.
    pub(crate) fn backlog(&self) -> Backlog {
        self.backlog.clone()
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// How following ended.
    pub over: Over,
    /// The end of the command; nothing where running processes were followed, or it was let go.
    pub ending: Option<Ending>,
    /// Why the command's program was never executed.
    pub refusal: Option<Errno>,
}

/// Why nothing is followed, or not any more.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There can be no tracer.
    #[error(transparent)]
    New(#[from] tracee::NewError),
    /// The command was not started.
    #[error(transparent)]
    Start(#[from] tracee::StartError),
    /// A process cannot be followed.
    #[error(transparent)]
    Seize(#[from] tracee::SeizeError),
    /// A process cannot be visited.
    #[error("{0}")]
    Visit(String),
    /// There is no process of this number, and can be none.
    #[error("there is no process {0}")]
    Number(u32),
    /// Following cannot go on.
    #[error(transparent)]
    Follow(#[from] tracee::Error),
    /// There is no `/proc` to read.
    #[error("cannot read what forktop itself may do from /proc")]
    Proc,
    /// There can be no thread for it, or that has failed.
    #[error("cannot start the thread that follows")]
    Thread(#[source] std::io::Error),
    /// The thread that follows is gone, which never happens.
    #[error("the thread that follows has ended unforeseen")]
    Lost,
}

impl Session {
    /// Starts following.
    pub fn begin(order: Order) -> Result<Self, Failure> {
        let (tell, told) = mpsc::channel();
        let (answer, begun) = mpsc::channel();
        let (lasts, lasting) = mpsc::channel();
        let backlog = Backlog::default();
        let records = Records {
            told,
            backlog: backlog.clone(),
            lasting,
        };
        let thread = thread::Builder::new().name("tracer".to_owned());
        let thread = thread.spawn(move || {
            let report = follow(order, &tell, backlog, &answer);
            drop(lasts);
            report
        });
        let thread = thread.map_err(Failure::Thread)?;
        match begun.recv() {
            Ok((desk, process)) => Ok(Self {
                records,
                desk,
                process,
                thread,
            }),
            Err(_) => Err(ended(thread).err().unwrap_or(Failure::Lost)),
        }
    }

    /// Its parts, for whoever takes the records in another thread.
    #[must_use]
    pub fn apart(self) -> (Desk, Records, Close) {
        (self.desk, self.records, Close(self.thread))
    }

    /// Waits for the end of following, and says what came of it. Its records are to be taken first.
    pub fn end(self) -> Result<Report, Failure> {
        ended(self.thread)
    }
}

/// The end of a session, to be waited for.
#[derive(Debug)]
pub struct Close(JoinHandle<Result<Report, Failure>>);

impl Close {
    /// Waits for it, and says what came of it.
    pub fn wait(self) -> Result<Report, Failure> {
        ended(self.0)
    }
}

fn ended(thread: JoinHandle<Result<Report, Failure>>) -> Result<Report, Failure> {
    thread.join().unwrap_or(Err(Failure::Lost))
}

fn follow(
    order: Order,
    tell: &Sender<Record>,
    backlog: Backlog,
    answer: &Sender<(Desk, Option<Pid>)>,
) -> Result<Report, Failure> {
    let mut tracer = Tracer::new(Options {
        kill_on_exit: order.kill_on_exit,
        failed_execs: order.failed_execs,
    })?;
    let header = header(&order.subject)?;
    let (subject, visit) = match order.subject {
        Subject::Visit(number, visit) => (Subject::Processes(Vec::new()), Some((number, visit))),
        subject => (subject, None),
    };
    let started = begin(&mut tracer, subject)?;
    let process = started.as_ref().map(Started::process);
    let (requests, asked) = mpsc::channel();
    let desk = Desk::new(requests, tracer.bell());
    let told = backlog.clone();
    let mut tell = |record| {
        told.tell();
        let _ = tell.send(record);
    };
    let mut follower = Follower::new(tracer, header, process, asked, &mut tell);
    follower.wait_for(backlog);
    follower.ask_at(desk.clone());
    if let Some((number, visit)) = visit {
        follower.make_visit(pid_of(number)?, *visit)?;
    }
    // Whoever began this may have ended; what is followed is not left for that.
    let _ = answer.send((desk, process));
    if order.looks_at_end {
        follower.look_at_ends();
    }
    let (over, ending) = follower.follow()?;
    let refusal = started.and_then(|started| started.refusal());
    Ok(Report {
        over,
        ending,
        refusal: refusal.map(|refusal| refusal.errno),
    })
}

/// Starts the command, if there is one.
fn begin(tracer: &mut Tracer, subject: Subject) -> Result<Option<Started>, Failure> {
    match subject {
        Subject::Command { words, terminal } => {
            let mut words = words.into_iter();
            let mut command = Command::new(words.next().unwrap_or_default()).arguments(words);
            if let Some(terminal) = terminal {
                command = command.terminal(terminal).variable("TERM", TERM);
            }
            Ok(Some(tracer.start(&command)?))
        }
        Subject::Processes(numbers) => {
            let processes: Result<Vec<_>, _> = numbers.into_iter().map(pid_of).collect();
            let processes = processes?;
            if !processes.is_empty() {
                tracer.seize_all(&processes)?;
            }
            Ok(None)
        }
        Subject::Visit(..) => Ok(None),
    }
}

fn pid_of(number: u32) -> Result<Pid, Failure> {
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
    pid.ok_or(Failure::Number(number))
}

/// What a log of these that is opened now begins with.
pub fn header(subject: &Subject) -> Result<Header, Failure> {
    let essentials = |pid| Process::held(pid).ok()?.essentials().ok().map(Arc::new);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let command = match subject {
        Subject::Command { words, .. } => words.as_slice(),
        Subject::Processes(_) | Subject::Visit(..) => &[],
    };
    Ok(Header {
        format: FORMAT,
        forktop: env!("CARGO_PKG_VERSION").to_owned(),
        started: since.map(|since| since.as_secs_f64()).unwrap_or_default(),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        command: command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        own: essentials(rustix::process::getpid()).ok_or(Failure::Proc)?,
        init: essentials(Pid::INIT),
    })
}
