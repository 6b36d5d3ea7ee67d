//! Anything as a document of every format, and as a program's section: nothing panics, every finding is at a place of the
//! text that is shown, and what is accepted survives being written in every format that can say it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specification::{At, Document, Embedded, Finding, Format};

fuzz_target!(|input: &[u8]| {
    for format in Format::ALL {
        match Document::read(format, input) {
            Err(unread) => assert_findings(&unread.findings, &unread.text, None),
            Ok(document) => match document.check() {
                Err(findings) => assert_findings(&findings, document.text(), Some(&document)),
                Ok(_) => assert_survives(&document),
            },
        }
    }
    if let Ok(embedded) = Embedded::from_section(input) {
        assert_eq!(Embedded::from_section(&embedded.to_section()), Ok(embedded));
    }
});

fn assert_survives(document: &Document) {
    for format in Format::ALL {
        match document.write(format) {
            Ok(bytes) => {
                let again = Document::read(format, &bytes).expect("what was written can be read");
                assert_eq!(again.raw(), document.raw());
            }
            Err(findings) => assert_findings(&findings, document.text(), Some(document)),
        }
    }
}

fn assert_findings(findings: &[Finding], text: &str, document: Option<&Document>) {
    assert!(!findings.is_empty());
    for finding in findings {
        let others = finding.context.iter().map(|(at, _)| at);
        for at in others.chain([&finding.at]) {
            let bytes = match (document, at) {
                (Some(document), at) => document.locate(at),
                (None, At::Bytes(bytes)) => Some(bytes.clone()),
                (None, _) => None,
            };
            assert!(
                bytes.is_none_or(|bytes| text.get(bytes).is_some()),
                "{finding:?}"
            );
        }
    }
}
