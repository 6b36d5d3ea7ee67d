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
        let name = self.path().file_name().unwrap_or(OsStr::new("sh"));
        let is_busybox = name.as_encoded_bytes().starts_with(b"busybox");
        if is_busybox { "sh".into() } else { name.into() }
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
