//! A program, its arguments and its environment, in the form that execve(2) takes.
use rustix::io::Errno;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;

/// A program to execute, encoded beforehand.
#[derive(Debug)]
pub struct Program {
    path: CString,
    arguments: Strings,
    environment: Strings,
}

/// Text that cannot be handed to a program.
#[derive(Debug, thiserror::Error)]
#[error("`{}` contains a NUL byte, which cannot be handed to a program", .0.to_string_lossy())]
pub struct ProgramError(pub OsString);

impl Program {
    /// The program at `path`, an absolute path as it is when it is executed. `arguments` begins with the program's name
    /// for itself; `environment` has entries of the form `NAME=value`.
    pub fn new(
        path: OsString,
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, ProgramError> {
        Ok(Self {
            path: encode(path)?,
            arguments: Strings::new(arguments)?,
            environment: Strings::new(environment)?,
        })
    }

    /// Replaces the calling process. Returns only if the kernel refused.
    pub(crate) fn execute(&self) -> Errno {
        // SAFETY: the path is a C string; both arrays end in null, and their strings live in `self`.
        unsafe {
            libc::execve(
                self.path.as_ptr(),
                self.arguments.pointers(),
                self.environment.pointers(),
            )
        };
        crate::check::check(-1).err().unwrap_or(Errno::NOEXEC)
    }
}

pub(crate) fn encode(text: OsString) -> Result<CString, ProgramError> {
    CString::new(text.into_vec())
        .map_err(|error| ProgramError(OsString::from_vec(error.into_vec())))
}

/// A null-terminated array of C strings.
pub(crate) struct Strings {
    owned: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

// SAFETY: the pointers lead to heap memory that `owned` owns and nobody changes.
unsafe impl Send for Strings {}
// SAFETY: as above; a shared reference only reads.
unsafe impl Sync for Strings {}

impl std::fmt::Debug for Strings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.owned).finish()
    }
}

impl Strings {
    pub(crate) fn new(strings: impl IntoIterator<Item = OsString>) -> Result<Self, ProgramError> {
        let owned = strings
            .into_iter()
            .map(encode)
            .collect::<Result<Vec<_>, _>>()?;
        let pointers = owned
            .iter()
            .map(|text| text.as_ptr())
            .chain([std::ptr::null()])
            .collect();
        Ok(Self { owned, pointers })
    }

    pub(crate) fn pointers(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr()
    }

    /// Has the array lead to `text` at `index` from now on, which must not be its end. Allocates nothing.
    ///
    /// `text` has to live as long as the array is used: see where this is called.
    pub(crate) fn replace(&mut self, index: usize, text: &std::ffi::CStr) {
        if index < self.owned.len() {
            self.pointers[index] = text.as_ptr();
        }
    }
}
