//! Where something of the host is, and what the way to it and the thing itself must be. Whoever opens it decides, by what
//! is opened: nothing here has been looked at.
use kernel::{FileKind, Origin};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A path of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPath {
    /// The path, absolute.
    pub path: PathBuf,
    /// The folder that no step of the way beyond it may leave; without one, symlinks lead wherever they do.
    pub beneath: Option<PathBuf>,
    /// What must be there.
    pub kind: FileKind,
}

impl From<PathBuf> for HostPath {
    /// A path that is free to lead anywhere, to anything.
    fn from(path: PathBuf) -> Self {
        Self {
            path,
            beneath: None,
            kind: FileKind::Any,
        }
    }
}

impl HostPath {
    /// The folder that it may not leave, and the way from there. That of a path that does not begin with the folder is
    /// absolute, which the kernel refuses.
    pub fn way(&self) -> Option<(&Path, &Path)> {
        let folder = self.beneath.as_deref()?;
        let way = match self.path.strip_prefix(folder) {
            Ok(way) if way.as_os_str().is_empty() => Path::new("."),
            Ok(way) => way,
            Err(_) => &self.path,
        };
        Some((folder, way))
    }

    /// Something in the folder that this is, kept in the same folder on the way.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> Self {
        Self {
            path: self.path.join(name),
            beneath: self.beneath.clone(),
            kind: FileKind::Any,
        }
    }

    /// Where a copy of it comes from: an origin, and the path from there.
    pub(crate) fn origin(&self) -> (Origin, CString) {
        match self.way() {
            None => (Origin::Launcher, c_path(&self.path)),
            Some((folder, way)) => (Origin::Beneath(c_path(folder)), c_path(way)),
        }
    }

    /// `` `/a/b` ``, and beneath what.
    pub(crate) fn words(&self) -> String {
        let path = self.path.display();
        match &self.beneath {
            None => format!("`{path}`"),
            Some(folder) => format!("`{path}` beneath `{}`", folder.display()),
        }
    }
}

/// Paths of a specification hold no NUL: that was checked when they were read.
pub(crate) fn c_path(path: &Path) -> CString {
    let text: &OsStr = path.as_os_str();
    CString::new(text.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(path: &str, folder: &str) -> PathBuf {
        let beneath = Some(folder.into());
        let path = HostPath {
            beneath,
            ..PathBuf::from(path).into()
        };
        path.way().unwrap().1.to_owned()
    }

    #[test]
    fn the_way_begins_at_the_folder() {
        assert_eq!(way("/srv/a/b", "/srv"), Path::new("a/b"));
        assert_eq!(way("/srv", "/srv"), Path::new("."));
    }

    #[test]
    fn a_path_elsewhere_has_a_way_that_the_kernel_refuses() {
        assert!(way("/srv.bak", "/srv").is_absolute());
    }
}
