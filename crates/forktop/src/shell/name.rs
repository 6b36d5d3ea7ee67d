//! What the program of a shell is called.
use crate::follow::Program;
use std::ffi::{OsStr, OsString};
use std::path::Path;

impl Program {
    /// Its path: on the host if it is carried in, and else where the process is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Carried { name, .. } | Self::Inside(name) => name,
        }
    }

    /// The name that it is executed by (the zeroth of its arguments): that of its file, but of busybox, which knows by it which of
    /// its programs it is to be.
    #[must_use]
    pub fn name(&self) -> OsString {
        match self.is_busybox() {
            true => "sh".into(),
            false => self.file_name().into(),
        }
    }

    /// Whether it is busybox: one file that is many programs, and executes itself to be another.
    #[must_use]
    pub fn is_busybox(&self) -> bool {
        let name = self.file_name().as_encoded_bytes();
        name.starts_with(b"busybox")
    }

    fn file_name(&self) -> &OsStr {
        self.path().file_name().unwrap_or(OsStr::new("sh"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::path::PathBuf;
    use std::sync::Arc;

    #[test]
    fn a_shell_is_called_what_it_is() {
        let file = Arc::new(File::open("/dev/null").unwrap().into());
        for (path, expected) in [
            ("/bin/busybox", "sh"),
            ("/usr/lib/busybox-static", "sh"),
            ("/bin/dash", "dash"),
            ("/", "sh"),
        ] {
            let (name, file) = (PathBuf::from(path), Arc::clone(&file));
            for program in [
                Program::Inside(name.clone()),
                Program::Carried { name, file },
            ] {
                assert_eq!(program.name(), expected, "{program:?}");
            }
        }
    }
}
