//! The file of a program, as far as it can give something to whoever executes it (execve(2)).
use crate::Seen;

/// What is to be known of a program's file to say what executing it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// Its type and permissions, set-user-ID and set-group-ID among them.
    pub mode: u32,
    /// Its owner, as the reader's user namespace has it.
    pub uid: u32,
    /// Its group, likewise.
    pub gid: u32,
    /// Whether it lies on a mount that lets it give nothing (`nosuid`). A mount that is not among the process's own does
    /// neither, and is not known.
    pub nosuid: Seen<bool>,
    /// Whether it has capabilities (`security.capability`, xattr(7)). File systems that may not answer are not asked.
    pub has_capabilities: Seen<bool>,
}
