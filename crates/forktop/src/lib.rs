//! forktop: the tree of processes that a command makes, and what each may do.
//!
//! The way of everything: tracer → log → reducer → view.
#![forbid(unsafe_code)]

pub mod log;
pub mod model;
pub mod screen;
pub mod terminal;
