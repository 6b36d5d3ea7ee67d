//! Servers that run, and shells in them.
use crate::support::process::words;
use crate::support::{Stage, User, shown, soon, succeed, wait};
use rustix::process::{Pid, Signal, getuid, kill_process};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many shells are opened and closed in each server, by this user and by another.
pub const SHELLS: [usize; 2] = [100, 30];

/// A program that was started, in a folder of its own; it is asked to end, and waited for, with this.
pub struct Running(Child);

impl Running {
    pub fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// It has not come to an end by itself, and is told to.
    pub fn end(mut self, signal: Signal) {
        let ended = self.0.try_wait().unwrap();
        assert_eq!(ended, None, "it has ended by itself");
        kill_process(self.pid(), signal).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = kill_process(self.pid(), Signal::INT);
            let _ = self.0.wait();
        }
    }
}

pub fn users() -> Vec<User> {
    match getuid().is_root() {
        true => vec![User::This, User::Tester],
        false => {
            eprintln!("skipped: the user `tester`, as only root becomes another");
            vec![User::This]
        }
    }
}

/// A folder that belongs to the user, in a stage that has a forktop for everybody.
pub fn stage(user: User) -> (Stage, PathBuf) {
    let stage = Stage::new();
    stage.open();
    let folder = stage.path("own");
    fs::create_dir(&folder).unwrap();
    if user == User::Tester {
        succeed(Command::new("chown").arg("tester").arg(&folder));
    }
    (stage, folder)
}

/// A port of the loopback interface that nobody has at the moment, that the kernel gives to nobody by itself, and that tests
/// which run at once are not given twice.
pub fn free_port() -> String {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let next = || {
        let step = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(101) + step) % 20_000;
        u16::try_from(10_000 + offset).unwrap()
    };
    let mut free =
        std::iter::repeat_with(next).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().unwrap().to_string()
}

pub fn wait_for_port(port: &str) {
    wait("a server", || {
        TcpStream::connect(format!("127.0.0.1:{port}")).is_ok()
    });
}

/// Those of all its threads.
pub fn children(process: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(format!("/proc/{}/task", process.as_raw_pid())).unwrap();
    let texts =
        tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    let texts: Vec<_> = texts.collect();
    let numbers = texts.iter().flat_map(|text| text.split_whitespace());
    numbers
        .filter_map(|it| Pid::from_raw(it.parse().unwrap()))
        .collect()
}

/// The child of this process whose command line contains that.
pub fn child(process: Pid, contains: &str) -> Pid {
    soon(contains, || {
        children(process)
            .into_iter()
            .find(|child| words(*child).contains(contains))
    })
}

/// What a process has open, by number.
pub fn open(process: Pid) -> Vec<(String, PathBuf)> {
    let folder = fs::read_dir(format!("/proc/{}/fd", process.as_raw_pid())).unwrap();
    let open = folder.filter_map(|entry| {
        let entry = entry.unwrap();
        let target = fs::read_link(entry.path()).ok()?;
        Some((entry.file_name().into_string().unwrap(), target))
    });
    let mut open: Vec<_> = open.collect();
    open.sort();
    open
}

/// What could be left of visits, when it lasts: servers open files for a moment by themselves.
pub fn possessions(of: &[Pid]) -> Vec<Possessions> {
    let now = || -> Vec<_> {
        of.iter()
            .map(|process| (children(*process), open(*process)))
            .collect()
    };
    soon("what lasts", || {
        let before = now();
        sleep(Duration::from_millis(20));
        (now() == before).then_some(before)
    })
}

/// Children, and what is open by number.
pub type Possessions = (Vec<Pid>, Vec<(String, PathBuf)>);

/// Opens and closes a hundred shells in these, one after the other.
pub fn visit(stage: &Stage, user: User, processes: &[Pid]) {
    let [own, others] = SHELLS;
    let count = if user == User::This { own } else { others };
    for process in processes.iter().cycle().take(count) {
        let number = process.as_raw_pid().to_string();
        let mut shell = stage.forktop_of(user, &["shell", &number, "--", "true"]);
        let output = shell.output().unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            words(*process),
            shown(&output)
        );
        // It says what is not as it was.
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "",
            "{}",
            words(*process)
        );
    }
}

/// Visits these while there is load on them; afterwards they have what they had before it.
pub fn visit_under(
    stage: &Stage,
    user: User,
    processes: &[Pid],
    load: impl FnOnce() -> Running,
) -> Running {
    let load = load();
    sleep(Duration::from_millis(300));
    visit(stage, user, processes);
    load
}

/// Waits until these have what they had: connections take a moment to be closed.
pub fn have_again(before: &[Possessions], processes: &[Pid]) {
    let begun = Instant::now();
    while possessions(processes) != before {
        let late = begun.elapsed() > Duration::from_secs(5);
        assert!(!late, "{before:?}\n{:?}", possessions(processes));
        sleep(Duration::from_millis(20));
    }
}

/// What a server has written to its log.
pub fn log_lines(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
