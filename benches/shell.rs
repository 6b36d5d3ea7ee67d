//! How long a process is held for a shell in it, and how long it takes until the prompt: `cargo bench -p forktop --bench shell
//! [ROUNDS]`.
//!
//! Each round copies a process, ends the copy and takes away what is left of it. The process is held twice for that; each time
//! counts. "floor" is an injector in C that does the same two calls and nothing else: the kernel's own cost. The code is 1 if
//! an aim is missed. "in a void" is measured if a clone-shim lies beside the forktop that is measured (`cargo build --release`).
#![allow(clippy::unwrap_used, reason = "a measurement that fails shows nothing")]

#[path = "figure.rs"]
mod figure;
#[path = "shell/injection.rs"]
mod injection;
#[allow(dead_code, reason = "each bench uses its own part")]
#[path = "trace/machine.rs"]
mod machine;
#[path = "shell/prompt.rs"]
mod prompt;
#[path = "shell/target.rs"]
mod target;

use figure::Figure;
use injection::{Measured, measure};
use machine::{command, succeed, text};
use std::path::Path;
use std::process::{Child, ExitCode};
use std::time::Duration;
use target::{Target, compile};

const FORKTOP: &str = env!("CARGO_BIN_EXE_forktop");
const FLOOR: &str = include_str!("floor/inject.c");
const MODES: [&str; 5] = ["blocked", "timed", "busy", "threads", "tables"];

/// What a machine does besides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    Idle,
    Loaded,
}

/// Busy loops on all processors; they are killed with this.
struct Loops(Vec<Child>);

impl Loops {
    fn start(load: Load) -> Self {
        let count = match load {
            Load::Idle => 0,
            Load::Loaded => std::thread::available_parallelism().unwrap().get(),
        };
        let start = |_| command("sh").args(["-c", "while :; do :; done"]).spawn();
        Self((0..count).map(|it| start(it).unwrap()).collect())
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn main() -> ExitCode {
    let rounds = std::env::args().find_map(|word| word.parse().ok());
    let rounds = rounds.unwrap_or(500);
    let folder = tempfile::tempdir().unwrap();
    target::program(folder.path());
    compile(folder.path(), "inject", FLOOR);
    let average = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("load before: {}", average.trim());
    println!("{:<58}{:>14}{:>14}", "figure", "reached", "to reach");
    let mut missed = false;
    let mut show = |figures: Vec<Figure>| {
        figures.iter().for_each(Figure::show);
        missed |= figures.iter().any(Figure::is_missed);
    };
    for load in [Load::Idle, Load::Loaded] {
        let _loops = Loops::start(load);
        show(floor(folder.path(), load, rounds));
        for mode in MODES {
            let target = Target::start(folder.path(), mode);
            show(held(mode, load, measure(&target, rounds)));
        }
        if let Some(target) = Target::in_a_void(folder.path()) {
            show(held("in a void", load, measure(&target, rounds)));
        }
        show(prompt::figures(folder.path(), load, rounds.min(50)));
    }
    ExitCode::from(u8::from(missed))
}

impl Load {
    fn name(self, of: &str) -> String {
        match self {
            Self::Idle => format!("idle: {of}"),
            Self::Loaded => format!("loaded: {of}"),
        }
    }
}

/// Median and 99th percentile, in milliseconds.
fn spread(mut all: Vec<Duration>) -> Option<[f64; 2]> {
    all.sort();
    let at = |part: usize| Some(all.get(all.len() * part / 100)?.as_secs_f64() * 1e3);
    Some([at(50)?, at(99)?])
}

fn told(name: String, all: Vec<Duration>) -> Option<Figure> {
    let [median, most] = spread(all)?;
    Some(Figure::told(name, format!("{median:.3}/{most:.2} ms")))
}

fn floor(folder: &Path, load: Load, rounds: usize) -> Vec<Figure> {
    let target = Target::start(folder, "blocked");
    let process = target.pid().as_raw_pid().to_string();
    let mut inject = command(&text(&folder.join("inject")));
    let lines = succeed(inject.args([process, rounds.to_string()]));
    let column = |place: usize| {
        let word = |line: &str| line.split(' ').nth(place)?.parse().ok();
        let all = lines.lines().filter_map(word);
        all.map(Duration::from_nanos).collect()
    };
    let name = |of| load.name(of);
    let all = [
        told(name("floor, copied"), column(0)),
        told(name("floor, taken away"), column(1)),
    ];
    all.into_iter().flatten().collect()
}

fn held(mode: &str, load: Load, measured: Measured) -> Vec<Figure> {
    let name = |of: &str| load.name(&format!("{mode}, {of}"));
    let both = [measured.copied.clone(), measured.taken_away.clone()].concat();
    let [median, most] = spread(both).unwrap();
    let aims = match load {
        Load::Idle => vec![
            Figure::at_most(name("held, median"), median, 0.5, " ms"),
            Figure::at_most(name("held, 99th"), most, 2.0, " ms"),
        ],
        Load::Loaded => vec![
            Figure::told(name("held, median"), format!("{median:.2} ms")),
            Figure::at_most(name("held, 99th"), most, 10.0, " ms"),
        ],
    };
    let parts = [
        told(name("copied"), measured.copied),
        told(name("taken away"), measured.taken_away),
        told(name("lent"), measured.lent),
        told(name("its own longest gap"), measured.gaps),
        told(name("the same without a visit"), measured.usual_gaps),
    ];
    aims.into_iter()
        .chain(parts.into_iter().flatten())
        .collect()
}
