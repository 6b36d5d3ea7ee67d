//! The files that are asked for beside what is shown. That they can be written is found out before anything is started.
use crate::arguments::Export;
use crate::export::{self, ExportError};
use crate::model::Model;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to `{}`", path.display())]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// Of this file, for this reason.
    #[must_use]
    pub fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// An empty file for what is told.
pub fn create(path: &Path) -> Result<File, FileError> {
    File::create(path).map_err(|source| FileError::new(path, source))
}

/// Finds out whether the tree can be written to these files at the end. What is in them stays until then.
pub fn check(exports: &[Export]) -> Result<(), FileError> {
    for Export { path, .. } in exports {
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).open(path);
        file.map_err(|source| FileError::new(path, source))?;
    }
    Ok(())
}

/// Writes the tree to all of them, those after one that fails too.
pub fn export(model: &Model, exports: &[Export]) -> Vec<ExportError> {
    let write = |it: &Export| export::write(model, &it.path, it.format).err();
    exports.iter().filter_map(write).collect()
}
