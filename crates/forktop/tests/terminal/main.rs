//! The user's terminal and the command's, in a real terminal (tmux) and with real programs. What runs is forktop, or
//! `examples/within.rs`, which has the terminals and the loop of forktop and nothing of its tree.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod ends;
mod idle;
mod inside;
mod interface;
mod jobs;
mod pending;
mod programs;
mod restored;
mod shells;
#[path = "../support/shim.rs"]
mod shim;
mod tmux;
mod views;
