//! The user's terminal and the command's, in a real terminal (tmux) and with real programs. `examples/within.rs` is what
//! runs: it has the terminals and the loop of forktop, and nothing of its tree.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod idle;
mod programs;
mod restored;
mod tmux;
