//! Executing a program by its name, as execvp(3) does: looked for in the folders of `PATH`, and given to the shell if it
//! is in no format that the kernel knows. All is prepared beforehand.
use crate::check::check;
use crate::program::{ProgramError, Strings, encode};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

const SHELL: &CStr = c"/bin/sh";
/// Where execvp(3) looks if there is no `PATH`.
const NO_PATH: &[u8] = b"/bin:/usr/bin";

/// A program that is looked for, with its arguments and environment, encoded.
#[derive(Debug)]
pub(crate) struct Search {
    candidates: Vec<CString>,
    arguments: Strings,
    /// The same for the shell: its name, then an argument that is replaced by the candidate, then the rest.
    for_shell: Strings,
    environment: Strings,
}

impl Search {
    /// `name` is a path if it has a slash in it. `path` is what the variable says.
    pub(crate) fn new(
        name: &OsStr,
        arguments: &[OsString],
        environment: impl IntoIterator<Item = OsString>,
        path: Option<&OsStr>,
    ) -> Result<Self, ProgramError> {
        let own = || std::iter::once(name.to_owned());
        let shell = OsString::from_vec(SHELL.to_bytes().to_vec());
        let candidates = candidates(name, path).into_iter().map(encode);
        Ok(Self {
            candidates: candidates.collect::<Result<_, _>>()?,
            arguments: Strings::new(own().chain(arguments.iter().cloned()))?,
            for_shell: Strings::new(
                [shell]
                    .into_iter()
                    .chain(own())
                    .chain(arguments.iter().cloned()),
            )?,
            environment: Strings::new(environment)?,
        })
    }

    /// Replaces the calling process by the first that can be executed. Returns only if none can, with the reason; that
    /// one may not be executed counts more than that another is not there. Allocates nothing.
    pub(crate) fn execute(&mut self) -> Errno {
        let mut answer = Errno::NOENT;
        for index in 0..self.candidates.len() {
            match self.execute_candidate(index) {
                Errno::ACCESS => answer = Errno::ACCESS,
                Errno::NOENT | Errno::NOTDIR | Errno::STALE | Errno::NODEV | Errno::TIMEDOUT => {}
                other => return other,
            }
        }
        answer
    }

    fn execute_candidate(&mut self, index: usize) -> Errno {
        let path = &self.candidates[index];
        let environment = self.environment.pointers();
        match execute(path, self.arguments.pointers(), environment) {
            Errno::NOEXEC => {
                self.for_shell.replace(1, path);
                execute(SHELL, self.for_shell.pointers(), environment)
            }
            refused => refused,
        }
    }
}

/// Returns only if the kernel refused. The arrays are to be those of a [`Strings`].
fn execute(
    path: &CStr,
    arguments: *const *const libc::c_char,
    environment: *const *const libc::c_char,
) -> Errno {
    // SAFETY: the path is a C string; both arrays end in null, and lead to C strings that are live.
    unsafe { libc::execve(path.as_ptr(), arguments, environment) };
    check(-1).err().unwrap_or(Errno::NOEXEC)
}

fn candidates(name: &OsStr, path: Option<&OsStr>) -> Vec<OsString> {
    if name.is_empty() || name.as_bytes().contains(&b'/') {
        return vec![name.to_owned()];
    }
    let folders = path
        .map_or(NO_PATH, OsStr::as_bytes)
        .split(|byte| *byte == b':');
    let below = |folder: &[u8]| match folder {
        // An empty one is the working folder.
        [] => name.to_owned(),
        folder => OsString::from_vec([folder, b"/", name.as_bytes()].concat()),
    };
    folders.map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_in_every_folder_and_a_path_nowhere() {
        let found =
            |name: &str, path: Option<&str>| candidates(name.as_ref(), path.map(OsStr::new));
        assert_eq!(found("ls", Some("/a::/b")), ["/a/ls", "ls", "/b/ls"]);
        assert_eq!(found("ls", None), ["/bin/ls", "/usr/bin/ls"]);
        assert_eq!(found("./ls", Some("/a")), ["./ls"]);
        assert_eq!(found("", Some("/a")), [""]);
    }
}
