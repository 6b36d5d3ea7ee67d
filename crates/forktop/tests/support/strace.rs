//! The tree of processes that strace(1) tells of.
use super::Stage;
use super::tree::Node;
use std::collections::HashMap;
use std::process::Command;

/// What strace saw of one process.
#[derive(Default)]
struct Seen {
    programs: Vec<String>,
    ending: String,
    children: Vec<u32>,
}

/// The tree of the last process or thread of each number; the numbers of a short run are not used twice.
#[derive(Default)]
struct Reading {
    first: Option<u32>,
    processes: HashMap<u32, Seen>,
    /// The process of each thread that is not its leader.
    threads: HashMap<u32, u32>,
    /// The begun call of each thread.
    unfinished: HashMap<u32, String>,
}

/// Runs a command under strace, and gives its tree.
pub fn tree(stage: &Stage, words: &[&str]) -> Node {
    let log = stage.text("strace.log");
    let mut command = stage.command(
        "strace",
        &[
            "-f",
            "-s",
            "100000",
            "--decode-pids=pidns",
            "-e",
            "trace=process",
            "-o",
            &log,
            "--",
        ],
    );
    run(command.args(words));
    let log = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
    let mut reading = Reading::default();
    for line in log.lines() {
        reading.line(line);
    }
    reading
        .node(reading.first.expect("strace saw a process"))
        .sorted()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.code().is_some(), "{}", super::shown(&output));
}

impl Reading {
    fn line(&mut self, line: &str) {
        let (tid, said) = line.trim_start().split_once(' ').unwrap();
        // With --decode-pids, a thread of another namespace has both numbers.
        let tid: u32 = tid.parse().unwrap();
        let said = said.trim_start();
        self.first.get_or_insert(tid);
        if let Some(ending) = said.strip_prefix("+++ ") {
            self.ended(tid, ending.trim_end_matches(" +++"));
        } else if let Some(begun) = said.strip_suffix(" <unfinished ...>") {
            self.unfinished.insert(tid, begun.to_owned());
        } else if let Some(resumed) = said.strip_prefix("<... ") {
            let rest = resumed.split_once(" resumed>").map_or("", |(_, rest)| rest);
            let begun = self.unfinished.remove(&tid).unwrap_or_default();
            self.call(tid, &(begun + rest));
        } else {
            self.call(tid, said);
        }
    }

    fn call(&mut self, tid: u32, call: &str) {
        let Some((name, rest)) = call.split_once('(') else {
            return;
        };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            return;
        };
        let process = self.process_of(tid);
        if name.starts_with("exec") && result.trim() == "0" {
            let seen = self.processes.entry(process).or_default();
            seen.programs.push(arguments_of_exec(arguments));
        } else if matches!(name, "clone" | "clone3" | "fork" | "vfork")
            && let Some(child) = number_of(result)
        {
            match arguments.contains("CLONE_THREAD") {
                true => drop(self.threads.insert(child, process)),
                false => self
                    .processes
                    .entry(process)
                    .or_default()
                    .children
                    .push(child),
            }
        }
    }

    fn process_of(&self, tid: u32) -> u32 {
        self.threads.get(&tid).copied().unwrap_or(tid)
    }

    fn ended(&mut self, tid: u32, ending: &str) {
        if self.threads.contains_key(&tid) {
            return;
        }
        let ending = match ending.strip_prefix("exited with ") {
            Some(code) => format!("exited {code}"),
            None => format!("killed {}", signal_number(ending)),
        };
        self.processes.entry(tid).or_default().ending = ending;
    }

    fn node(&self, pid: u32) -> Node {
        let Some(seen) = self.processes.get(&pid) else {
            return Node::default();
        };
        Node {
            programs: seen.programs.clone(),
            ending: seen.ending.clone(),
            children: seen
                .children
                .iter()
                .map(|child| self.node(*child))
                .collect(),
        }
    }
}

/// `123`, or `2 /* 123 in strace's PID NS */`.
fn number_of(result: &str) -> Option<u32> {
    match result.split_once("/* ") {
        Some((_, outside)) => outside.split(' ').next()?.parse().ok(),
        None => result.split_whitespace().next()?.parse().ok(),
    }
}

/// The words in the brackets of `"/bin/sh", ["sh", "-c", "…"], 0x… /* 5 vars */`, joined by spaces.
fn arguments_of_exec(arguments: &str) -> String {
    let list = arguments.split_once('[').map_or("", |(_, list)| list);
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut inside, mut escaped) = (false, false);
    for letter in list.chars() {
        match (inside, escaped, letter) {
            (true, true, letter) => {
                word.push(match letter {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                });
                escaped = false;
            }
            (true, false, '\\') => escaped = true,
            (true, false, '"') => {
                inside = false;
                words.push(std::mem::take(&mut word));
            }
            (true, false, letter) => word.push(letter),
            (false, _, '"') => inside = true,
            (false, _, ']') => break,
            (false, ..) => {}
        }
    }
    words.join(" ")
}

fn signal_number(ending: &str) -> i32 {
    let name = ending.strip_prefix("killed by ").unwrap_or(ending);
    let name = name.split(' ').next().unwrap_or(name);
    let known = [
        ("SIGHUP", 1),
        ("SIGINT", 2),
        ("SIGQUIT", 3),
        ("SIGABRT", 6),
        ("SIGKILL", 9),
        ("SIGSEGV", 11),
        ("SIGPIPE", 13),
        ("SIGTERM", 15),
        ("SIGSYS", 31),
    ];
    known
        .into_iter()
        .find(|(known, _)| *known == name)
        .map_or_else(|| panic!("{ending}"), |(_, number)| number)
}
