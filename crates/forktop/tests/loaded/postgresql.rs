//! PostgreSQL under pgbench.
use crate::servers::*;
use crate::support::process::words;
use crate::support::{Stage, User, succeed, wait};
use rustix::process::{Pid, Signal, getuid};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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
