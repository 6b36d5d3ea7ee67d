//! A process that is visited notices nothing, whatever it does (`tests/tracees/steady.c`).
use crate::support::steady::{LATE, Steady, modes};
use crate::support::{field, tracee};
use crate::visiting::{Chance, Host, Way};
use rustix::process::{Pid, Signal, kill_process};
use std::thread::scope;
use std::time::{Duration, Instant};

/// So long one mode is visited.
const TIME: Duration = Duration::from_millis(3500);
/// The modes of several threads, of which one could change what another's visit compares.
const SEVERAL: [&str; 2] = ["threads", "rseq"];

/// The modes of calls that come back with `EINTR` whatever stops them. What is made again of them on x86-64 is not on aarch64.
const INTERRUPTED: [&str; 9] = [
    "accept_timed",
    "epoll_pwait",
    "epoll_wait",
    "io_getevents",
    "io_uring_enter",
    "recv_timed",
    "semtimedop",
    "sigtimedwait",
    "sigwaitinfo",
];

/// How many are visited at once. An emulated machine is slower, and as patient.
const AT_ONCE: usize = match cfg!(target_arch = "x86_64") {
    true => 8,
    false => 2,
};

/// The process that a thread is of.
fn process_of(thread: Pid) -> Pid {
    Pid::from_raw(field(thread, "Tgid").parse().unwrap()).unwrap()
}

/// Visits a process at times as if by chance, with more and more time between: on a machine with much to do one that is
/// stopped again at once might never run.
pub fn visit_often(host: &mut Host, seed: u64, visits: u32, time: Duration) -> Result<u32, String> {
    let mut chance = Chance(seed);
    let begun = Instant::now();
    let mut done = 0;
    while done < visits && (done < 10 || begun.elapsed() < time) {
        host.rest(Duration::from_micros(
            chance.below(20_000 + 4_000 * u64::from(done)),
        ));
        let visited = host.visit();
        visited.map_err(|error| format!("visit {done}: {error:?}"))?;
        done += 1;
    }
    Ok(done)
}

/// What was noticed in a mode that is visited so.
fn visited(mode: &str, way: Way, seed: u64) -> Result<(), String> {
    let steady = Steady::in_mode(&tracee("steady.c"), &[mode, LATE]);
    let mut host = Host::new(way, process_of(steady.subject), steady.subject);
    let done = visit_often(&mut host, seed, 30, TIME);
    let differs = std::mem::take(&mut host.differs);
    host.part();
    let several = SEVERAL.contains(&mode);
    if !differs.is_empty() && !several {
        // It may never come to its end.
        kill_process(Pid::from_child(&steady.child), Signal::KILL).unwrap();
    }
    let (text, code) = steady.end();
    if code == Some(0) && done.is_ok() && (differs.is_empty() || several) {
        return Ok(());
    }
    Err(format!(
        "{mode}, {way:?}, {done:?} visits: {code:?}, differs: {differs:?}\n{text}"
    ))
}

/// Visits all modes, a few at once, and lists all that failed.
fn visit_all(way: Way) {
    let mut modes = modes();
    modes.retain(|mode| cfg!(target_arch = "x86_64") || !INTERRUPTED.contains(&mode.as_str()));
    let next = std::sync::Mutex::new(modes.iter().enumerate());
    let work = || {
        let mut failed = Vec::new();
        loop {
            let Some((seed, mode)) = next.lock().unwrap().next() else {
                return failed;
            };
            failed.extend(visited(mode, way, 77 + seed as u64).err());
        }
    };
    let failed: Vec<_> = scope(|scope| {
        let running: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let all = running.into_iter().map(|thread| thread.join().unwrap());
        all.flatten().collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_process_that_is_followed_alone_notices_no_visit() {
    visit_all(Way::Alone);
}

#[test]
fn a_process_that_is_followed_notices_no_visit() {
    visit_all(Way::Followed);
}

/// Something that keeps the machine busy until it is dropped.
#[cfg(target_arch = "x86_64")]
struct Load(Vec<std::process::Child>);

#[cfg(target_arch = "x86_64")]
impl Load {
    fn new() -> Self {
        let busy = |_| {
            let mut command = std::process::Command::new("sh");
            command.args(["-c", "while :; do :; done"]).spawn().unwrap()
        };
        Self((0..3).map(busy).collect())
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_thousand_visits_under_load_are_not_noticed() {
    const MODES: [(&str, u32); 6] = [
        ("sums", 220),
        ("nanosleep", 220),
        ("epoll_wait", 140),
        ("signals", 160),
        ("rseq", 130),
        ("threads", 130),
    ];
    let _load = Load::new();
    let visit = |&(mode, visits): &(&str, u32)| {
        let steady = Steady::in_mode(&tracee("steady.c"), &[mode, "30000"]);
        let mut host = Host::new(Way::Alone, process_of(steady.subject), steady.subject);
        let mut chance = Chance(u64::from(visits));
        for number in 0..visits {
            host.rest(Duration::from_micros(chance.below(30_000)));
            let visited = host.visit();
            visited.unwrap_or_else(|error| panic!("{mode}, visit {number}: {error:?}"));
        }
        host.lent.sort_unstable();
        eprintln!("{mode}: lent {:?}", host.lent[host.lent.len() / 2]);
        let (text, code) = steady.end();
        let differs = !host.differs.is_empty() && !SEVERAL.contains(&mode);
        let is_fine = code == Some(0) && !differs;
        is_fine
            .then_some(())
            .ok_or_else(|| format!("{mode}: {code:?} {:?}\n{text}", host.differs))
    };
    crate::support::steady::each(&MODES, visit);
}
