//! Every format makes the same documents, and no bytes do harm.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};
use specification::{At, Document, Finding, Format, raw};
use std::fs;
use std::path::Path;

/// Texts that a format could take for something else.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z./$]{0,8}",
        "[\\x00-\\x1f\\x7f\"'\\\\#=/*]{0,8}"
    ]
}

fn any_integer() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0u64..300).prop_map(Value::from),
    ]
}

fn any_float() -> impl Strategy<Value = Value> {
    any::<f64>()
        .prop_map(|number| serde_json::Number::from_f64(number).map_or(json!(0.5), Value::Number))
}

/// A specification of the right form, and often a wrong one.
fn any_specification() -> impl Strategy<Value = Value> {
    let files = prop::collection::btree_map(any_text(), any_text(), 0..4);
    let limits = (any_integer(), any_float(), any_float());
    let entrypoint = (
        any_text(),
        prop::collection::vec(any_text(), 0..4),
        files,
        limits,
        any::<bool>(),
    );
    let entrypoint = entrypoint.prop_map(|(program, args, files, (memory, wall, first), init)| {
        let memory = memory.as_u64().unwrap_or(1);
        let udp = memory % 65536;
        json!({
            "program": program, "args": args, "files": files, "init": init,
            "limits": { "memory": memory, "wall_seconds": wall },
            "restart": { "on-failure": { "first_seconds": first, "attempts": 3 } },
            "network": { "serve": [{ "udp": udp, "host": "[::1]:1" }, { "tcp": "1-2", "host": "x" }], "reach": [] },
        })
    });
    let integer = any::<i64>();
    (
        prop::collection::btree_map(any_text(), entrypoint, 0..3),
        prop::collection::btree_map(any_text(), integer, 0..3),
    )
        .prop_map(|(entrypoints, parameters)| {
            let parameters: serde_json::Map<_, _> = parameters
                .into_iter()
                .map(|(name, min)| {
                    (
                        name,
                        json!({ "type": "integer", "min": min, "default": min }),
                    )
                })
                .collect();
            json!({ "version": 1, "parameters": parameters, "entrypoints": entrypoints })
        })
}

/// What `document` is after it has been written and read again.
fn through(document: &Document, format: Format) -> Document {
    let bytes = document.write(format).unwrap();
    Document::read(format, &bytes).unwrap_or_else(|unread| {
        panic!("{format:?}: {unread:?} {}", String::from_utf8_lossy(&bytes))
    })
}

fn toml_has_it(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_none_or(|it| i64::try_from(it).is_ok()),
        Value::Array(values) => values.iter().all(toml_has_it),
        Value::Object(entries) => entries.values().all(toml_has_it),
        _ => true,
    }
}

fn round_trip(document: &Document, formats: &[Format]) {
    for one in formats {
        for other in formats {
            let there = through(document, *one);
            let back = through(&through(&there, *other), *one);
            assert_eq!(there.raw(), document.raw(), "{one:?}");
            assert_eq!(back.raw(), document.raw(), "{one:?} by {other:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_was_written_survives_every_format(specification in any_specification()) {
        let document = Document::parse(&specification.to_string()).unwrap();
        let mut formats = Format::ALL.to_vec();
        if !toml_has_it(&specification) {
            prop_assert!(document.write(Format::Toml).is_err());
            formats.retain(|format| *format != Format::Toml);
        }
        round_trip(&document, &formats);
    }
}

#[test]
fn good_specifications_survive_every_format() {
    for (_, document) in documents("good") {
        document.check().unwrap();
        round_trip(&document, &Format::ALL);
    }
}

/// What can be read at all, with its file's name.
fn documents(folder: &str) -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/specifications")
        .join(folder);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let format = Format::of_path(&path)?;
        let document = Document::read(format, &fs::read(&path).unwrap()).ok()?;
        Some((path.display().to_string(), document))
    };
    let documents: Vec<_> = files.filter_map(read).collect();
    assert!(!documents.is_empty());
    documents
}

fn titles(findings: &[Finding]) -> Vec<&str> {
    let mut titles: Vec<_> = findings
        .iter()
        .map(|finding| finding.title.as_str())
        .collect();
    titles.sort_unstable();
    titles
}

/// Each format finds what JSON does, and each finding has a place there.
#[test]
fn findings_are_the_same_in_every_format() {
    for (name, document) in documents("bad") {
        let Err(expected) = document.check() else {
            continue;
        };
        // TOML has no null, and its parser refuses a key that is there twice.
        let is_toml = |format| format == Format::Toml;
        let twice = expected
            .iter()
            .any(|finding| finding.title.contains("written twice"));
        for format in Format::ALL {
            let Ok(bytes) = document.write(format) else {
                assert!(is_toml(format), "{name}");
                continue;
            };
            if is_toml(format) && twice {
                continue;
            }
            let other = Document::read(format, &bytes).unwrap();
            let found = other.check().unwrap_err();
            assert_eq!(titles(&found), titles(&expected), "{name} in {format:?}");
            for finding in found {
                let bytes = other.locate(&finding.at);
                let inside = bytes.is_some_and(|bytes| other.text().get(bytes).is_some());
                assert!(
                    inside || finding.at == At::Nowhere,
                    "{name} in {format:?}: {finding:?}"
                );
            }
        }
    }
}

