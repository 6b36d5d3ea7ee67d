//! A shell in a copy of a process: a *keeper*, which is the copy, and below it the shell, which was copied once more.
//!
//! The keeper executes nothing. It stands between process and shell: the process gets no signal when the shell ends, finds no
//! child of it by waiting, and is given nothing that the shell leaves behind, all of which is the keeper's to end. It has nothing
//! open. The shell has what the process has, and may do what it may, no more: that is looked at before its first instruction.
//!
//! docs/shell.md tells it step by step.
mod become_shell;
mod capabilities;
mod carried;
mod descriptors;
mod enter;
mod ids;
mod leave;
mod limits;
mod name;
mod outlook;
mod parity;

pub use carried::{CarryError, Which};
pub use enter::{EnterError, Ready, Wish, enter};
pub use leave::leave;
pub use limits::PROCESSES;
