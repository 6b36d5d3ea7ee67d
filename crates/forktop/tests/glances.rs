//! What a process changes by itself, without any event, is told soon, while it runs; and then nothing is done any more.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::follow::Request;
use forktop::log::{Event, FrozenAt, Noticed, ProcessId, Record, Time};
use forktop::screen::effect::Breaks;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Stage, succeed};

/// A program that may gain nothing any more so many milliseconds after its exec, and by `setresuid` is nobody, if root runs it.
/// With a second argument it does this in a thread, for that alone. It waits for ever.
const DROPS: &str = "
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
static void *drop(void *time) {
  usleep(atoi(time) * 1000);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) exit(1);
  if (getuid() == 0 && syscall(SYS_setresuid, 65534, 65534, 65534)) exit(2);
  for (;;) pause();
  return 0;
}
int main(int argc, char **argv) {
  pthread_t thread;
  if (argc > 2) pthread_create(&thread, 0, drop, argv[1]);
  else drop(argv[1]);
  for (;;) pause();
}
";

/// A program, followed into a log; it is killed with this.
struct Followed {
    stage: Stage,
    forktop: Child,
}

impl Followed {
    fn begin(stage: Stage, words: &[&str]) -> Self {
        let log = stage.text("it.jsonl");
        let options = ["log", "--json", "--kill-on-exit", "-o", &log, "--"];
        let mut command = stage.forktop(&options);
        let forktop = command.args(words).spawn().unwrap();
        Self { stage, forktop }
    }

    fn drops(arguments: &[&str]) -> Self {
        let stage = Stage::new();
        let program = drops(&stage);
        Self::begin(stage, &[&[program.as_str()], arguments].concat())
    }

    /// The whole lines of the log until now.
    fn records(&self) -> Vec<Record> {
        let log = std::fs::read_to_string(self.stage.path("it.jsonl")).unwrap_or_default();
        let whole = log
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        whole
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until the log tells of something.
    fn wait_for<T>(&self, what: &str, find: impl Fn(&[Record]) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let records = self.records();
            match find(&records) {
                Some(found) => return found,
                None => assert!(
                    begun.elapsed() < Duration::from_secs(20),
                    "no {what}: {records:#?}"
                ),
            }
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.forktop.kill();
        let _ = self.forktop.wait();
    }
}

fn drops(stage: &Stage) -> String {
    let program = stage.text("drops");
    stage.write("drops.c", DROPS);
    let flags = ["-pthread", "-w", "-o", &program, "drops.c"];
    succeed(&mut stage.command("gcc", &flags));
    program
}

/// A change: when it was told, of which process and thread, and some of what it led to.
#[derive(Debug)]
struct Change {
    at: Time,
    process: ProcessId,
    tid: Option<u32>,
    noticed: Noticed,
    no_new_privs: bool,
    uid: u32,
}

fn changes(records: &[Record]) -> Vec<Change> {
    let change = |record: &Record| match &record.event {
        Event::Changed {
            process,
            tid,
            noticed,
            essentials,
        } => Some(Change {
            at: record.at,
            process: *process,
            tid: *tid,
            noticed: *noticed,
            no_new_privs: essentials.no_new_privs,
            uid: essentials.uid.effective,
        }),
        _ => None,
    };
    records.iter().filter_map(change).collect()
}

/// When something was told that is like this.
fn time_of(records: &[Record], is_it: impl Fn(&Event) -> bool) -> Option<Time> {
    let record = records.iter().find(|record| is_it(&record.event))?;
    Some(record.at)
}

fn between(from: Time, to: Time) -> Duration {
    Duration::from_nanos(to.0.checked_sub(from.0).unwrap())
}

#[test]
fn a_process_that_drops_what_it_may_do_and_sleeps_is_told_of_while_it_runs_and_once() {
    let followed = Followed::drops(&["100"]);
    followed.wait_for("change", |records| changes(records).pop());
    // The last glance is over by then.
    sleep(Duration::from_secs(4));
    let records = followed.records();
    let executed = time_of(&records, |event| matches!(event, Event::Executed(_)));
    let [change] = &changes(&records)[..] else {
        panic!("{records:#?}");
    };
    assert_eq!((change.process, change.tid), (ProcessId(0), None));
    assert_eq!(change.noticed, Noticed::Glance);
    assert!(change.no_new_privs);
    let after = between(executed.unwrap(), change.at);
    let expected = Duration::from_millis(100)..Duration::from_secs(2);
    assert!(expected.contains(&after), "{after:?}");
    let ended = time_of(&records, |event| matches!(event, Event::Ended { .. }));
    assert_eq!(ended, None);
    let order = |records: &[Record]| records.is_sorted_by_key(|record| record.at);
    assert!(order(&records), "{records:#?}");
}

#[test]
fn a_thread_that_drops_what_it_may_do_for_itself_alone_is_told_apart_while_it_runs() {
    let followed = Followed::drops(&["0", "thread"]);
    let change = followed.wait_for("change", |records| changes(records).pop());
    let records = followed.records();
    let born = records.iter().find_map(|record| match record.event {
        Event::ThreadBorn { tid, .. } => Some(tid),
        _ => None,
    });
    assert_eq!((change.tid, change.noticed), (born, Noticed::Glance));
    assert!(change.tid.is_some() && change.no_new_privs);
}

/// As many children as are asked for, of an ordinary user, each of which executes a program some time after its birth.
const EXECUTES: &str = "
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
  if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) return 1;
  for (int i = atoi(argv[1]); i > 0; i--)
    if (fork() == 0) {
      usleep(27 * 1000);
      execl(argv[2], argv[2], (char *)0);
      _exit(2);
    }
  while (wait(0) > 0);
  return argc < 3;
}
";

