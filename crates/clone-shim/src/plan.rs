//! The plan: an application with every host object looked up and nothing left to decide. It is what `plan` shows, and
//! what is launched, again for every restart.
mod build;
mod destinations;
pub mod host;
mod layout;
mod listen;
mod mount_table;
mod program;
mod streams;

pub use build::plan;
pub use host::unreachable;
pub use mount_table::{Origin, mount_table, origin};
pub use streams::{Stream, Streams};

use crate::broker::Addresses;
use crate::group::Bounds;
use specification::application::{self, Backoff, Listen, Network, OpenAccess};
use std::time::Duration;
use void::{HostPath, Void};

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
    /// The addresses of the hosts that are named there.
    pub addresses: Addresses,
    /// How long it may run.
    pub wall: Option<Duration>,
    /// What control groups bound.
    pub bounds: Bounds,
    /// Its paths of the host that parameters bound, for when the kernel refuses one.
    pub bounded: Vec<application::HostPath>,
    /// How it is started again when it fails, if it is.
    pub restart: Option<Backoff>,
}

impl Planned {
    /// The path with what parameters demand of it.
    pub fn with_bounds(&self, path: &HostPath) -> application::HostPath {
        let mut bounded = self.bounded.iter();
        let same = bounded.find(|bounded| host::of_the_void(bounded) == *path);
        same.cloned().unwrap_or_else(|| path.path.clone().into())
    }
}

/// Where a descriptor comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// The null device.
    Null,
    /// One of the shim's own streams.
    Stream { number: u8, stream: Stream },
    /// A file of the host.
    Open { path: HostPath, access: OpenAccess },
    /// A socket that listens, known to the program by this name.
    Listen { name: String, listen: Listen },
}
