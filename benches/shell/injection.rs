//! How long a process is held to be copied, and to have the copy taken away, by the clock of whoever holds it and by its own.
use crate::target::Target;
use rustix::process::Pid;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tracee::{Filters, News, Options, Preparation, Stopped, Tracer, Visited, What};

/// Between two visits: what the one has left in the caches is not there for the next.
const PAUSE: Duration = Duration::from_millis(2);

/// So long it may take until a process that goes on runs.
const NOTICE: Duration = Duration::from_millis(1);

/// What was measured of a number of visits, each once.
#[derive(Default)]
pub struct Measured {
    /// From its being asked to stop until it goes on: copied, and relieved of the copy.
    pub copied: Vec<Duration>,
    pub taken_away: Vec<Duration>,
    /// How long of that its registers were not its own.
    pub lent: Vec<Duration>,
    /// The longest that a process was away that looks at the clock: while it was copied, and as long without a visit.
    pub gaps: Vec<Duration>,
    pub usual_gaps: Vec<Duration>,
}

/// A process that stands.
struct Held {
    stopped: Stopped,
    preparation: Preparation,
    since: Instant,
}

pub fn measure(target: &Target, rounds: usize) -> Measured {
    let mut measured = Measured::default();
    let mut tracer = Tracer::new(Options::default()).unwrap();
    let mut usual = Duration::ZERO;
    for _ in 0..rounds {
        sleep(PAUSE);
        target.begin_gaps();
        sleep(usual + NOTICE);
        measured.usual_gaps.extend(target.longest_gap());
        target.begin_gaps();
        let begun = Instant::now();
        visit(&mut tracer, target, &mut measured);
        usual = begun.elapsed();
    }
    measured
}

fn visit(tracer: &mut Tracer, target: &Target, measured: &mut Measured) {
    let held = hold(tracer, target.pid());
    let copied = tracer.copy(held.stopped, held.preparation, Filters::Hold);
    let copy = let_go(tracer, copied.unwrap(), held.since, measured, |it| {
        &mut it.copied
    });
    // It has to be given a processor before it can see how long it was away.
    sleep(NOTICE);
    measured.gaps.extend(target.longest_gap());
    let remains = copy.remains();
    copy.kill();
    drop(copy);
    while is_alive(remains.process()) {
        drop(tracer.next().unwrap());
    }
    let held = hold(tracer, target.pid());
    let taken = tracer.take_away(held.stopped, held.preparation, Filters::Hold, remains);
    let was_there = let_go(tracer, taken.unwrap(), held.since, measured, |it| {
        &mut it.taken_away
    });
    assert!(was_there, "it was not there");
}

fn hold(tracer: &mut Tracer, process: Pid) -> Held {
    let thread = tracer.seize_alone(process).unwrap();
    let preparation = Preparation::of(thread);
    let since = Instant::now();
    tracer.freeze_thread(thread).unwrap();
    loop {
        match tracer.next().unwrap().unwrap() {
            News::Event(event, Some(stopped)) if event.what == What::Frozen => {
                return Held {
                    stopped,
                    preparation,
                    since,
                };
            }
            News::Event(_, Some(stopped)) => tracer.resume(stopped).unwrap(),
            _ => {}
        }
    }
}

fn let_go<T>(
    tracer: &mut Tracer,
    visited: Visited<T>,
    since: Instant,
    measured: &mut Measured,
    of: fn(&mut Measured) -> &mut Vec<Duration>,
) -> T {
    tracer.leave(visited.stopped.unwrap()).unwrap();
    of(measured).push(since.elapsed());
    measured.lent.push(visited.lent);
    assert_eq!(visited.differs, [""; 0]);
    visited.result.unwrap()
}

/// Whether its end has not been taken yet by whoever traces it.
fn is_alive(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/status", process.as_raw_pid()));
    stat.is_ok_and(|stat| !stat.contains("TracerPid:\t0"))
}
