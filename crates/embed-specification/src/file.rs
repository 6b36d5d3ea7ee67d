//! The file: read, and checked.
use crate::fault::{Fault, of_findings};
use specification::{Document, Embedded, Format};
use std::path::{Path, PathBuf};

/// A specification that is valid.
#[derive(Debug)]
pub(crate) struct File {
    /// Where the compiler finds it.
    pub(crate) path: PathBuf,
    pub(crate) embedded: Embedded,
}

/// Reads what the author has named.
pub(crate) fn read(named: &str) -> Result<File, Fault> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| Fault("embed_specification needs Cargo".to_owned()))?;
    let path = Path::new(&folder).join(named);
    let cannot = |why: &dyn std::fmt::Display| Fault(format!("cannot read {named}: {why}"));
    let bytes = std::fs::read(&path).map_err(|error| cannot(&error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let format = Format::of_path(&path).or_else(|| Format::of_content(&bytes));
    let embedded = Embedded {
        name: name.into_owned(),
        format: format.unwrap_or(Format::Json),
        bytes,
    };
    check(named, &embedded)?;
    Ok(File { path, embedded })
}

fn check(named: &str, embedded: &Embedded) -> Result<(), Fault> {
    let document = Document::read(embedded.format, &embedded.bytes)
        .map_err(|unread| of_findings(named, &unread.text, None, &unread.findings))?;
    let name = match embedded.format.is_binary() {
        true => format!("{named}, as JSON"),
        false => named.to_owned(),
    };
    let checked = document.check();
    checked
        .map(|_| ())
        .map_err(|findings| of_findings(&name, document.text(), Some(&document), &findings))
}
