//! What the kernel and the dynamic loader need to start a program, found as they find it (ld.so(8), execve(2)).
//!
//! Only headers are read, never whole files, and everything read is taken for hostile. `LD_LIBRARY_PATH` counts for
//! nothing: the environment of a void is its specification's. What a program opens itself, by dlopen(3), is not found.
mod cache;
mod object;
mod search;

use object::{Object, ObjectError};
use search::Searcher;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a program needs beside itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// Host paths, as the kernel and the loader will name them.
    pub files: Vec<PathBuf>,
}

/// Why a program cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LibrariesError {
    #[error("there is no such file")]
    NotFound,
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("it is a folder")]
    Folder,
    #[error("it is not executable")]
    NotExecutable,
    #[error("it is neither an ELF program nor a script")]
    NotAProgram,
    #[error("it is a program for another machine")]
    OtherMachine,
    #[error("its headers make no sense")]
    Malformed,
    #[error("its interpreter `{}` cannot be started: {reason}", path.display())]
    Interpreter {
        path: PathBuf,
        reason: Box<LibrariesError>,
    },
    #[error("its interpreters lead to one another without end")]
    Nested,
    #[error("`{}` needs the library `{name}`, which is in none of {}", by.display(), looked_in(.searched))]
    Missing {
        name: String,
        by: PathBuf,
        searched: Vec<PathBuf>,
    },
}

fn looked_in(searched: &[PathBuf]) -> String {
    searched
        .iter()
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

impl LibrariesError {
    /// Whether the program itself is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NotFound => Some("`program` is a path of the host; `command -v NAME` tells it"),
            Self::Missing { .. } => {
                Some("install the library, or grant it by `files` and say \"libraries\": \"none\"")
            }
            Self::NotAProgram => Some("a script begins with `#!` and the path of its interpreter"),
            _ => None,
        }
    }
}

/// The kernel follows no more interpreters of interpreters than this.
const MOST_INTERPRETERS: usize = 5;
/// No program has more; a loop of made-up names ends here.
const MOST_LIBRARIES: usize = 4096;

/// What is needed to start `program`, an absolute path of the host.
///
/// For a script this is its interpreter, and what that needs; for `#!/usr/bin/env NAME` it is `env` alone, since what
/// `NAME` is depends on the variables of the void.
pub fn needed(program: &Path) -> Result<Needed, LibrariesError> {
    let mut needed = Needed::default();
    let mut seen = BTreeSet::new();
    start(program, MOST_INTERPRETERS, &mut needed, &mut seen)?;
    Ok(needed)
}

/// Where a program lies in a void: at the path by which it is named, or if that is a symlink, at the end of it.
pub fn place_of(program: &Path) -> PathBuf {
    let real = || program.canonicalize().ok();
    let is_symlink = program.is_symlink();
    is_symlink
        .then(real)
        .flatten()
        .unwrap_or_else(|| program.to_owned())
}

fn start(
    program: &Path,
    depth: usize,
    needed: &mut Needed,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<(), LibrariesError> {
    let depth = depth.checked_sub(1).ok_or(LibrariesError::Nested)?;
    let file = open(program)?;
    if let Some(interpreter) = interpreter_of_script(&file)? {
        let explain = |reason: LibrariesError| match reason {
            LibrariesError::Nested => reason,
            reason => LibrariesError::Interpreter {
                path: interpreter.clone(),
                reason: Box::new(reason),
            },
        };
        start(&interpreter, depth, needed, seen).map_err(explain)?;
        if seen.insert(interpreter.clone()) {
            needed.files.push(interpreter);
        }
        return Ok(());
    }
    let object = Object::read(&file).map_err(|error| match error {
        ObjectError::NotElf => LibrariesError::NotAProgram,
        ObjectError::OtherMachine => LibrariesError::OtherMachine,
        ObjectError::Malformed => LibrariesError::Malformed,
        ObjectError::Io(error) => LibrariesError::Unreadable(error),
    })?;
    let Some(loader) = object.interpreter.clone() else {
        return Ok(());
    };
    open(&loader).map_err(|reason| LibrariesError::Interpreter {
        path: loader.clone(),
        reason: Box::new(reason),
    })?;
    if seen.insert(loader.clone()) {
        needed.files.push(loader.clone());
    }
    load(program, object, &loader, needed, seen)
}

/// All libraries, breadth first as the loader goes.
fn load(
    program: &Path,
    object: Object,
    loader: &Path,
    needed: &mut Needed,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<(), LibrariesError> {
    let mut searcher = Searcher::new(loader);
    let mut names: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut queue = VecDeque::from([search::Loaded::program(program, object)]);
    while let Some(loaded) = queue.pop_front() {
        for name in loaded.object.needed.clone() {
            if names.len() > MOST_LIBRARIES
                || !names.insert(name.clone())
                || searcher.is_the_loader(&name)
            {
                continue;
            }
            let Some((path, object)) = searcher.find(&name, &loaded) else {
                return Err(LibrariesError::Missing {
                    name: OsStr::from_bytes(&name).to_string_lossy().into_owned(),
                    by: loaded.path.clone(),
                    searched: searcher.folders(&loaded),
                });
            };
            if seen.insert(path.clone()) {
                needed.files.push(path.clone());
            }
            queue.push_back(loaded.loads(path, object));
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<std::fs::File, LibrariesError> {
    use rustix::fs::{Access, FileType};
    use rustix::io::Errno;
    let status = rustix::fs::stat(path).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR => LibrariesError::NotFound,
        errno => LibrariesError::Unreadable(errno.into()),
    })?;
    match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(LibrariesError::Folder),
        _ => return Err(LibrariesError::NotAProgram),
    }
    rustix::fs::access(path, Access::EXEC_OK).map_err(|_| LibrariesError::NotExecutable)?;
    std::fs::File::open(path).map_err(LibrariesError::Unreadable)
}

/// What follows `#!`, if the file begins with that: up to white space, as the kernel reads it.
fn interpreter_of_script(mut file: &std::fs::File) -> Result<Option<PathBuf>, LibrariesError> {
    const KERNEL_READS: u64 = 256;
    let mut start = Vec::new();
    file.by_ref()
        .take(KERNEL_READS)
        .read_to_end(&mut start)
        .map_err(LibrariesError::Unreadable)?;
    let Some(line) = start.strip_prefix(b"#!") else {
        return Ok(None);
    };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let path = line
        .trim_ascii()
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let path = PathBuf::from(OsStr::from_bytes(path));
    // A relative one would begin in the directory of whoever executes the script.
    if path.is_absolute() {
        Ok(Some(path))
    } else {
        Err(LibrariesError::NotAProgram)
    }
}

#[cfg(test)]
mod tests;
