//! What can be read of a process at every event, quickly: the ground of what it may do.
use crate::{Capabilities, IdMap, Ids, Namespaces, Seccomp, Seen};
use serde::{Deserialize, Serialize};

/// The credentials, filters and namespaces of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Essentials {
    /// Its user ids.
    pub uid: Ids,
    /// Its group ids.
    pub gid: Ids,
    /// Its supplementary groups, in the kernel's order.
    pub groups: Vec<u32>,
    /// Its capability sets, which count in its own user namespace and those below.
    pub capabilities: Capabilities,
    /// Whether no exec gives it anything (`PR_SET_NO_NEW_PRIVS`).
    pub no_new_privs: bool,
    /// How its system calls are filtered.
    pub seccomp: Seccomp,
    /// The namespaces that it is in.
    pub namespaces: Namespaces,
    /// How its user namespace maps user ids, as the reader's sees it; `None` if that is the reader's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uid_map: Option<Seen<Vec<IdMap>>>,
    /// How its user namespace maps group ids, as the reader's sees it; `None` if that is the reader's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gid_map: Option<Seen<Vec<IdMap>>>,
}

impl Essentials {
    /// The same, but for what this text of its status says (proc_pid_status(5)), which is all but its namespaces and their
    /// maps: of a process that is known to be in the same ones.
    ///
    /// # Errors
    /// If the text is not that of a status.
    pub fn with_status(&self, text: &[u8]) -> Result<Self, crate::ReadError> {
        let status = crate::read::parse_status(text)?;
        let essentials = crate::read::from_status(&status, self.namespaces.clone());
        Ok(Self {
            uid_map: self.uid_map.clone(),
            gid_map: self.gid_map.clone(),
            ..essentials
        })
    }
}
