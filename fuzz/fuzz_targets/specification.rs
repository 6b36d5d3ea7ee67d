//! Anything as a specification and, after a NUL, as the values of its parameters: nothing panics, every finding is at a
//! place of the text, and what is accepted survives being written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specification::{At, Bindings, Builtins, Document, Finding};
use std::path::PathBuf;

fuzz_target!(|input: &str| {
    let (text, values) = input.split_once('\0').unwrap_or((input, "{}"));
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(findings) => return assert_findings(&findings, |at| inside(text, at)),
    };
    let specification = match document.check() {
        Ok(specification) => specification,
        Err(findings) => return assert_findings(&findings, |at| located(&document, text, at)),
    };
    let written = serde_json::to_string(document.raw()).expect("what was read can be written");
    let again = Document::parse(&written).expect("what was written can be read");
    assert_eq!(again.raw(), document.raw());

    let mut bindings = Bindings::default();
    if let Err(findings) = bindings.runtime(values) {
        return assert_findings(&findings, |at| inside(values, at));
    }
    let builtins = Builtins {
        pwd: PathBuf::from("/work"),
        program: Some(PathBuf::from("/bin/true")),
        trailing: vec!["--".into()],
    };
    let bind = |document: &Document| document.check().map(|it| it.bind(&bindings, &builtins));
    match specification.bind(&bindings, &builtins) {
        Ok(application) => assert_eq!(bind(&again), Ok(Ok(application))),
        Err(findings) => assert_findings(&findings, |at| located(&document, text, at)),
    }
});

fn assert_findings(findings: &[Finding], is_right: impl Fn(&At) -> bool) {
    assert!(!findings.is_empty());
    for finding in findings {
        let others = finding.context.iter().map(|(at, _)| at);
        for at in others.chain([&finding.at]) {
            assert!(is_right(at), "{finding:?}");
        }
        assert!(!finding.title.is_empty());
    }
}

/// Whether a place of a text that is no document is within it.
fn inside(text: &str, at: &At) -> bool {
    match at {
        At::Bytes(bytes) => text.get(bytes.clone()).is_some(),
        At::Nowhere | At::Value(_) | At::Key(_) => true,
    }
}

/// Whether a document has the place, unless the finding is at none.
fn located(document: &Document, text: &str, at: &At) -> bool {
    match document.locate(at) {
        Some(bytes) => text.get(bytes).is_some(),
        None => *at == At::Nowhere,
    }
}
