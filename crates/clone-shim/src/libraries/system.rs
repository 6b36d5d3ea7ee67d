//! The folders that a distribution built into its glibc loader. Nothing on the system lists them, but they follow from
//! how it lays out its libraries.
use rustix::fs::FileType;
use std::path::Path;

/// What is built into the loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// What `$LIB` stands for.
    pub(super) lib: &'static str,
    /// The default folders, in order.
    pub(super) folders: &'static [&'static str],
}

#[cfg(target_arch = "x86_64")]
const BY_ARCHITECTURE: Layout = Layout {
    lib: "lib/x86_64-linux-gnu",
    folders: &[
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib",
        "/usr/lib",
    ],
};
#[cfg(target_arch = "aarch64")]
const BY_ARCHITECTURE: Layout = Layout {
    lib: "lib/aarch64-linux-gnu",
    folders: &[
        "/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/lib",
        "/usr/lib",
    ],
};
const BY_BITS: Layout = Layout {
    lib: "lib64",
    folders: &["/lib64", "/usr/lib64"],
};
const PLAIN: Layout = Layout {
    lib: "lib",
    folders: &["/lib", "/usr/lib"],
};

impl Layout {
    /// Debian's and its descendants' has a folder for each architecture; Fedora's and others' one for 64 bits, which
    /// elsewhere is a symlink if anything.
    pub(super) fn of_the_host() -> Self {
        if Path::new(BY_ARCHITECTURE.folders[1]).is_dir() {
            return BY_ARCHITECTURE;
        }
        match rustix::fs::lstat("/usr/lib64").map(|status| FileType::from_raw_mode(status.st_mode))
        {
            Ok(FileType::Directory) => BY_BITS,
            _ => PLAIN,
        }
    }

    /// Whether the loader finds what lies in `folder` without being told of it.
    pub(super) fn has(&self, folder: &Path) -> bool {
        let own = |default: &&str| match folder.strip_prefix(default) {
            Ok(below) => below.as_os_str().is_empty() || below.starts_with("glibc-hwcaps"),
            Err(_) => false,
        };
        self.folders.iter().any(own)
    }
}
