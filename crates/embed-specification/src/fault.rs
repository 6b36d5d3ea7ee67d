//! Why nothing is embedded, in words for whoever reads the compiler's messages.
use specification::{At, Document, Finding};
use std::fmt::Write as _;
use std::ops::Range;

#[derive(Debug)]
pub(crate) struct Fault(pub(crate) String);

/// All findings about a text, each at `file:line:column`. `document` is what knows their places, if there is one.
pub(crate) fn of_findings(
    name: &str,
    text: &str,
    document: Option<&Document>,
    findings: &[Finding],
) -> Fault {
    let mut words = format!("{name} is not a valid specification");
    for finding in findings {
        let bytes = match (document, &finding.at) {
            (Some(document), at) => document.locate(at),
            (None, At::Bytes(bytes)) => Some(bytes.clone()),
            (None, _) => None,
        };
        let place = bytes.map_or_else(String::new, |bytes| line_and_column(text, &bytes));
        _ = write!(words, "\n{name}{place}: {}", finding.title);
        if let Some(label) = &finding.label {
            _ = write!(words, ": {label}");
        }
        if let Some(help) = &finding.help {
            _ = write!(words, "\n    help: {help}");
        }
    }
    Fault(words)
}

/// From 1, in characters, as editors count.
fn line_and_column(text: &str, bytes: &Range<usize>) -> String {
    let before = text.get(..bytes.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    format!(":{line}:{}", last.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_its_place_and_help() {
        let text = "{ \"version\": 1,\n  \"é\": 1, \"entrypoint\": {} }";
        let document = Document::parse(text).unwrap();
        let findings = document.check().unwrap_err();
        let Fault(words) = of_findings("a.json", text, Some(&document), &findings);
        assert!(words.contains("a.json:2:3: unknown field `é`"), "{words}");
        assert!(
            words.contains(
                "a.json:2:11: unknown field `entrypoint`\n    help: did you mean `entrypoints`?"
            ),
            "{words}"
        );
    }
}
