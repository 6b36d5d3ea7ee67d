//! A shell inside a process, from the key to the end: the process has not lost a beat.
use super::tmux::Tmux;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program that counts beats, a tenth of a second each, and notices signals, children and interrupted calls.
const BEATING: &str = r#"
import os, signal, sys, time
seen = []
for number in range(1, 65):
    # Its own terminal follows the size of forktop's (SIGWINCH).
    if number not in (9, 19, 28, 32, 33):
        signal.signal(number, lambda number, frame: seen.append(number))
out = open(sys.argv[1], "w", 1)
beats = 0
while True:
    began = time.monotonic()
    time.sleep(0.1)
    took = time.monotonic() - began
    try:
        seen.append(os.waitpid(-1, os.WNOHANG))
    except ChildProcessError:
        pass
    beats += 1
    out.write(f"beat {beats} {took < 0.1} {seen}\n")
"#;

/// A forktop that follows it, as the command's only program, which is selected; and where it writes its beats.
fn beating(name: &str) -> (Tmux, PathBuf) {
    let folder = std::env::temp_dir();
    let of = |end: &str| folder.join(format!("forktop-beats-{}-{name}.{end}", std::process::id()));
    let (program, beats) = (of("py"), of("txt"));
    std::fs::write(&program, BEATING).unwrap();
    let command = format!(
        "--kill-on-exit -- /usr/bin/python3 {} {}",
        program.display(),
        beats.display()
    );
    let tmux = Tmux::forktop(&command);
    // Its name stands in the command line that was typed, too; this stands in the header once forktop has been told of it.
    tmux.wait_for("1 alive");
    tmux.wait("its first beat", |_| even_beats(&beats) > 0);
    (tmux, beats)
}

/// All beats until now; none was early, interrupted, or told of a signal or a child.
fn even_beats(file: &PathBuf) -> usize {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let beats: Vec<_> = text.lines().collect();
    for (place, beat) in beats.iter().enumerate() {
        assert_eq!(*beat, format!("beat {} False []", place + 1), "{text}");
    }
    beats.len()
}

/// Waits for some more of them.
fn more_beats(tmux: &Tmux, file: &PathBuf) {
    let before = even_beats(file);
    tmux.wait("beats", |_| even_beats(file) > before + 3);
}

#[test]
fn a_shell_is_opened_used_and_left_and_the_process_has_not_lost_a_beat() {
    let (tmux, beats) = beating("used");
    more_beats(&tmux, &beats);
    tmux.keys(&["!"]);
    tmux.wait_for("]:");
    tmux.line("id -u; echo /etc/pass*; grep ^Name /proc/self/status; echo $$ of $PPID");
    tmux.wait("what it says", |screen| {
        ["/etc/passwd", "Name:", " of "]
            .iter()
            .all(|said| screen.contains(said))
    });
    tmux.wait_for("keeper");
    tmux.wait_for("» shell");
    tmux.ask(&["resize-window", "-x", "120", "-y", "40"]);
    tmux.line("clear; stty size; sleep 100");
    tmux.wait_for("120");
    tmux.keys(&["C-c"]);
    tmux.line("echo and on");
    tmux.wait_for("\nand on");
    tmux.line("exit 4");
    tmux.wait_for("ended with code 4");
    tmux.wait_for("returned to normal");
    more_beats(&tmux, &beats);
    tmux.keys(&["Enter", "q", "k"]);
    tmux.wait_for_prompt();
}

#[test]
fn several_shells_are_open_at_once_and_closing_a_pane_ends_all_that_is_in_it() {
    let (tmux, beats) = beating("several");
    tmux.keys(&["!"]);
    tmux.wait_for("]:");
    tmux.line("echo first $((1+1)); sleep 1234 & sleep 1235");
    tmux.wait_for("first 2");
    tmux.keys(&["C-]"]);
    tmux.keys(&["!"]);
    tmux.wait("the second one", |screen| {
        screen.contains("]:") && !screen.contains("first 2")
    });
    tmux.line("echo second $((2+2))");
    tmux.wait_for("second 4");
    tmux.keys(&["C-]", "W"]);
    tmux.wait_for("first 2");
    // It is alive: that is asked.
    tmux.keys(&["C-]", "x", "y"]);
    tmux.wait("their end", |screen| {
        !screen.contains("sleep 1235") || screen.contains('✗')
    });
    more_beats(&tmux, &beats);
    tmux.keys(&["q", "k"]);
    tmux.wait_for_prompt();
}

#[test]
fn nothing_is_kept_of_a_shell_whose_process_ends_first() {
    // Something is left to follow.
    let tmux = Tmux::forktop("--kill-on-exit -- sh -c 'sleep 1234 & exec sleep 1235'");
    tmux.wait_for("sleep 1235");
    let process = tmux.child_of_forktop("sleep");
    tmux.keys(&["!"]);
    tmux.wait_for("]:");
    let caretaker = tmux.caretaker();
    // It has open what it is told by, and nothing is said to anybody; and its charges.
    let open = || {
        std::fs::read_dir(format!("/proc/{caretaker}/fd"))
            .unwrap()
            .count()
    };
    assert!(open() > 3, "{}", open());
    let killed = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
    tmux.wait("its rest", |_| open() == 3);
    // Until that is told the keys are the shell's.
    tmux.wait_for("Enter close");
    tmux.keys(&["Enter", "q", "k"]);
    tmux.wait_for_prompt();
}

#[test]
fn calls_are_tried_in_a_process_by_a_line_that_is_typed() {
    let (tmux, beats) = beating("tried");
    tmux.keys(&["p"]);
    tmux.line("open /nowhere | kill 1 0 | exec /etc/passwd");
    tmux.wait_for("ENOENT");
    tmux.wait_for("EACCES");
    more_beats(&tmux, &beats);
    tmux.escape();
    tmux.keys(&["q", "k"]);
    tmux.wait_for_prompt();
}

/// Killed, and waited for, when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process whose filter refuses to list folders.
fn unlisting() -> Running {
    let program = std::env::temp_dir().join(format!("forktop-answers-{}", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tracees/answers.c");
    let built = Command::new("gcc")
        .arg("-o")
        .args([&program, &source])
        .status();
    assert!(built.unwrap().success());
    let mut command = Command::new(&program);
    let command = command.args(["errno", "getdents64"]).stdout(Stdio::piped());
    let mut process = Running(command.spawn().unwrap());
    let mut line = String::new();
    let output = process.0.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    std::fs::remove_file(program).unwrap();
    process
}

#[test]
fn what_filters_will_refuse_stands_above_the_prompt() {
    let process = unlisting();
    let tmux = Tmux::new();
    let forktop = env!("CARGO_BIN_EXE_forktop");
    tmux.line(&format!("clear; {forktop} shell {}", process.0.id()));
    let words = "\nforktop: ! its filters say that getdents64 fails with EACCES\n";
    tmux.wait("a prompt below what is said", |screen| {
        let said = screen.find(words);
        said.is_some_and(|place| screen[place + words.len()..].contains("]:"))
    });
    tmux.line("exit");
    tmux.wait_for("and returned to normal");
}
