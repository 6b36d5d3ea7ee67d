//! What becomes of a family of processes of which one, or a thread, ends at any step of being seized.
use super::steps::at_step;
use crate::{News, Options, Reason, Tracer, What};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Who ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Process,
    Leader,
    Thread,
    Child,
}

/// What of it was followed.
#[derive(Debug, Default)]
struct Followed {
    born: Vec<Pid>,
    threads: Vec<Pid>,
    ended: Vec<Pid>,
}

/// A running `tests/tracees/family.c`.
struct Family {
    program: Child,
    input: ChildStdin,
    children: [Pid; 2],
    thread: Pid,
}

/// `tests/tracees/family.c`, compiled.
fn compiled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/family.c");
    let mut gcc = Command::new("gcc");
    gcc.args(["-O1", "-Wall", "-pthread", "-o"]);
    let made = gcc.arg(folder.path().join("family")).arg(source).status();
    assert!(made.unwrap().success());
    folder
}

impl Family {
    fn begin(program: &Path) -> Self {
        let mut command = Command::new(program);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.process_group(0).spawn().unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(program.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        let number = |word: &str| Pid::from_raw(word.parse().unwrap()).unwrap();
        let numbers: Vec<_> = said.split_whitespace().map(number).collect();
        Self {
            input: program.stdin.take().unwrap(),
            children: [numbers[0], numbers[1]],
            thread: numbers[2],
            program,
        }
    }

    fn process(&self) -> Pid {
        Pid::from_child(&self.program)
    }

    /// Ends the victim, and comes back when that has no instruction left to execute.
    fn end(mut input: ChildStdin, victim: Victim, process: Pid, other: Pid) {
        let thread = match victim {
            Victim::Process => {
                kill_process(process, Signal::KILL).unwrap();
                process
            }
            Victim::Child => {
                kill_process(other, Signal::KILL).unwrap();
                other
            }
            Victim::Leader => {
                input.write_all(b"l").unwrap();
                process
            }
            Victim::Thread => {
                input.write_all(b"t").unwrap();
                other
            }
        };
        let begun = Instant::now();
        while victim.tasks(thread).iter().any(|task| runs(task)) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{victim:?}");
            std::thread::yield_now();
        }
    }
}

impl Victim {
    /// The folders of what is to be over.
    fn tasks(self, thread: Pid) -> Vec<PathBuf> {
        let thread = PathBuf::from(format!("/proc/{}", thread.as_raw_pid()));
        if matches!(self, Self::Leader | Self::Thread) {
            return vec![thread];
        }
        let tasks = std::fs::read_dir(thread.join("task"));
        let tasks = tasks.into_iter().flatten();
        tasks.filter_map(|task| Some(task.ok()?.path())).collect()
    }
}

/// Whether a thread is neither over, nor held by its tracer just before.
fn runs(task: &Path) -> bool {
    let over = ["State:\tZ", "State:\tX", "State:\tt"];
    std::fs::read_to_string(task.join("status"))
        .is_ok_and(|status| !over.iter().any(|over| status.contains(over)))
}

/// All that is told until nothing is left to follow.
fn follow(tracer: &mut Tracer) -> Followed {
    let (over, wait) = mpsc::channel::<()>();
    let bell = tracer.bell();
    let watch = std::thread::spawn(move || {
        if wait.recv_timeout(Duration::from_secs(20)) == Err(mpsc::RecvTimeoutError::Timeout) {
            bell.ring();
        }
    });
    let mut followed = Followed::default();
    while let Some(news) = tracer.next().unwrap() {
        let News::Event(event, stopped) = news else {
            panic!("it hangs: {followed:?}");
        };
        match event.what {
            What::Born { .. } => followed.born.push(event.process),
            What::ThreadBorn { .. } => followed.threads.push(event.thread),
            What::Ended { .. } => followed.ended.push(event.process),
            What::Refused { .. } => panic!("refused: {event:?}"),
            _ => {}
        }
        if let Some(stopped) = stopped {
            tracer.resume(stopped).unwrap();
        }
    }
    drop(over);
    watch.join().unwrap();
    followed
}

/// Those processes that this thread traces.
fn traced(family: [Pid; 3]) -> Vec<Pid> {
    let traced = |process: &Pid| super::is_traced_by_us(*process);
    family.into_iter().filter(traced).collect()
}

/// One end at one step: whether that step exists, and whether the victim was followed to its end, or not at all.
fn end_at(step: usize, victim: Victim, program: &Path) -> Option<bool> {
    let family = Family::begin(program);
    let (process, thread) = (family.process(), family.thread);
    let [child, sister] = family.children;
    let all = [process, child, sister];
    let other = if victim == Victim::Child {
        child
    } else {
        thread
    };
    let Family {
        mut program, input, ..
    } = family;
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let happen = move || Family::end(input, victim, process, other);
    let (seized, happened) = at_step(step, happen, || tracer.seize(process));
    let context = format!("{victim:?} at step {step}: {seized:?}");
    if let Err(refused) = &seized {
        let is_gone = matches!(refused.reason, Reason::Ended | Reason::NoSuchProcess);
        assert!(victim == Victim::Process && is_gone, "{context}");
    }
    if seized.is_err() {
        assert!(tracer.next().unwrap().is_none(), "{context}");
        assert_eq!(traced(all), [], "{context}");
    }
    let leader_is_held = super::is_traced_by_us(process);
    // Also those that are not followed, since their parent ended before they could be found.
    let _ = kill_process_group(process, Signal::KILL);
    let followed = follow(&mut tracer);
    let context = format!("{context}: {followed:?}");
    assert_eq!(traced(all), [], "{context}");
    let sorted = |pids: &[Pid]| {
        let mut pids: Vec<_> = pids.iter().map(|pid| pid.as_raw_pid()).collect();
        pids.sort_unstable();
        pids
    };
    assert_eq!(sorted(&followed.born), sorted(&followed.ended), "{context}");
    assert_eq!(
        followed.born.contains(&process),
        seized.is_ok(),
        "{context}"
    );
    // A parent's end is what keeps a child from being found, and nothing else.
    if victim != Victim::Process {
        let missing = usize::from(victim == Victim::Child && !followed.born.contains(&child));
        assert_eq!(followed.born.len() + missing, 3, "{context}");
    }
    // Where it was followed the tracer has waited for it.
    let _ = program.wait();
    happened.then(|| match victim {
        Victim::Process => seized.is_ok(),
        Victim::Leader => leader_is_held,
        Victim::Thread => followed.threads.contains(&thread),
        Victim::Child => followed.born.contains(&child),
    })
}

#[test]
fn whoever_ends_at_any_step_of_being_seized_is_followed_to_the_end_or_not_at_all() {
    let folder = compiled();
    let program = folder.path().join("family");
    for victim in [
        Victim::Process,
        Victim::Leader,
        Victim::Thread,
        Victim::Child,
    ] {
        let outcomes: Vec<bool> = (0..)
            .map_while(|step| end_at(step, victim, &program))
            .collect();
        // Early it is not there any more, and late it is.
        assert!(outcomes.len() > 30, "{victim:?}: {outcomes:?}");
        assert_eq!(
            outcomes.first().zip(outcomes.last()),
            Some((&false, &true)),
            "{victim:?}"
        );
        assert!(outcomes.is_sorted(), "{victim:?}: {outcomes:?}");
    }
}
