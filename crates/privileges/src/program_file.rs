//! The file of a program, as far as it can give something to whoever executes it (execve(2)).
use crate::read::{KnownMounts, program_file};
use crate::{Process, ReadError, Seen};

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
    /// neither, and is not known. Not read of a file that has nothing to give.
    pub nosuid: Seen<bool>,
    /// Whether it has capabilities (`security.capability`, xattr(7)). File systems that may not answer are not asked.
    pub has_capabilities: Seen<bool>,
}

/// Reads the files of programs, of one after the other: what stays as it is as long as a mount is there is read once.
#[derive(Debug, Default)]
pub struct ProgramFiles(KnownMounts);

impl ProgramFiles {
    /// What the file of this process's program could give to who executes it.
    ///
    /// # Errors
    /// If the process is gone, or the reader may not see its program.
    pub fn of(&mut self, process: &Process) -> Result<ProgramFile, ReadError> {
        let read = program_file(process.folder(), &mut self.0);
        read.map_err(|errno| ReadError::new("exe", errno))
    }
}
