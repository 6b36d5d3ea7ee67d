//! What a process may do, as one typed value read from the kernel, and the difference between two of them.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod capabilities;
mod descriptor;
mod difference;
mod disassembly;
mod ends;
mod essentials;
mod facts;
mod identity;
mod limit;
mod meaning;
mod mount;
mod names;
mod namespace;
mod privileges;
mod process;
mod read;
mod seccomp;
mod seen;
mod sockets;
mod survey;
mod written;

pub use capabilities::{Capabilities, CapabilityKind, CapabilitySet, capability_name};
pub use descriptor::{Access, Descriptor, Object, Socket};
pub use difference::{Change, Changed, Difference, Direction, Unknown};
pub use disassembly::disassemble;
pub use ends::{End, Ends};
pub use essentials::Essentials;
pub use facts::{Facts, Strings};
pub use identity::{IdKind, IdMap, Ids};
pub use limit::Limit;
pub use meaning::capability_meaning;
pub use mount::Mount;
pub use names::Names;
pub use namespace::{NamespaceKind, NamespaceOwner, Namespaces};
pub use privileges::{Privileges, Thread};
pub use process::{OpenError, Process, ReadError};
pub use seccomp::{Seccomp, SeccompMode};
pub use seen::{Seen, Why};
pub use survey::privileges_of;
