//! Text with values to be put in: `${name}` is a parameter or a built-in name, `$$` a dollar sign.
use std::fmt;

/// A text that has been taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Name(String),
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// `$` before something else than `{` or `$`.
    #[error("a `$` stands alone")]
    LoneDollar,
    /// `${` without `}`.
    #[error("`${{` is not closed")]
    NotClosed,
    /// `${}`
    #[error("`${{}}` names nothing")]
    NoName,
}

impl Template {
    /// Takes a text apart.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            literal.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                literal.push('$');
                rest = after;
                continue;
            }
            let after = after.strip_prefix('{').ok_or(TemplateError::LoneDollar)?;
            let (name, after) = after.split_once('}').ok_or(TemplateError::NotClosed)?;
            if name.is_empty() {
                return Err(TemplateError::NoName);
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Name(name.to_owned()));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(&text.replace('$', "$$"))?,
                Part::Name(name) => write!(f, "${{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_sign_is_written_twice() {
        assert_eq!(
            Template::parse("$$5 for ${name}$$").unwrap().to_string(),
            "$$5 for ${name}$$"
        );
        assert_eq!(Template::parse("5$"), Err(TemplateError::LoneDollar));
        assert_eq!(Template::parse("${a"), Err(TemplateError::NotClosed));
        assert_eq!(Template::parse("${}"), Err(TemplateError::NoName));
    }
}
