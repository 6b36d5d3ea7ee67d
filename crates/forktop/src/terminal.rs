//! The user's terminal, those that stand in its place for the command and for shells, and the loop between them.
//!
//! What is shown is not decided here: the [`Interface`] does that.
pub mod clipboard;
pub mod encode;
pub mod guardian;

mod answers;
mod bridge;
mod display;
mod emulation;
mod guard;
mod mouse;
mod output;
mod pty;
mod run;
mod sequences;
mod several;
mod sources;
mod titles;

pub use bridge::{Bridge, Parted};
pub use display::Display;
pub(crate) use guard::give_back_taken;
pub use guard::{For, Guard};
pub use pty::{Pty, TERM};
pub use run::{Ended, Interface, Joined, run};
pub use several::Ptys;
pub use sources::{Message, Messages};