/// At the time of the first glance, and with more to tell than can be told at once.
#[test]
fn what_an_exec_gives_is_told_with_the_exec_and_as_nothing_else() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: a set-user-ID program of root's is made by root");
        return;
    }
    let stage = Stage::new();
    stage.open();
    stage.write("executes.c", EXECUTES);
    stage.write(
        "sleeps.c",
        "#include <unistd.h>\nint main(void) { return sleep(1); }",
    );
    for name in ["executes", "sleeps"] {
        let source = format!("{name}.c");
        succeed(&mut stage.command("gcc", &["-w", "-o", name, &source]));
    }
    let [executes, sleeps] = ["executes", "sleeps"].map(|name| stage.text(name));
    succeed(&mut stage.command("chmod", &["4755", &sleeps]));
    let followed = Followed::begin(stage, &[&executes, "300", &sleeps]);
    let records = followed.wait_for("end", |records| {
        let is_end = |event: &Event| {
            matches!(
                event,
                Event::Ended {
                    process: ProcessId(0),
                    ..
                }
            )
        };
        time_of(records, is_end).map(|_| records.to_vec())
    });
    let gained = records.iter().filter(|record| match &record.event {
        Event::Executed(execution) => {
            let gained = execution.essentials.as_ref();
            execution.process != ProcessId(0) && gained.is_some_and(|it| it.uid.effective == 0)
        }
        _ => false,
    });
    assert_eq!(gained.count(), 300);
    let by_themselves: Vec<_> = changes(&records)
        .into_iter()
        .filter(|change| change.process != ProcessId(0))
        .collect();
    assert!(by_themselves.is_empty(), "{by_themselves:#?}");
    assert!(records.is_sorted_by_key(|record| record.at));
}

/// Makes threads that end at once, for so many seconds.
const THREADS: &str = "
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
static void *end(void *nothing) { return nothing; }
int main(int argc, char **argv) {
  time_t until = time(0) + atoi(argv[1]);
  while (time(0) < until) {
    pthread_t thread;
    if (pthread_create(&thread, 0, end, 0) == 0) pthread_join(thread, 0);
  }
  return argc < 2;
}
";

#[test]
fn who_makes_threads_all_the_time_hides_nobody() {
    let stage = Stage::new();
    let program = drops(&stage);
    stage.write("threads.c", THREADS);
    succeed(&mut stage.command("gcc", &["-pthread", "-o", "threads", "threads.c"]));
    let threads = stage.text("threads");
    let script = format!("{threads} 12 & {threads} 12 & sleep 3; exec {program} 100");
    let followed = Followed::begin(stage, &["sh", "-c", &script]);
    let change = followed.wait_for("change", |records| {
        changes(records)
            .into_iter()
            .find(|change| change.no_new_privs)
    });
    let records = followed.records();
    let executed = time_of(
        &records,
        |event| matches!(event, Event::Executed(it) if it.name == "drops"),
    );
    // The storm goes on for nine seconds.
    let after = between(executed.unwrap(), change.at);
    assert!(after < Duration::from_secs(5), "{after:?}");
    assert_eq!(change.noticed, Noticed::Glance);
}

