//! What a process's seccomp filters say of a system call, found out by running them as the kernel would.
mod call;
mod comparison;
mod exploration;
mod filters;
mod operation;
mod path;
mod program;
mod values;
mod verdict;
mod verdicts;

pub use call::{ExpectedCall, SystemCall};
pub use filters::Filters;
pub use verdict::Verdict;
pub use verdicts::Verdicts;

#[cfg(test)]
mod tests;
