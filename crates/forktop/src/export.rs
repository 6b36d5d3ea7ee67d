//! The whole tree with what each process may do, in one file: for programs, for graphviz, or to be looked at.
mod card;
mod dot;
mod escape;
mod forest;
mod format;
mod html;
mod json;
mod signs;
mod svg;
mod visits;

pub use format::{Format, UnknownFormat};

use crate::model::Model;
use privileges::Names;
use std::path::{Path, PathBuf};

/// An export that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot export to `{}`", path.display())]
pub struct ExportError {
    path: PathBuf,
    source: std::io::Error,
}

/// Writes what the model knows to a file.
pub fn write(model: &Model, path: &Path, format: Format) -> Result<(), ExportError> {
    let written = text(model, &Names::read(), format).and_then(|text| std::fs::write(path, text));
    written.map_err(|source| ExportError {
        path: path.to_owned(),
        source,
    })
}

fn text(model: &Model, names: &Names, format: Format) -> std::io::Result<Vec<u8>> {
    Ok(match format {
        Format::Json => json::json(model)?,
        Format::Dot => dot::dot(model, names).into_bytes(),
        Format::Svg => svg::svg(model, names).into_bytes(),
        Format::Html => html::html(model, names).into_bytes(),
    })
}

#[cfg(test)]
mod tests;
