//! A specification in a program's own file: what its section holds.
use crate::format::Format;

/// The name of the section.
pub const SECTION: &str = ".specification";

/// A specification as it was written, with what else is known of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The name of the file that it was written in, without folders.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// The file's content.
    pub bytes: Vec<u8>,
}

/// A section that holds something else than one specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddedError {
    /// No line of ours before it.
    #[error("it does not begin as an embedded specification does")]
    Other,
    /// A format that a later version may know.
    #[error("its format is not known")]
    Format,
    /// Fewer bytes than were put there.
    #[error("it is cut off")]
    CutOff,
    /// As when two libraries of one program bring their own.
    #[error("more than one is embedded, and it cannot be known which is meant")]
    Several,
}

const WORD: &str = "specification";

impl Embedded {
    /// The section's content: a line with the format, the length and the name, and after it the bytes as they are.
    ///
    /// ```
    /// use specification::{Embedded, Format};
    ///
    /// let embedded = Embedded { name: "a.json".into(), format: Format::Json, bytes: b"{}".to_vec() };
    /// assert_eq!(embedded.to_section(), b"specification json 2 a.json\n{}");
    /// assert_eq!(Embedded::from_section(&embedded.to_section()), Ok(embedded));
    /// ```
    pub fn to_section(&self) -> Vec<u8> {
        let name = self.name.replace(char::is_control, "?");
        let (format, length) = (self.format.name(), self.bytes.len());
        let mut section = format!("{WORD} {format} {length} {name}\n").into_bytes();
        section.extend(&self.bytes);
        section
    }

    /// What a section holds.
    pub fn from_section(section: &[u8]) -> Result<Self, EmbeddedError> {
        let end = section.iter().position(|byte| *byte == b'\n');
        let (line, rest) = section.split_at(end.ok_or(EmbeddedError::Other)?);
        let line = std::str::from_utf8(line).map_err(|_| EmbeddedError::Other)?;
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().ok_or(EmbeddedError::Other);
        if word()? != WORD {
            return Err(EmbeddedError::Other);
        }
        let format = Format::named(word()?).ok_or(EmbeddedError::Format)?;
        let length: usize = word()?.parse().map_err(|_| EmbeddedError::Other)?;
        let name = word()?.to_owned();
        let rest = rest.get(1..).unwrap_or_default();
        let bytes = rest.get(..length).ok_or(EmbeddedError::CutOff)?.to_vec();
        match rest.len() == length {
            true => Ok(Self {
                name,
                format,
                bytes,
            }),
            false => Err(EmbeddedError::Several),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_one_specification_is_refused() {
        let of = |section: &str| Embedded::from_section(section.as_bytes());
        assert_eq!(of(""), Err(EmbeddedError::Other));
        assert_eq!(of("{}\n"), Err(EmbeddedError::Other));
        assert_eq!(of("specification json x a\n"), Err(EmbeddedError::Other));
        assert_eq!(of("specification yaml 2 a\n{}"), Err(EmbeddedError::Format));
        assert_eq!(of("specification json 3 a\n{}"), Err(EmbeddedError::CutOff));
        let one = "specification json 2 a b.json\n{}";
        assert_eq!(of(one).unwrap().name, "a b.json");
        assert_eq!(of(&one.repeat(2)), Err(EmbeddedError::Several));
    }
}
