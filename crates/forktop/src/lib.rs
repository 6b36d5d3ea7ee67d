//! forktop: the tree of processes that a command makes, and what each may do.
//!
//! The way of everything: tracer → log → reducer → view.
#![forbid(unsafe_code)]

mod apart;
pub mod arguments;
mod backlog;
pub mod caretaker;
mod command_line;
pub mod export;
mod files;
pub mod follow;
mod heeding;
mod inside;
mod interact;
pub mod json;
mod leaving;
pub mod log;
pub mod model;
pub mod outcome;
pub mod paint;
mod patience;
mod perform;
pub mod plan;
pub mod probe;
mod proc_file;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod session;
pub mod shell;
pub mod show;
mod telling;
pub mod terminal;
pub mod trial;

pub use perform::run;
