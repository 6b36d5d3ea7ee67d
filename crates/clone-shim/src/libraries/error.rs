//! Why it cannot be said what a program needs, in words for the specification's author.
use super::object::ObjectError;
use std::io;
use std::path::PathBuf;

/// Why a program cannot be started, or not with the libraries that it asks for. "It" is the program.
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
    #[error("it is for another machine")]
    OtherMachine,
    #[error("its headers make no sense")]
    Malformed,
    #[error("its path does not begin with `/`")]
    Relative,
    #[error("its interpreter `{}` cannot be started", path.display())]
    Interpreter {
        path: PathBuf,
        #[source]
        reason: Box<LibrariesError>,
    },
    #[error("it is a script of a script, more often than the kernel follows")]
    Nested,
    #[error("`{}` needs the library `{name}`, which is not there", by.display())]
    Missing {
        name: String,
        by: PathBuf,
        /// Where the loader looks for it, in its order; empty if the library is named by a path.
        searched: Vec<PathBuf>,
    },
    #[error("`{}` needs the library `{}`, which cannot be loaded", by.display(), path.display())]
    Library {
        path: PathBuf,
        by: PathBuf,
        #[source]
        reason: Box<LibrariesError>,
    },
    #[error("its headers ask for more libraries, or in more folders, than any program has")]
    Endless,
}

impl LibrariesError {
    /// Whether the program itself is not there (exit code 127); with every other error it cannot be executed (126).
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotFound => "`program` is a path of the host; `command -v NAME` tells it",
            Self::Missing { searched, .. } if !searched.is_empty() => {
                return Some(format!("the loader looks for it in {}", list(searched)));
            }
            Self::Missing { .. } => {
                "the loader takes it by that path, and a path that begins without `/` in the void's own directory"
            }
            Self::NotAProgram => "a script begins with `#!` and the path of its interpreter",
            Self::OtherMachine => {
                "a void runs programs of 64 bits for this machine's processor only"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }
}

fn list(folders: &[PathBuf]) -> String {
    let folders: Vec<_> = folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    folders.join(", ")
}

impl From<ObjectError> for LibrariesError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotElf => Self::NotAProgram,
            ObjectError::OtherMachine | ObjectError::OtherByteOrder => Self::OtherMachine,
            ObjectError::Malformed => Self::Malformed,
            ObjectError::Read(errno) => Self::Unreadable(errno.into()),
        }
    }
}
