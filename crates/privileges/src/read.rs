//! The files of /proc, and what they say.
mod essentials;
mod facts;
mod folder;
mod namespaces;
mod status;

pub(crate) use essentials::essentials;
pub(crate) use facts::facts;
pub(crate) use folder::Folder;
pub(crate) use namespaces::readers_user_namespace;
