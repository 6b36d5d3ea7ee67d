//! Why an entrypoint is not started, and what it was that could not be had: shown at its place in the specification.
use rustix::io::Errno;
use specification::Place;
use void::Subject;

/// One reason, in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub entrypoint: String,
    /// What of the entrypoint it is about.
    pub subject: Subject,
    /// What cannot be done.
    pub title: String,
    /// What the kernel, or the host's files, had against it.
    pub cause: String,
    /// Where the specification has declared what is not kept, if it was declared elsewhere.
    pub declaration: Option<Place>,
    /// What the user can do about it.
    pub help: Option<String>,
    /// How the shim exits: 125, or as a shell for a program that is not there (127) or cannot be executed (126).
    pub code: u8,
}

/// The shim's exit code for its own failures.
pub const FAILED: u8 = 125;
/// The exit code for a program that cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// The exit code for a program that is not there.
pub const NOT_FOUND: u8 = 127;

impl Refusal {
    pub fn new(
        entrypoint: &str,
        subject: Subject,
        title: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            entrypoint: entrypoint.to_owned(),
            subject,
            title: title.into(),
            cause: cause.into(),
            declaration: None,
            help: None,
            code: FAILED,
        }
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn with_declaration(mut self, declaration: Place) -> Self {
        self.declaration = Some(declaration);
        self
    }

    #[must_use]
    pub fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }
}

/// The kernel's words for an error, with the name that a manual page has it under.
pub fn describe(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    let words = text.split(" (os error").next().unwrap_or(&text).to_owned();
    match name(errno) {
        Some(name) => format!("{words} ({name})"),
        None => format!("{words} (errno {})", errno.raw_os_error()),
    }
}

fn name(errno: Errno) -> Option<&'static str> {
    let names = [
        (Errno::ACCESS, "EACCES"),
        (Errno::ADDRINUSE, "EADDRINUSE"),
        (Errno::ADDRNOTAVAIL, "EADDRNOTAVAIL"),
        (Errno::AFNOSUPPORT, "EAFNOSUPPORT"),
        (Errno::AGAIN, "EAGAIN"),
        (Errno::BADF, "EBADF"),
        (Errno::BUSY, "EBUSY"),
        (Errno::CONNREFUSED, "ECONNREFUSED"),
        (Errno::CONNRESET, "ECONNRESET"),
        (Errno::DQUOT, "EDQUOT"),
        (Errno::EXIST, "EEXIST"),
        (Errno::FBIG, "EFBIG"),
        (Errno::HOSTUNREACH, "EHOSTUNREACH"),
        (Errno::INVAL, "EINVAL"),
        (Errno::IO, "EIO"),
        (Errno::ISDIR, "EISDIR"),
        (Errno::LOOP, "ELOOP"),
        (Errno::MFILE, "EMFILE"),
        (Errno::NAMETOOLONG, "ENAMETOOLONG"),
        (Errno::NETUNREACH, "ENETUNREACH"),
        (Errno::NFILE, "ENFILE"),
        (Errno::NOBUFS, "ENOBUFS"),
        (Errno::NOENT, "ENOENT"),
        (Errno::NOEXEC, "ENOEXEC"),
        (Errno::NOMEM, "ENOMEM"),
        (Errno::NOSPC, "ENOSPC"),
        (Errno::NOSYS, "ENOSYS"),
        (Errno::NOTDIR, "ENOTDIR"),
        (Errno::NXIO, "ENXIO"),
        (Errno::OPNOTSUPP, "EOPNOTSUPP"),
        (Errno::PERM, "EPERM"),
        (Errno::ROFS, "EROFS"),
        (Errno::SRCH, "ESRCH"),
        (Errno::TIMEDOUT, "ETIMEDOUT"),
        (Errno::TXTBSY, "ETXTBSY"),
        (Errno::USERS, "EUSERS"),
        (Errno::XDEV, "EXDEV"),
    ];
    names
        .iter()
        .find(|(known, _)| *known == errno)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_words_and_a_name() {
        assert_eq!(describe(Errno::ACCESS), "Permission denied (EACCES)");
        assert_eq!(describe(Errno::CHILD), "No child processes (errno 10)");
    }
}
