//! Real servers under load: shells are opened and closed in them a hundred times, no request fails, and they have left nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::process::{Pid, Signal, getuid, kill_process};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use support::process::words;
use support::shim::clone_shim;
use support::{Stage, User, shown, soon, succeed, wait};

/// How many shells are opened and closed in each server, by this user and by another.
const SHELLS: [usize; 2] = [100, 30];

/// A program that was started, in a folder of its own; it is asked to end, and waited for, with this.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// It has not come to an end by itself, and is told to.
    fn end(mut self, signal: Signal) {
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

fn users() -> Vec<User> {
    match getuid().is_root() {
        true => vec![User::This, User::Tester],
        false => {
            eprintln!("skipped: the user `tester`, as only root becomes another");
            vec![User::This]
        }
    }
}

/// A folder that belongs to the user, in a stage that has a forktop for everybody.
fn stage(user: User) -> (Stage, PathBuf) {
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
fn free_port() -> String {
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

fn wait_for_port(port: &str) {
    wait("a server", || {
        TcpStream::connect(format!("127.0.0.1:{port}")).is_ok()
    });
}

/// Those of all its threads.
fn children(process: Pid) -> Vec<Pid> {
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
fn child(process: Pid, contains: &str) -> Pid {
    soon(contains, || {
        children(process)
            .into_iter()
            .find(|child| words(*child).contains(contains))
    })
}

/// What a process has open, by number.
fn open(process: Pid) -> Vec<(String, PathBuf)> {
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

/// What could be left of visits.
fn possessions(of: &[Pid]) -> Vec<Possessions> {
    of.iter()
        .map(|process| (children(*process), open(*process)))
        .collect()
}

/// Children, and what is open by number.
type Possessions = (Vec<Pid>, Vec<(String, PathBuf)>);

/// Opens and closes a hundred shells in these, one after the other.
fn visit(stage: &Stage, user: User, processes: &[Pid]) {
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
fn visit_under(
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
fn have_again(before: &[Possessions], processes: &[Pid]) {
    let begun = Instant::now();
    while possessions(processes) != before {
        let late = begun.elapsed() > Duration::from_secs(5);
        assert!(!late, "{before:?}\n{:?}", possessions(processes));
        sleep(Duration::from_millis(20));
    }
}

/// When this is gone, it is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts up, and looks at each answer.
fn count_up(port: &str, is_over: &AtomicBool) -> usize {
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let mut answers = BufReader::new(connection.try_clone().unwrap());
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        count += 1;
        connection.write_all(b"INCR counted\r\n").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, format!(":{count}\r\n"));
    }
    count
}

#[test]
fn redis_answers_each_request_and_its_benchmark_sees_no_error() {
    for user in users() {
        let (stage, folder) = stage(user);
        let (port, folder) = (free_port(), folder.to_str().unwrap().to_owned());
        let log = stage.text("own/log");
        let words = [
            "redis-server",
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            &folder,
        ];
        let more = ["--logfile", &log, "--loglevel", "notice"];
        let server = Running::start(stage.command_of(user, &[&words[..], &more].concat()));
        wait_for_port(&port);
        let processes = [server.pid()];
        sleep(Duration::from_millis(200));
        let before = possessions(&processes);
        let said = log_lines(Path::new(&log));
        let is_over = AtomicBool::new(false);
        let answered = scope(|scope| {
            // A failure here ends the counting, too: the scope waits for it.
            let over = Over(&is_over);
            let counting = scope.spawn(|| count_up(&port, &is_over));
            let load = visit_under(&stage, user, &processes, || {
                let words = [
                    "redis-benchmark",
                    "-p",
                    &port,
                    "-c",
                    "10",
                    "-l",
                    "-q",
                    "-t",
                    "set,get",
                ];
                let mut load = stage.command_of(User::This, &words);
                let said = fs::File::create(stage.path("said")).unwrap();
                load.stdout(Stdio::null()).stderr(said);
                Running::start(load)
            });
            load.end(Signal::KILL);
            drop(over);
            counting.join().unwrap()
        });
        assert!(answered > 100, "{answered}");
        assert_eq!(fs::read_to_string(stage.path("said")).unwrap(), "");
        have_again(&before, &processes);
        assert_eq!(log_lines(Path::new(&log)), said);
        server.end(Signal::TERM);
    }
}

fn log_lines(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Has the two of an nginx visited while wrk asks, and looks at what that says.
fn ask_nginx(stage: &Stage, user: User, port: &str, log: &Path, processes: &[Pid]) {
    let before = possessions(processes);
    let said = log_lines(log);
    let load = visit_under(stage, user, processes, || {
        let page = format!("http://127.0.0.1:{port}/page");
        let words = ["wrk", "-t", "1", "-c", "10", "-d", "300s", &page];
        let mut load = stage.command_of(User::This, &words);
        load.stdout(fs::File::create(stage.path("report")).unwrap());
        Running::start(load)
    });
    load.end(Signal::INT);
    let report = fs::read_to_string(stage.path("report")).unwrap();
    assert!(report.contains("requests in"), "{report}");
    for failure in ["Non-2xx", "Socket errors"] {
        assert!(!report.contains(failure), "{report}");
    }
    have_again(&before, processes);
    assert_eq!(log_lines(log), said);
}

#[test]
fn nginx_answers_each_request_of_wrk() {
    for user in users() {
        let (stage, folder) = stage(user);
        let port = free_port();
        let own = folder.to_str().unwrap();
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = paths
            .map(|name| format!("{name}_temp_path {own}/{name};"))
            .join(" ");
        let configuration = format!(
            "daemon off; worker_processes 1; pid {own}/pid; error_log {own}/log notice; events {{ }} \
             http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port}; location / {{ return 200 page; }} }} }}"
        );
        let configuration = stage.write("nginx.conf", &configuration);
        let words = [
            "nginx",
            "-e",
            &stage.text("own/log"),
            "-c",
            configuration.to_str().unwrap(),
        ];
        let server = Running::start(stage.command_of(user, &words));
        wait_for_port(&port);
        let worker = child(server.pid(), "worker process");
        ask_nginx(
            &stage,
            user,
            &port,
            &folder.join("log"),
            &[worker, server.pid()],
        );
        server.end(Signal::TERM);
    }
}

/// The processes below one that have this name in their command lines.
fn below(process: Pid, contains: &str) -> Vec<Pid> {
    let all = children(process).into_iter().flat_map(|child| {
        let own = words(child).contains(contains).then_some(child);
        own.into_iter().chain(below(child, contains))
    });
    all.collect()
}

#[test]
fn nginx_in_a_void_answers_each_request_of_wrk() {
    let user = User::This;
    let (stage, folder) = stage(user);
    let port = free_port();
    fs::write(stage.path("page"), "a page\n").unwrap();
    let shim = clone_shim();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/nginx/spec.json");
    let (port_flag, logs_flag) = (
        format!("--set=port={port}"),
        format!("--set=logs={}", folder.display()),
    );
    let words = [
        shim.to_str().unwrap(),
        "run",
        example.to_str().unwrap(),
        &port_flag,
        &logs_flag,
    ];
    let server = Running::start(stage.command_of(user, &words));
    wait_for_port(&port);
    // Its port is there before it is. A master and two workers.
    let find = || below(server.pid(), "nginx: ");
    wait("nginx", || find().len() == 3);
    let processes = find();
    ask_nginx(&stage, user, &port, &folder.join("error.log"), &processes);
    server.end(Signal::TERM);
}

/// Where Debian has the programs of the server.
fn postgresql() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap();
    let mut programs = versions.map(|version| version.unwrap().path().join("bin"));
    programs.find(|path| path.join("initdb").exists()).unwrap()
}

/// A server of a cluster of its own.
struct Cluster {
    stage: Stage,
    port: String,
    programs: PathBuf,
    log: PathBuf,
    server: Running,
}

impl Cluster {
    /// It refuses to be root: only forktop is.
    fn start() -> Self {
        let owner = match getuid().is_root() {
            true => User::Tester,
            false => User::This,
        };
        let (stage, folder) = stage(owner);
        let (port, programs) = (free_port(), postgresql());
        let (data, log) = (stage.text("own/data"), stage.path("said"));
        let own = folder.to_str().unwrap();
        let run = |name: &str, flags: &[&str]| {
            let program = programs.join(name);
            let words = [&[program.to_str().unwrap()][..], flags].concat();
            stage.command_of(owner, &words)
        };
        let flags = ["-D", &data, "-A", "trust", "-U", "postgres", "--no-sync"];
        succeed(&mut run("initdb", &flags));
        let flags = ["-D", &data, "-p", &port, "-h", "127.0.0.1", "-k", own, "-F"];
        // No process of its own comes and goes.
        let flags = [&flags[..], &["-c", "autovacuum=off"]].concat();
        let mut server = run("postgres", &flags);
        server.stderr(fs::File::create(&log).unwrap());
        let server = Running::start(server);
        let said = || fs::read_to_string(&log).unwrap();
        wait("ready", || said().contains("ready to accept"));
        Self {
            stage,
            port,
            programs,
            log,
            server,
        }
    }

    fn pgbench(&self, flags: &[&str]) -> Command {
        let bench = self.programs.join("pgbench");
        let client = ["-h", "127.0.0.1", "-p", &self.port, "-U", "postgres"];
        let bench = [bench.to_str().unwrap()];
        let words = [&bench[..], &client, flags, &["postgres"]].concat();
        self.stage.command_of(User::This, &words)
    }

    /// What it has said but for its routine.
    fn said(&self) -> Vec<String> {
        let lines = log_lines(&self.log).into_iter();
        lines.filter(|line| !line.contains("checkpoint")).collect()
    }

    /// Two that ask all the time.
    fn load(&self) -> Running {
        let mut load = self.pgbench(&["-n", "-c", "2", "-T", "300"]);
        let errors = fs::File::create(self.stage.path("errors")).unwrap();
        load.stdout(Stdio::null()).stderr(errors);
        let load = Running::start(load);
        // Its first connection is not one of those by which it asks.
        sleep(Duration::from_secs(1));
        load
    }
}

#[test]
fn postgresql_fails_no_transaction_of_pgbench() {
    for user in users() {
        let cluster = Cluster::start();
        succeed(&mut cluster.pgbench(&["-i", "-q", "-s", "1"]));
        let server = cluster.server.pid();
        let lasting = [server, child(server, "background writer")];
        let is_served = || words_of_children(server).contains("127.0.0.1(");
        wait("rest", || !is_served());
        let (before, said) = (possessions(&lasting), cluster.said());
        let load = cluster.load();
        let backend = child(server, "127.0.0.1(");
        let [_, writer] = lasting;
        visit(&cluster.stage, user, &[backend, server, writer]);
        assert!(words(backend).contains("127.0.0.1("), "it serves still");
        let errors = fs::read_to_string(cluster.stage.path("errors")).unwrap();
        assert!(!errors.contains("rror"), "{errors}");
        assert_eq!(cluster.said(), said);
        load.end(Signal::INT);
        have_again_but_for(&before, &lasting);
        cluster.server.end(Signal::INT);
    }
}

fn words_of_children(process: Pid) -> String {
    children(process).into_iter().map(words).collect()
}

/// As [`have_again`], but for files that PostgreSQL opens and keeps by itself, and for servers of its own that have ended: what it has
/// more is a file of its own.
fn have_again_but_for(before: &[Possessions], processes: &[Pid]) {
    let begun = Instant::now();
    let without_files = |all: &[Possessions]| {
        let is_file = |path: &PathBuf| path.to_string_lossy().contains("/own/data/");
        let each = all.iter().map(|(children, open)| {
            let open = open.iter().filter(|(_, target)| !is_file(target));
            (children.clone(), open.cloned().collect::<Vec<_>>())
        });
        each.collect::<Vec<_>>()
    };
    let is_had = || {
        let (now, before) = (possessions(processes), without_files(before));
        let each = without_files(&now).into_iter().zip(before);
        each.into_iter().all(|((children, open), before)| {
            let (former, had) = before;
            open == had && children.iter().all(|child| former.contains(child))
        })
    };
    while !is_had() {
        let late = begun.elapsed() > Duration::from_secs(5);
        assert!(!late, "{before:?}\n{:?}", possessions(processes));
        sleep(Duration::from_millis(20));
    }
}
