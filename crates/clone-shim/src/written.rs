//! A specification as it was found: in a file, at standard input, or in a program's own file.
use crate::elf::{self, Elf, ElfError};
use crate::pieces::Pieces;
use rustix::io::Errno;
use specification::{Embedded, EmbeddedError, Format};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Written {
    /// What the user knows it by.
    pub name: String,
    pub embedded: Embedded,
    /// The program in whose file it was found, absolute.
    pub program: Option<PathBuf>,
}

impl Written {
    /// What the text is called that findings are shown in: what has no lines is shown in other words.
    pub fn shown_as(&self) -> String {
        match self.embedded.format.is_binary() {
            true => format!("{}, as JSON", self.name),
            false => self.name.clone(),
        }
    }

    /// What flags stand for.
    pub fn of_flags(json: String) -> Self {
        let name = "the specification of these flags".to_owned();
        Self {
            name: name.clone(),
            embedded: Embedded {
                name,
                format: Format::Json,
                bytes: json.into_bytes(),
            },
            program: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` has more than {MOST} bytes, which no specification has", .0.display())]
    TooLong(PathBuf),
    #[error("cannot look for a specification in `{}`", path.display())]
    Elf { path: PathBuf, source: ElfError },
    #[error(
        "no specification is embedded in `{program}`: `clone-shim embed SPECIFICATION {program} -o OUT` puts one in",
        program = path.display()
    )]
    None { path: PathBuf },
    #[error("the specification that is embedded in `{}` cannot be read", path.display())]
    Embedded {
        path: PathBuf,
        source: EmbeddedError,
    },
    #[error("`{}` is no program", .0.display())]
    NoProgram(PathBuf),
    #[error("a program cannot be standard input: name its file")]
    StandardInput,
}

/// More than any specification needs; what never ends must not fill the memory.
const MOST: u64 = 16 << 20;
/// Most specifications fit in here, and are read at once; of a program it is enough to know it for one.
const START: usize = 8192;

/// Reads a file once; `-` is standard input. The format is what is said, or else what its content or its name tell.
pub fn read(path: &Path, said: Option<Format>) -> Result<Written, ReadError> {
    let (bytes, file) = start(path)?;
    if bytes.starts_with(elf::MAGIC) {
        let file = file.ok_or(ReadError::StandardInput)?;
        return of_program(path, file);
    }
    let (bytes, name) = whole(path, bytes, file)?;
    let format = said
        .or_else(|| Format::of_content(&bytes))
        .or_else(|| Format::of_path(path))
        .unwrap_or(Format::Json);
    let file_name = path.file_name().filter(|name| *name != "-");
    let embedded = Embedded {
        name: file_name.map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned()),
        format,
        bytes,
    };
    Ok(Written {
        name,
        embedded,
        program: None,
    })
}

/// Reads what is embedded in a program.
pub fn read_program(path: &Path) -> Result<Written, ReadError> {
    match start(path)? {
        (bytes, Some(file)) if bytes.starts_with(elf::MAGIC) => of_program(path, file),
        _ => Err(ReadError::NoProgram(path.to_owned())),
    }
}

/// A text that is no specification, with its name.
pub fn read_text(path: &Path) -> Result<(String, String), ReadError> {
    let (bytes, file) = start(path)?;
    let (bytes, name) = whole(path, bytes, file)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let source = io::Error::new(io::ErrorKind::InvalidData, error.utf8_error());
        io_error(path, source)
    })?;
    Ok((name, text))
}

/// The first bytes, and the file that they are of, unless it is standard input.
fn start(path: &Path) -> Result<(Vec<u8>, Option<File>), ReadError> {
    let io = |source| io_error(path, source);
    let mut bytes = Vec::with_capacity(START);
    if path == Path::new("-") {
        let read = io::stdin().take(START as u64).read_to_end(&mut bytes);
        read.map_err(io)?;
        return Ok((bytes, None));
    }
    let mut file = File::open(path).map_err(io)?;
    let read = file.by_ref().take(START as u64).read_to_end(&mut bytes);
    read.map_err(io)?;
    Ok((bytes, Some(file)))
}

/// All bytes, and what they are called.
fn whole(path: &Path, start: Vec<u8>, file: Option<File>) -> Result<(Vec<u8>, String), ReadError> {
    Ok(match file {
        Some(file) => (rest(path, start, file)?, path.display().to_string()),
        None => (rest(path, start, io::stdin())?, "standard input".to_owned()),
    })
}

fn rest(path: &Path, mut bytes: Vec<u8>, file: impl Read) -> Result<Vec<u8>, ReadError> {
    if bytes.len() == START {
        let left = MOST + 1 - START as u64;
        let read = file.take(left).read_to_end(&mut bytes);
        read.map_err(|source| io_error(path, source))?;
    }
    match bytes.len() as u64 {
        0..=MOST => Ok(bytes),
        _ => Err(ReadError::TooLong(path.to_owned())),
    }
}

fn io_error(path: &Path, source: io::Error) -> ReadError {
    let path = path.to_owned();
    ReadError::Io { path, source }
}

fn of_program(path: &Path, file: File) -> Result<Written, ReadError> {
    let of_elf = |source| ReadError::Elf {
        path: path.to_owned(),
        source,
    };
    let file = Pieces::of(file).map_err(|errno| of_elf(ElfError::Read(errno)))?;
    let elf = Elf::read(&file).map_err(of_elf)?;
    // The line that is put before it needs room too.
    let section = elf.specification(&file, MOST + 4096).map_err(of_elf)?;
    let section = section.ok_or_else(|| ReadError::None {
        path: path.to_owned(),
    })?;
    let embedded = Embedded::from_section(&section).map_err(|source| ReadError::Embedded {
        path: path.to_owned(),
        source,
    })?;
    let program = std::path::absolute(path).map_err(|source| io_error(path, source))?;
    Ok(Written {
        // As linkers name a member of an archive.
        name: format!("{}({})", path.display(), embedded.name),
        embedded,
        program: Some(program),
    })
}

/// A program, to put a specification into.
pub fn open_program(path: &Path) -> Result<Pieces, ReadError> {
    Pieces::open(path).map_err(|errno| match errno {
        Errno::INVAL => ReadError::NoProgram(path.to_owned()),
        errno => io_error(path, errno.into()),
    })
}
