//! Paths as JSON: text, or `{"bytes": [47, 255]}` for one that is not UTF-8, which JSON has no text for.
use crate::Seen;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::Arc;

/// A path as it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Written {
    Text(String),
    Bytes { bytes: Vec<u8> },
}

/// For `#[serde(with)]` of what holds a path.
pub(crate) trait Paths: Sized {
    /// The same with each path as it is written.
    type Written: Serialize + for<'de> Deserialize<'de>;
    fn write(&self) -> Self::Written;
    fn read(written: Self::Written) -> Self;
}

pub(crate) fn serialize<T: Paths, S: Serializer>(
    paths: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    paths.write().serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Paths, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::Written::deserialize(deserializer).map(T::read)
}

impl Paths for PathBuf {
    type Written = Written;

    fn write(&self) -> Written {
        match self.to_str() {
            Some(text) => Written::Text(text.to_owned()),
            None => Written::Bytes {
                bytes: self.as_os_str().as_bytes().to_vec(),
            },
        }
    }

    fn read(written: Written) -> Self {
        match written {
            Written::Text(text) => text.into(),
            Written::Bytes { bytes } => OsString::from_vec(bytes).into(),
        }
    }
}

/// One of the control groups.
impl Paths for (String, PathBuf) {
    type Written = (String, <PathBuf as Paths>::Written);

    fn write(&self) -> Self::Written {
        (self.0.clone(), self.1.write())
    }

    fn read((name, path): Self::Written) -> Self {
        (name, PathBuf::read(path))
    }
}

/// Shared, and each written out.
impl<T: Paths> Paths for Arc<Vec<T>> {
    type Written = Vec<T::Written>;

    fn write(&self) -> Self::Written {
        self.iter().map(T::write).collect()
    }

    fn read(written: Self::Written) -> Self {
        Self::new(written.into_iter().map(T::read).collect())
    }
}

impl<T: Paths> Paths for Option<T> {
    type Written = Option<T::Written>;

    fn write(&self) -> Self::Written {
        self.as_ref().map(T::write)
    }

    fn read(written: Self::Written) -> Self {
        written.map(T::read)
    }
}

impl<T: Paths> Paths for Vec<T> {
    type Written = Vec<T::Written>;

    fn write(&self) -> Self::Written {
        self.iter().map(T::write).collect()
    }

    fn read(written: Self::Written) -> Self {
        written.into_iter().map(T::read).collect()
    }
}

impl<T: Paths> Paths for Seen<T> {
    type Written = Seen<T::Written>;

    fn write(&self) -> Self::Written {
        match self {
            Self::Known(value) => Seen::Known(value.write()),
            Self::Unreadable { unreadable } => (*unreadable).into(),
        }
    }

    fn read(written: Self::Written) -> Self {
        match written {
            Seen::Known(value) => Self::Known(T::read(value)),
            Seen::Unreadable { unreadable } => unreadable.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Holder {
        #[serde(with = "crate::written")]
        paths: Seen<Vec<(String, PathBuf)>>,
    }

    #[test]
    fn a_path_that_is_not_text_survives_json() {
        let odd = PathBuf::from(OsString::from_vec(b"/\xff\n".to_vec()));
        let paths = vec![("a".to_owned(), odd), ("b".to_owned(), "/plain".into())];
        let holder = Holder {
            paths: Seen::Known(paths),
        };
        let json = serde_json::to_string(&holder).unwrap();
        assert_eq!(
            json,
            r#"{"paths":[["a",{"bytes":[47,255,10]}],["b","/plain"]]}"#
        );
        assert_eq!(serde_json::from_str::<Holder>(&json).unwrap(), holder);
    }
}
