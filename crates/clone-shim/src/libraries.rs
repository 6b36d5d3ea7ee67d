//! What the kernel and the dynamic loader need to start a program, found as they find it (execve(2), ld.so(8)).
//!
//! Not what the program opens later: a library that it loads by dlopen(3), or the modules of an interpreter, are grants
//! that a specification writes down. `LD_LIBRARY_PATH` and `LD_PRELOAD` of the launcher count for nothing, since a
//! void's environment is its specification's. Only headers are read, in small pieces, and all of them are taken for
//! hostile: whatever they say, the answer comes in bounded time and memory, or is an error.
//!
//! The headers choose which files a void gets. They choose among whole ELF files that the launcher may read, and no
//! others, so a hostile program can look at other programs and libraries; `clone-shim plan` shows at which.
mod cache;
mod dynamic;
mod error;
mod glibc;
mod hardware;
mod load;
mod musl;
mod object;
mod program;
mod system;
mod tokens;

pub use error::LibrariesError;
pub use program::place_of;

use std::path::{Path, PathBuf};

/// What a program needs beside itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// Host paths, each once, exactly as the kernel or the loader will open them, so symlinks are not resolved. The
    /// interpreters come first, then the libraries as they are loaded, and last the loader's own list of folders
    /// (/etc/ld.so.cache), but only where a library lies so that the loader cannot find it without.
    pub files: Vec<PathBuf>,
}

/// What is needed to start `program`, an absolute path of the host: nothing for a static program; the loader and the
/// libraries for a dynamic one; the interpreter and what that needs for a script.
///
/// For `#!/usr/bin/env NAME` it is `env` alone and its libraries: which program `NAME` is depends on the `PATH` that
/// the specification gives the void, and on its grants. A specification for such a script names the interpreter as its
/// `program`, and the script as an argument.
pub fn needed(program: &Path) -> Result<Needed, LibrariesError> {
    let mut needed = Needed::default();
    let elf = program::follow_scripts(program, &mut needed)?;
    if let Some(loader) = program::loader(&elf)? {
        needed.add(loader.path.clone());
        load::all(elf, &loader, &mut needed)?;
    }
    Ok(needed)
}

impl Needed {
    fn add(&mut self, file: PathBuf) {
        if !self.files.contains(&file) {
            self.files.push(file);
        }
    }
}

#[cfg(test)]
mod tests;
