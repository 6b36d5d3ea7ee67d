//! What an empty process is, as a list of operations, and the grants that are added to it.
//!
//! A [`Void`] is data: everything is decided, nothing has been opened. [`Void::prepare`] turns it into a script for the
//! crate `kernel`, with words for every step, so that a plan can show them and a failure can name the one that failed.
//! The order of the steps is the order of `docs/void.md`.
//!
//! What this crate does not do: it looks nothing up on the host, and it knows no specification.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod description;
mod descriptors;
mod filter;
mod host;
mod hygiene;
mod namespaces;
mod network;
mod prepare;
mod socket_options;
mod step;
mod tree;

pub use description::{Access, Device, Grant, Identity, Limits, Source, Void};
pub use filter::{FilterNameError, is_grantable};
pub use host::HostPath;
pub use network::{Family, Listeners, LocalKind, Network, SocketKind, Transport};
pub use prepare::{Given, PrepareError, Prepared};
pub use step::{Step, Subject};
