//! What it costs to be followed, and to look: `cargo bench --bench trace [ROUNDS]`.
//!
//! Each round runs every way once, in turn, so that what the machine does besides falls on all alike; ratios are those of
//! medians. The code is 1 if an aim is missed.
//!
//! "floor" is a tracer in C that asks for the same five events as the tracer does (fork, vfork, clone, exec, exit), seizes its
//! command as that does before the first exec, and lets every thread go on at once, in group stops too; it reads and tells
//! nothing: the kernel's own cost.
#![allow(clippy::unwrap_used, reason = "a measurement that fails shows nothing")]

#[path = "figure.rs"]
mod figure;
#[path = "trace/interface.rs"]
mod interface;
#[path = "trace/machine.rs"]
mod machine;

use figure::Figure;
use machine::{Tree, command, cpu_of_children, cpu_of_process, succeed, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const FORKTOP: &str = env!("CARGO_BIN_EXE_forktop");
const FLOOR: &str = include_str!("floor/follow.c");
/// Programs that a shell executes, one after the other.
const LOOP: &str = "i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i+1)); done";
const READS: [&str; 5] = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=300000"];
/// Processes that live at once.
const MANY: usize = 10_000;
/// Processes that live shortly, one after the other.
const SHORT: usize = 100_000;

fn main() -> ExitCode {
    let rounds = std::env::args().find_map(|word| word.parse().ok());
    let rounds = rounds.unwrap_or(7);
    let folder = tempfile::tempdir().unwrap();
    println!("{:<58}{:>14}{:>14}", "figure", "reached", "to reach");
    let mut missed = false;
    let mut show = |figures: Vec<Figure>| {
        figures.iter().for_each(Figure::show);
        missed |= figures.iter().any(Figure::is_missed);
    };
    show(execs(folder.path(), rounds));
    show(reads(folder.path(), rounds));
    show(vec![none_lost(folder.path())]);
    show(looks());
    show(interface::figures(folder.path()));
    show(vec![idle()]);
    ExitCode::from(u8::from(missed))
}

/// Seconds that each of these takes, the median of all rounds.
fn in_turn<const N: usize>(rounds: usize, ways: [&[String]; N]) -> [f64; N] {
    let mut taken = [(); N].map(|()| Vec::new());
    // The first round fills the caches.
    for round in 0..=rounds {
        for (way, taken) in ways.iter().zip(&mut taken) {
            let began = Instant::now();
            succeed(command(&way[0]).args(&way[1..]));
            if round > 0 {
                taken.push(began.elapsed().as_secs_f64());
            }
        }
    }
    taken.map(|mut taken| {
        taken.sort_by(f64::total_cmp);
        taken[taken.len() / 2]
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn before(first: &[&str], rest: &[String]) -> Vec<String> {
    [words(first), rest.to_vec()].concat()
}

fn floor(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("follow.c"), folder.join("follow"));
    fs::write(&source, FLOOR).unwrap();
    let mut compiler = command("gcc");
    succeed(
        compiler
            .args(["-O2", "-static", "-o"])
            .args([&program, &source]),
    );
    program
}

fn execs(folder: &Path, rounds: usize) -> Vec<Figure> {
    let alone = words(&["sh", "-c", LOOP]);
    let [lines, json, calls] = ["lines", "log.jsonl", "calls"].map(|name| text(&folder.join(name)));
    let floor = text(&floor(folder));
    let ways = [
        alone.clone(),
        before(&[&floor], &alone),
        before(&[FORKTOP, "log", "-o", &lines, "--"], &alone),
        before(&[FORKTOP, "log", "--json", "-o", &json, "--"], &alone),
        before(
            &[
                "strace",
                "-f",
                "--seccomp-bpf",
                "-e",
                "trace=process",
                "-o",
                &calls,
            ],
            &alone,
        ),
    ];
    let [alone, floor, lines, json, strace] = in_turn(rounds, ways.each_ref().map(Vec::as_slice));
    let name = |of: &str| format!("2,000 programs by a shell, {of}");
    vec![
        Figure::told(name("alone"), format!("{alone:.2} s")),
        Figure::told(name("floor, to alone"), format!("{:.2}", floor / alone)),
        Figure::told(name("strace, to alone"), format!("{:.2}", strace / alone)),
        Figure::at_most(name("log, to alone"), lines / alone, 1.6, ""),
        Figure::at_most(name("log, to floor"), lines / floor, 1.2, ""),
        Figure::at_most(name("log --json, to floor"), json / floor, 1.2, ""),
        Figure::at_most(name("log, to strace"), lines / strace, 1.0, ""),
    ]
}

fn reads(folder: &Path, rounds: usize) -> Vec<Figure> {
    let alone = [words(&READS), words(&["status=none"])].concat();
    let lines = text(&folder.join("lines"));
    let traced = before(&[FORKTOP, "log", "-o", &lines, "--"], &alone);
    let [alone, traced] = in_turn(rounds, [&alone[..], &traced[..]]);
    vec![
        Figure::told("600,000 system calls of dd, alone", format!("{alone:.2} s")),
        Figure::at_most(
            "600,000 system calls of dd, log to alone",
            traced / alone,
            1.03,
            "",
        ),
    ]
}

/// The shell's own count of what it made, against the births and ends that were told.
fn none_lost(folder: &Path) -> Figure {
    let log = text(&folder.join("short.jsonl"));
    let script = format!("i=0; while [ $i -lt {SHORT} ]; do (:); i=$((i+1)); done; echo $i");
    let words = ["log", "--json", "-o", &log, "--", "sh", "-c", &script];
    let counted = succeed(command(FORKTOP).args(words));
    let counted: usize = counted.trim().parse().unwrap();
    let log = fs::read_to_string(&log).unwrap();
    let told = |event: &str| {
        let event = format!("\"event\":\"{event}\"");
        log.lines().filter(|line| line.contains(&event)).count() - 1
    };
    let lost = counted
        .abs_diff(told("born"))
        .max(counted.abs_diff(told("ended")));
    let name = format!("of {counted} short processes, lost");
    Figure {
        aim: Some(("0".to_owned(), lost == 0)),
        ..Figure::told(name, lost.to_string())
    }
}

/// `forktop show` of very many.
fn looks() -> Vec<Figure> {
    // Each of a tree of its own: what the kernel has made for /proc once is there the next time.
    let look = |words: &[&str]| {
        let tree = Tree::of_sleepers(MANY);
        let numbers = tree.processes();
        let began = cpu_of_children();
        let shown = succeed(command(FORKTOP).args(words).args(&numbers));
        let taken = cpu_of_children().saturating_sub(began);
        let many = numbers.len();
        let name = format!("`{}` of {many} processes, processor time", words.join(" "));
        match shown.is_empty() {
            // A figure that is no number reaches nothing.
            true => Figure::at_most(name, f64::NAN, 1.5, " s"),
            false => Figure::at_most(name, taken.as_secs_f64(), 1.5, " s"),
        }
    };
    vec![look(&["show"]), look(&["show", "--json"])]
}

/// The interface, on a terminal, of very many that sleep.
fn idle() -> Figure {
    const WATCHED: Duration = Duration::from_secs(10);
    let server = format!("forktop-bench-{}", std::process::id());
    let tmux = |words: &[&str]| succeed(command("tmux").args(["-L", &server]).args(words));
    let script = format!("i=0; while [ $i -lt {MANY} ]; do sleep 600 & i=$((i+1)); done; wait");
    let shell = format!("exec {FORKTOP} --kill-on-exit -- sh -c '{script}'");
    tmux(&[
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        "120",
        "-y",
        "40",
        &shell,
    ]);
    let all = format!("{} alive", MANY + 1);
    while !tmux(&["capture-pane", "-p"]).contains(&all) {
        std::thread::sleep(Duration::from_millis(200));
    }
    // What came last is drawn, and has been looked at for the last time.
    std::thread::sleep(Duration::from_secs(8));
    let process = tmux(&["list-panes", "-F", "#{pane_pid}"]);
    let began = cpu_of_process(process.trim());
    std::thread::sleep(WATCHED);
    let taken = cpu_of_process(process.trim()).saturating_sub(began);
    tmux(&["kill-server"]);
    let part = 100.0 * taken.as_secs_f64() / WATCHED.as_secs_f64();
    let name = format!("the interface of {MANY} that sleep, processor");
    Figure::at_most(name, part, 1.0, " %")
}
