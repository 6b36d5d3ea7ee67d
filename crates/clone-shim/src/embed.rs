//! `clone-shim embed`: a specification into a program's own file.
use crate::elf::{self, Appended, Elf, ElfError};
use crate::output::{self, OutputError};
use crate::pieces::Pieces;
use crate::written::{ReadError, open_program};
use rustix::fs::Mode;
use specification::Embedded;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error(transparent)]
    Program(#[from] ReadError),
    #[error("cannot embed a specification in `{}`", path.display())]
    Elf { path: PathBuf, source: ElfError },
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Writes `program` with the specification to `out`, which may be the same file.
pub fn embed(specification: &Embedded, program: &Path, out: &Path) -> Result<(), EmbedError> {
    let file = open_program(program)?;
    let appended = Elf::read(&file)
        .and_then(|elf| elf::append(&elf, &specification.to_section()))
        .map_err(|source| EmbedError::Elf {
            path: program.to_owned(),
            source,
        })?;
    Ok(output::write(out, |new| fill(new, &file, &appended))?)
}

fn fill(new: &mut File, program: &Pieces, appended: &Appended) -> io::Result<()> {
    let copied = io::copy(&mut program.file().take(appended.kept), new)?;
    if copied != appended.kept {
        return Err(io::Error::other("the program became shorter meanwhile"));
    }
    new.write_all(&appended.tail)?;
    new.write_all_at(&appended.header, 0)?;
    // Not the bits that lend an identity: the new file is another user's.
    let mode = Mode::from_raw_mode(program.status().st_mode & 0o777);
    rustix::fs::fchmod(&*new, mode)?;
    Ok(())
}
