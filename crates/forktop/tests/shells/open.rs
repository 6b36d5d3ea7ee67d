//! A shell that is open, to be typed at.
use crate::subject::keeper_and_shell;
use crate::support::process::{is_over, state};
use crate::support::{Stage, User, shown, soon};
use std::io::Write as _;
use std::process::{Child, Stdio};

pub struct Open {
    pub forktop: Child,
    pub keeper: u32,
    pub shell: u32,
}

impl Open {
    pub fn begin(stage: &Stage, process: u32) -> Self {
        let mut command = stage.forktop_of(User::This, &["shell", &process.to_string()]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let forktop = command.stderr(Stdio::piped()).spawn().unwrap();
        let [keeper, shell] = soon("a shell", || {
            let [keeper, shell] = keeper_and_shell(process)?;
            // It has begun when it waits for what is typed.
            let begun = state(shell)?.starts_with('S');
            begun.then_some([keeper, shell])
        });
        Self {
            forktop,
            keeper,
            shell,
        }
    }

    /// What is typed, and nothing more.
    pub fn types(&mut self, line: &str) {
        let mut input = self.forktop.stdin.take().unwrap();
        input.write_all(line.as_bytes()).unwrap();
    }

    /// How forktop ends, and that nothing is left of the two.
    pub fn ends(mut self) -> (Option<i32>, String) {
        // What it reads from does not end before.
        let input = self.forktop.stdin.take();
        let output = self.forktop.wait_with_output().unwrap();
        for process in [self.keeper, self.shell] {
            // Whoever reaps in place of a parent may take its time.
            assert!(is_over(process), "{process}: {}", shown(&output));
        }
        drop(input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }
}
