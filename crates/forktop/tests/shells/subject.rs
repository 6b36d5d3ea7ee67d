//! A process that a shell is put into, and the same program as that shell: both tell what they may do.
use crate::support::process::children;
use crate::support::{Stage, User, shown, succeed};
use privileges::{Change, Changed, Difference, Process};
use rustix::process::Pid;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// A folder with all that is needed, for others too.
pub fn stage() -> Stage {
    let stage = Stage::new();
    stage.open();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/parity.c");
    let program = stage.text("parity");
    let flags = ["-O1", "-static", "-Wall", "-Wextra", "-o", &program];
    succeed(stage.command("gcc", &flags).arg(source));
    stage
}

/// The process of this name below another that is furthest down.
pub fn deepest(process: u32, name: &str) -> Option<u32> {
    let below = children(process);
    let below = below.into_iter().find_map(|child| deepest(child, name));
    let own = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    below.or_else(|| (own.trim() == name).then_some(process))
}

/// Reads what a process tells of itself.
pub fn report(from: &mut impl std::io::BufRead) -> Vec<String> {
    let lines = from.lines().map(Result::unwrap);
    lines.take_while(|line| line != "ready").collect()
}

/// A process that has become something, and waits.
pub struct Subject {
    /// What was started; what is visited can be below it.
    child: Child,
    input: Option<ChildStdin>,
    pub output: BufReader<ChildStdout>,
    pub process: u32,
    pub report: Vec<String>,
}

impl Subject {
    pub fn start(stage: &Stage, user: User, words: &[&str]) -> Self {
        // Where it is to tell, and to wait, when it closes its own streams.
        let shell = ["/bin/sh", "-c", r#"exec "$@" 8>&1 9<&0"#, "sh"];
        let mut command = stage.command_of(user, &shell);
        command.arg(stage.path("parity")).args(words);
        Self::of(command.stdin(Stdio::piped()).stdout(Stdio::piped()))
    }

    /// Whatever tells of itself.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let report = report(&mut output);
        let process = deepest(child.id(), "parity").unwrap_or(child.id());
        Self {
            child,
            input,
            output,
            process,
            report,
        }
    }

    pub fn pid(&self) -> String {
        self.process.to_string()
    }

    /// Has it go on: it ends by itself, with 0, and nothing is left of what was done in it.
    pub fn ends_well(mut self) {
        assert_eq!(children(self.process), [0; 0], "something is left in it");
        drop(self.input.take());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// The same, of a filtered one that leaves the zombie of its keeper: see that nothing else is.
    pub fn kill(&self) {
        let pid = Pid::from_raw(self.process.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        drop(self.input.take());
        // It may have been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Killed with its children, and waited for, when this is dropped.
pub struct Running(pub Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in children(self.0.id()) {
            let _ = Command::new("kill")
                .args(["-KILL", &child.to_string()])
                .status();
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the same program has told as a shell in a subject.
#[derive(Debug)]
pub struct Told {
    pub report: Vec<String>,
    /// Privileges that are other ones, seen from outside.
    pub other: Vec<String>,
    pub output: Output,
}

impl Told {
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The lines of both reports that differ, by what they are about.
    pub fn differing(&self, subject: &Subject) -> Vec<String> {
        let missing = |some: &[String], other: &[String]| -> Vec<String> {
            let lines = some.iter().filter(|line| !other.contains(line));
            lines.cloned().collect()
        };
        let mut lines = missing(&subject.report, &self.report);
        lines.extend(missing(&self.report, &subject.report));
        let name = |line: String| line.split_once(':').unwrap_or((&line, "")).0.to_owned();
        let mut names: Vec<_> = lines.into_iter().map(name).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The keeper and the shell in a process, once that has begun.
pub fn keeper_and_shell(process: u32) -> Option<[u32; 2]> {
    let keeper = *children(process).iter().find(|it| is_keeper(**it))?;
    let shell = *children(keeper).first()?;
    Some([keeper, shell])
}

fn is_keeper(process: u32) -> bool {
    let name = std::fs::read_to_string(format!("/proc/{process}/comm"));
    name.is_ok_and(|name| name.trim() == "forktop-keeper")
}

/// Puts the program itself into a subject as a shell, and compares the two while both wait.
pub fn enter(stage: &Stage, user: User, subject: &Subject, flags: &[&str]) -> Told {
    let program = stage.text("parity");
    let mut command = stage.forktop_of(user, &["shell", "--shell", &program]);
    command.args(flags).arg(subject.pid());
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = streams.stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let report = report(&mut output);
    let other = match report.is_empty() {
        true => Vec::new(),
        false => other(subject.process),
    };
    drop(child.stdin.take());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    Told {
        report,
        other,
        output: child.wait_with_output().unwrap(),
    }
}

fn other(process: u32) -> Vec<String> {
    let [_, shell] = keeper_and_shell(process).expect("a shell that has told is there");
    let [subject, shell] = [process, shell].map(|number| {
        let process = Process::open(Pid::from_raw(number.cast_signed()).unwrap()).unwrap();
        process.privileges().unwrap()
    });
    let difference = Difference::between(&subject, &shell);
    let counts = |change: &&Change| match &change.what {
        // The program's own 0, 1 and 2 are where there was nothing: they tell of them themselves.
        Changed::Descriptor { from, .. } => from.as_ref().is_some_and(|it| it.number > 2),
        _ => true,
    };
    let changes = difference.changes.iter().filter(counts);
    let changes = changes.map(ToString::to_string);
    let unknown = difference.unknown.iter().filter(|it| it.what != "filters");
    changes.chain(unknown.map(ToString::to_string)).collect()
}

/// It is refused, in these words.
#[track_caller]
pub fn assert_refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{}", shown(output));
    assert!(said.contains(words), "{words}: {said}");
}
