//! forktop: the tree of processes that a command makes, and what each may do.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)] // they panic

use std::process::ExitCode;

fn main() -> ExitCode {
    forktop::run()
}
