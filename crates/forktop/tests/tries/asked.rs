//! Processes that are asked.
use crate::support::process::children;
use crate::support::{Stage, TESTER};
use crate::work::work;
use forktop::log::{Answer, Tried};
use forktop::probe::{Probe, try_all};
use rustix::io::Errno as E;
use rustix::process::{Pid, geteuid};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tracee::{Filters, News, Options, Preparation, Remains, Stopped, Tracer, What};

/// A process that is asked, and ends with the test.
pub struct Asked(pub Child);

impl Asked {
    /// A program, which is there when it says a line; that is given too.
    pub fn saying(program: impl AsRef<Path>, arguments: &[&str]) -> (Self, String) {
        let mut command = Command::new(program.as_ref());
        let command = command.args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_ne!(line, "", "{command:?}");
        (Self(child), line.trim().to_owned())
    }

    /// A shell that waits, as whoever runs this.
    pub fn waiting() -> Self {
        Self::saying("/bin/sh", &["-c", "echo ready; read line"]).0
    }

    /// The same as the user `tester`.
    pub fn of_tester() -> Self {
        if !is_root() {
            return Self::waiting();
        }
        let script = ["/bin/sh", "-c", "echo ready; read line"];
        Self::saying("setpriv", &[&TESTER[..], &script].concat()).0
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    pub fn tries(&self, probes: &str) -> Vec<Answer> {
        tries(self.pid(), probes, Duration::from_secs(5))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn is_root() -> bool {
    geteuid().is_root()
}

/// With which filters a copy is made: passed over, where that is allowed.
pub fn making() -> Filters {
    match is_root() {
        true => Filters::Suspended,
        false => Filters::Hold,
    }
}

pub fn tries(process: Pid, probes: &str, patience: Duration) -> Vec<Answer> {
    let before = traces(process);
    let tried = tries_unwatched(process, probes, patience);
    assert_eq!(traces(process), before, "{probes}");
    tried.into_iter().map(|tried| tried.answer).collect()
}

/// What of a process asking could change: its children, and what it has open.
pub fn traces(process: Pid) -> (Vec<u32>, Vec<(PathBuf, PathBuf)>) {
    let children = children(process);
    // Which a process that is gone has not.
    let mut open: Vec<_> = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read_link(path).unwrap()))
        .collect();
    open.sort();
    (children, open)
}

pub fn tries_unwatched(process: Pid, probes: &str, patience: Duration) -> Vec<Tried> {
    let probes = Probe::all_of(probes).unwrap();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let (stopped, preparation) = meet(&mut tracer, process);
    let visited = tracer.copy(stopped, preparation, making()).unwrap();
    assert_eq!(visited.differs, [""; 0]);
    tracer.leave(visited.stopped.unwrap()).unwrap();
    let copy = visited.result.unwrap();
    let inside = copy.clone();
    let tried = work(&mut tracer, async move {
        inside.begin(making()).await.unwrap();
        let tried = try_all(&inside, &probes, Filters::Hold, patience).await;
        assert_eq!(children(inside.process()), [0; 0]);
        inside.exit().await.unwrap();
        tried
    });
    take_away(&mut tracer, process, copy.remains());
    eprintln!("{tried:#?}");
    tried
}

pub fn meet(tracer: &mut Tracer, process: Pid) -> (Stopped, Preparation) {
    let thread = tracer.seize_alone(process).unwrap();
    let preparation = Preparation::of(thread);
    tracer.freeze_thread(thread).unwrap();
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Event(event, Some(stopped)) if event.what == What::Frozen => {
                return (stopped, preparation);
            }
            News::Event(_, Some(stopped)) => tracer.resume(stopped).unwrap(),
            _ => {}
        }
    }
}

pub fn take_away(tracer: &mut Tracer, process: Pid, remains: Remains) {
    let (stopped, preparation) = meet(tracer, process);
    let visited = tracer
        .take_away(stopped, preparation, making(), remains)
        .unwrap();
    assert_eq!(visited.differs, [""; 0]);
    assert_eq!(visited.result, Ok(true));
    tracer.leave(visited.stopped.unwrap()).unwrap();
}

pub fn done(words: &str) -> Answer {
    Answer::Done {
        words: words.to_owned(),
    }
}

pub fn refused(by: &str, errno: E) -> Answer {
    Answer::Refused {
        by: by.to_owned(),
        errno: errno.raw_os_error(),
    }
}

/// Programs of `tests/tracees` that were compiled for the user `tester`.
pub const COMPILED: &str = "FORKTOP_COMPILED";

pub fn program(stage: &Stage, name: &str) -> String {
    match std::env::var(COMPILED) {
        Ok(folder) => format!("{folder}/{name}"),
        Err(_) => crate::support::tracee(stage, &format!("{name}.c")),
    }
}

pub fn root_only(what: &str) -> bool {
    if !is_root() {
        eprintln!("skipped: {what}, since the tests are not run by root");
    }
    is_root()
}
