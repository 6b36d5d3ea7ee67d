//! In what a tree can be written. The name of the file says which.
use std::path::{Path, PathBuf};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For programs.
    Json,
    /// For dot(1) of graphviz.
    Dot,
    /// A picture.
    Svg,
    /// A page.
    Html,
}

/// A file whose name does not say what it shall be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot export to `{}`: its name must end in .json, .dot, .svg or .html", path.display())]
pub struct UnknownFormat {
    path: PathBuf,
}

impl Format {
    /// The one that the name of this file ends with.
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let end = path.extension().and_then(|end| end.to_str());
        match end.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("dot" | "gv") => Ok(Self::Dot),
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(UnknownFormat {
                path: path.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_what_it_shall_be() {
        let of = |path: &str| Format::of(Path::new(path));
        assert_eq!(of("a.svg"), Ok(Format::Svg));
        assert_eq!(of("/a.b/c.JSON"), Ok(Format::Json));
        assert_eq!(of("a.gv"), of("a.dot"));
        for path in ["svg", ".svg", "a.svg.gz", ""] {
            let error = of(path).unwrap_err().to_string();
            assert!(error.contains(&format!("`{path}`")), "{error}");
        }
    }
}
