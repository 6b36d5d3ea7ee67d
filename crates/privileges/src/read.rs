//! The files of /proc, and what they say.
mod cgroups;
mod descriptors;
mod essentials;
mod facts;
mod folder;
mod limits;
mod mounts;
mod namespaces;
mod owners;
mod privileges;
mod program_file;
mod protocol;
mod shared;
mod status;

pub(crate) use descriptors::counterparts;
pub(crate) use essentials::{essentials, is_there};
pub(crate) use facts::{all, arguments, facts, of_living, started};
pub(crate) use folder::{Folder, Form};
pub(crate) use namespaces::{network, readers_user_namespace};
pub(crate) use privileges::privileges;
pub(crate) use program_file::{KnownMounts, program_file};
pub(crate) use protocol::protocol;
pub(crate) use shared::Shared;
