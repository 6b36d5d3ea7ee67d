//! The plan: an application with every host object looked up and nothing left to decide. It is what `plan` shows, and
//! what is launched, again for every restart.
mod build;
mod layout;
mod listen;
mod program;
mod streams;

pub use build::{plan, unreachable};
pub use streams::{Stream, Streams};

use crate::group::Bounds;
use specification::application::{Backoff, Listen, Network, OpenAccess};
use std::path::PathBuf;
use std::time::Duration;
use void::Void;

/// What will be launched, all together.
#[derive(Debug)]
pub struct Plan {
    pub entrypoints: Vec<Planned>,
}

/// One void to be.
#[derive(Debug)]
pub struct Planned {
    pub name: String,
    pub void: Void,
    /// Where each of the void's descriptors comes from, in the order of their numbers.
    pub descriptors: Vec<Descriptor>,
    /// What the broker does for it.
    pub network: Network,
    /// How long it may run.
    pub wall: Option<Duration>,
    /// What control groups bound.
    pub bounds: Bounds,
    /// How it is started again when it fails, if it is.
    pub restart: Option<Backoff>,
}

/// Where a descriptor comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// The null device.
    Null,
    /// One of the shim's own streams.
    Stream { number: u8, stream: Stream },
    /// A file of the host.
    Open { path: PathBuf, access: OpenAccess },
    /// A socket that listens, known to the program by this name.
    Listen { name: String, listen: Listen },
}
