//! The tracer is killed: what it was about to visit, or holds, goes on, and its copies die. And how long it has what is not
//! its own.
use crate::support::steady::{LATE, Steady};
use crate::support::{children, field, sleeps, tracee, wait_until};
use crate::visiting::{Host, Way};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What another process of this program, which is to be killed, does to whom.
const PART: &str = "INJECTIONS_PART";

/// Not a test of its own: what is killed runs it.
#[test]
fn the_part_of_who_is_killed() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let (step, process) = part.split_once(' ').unwrap();
    let process = Pid::from_raw(process.parse().unwrap()).unwrap();
    let mut host = Host::new(Way::Alone, process, process);
    match step {
        "seized" => _ = host.tracer.seize_alone(process).unwrap(),
        "frozen" => _ = host.stand(),
        "copied" | "copied_held" => {
            let (stopped, preparation) = host.stand();
            let visited = host.tracer.copy(stopped, preparation, host.filters);
            let mut visited = visited.unwrap();
            if step == "copied" {
                host.tracer.leave(visited.stopped.take().unwrap()).unwrap();
            }
            std::mem::forget(visited);
        }
        _ => {
            let copy = host.copy().unwrap();
            let inside = copy.clone();
            host.work(async move { inside.begin(tracee::Filters::Hold).await.unwrap() });
            std::mem::forget(copy);
        }
    }
    println!("there");
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// Has another process do its part with this one, and kills it then.
fn die_at(step: &str, process: Pid) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let this = "dying::the_part_of_who_is_killed";
    command.args(["--exact", this, "--nocapture"]);
    command.env(PART, format!("{step} {}", process.as_raw_pid()));
    let mut tracer = command.stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(tracer.stdout.take().unwrap());
    let there = said.lines().any(|line| line.unwrap().ends_with("there"));
    assert!(there, "{step}");
    tracer.kill().unwrap();
    tracer.wait().unwrap();
}

#[test]
fn when_the_tracer_is_killed_what_it_holds_goes_on_and_copies_die() {
    for mode in ["sums", "nanosleep", "read", "signals", "registers_asleep"] {
        for step in ["seized", "frozen", "copied", "copied_held", "begun"] {
            let steady = Steady::in_mode(&tracee("steady.c"), &[mode, LATE]);
            std::thread::sleep(Duration::from_millis(60));
            let own = children(steady.subject).unwrap().len();
            die_at(step, steady.subject);
            let process = steady.subject;
            let is_alive = |child: &Pid| !field(*child, "State").starts_with('Z');
            wait_until("the copy's end", || {
                children(process)
                    .unwrap()
                    .iter()
                    .filter(|child| is_alive(child))
                    .count()
                    == own
            });
            let (text, code) = steady.end();
            // What is left of a copy nobody takes away any more, but only whoever looks with `__WALL` finds it.
            let noticed: Vec<_> = text
                .lines()
                .filter(|line| line.starts_with("noticed: ") && !line.ends_with("that nobody made"))
                .collect();
            assert!(noticed.is_empty(), "{mode}, {step}: {text}");
            assert!(
                code == Some(0) || step.starts_with("copied") || step == "begun",
                "{text}"
            );
        }
    }
}

#[test]
fn how_long_registers_are_lent_is_told() {
    let mut child = Command::new("sleep").arg("100").spawn().unwrap();
    let process = Pid::from_child(&child);
    wait_until("sleep", || sleeps(process, "sleep"));
    let mut host = Host::new(Way::Alone, process, process);
    let mut copying = Vec::new();
    for _ in 0..1000 {
        let copy = host.copy().unwrap();
        copying.extend(host.lent.last().copied());
        host.end(&copy);
        assert!(host.take_away(&copy).unwrap());
    }
    let mut taking: Vec<_> = host.lent.iter().skip(1).step_by(2).copied().collect();
    for (name, times) in [("copying", &mut copying), ("taking away", &mut taking)] {
        times.sort_unstable();
        eprintln!(
            "{name}: lent {:?} (median), {:?} (99th of 1000)",
            times[500], times[990]
        );
    }
    // No more than a hundred times what is measured on an idle machine.
    assert!(copying[500] < Duration::from_millis(20));
    kill_process(process, Signal::KILL).unwrap();
    child.wait().unwrap();
}
