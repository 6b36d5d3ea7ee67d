//! The kernel, asked through `filter-subject.c`.
use crate::support::Stage;
use privileges::{Instruction, SystemCall};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Kernel {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// The address behind the instruction that makes all calls.
    pub origin: u64,
}

pub struct Case {
    pub filters: Vec<Vec<Instruction>>,
    pub calls: Vec<SystemCall>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    CarriedOut,
    /// It failed with that; with 0 if it returned 0.
    Errno(u16),
    Traced,
    Trapped,
    ThreadKilled,
    ProcessKilled,
    /// The kernel did not take the filters.
    Refused,
}

impl Kernel {
    pub fn start(stage: &Stage) -> Self {
        let mut command = Command::new(stage.compiled("filter-subject.c", "filter-subject"));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let mut kernel = Self {
            child,
            to,
            from,
            origin: 0,
        };
        kernel.origin = kernel.line().parse().unwrap();
        kernel
    }

    /// What becomes of each call.
    pub fn judge(&mut self, case: &Case) -> Vec<Outcome> {
        self.to.write_all(numbers(case).as_bytes()).unwrap();
        case.calls.iter().map(|_| outcome(&self.line())).collect()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the subject has ended");
        line.trim_end().to_owned()
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn numbers(case: &Case) -> String {
    let mut numbers = format!("{}\n", case.filters.len());
    for filter in &case.filters {
        writeln!(numbers, "{}", filter.len()).unwrap();
        for instruction in filter {
            let Instruction {
                code,
                if_true,
                if_false,
                operand,
            } = instruction;
            writeln!(numbers, "{code} {if_true} {if_false} {operand}").unwrap();
        }
    }
    writeln!(numbers, "{}", case.calls.len()).unwrap();
    for call in &case.calls {
        let arguments = call.arguments.map(|argument| argument.to_string());
        writeln!(numbers, "{} {}", call.number, arguments.join(" ")).unwrap();
    }
    numbers
}

fn outcome(line: &str) -> Outcome {
    let (what, value) = line.rsplit_once(' ').unwrap();
    match what {
        "carried out" => Outcome::CarriedOut,
        "errno" => Outcome::Errno(value.parse().unwrap()),
        "trace" => Outcome::Traced,
        "trap" => Outcome::Trapped,
        "thread killed" => Outcome::ThreadKilled,
        "process killed" => Outcome::ProcessKilled,
        "refused" => Outcome::Refused,
        _ => panic!("{line}"),
    }
}
