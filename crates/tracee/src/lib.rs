//! A tree of processes as events, by ptrace(2).
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod bell;
mod command;
mod decode;
mod drive;
mod error;
mod event;
mod failed_exec;
mod machine;
mod parting;
mod proc_file;
mod refusal;
mod seize;
mod status;
mod stopped;
mod tracer;
mod undisturbed;

pub use bell::Bell;
pub use command::{Command, Started};
pub use error::{Error, NewError, NotFollowed, StartError};
pub use event::{Ending, Event, Origin, What};
pub use kernel::{Errno, Instruction, Refusal, StartStep};
pub use parting::Parting;
pub use refusal::{Reason, SeizeError};
pub use stopped::Stopped;
pub use tracer::{News, Options, Tracer};
