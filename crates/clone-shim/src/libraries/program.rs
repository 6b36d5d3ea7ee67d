//! The kernel's part of starting a program: scripts, and the loader that an ELF program names (execve(2)).
use super::object::{Kind, Object};
use super::{LibrariesError, Needed};
use crate::pieces::Pieces;
use rustix::fs::Access;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An ELF file that the kernel maps.
#[derive(Debug)]
pub(super) struct Elf {
    pub(super) path: PathBuf,
    pub(super) object: Object,
}

/// So many scripts may lead to one another (tried on Linux 6.18): the sixth gives ELOOP.
const MOST_SCRIPTS: usize = 5;
/// `BINPRM_BUF_SIZE`: what of a script the kernel looks at.
const FIRST_LINE: usize = 256;

/// The ELF program that the kernel ends at, from `program`; each interpreter on the way is needed.
pub(super) fn follow_scripts(program: &Path, needed: &mut Needed) -> Result<Elf, LibrariesError> {
    let mut path = program.to_owned();
    for scripts in 0..=MOST_SCRIPTS {
        let started = start(&path);
        let started = if scripts == 0 {
            started
        } else {
            started.map_err(as_interpreter(&path))
        };
        match started? {
            Start::Elf(object) => return Ok(Elf { path, object }),
            Start::Script { interpreter } => path = interpreter,
        }
        needed.add(path.clone());
    }
    Err(LibrariesError::Nested)
}

/// Where a program lies in a void: at the path by which it is named, or if that is a symlink, at the end of it.
pub fn place_of(program: &Path) -> PathBuf {
    let real = program.is_symlink().then(|| program.canonicalize().ok());
    real.flatten().unwrap_or_else(|| program.to_owned())
}

/// The dynamic loader; none for a static program.
pub(super) fn loader(program: &Elf) -> Result<Option<Elf>, LibrariesError> {
    let Some(path) = program.object.interpreter.clone() else {
        return Ok(None);
    };
    let found = open(&path).and_then(|file| Ok(Object::read(&file)?));
    let object = found.map_err(as_interpreter(&path))?;
    Ok(Some(Elf { path, object }))
}

fn as_interpreter(path: &Path) -> impl FnOnce(LibrariesError) -> LibrariesError {
    |reason| LibrariesError::Interpreter {
        path: path.to_owned(),
        reason: Box::new(reason),
    }
}

enum Start {
    Elf(Object),
    Script { interpreter: PathBuf },
}

fn start(path: &Path) -> Result<Start, LibrariesError> {
    let file = open(path)?;
    let first = file.start().get(..FIRST_LINE).unwrap_or(file.start());
    if let Some(line) = first.strip_prefix(b"#!") {
        let interpreter = interpreter(line, first.len() == FIRST_LINE);
        let interpreter = interpreter.ok_or(LibrariesError::NotAProgram)?;
        return Ok(Start::Script {
            interpreter: OsStr::from_bytes(interpreter).into(),
        });
    }
    Ok(Start::Elf(Object::read(&file)?))
}

/// What the kernel would execute: absolute, since a void's working directory is its own; regular; executable.
fn open(path: &Path) -> Result<Pieces, LibrariesError> {
    if !path.is_absolute() {
        return Err(LibrariesError::Relative);
    }
    let file = Pieces::open(path).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR => LibrariesError::NotFound,
        Errno::ISDIR => LibrariesError::Folder,
        Errno::INVAL | Errno::NXIO => LibrariesError::NotAProgram,
        errno => LibrariesError::Unreadable(errno.into()),
    })?;
    match rustix::fs::access(path, Access::EXEC_OK) {
        Ok(()) => Ok(file),
        Err(_) => Err(LibrariesError::NotExecutable),
    }
}

/// The path that follows `#!`: after spaces and tabs, up to the next one, a zero byte or the line's end. A carriage
/// return belongs to it. Where `cut`, the line may go on beyond what the kernel reads; a path that it cuts is none.
fn interpreter(line: &[u8], cut: bool) -> Option<&[u8]> {
    let (line, ended) = match line.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&line[..end], true),
        None => (line, !cut),
    };
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begin = line.iter().position(|byte| !blank(byte))?;
    let path = &line[begin..];
    match path.iter().position(|byte| blank(byte) || *byte == 0) {
        Some(end) => Some(&path[..end]),
        None => ended.then_some(path),
    }
    .filter(|path| !path.is_empty())
}

impl Elf {
    /// What `$ORIGIN` stands for in the program: its folder, as it is in the void.
    pub(super) fn origin(&self) -> Option<PathBuf> {
        place_of(&self.path).parent().map(Path::to_owned)
    }
}

impl Object {
    pub(super) fn is_library(&self) -> bool {
        self.kind == Kind::Movable
    }
}
