//! How clone-shim ends, and the one way in which an error is put into a line.
use std::error::Error;
use std::process::ExitCode;

/// What the shim's exit code will say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program's own code.
    Exited(u8),
    /// A signal ended the program.
    Killed(u8),
    /// The shim failed, or refused: the reason has been said.
    Failed(u8),
}

impl Outcome {
    pub fn code(self) -> u8 {
        match self {
            Self::Exited(code) | Self::Failed(code) => code,
            Self::Killed(signal) => 128 + (signal & 0x7f),
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        outcome.code().into()
    }
}

/// `outer: cause: root cause`, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_a_shell() {
        assert_eq!(Outcome::Exited(3).code(), 3);
        assert_eq!(Outcome::Killed(9).code(), 137);
        assert_eq!(Outcome::Failed(125).code(), 125);
    }
}
