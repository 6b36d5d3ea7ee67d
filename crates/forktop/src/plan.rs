//! What a specification granted to a void, and how that agrees with what the void may do.
//!
//! A clone-shim that is traced has its plan open for the tracer; a void begins with its entrypoint's name.
mod begun_with;
mod first_process;
mod grants;
mod held;
mod places;
mod reached;
mod sockets;
mod unseen;

pub use first_process::of_first_process;
pub use grants::{FileGrant, Grants, Identity, NetworkGrants, Origin, Plan, ServeGrant};
pub use held::{Finding, findings};
pub use unseen::{never_compared, unseen};

/// The name of the plan among the shim's descriptors, as readlink(2) of `/proc/PID/fd` gives it.
pub const DESCRIPTOR: &str = "/memfd:clone-shim-plan (deleted)";
/// What a void's first short name begins with; its entrypoint's name follows, as far as there is room.
pub const VOID: &str = "void:";