/// Either a document whose every place is in its text, or findings that are in theirs.
fn is_harmless(format: Format, bytes: &[u8]) {
    let assert_inside = |text: &str, findings: &[Finding], document: Option<&Document>| {
        assert!(!findings.is_empty());
        for finding in findings {
            let place = match (document, &finding.at) {
                (Some(document), at) => document.locate(at),
                (None, At::Bytes(bytes)) => Some(bytes.clone()),
                (None, _) => None,
            };
            assert!(
                place.is_none_or(|bytes| text.get(bytes).is_some()),
                "{finding:?} {text:?}"
            );
        }
    };
    match Document::read(format, bytes) {
        Err(unread) => assert_inside(&unread.text, &unread.findings, None),
        Ok(document) => match document.check() {
            Ok(_) => assert_eq!(through(&document, format).raw(), document.raw()),
            Err(findings) => assert_inside(document.text(), &findings, Some(&document)),
        },
    }
}

fn any_toml() -> impl Strategy<Value = String> {
    "([a-c.]{1,3} = [1\"'{}a=,\\[\\]]{0,6}\n|\\[{1,2}[a-c.\"é]{1,4}\\]{1,2}\n|entrypoints\\.a\\.program = 1\n){0,6}"
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for format in Format::ALL {
            is_harmless(format, &bytes);
        }
        let postcard = [b"specification\0\x01".as_slice(), &bytes].concat();
        is_harmless(Format::Postcard, &postcard);
    }

    #[test]
    fn no_toml_does_harm(text in any_toml()) {
        is_harmless(Format::Toml, text.as_bytes());
    }

    #[test]
    fn no_comment_does_harm(text in r#"[\[\]{}",:0-9a\\/*é \n]{0,40}"#) {
        is_harmless(Format::JsonWithComments, text.as_bytes());
    }

    /// What is nearly a specification goes further than noise.
    #[test]
    fn no_changed_byte_does_harm(at in any::<prop::sample::Index>(), byte in any::<u8>(), length in any::<prop::sample::Index>()) {
        for (_, document) in documents("good") {
            for format in Format::ALL {
                let mut bytes = document.write(format).unwrap();
                let at = at.index(bytes.len());
                bytes[at] = byte;
                is_harmless(format, &bytes);
                bytes.truncate(length.index(bytes.len()));
                is_harmless(format, &bytes);
            }
        }
    }
}

fn refused(format: Format, bytes: &[u8], words: &str) {
    let unread = Document::read(format, bytes).unwrap_err();
    let finding = &unread.findings[0];
    let said = format!(
        "{} {}",
        finding.title,
        finding.label.as_deref().unwrap_or_default()
    );
    assert!(said.contains(words), "{said}");
}

#[test]
fn what_is_nested_without_end_is_refused_in_every_format() {
    let deep = 1_000_000;
    refused(Format::Cbor, &vec![0x81; deep], "nested too deeply");
    refused(Format::Cbor, &vec![0x9f; deep], "nested too deeply");
    let lists = [b"specification\0\x01".as_slice(), &[6, 1].repeat(deep)].concat();
    refused(Format::Postcard, &lists, "nested too deeply");
    for open in ["[", "{a=", "[{a="] {
        let text = format!("a = {}", open.repeat(deep));
        assert!(Document::read(Format::Toml, text.as_bytes()).is_err());
    }
    let text = format!("a{} = 1", ".a".repeat(70));
    refused(Format::Toml, text.as_bytes(), "nested too deeply");
}

#[test]
fn a_length_that_no_file_has_takes_no_memory() {
    let most = [0xff; 8];
    for kind in [0x5b, 0x7b, 0x9b, 0xbb] {
        let bytes = [&[kind], most.as_slice()].concat();
        refused(Format::Cbor, &bytes, "this is not CBOR");
    }
    for kind in [5, 6, 7] {
        let length = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let bytes = [b"specification\0\x01".as_slice(), &[kind], &length].concat();
        refused(Format::Postcard, &bytes, "the end of the file");
    }
    refused(
        Format::Cbor,
        &[vec![0x9f], vec![0xf6; 2 << 20]].concat(),
        "more values",
    );
}

#[test]
fn a_format_is_told_by_the_name_and_by_what_leaves_no_doubt() {
    let of = |name: &str| Format::of_path(Path::new(name));
    assert_eq!(of("a/spec.toml"), Some(Format::Toml));
    assert_eq!(of("spec.jsonc"), Some(Format::JsonWithComments));
    assert_eq!(of("spec.conf"), None);
    assert_eq!(of("toml"), None);
    let document = Document::parse(r#"{ "version": 1, "entrypoints": {} }"#).unwrap();
    for format in Format::ALL {
        let told = Format::of_content(&document.write(format).unwrap());
        assert_eq!(told, format.is_binary().then_some(format));
        assert_eq!(Format::named(format.name()), Some(format));
    }
}

#[test]
fn cbor_of_other_writers_is_read() {
    // {_ "version": 1_1, "entrypoints": {"a": {"limits": {"wall_seconds": 1.5_1}}}}
    let mut bytes =
        b"\xbf\x67version\x18\x01\x6bentrypoints\xa1\x61a\xa1\x66limits\xa1\x6cwall_seconds"
            .to_vec();
    bytes.extend(b"\xf9\x3e\x00\xff");
    let document = Document::read(Format::Cbor, &bytes).unwrap();
    let raw: &raw::Specification = document.raw();
    let limits = raw.entrypoints["a"].limits.as_ref().unwrap();
    assert_eq!((raw.version, limits.wall_seconds), (Some(1), Some(1.5)));
    for (words, bytes) in [
        ("at byte 1", b"\xa1\x41a\x01".as_slice()),
        ("no text", b"\xa1\x01\x01"),
        ("more than one", b"\xa0\xa0"),
        ("no word", b"\xf9\x7c\x00"),
        ("no word", b"\xa1\x61a\xc1\x01"),
        ("no word", b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
    ] {
        refused(Format::Cbor, bytes, words);
    }
}
