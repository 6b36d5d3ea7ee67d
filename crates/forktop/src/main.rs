//! forktop: the tree of processes that a command makes, and what each may do.
#![forbid(unsafe_code)]

fn main() {}
