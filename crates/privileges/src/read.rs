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
mod protocol;
mod status;

pub(crate) use descriptors::counterparts;
pub(crate) use essentials::essentials;
pub(crate) use facts::{all, facts, prepare, started};
pub(crate) use folder::Folder;
pub(crate) use namespaces::{network, readers_user_namespace};
pub(crate) use owners::Owners;
pub(crate) use privileges::privileges;
pub(crate) use protocol::protocol;
