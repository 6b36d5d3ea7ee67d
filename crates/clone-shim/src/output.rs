//! Where a command's result goes: to standard output, or into a file that has all of it or is not there.
use crate::outcome::Outcome;
use crate::voice;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is no regular file", .0.display())]
    Irregular(PathBuf),
    #[error("this is binary, and not for a terminal: name a file by `-o`, or a pipe")]
    Terminal,
}

/// Prints bytes, or writes them to the file.
pub fn give(bytes: &[u8], is_binary: bool, file: Option<&Path>) -> Result<Outcome, Outcome> {
    let said = |error: OutputError| voice::error(&error);
    match file {
        Some(path) => {
            write(path, |file| file.write_all(bytes)).map_err(said)?;
            Ok(Outcome::Exited(0))
        }
        None if is_binary && io::stdout().is_terminal() => Err(said(OutputError::Terminal)),
        None => Ok(voice::print_bytes(bytes)),
    }
}

/// Fills a file beside `path`, and puts it in its place when it is complete. A symlink stays one.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), OutputError> {
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&place).is_ok_and(|there| !there.is_file()) {
        return Err(OutputError::Irregular(path.to_owned()));
    }
    let new = beside(&place);
    let filled = File::options()
        .write(true)
        .create_new(true)
        .open(&new)
        .and_then(|mut file| {
            let moved = fill(&mut file).and_then(|()| fs::rename(&new, &place));
            // The file is ours, and of no use.
            moved.inspect_err(|_| _ = fs::remove_file(&new))
        });
    filled.map_err(|source| OutputError::Write {
        path: path.to_owned(),
        source,
    })
}

/// A name in the same folder that no other process chooses.
fn beside(place: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    place.with_file_name(name)
}