#[test]
fn what_was_stopped_is_looked_at_once_it_goes_on() {
    let python = "import ctypes, os, signal, time
os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(0.1)
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
time.sleep(60)";
    let followed = Followed::begin(Stage::new(), &["python3", "-c", python]);
    let pid = followed.wait_for("stop", |records| {
        time_of(records, |event| matches!(event, Event::Stopped { .. }))?;
        records.iter().find_map(|record| match &record.event {
            Event::Born(birth) => Some(birth.pid),
            _ => None,
        })
    });
    // The last glance after its exec is over by then.
    sleep(Duration::from_millis(3_500));
    let pid = i32::try_from(pid).unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    let change = followed.wait_for("change", |records| changes(records).pop());
    assert_eq!(
        (change.no_new_privs, change.noticed),
        (true, Noticed::Glance)
    );
}

#[test]
fn the_workers_of_nginx_are_of_their_user_without_a_look() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: nginx changes its user only if root runs it");
        return;
    }
    let stage = Stage::new();
    let configuration = format!(
        "daemon off; worker_processes 2; pid {0}/pid; error_log {0}/error.log;
         events {{}} http {{ access_log off; server {{ listen unix:{0}/socket; }} }}",
        stage.text("")
    );
    stage.write("nginx.conf", &configuration);
    let (folder, file) = (stage.text(""), stage.text("nginx.conf"));
    let words = ["/usr/sbin/nginx", "-p", &folder, "-c", &file];
    let followed = Followed::begin(stage, &words);
    let told = followed.wait_for("two workers", |records| {
        let changes = changes(records);
        (changes.len() == 2).then_some(changes)
    });
    let records = followed.records();
    for change in told {
        assert_eq!(change.noticed, Noticed::Glance);
        assert_ne!(change.process, ProcessId(0));
        assert_ne!(change.uid, 0);
        let born = time_of(
            &records,
            |event| matches!(event, Event::Born(birth) if birth.process == change.process),
        );
        let after = between(born.unwrap(), change.at);
        assert!(after < Duration::from_secs(1), "{after:?}");
    }
}

#[test]
fn a_process_that_is_to_be_held_when_it_has_changed_is_held() {
    let stage = Stage::new();
    // Should it never be held it ends, and the test with it.
    let session = support::session(&["timeout", "20", &drops(&stage), "100"]);
    let breaks = Breaks {
        change: true,
        ..Breaks::default()
    };
    session.desk.hand_in(Request::BreakOn(breaks));
    let mut changed = false;
    loop {
        match session.records.recv().unwrap().event {
            Event::Changed { noticed, .. } => changed = noticed == Noticed::Glance,
            Event::Frozen { at, .. } if changed => {
                assert_eq!(at, FrozenAt::Change);
                break;
            }
            // The exec itself may be new.
            Event::Frozen { process, .. } => {
                session.desk.hand_in(Request::Continue(process));
            }
            Event::Ended { .. } => panic!("it has ended"),
            _ => {}
        }
    }
    session.desk.hand_in(Request::Kill);
    while session.records.recv().is_ok() {}
}

/// How often the threads of a process have waited.
fn waits(pid: u32) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let count = status.lines().find_map(|line| {
            let count = line.strip_prefix("voluntary_ctxt_switches:")?;
            count.trim().parse::<u64>().ok()
        });
        count.unwrap()
    };
    threads.map(of).sum()
}

#[test]
fn after_the_last_glance_nothing_wakes_forktop() {
    let followed = Followed::drops(&["100"]);
    followed.wait_for("change", |records| changes(records).pop());
    sleep(Duration::from_millis(3_500));
    let before = waits(followed.forktop.id());
    sleep(Duration::from_secs(4));
    assert_eq!(waits(followed.forktop.id()), before);
}
