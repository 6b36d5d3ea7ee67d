//! Properties of the language: nothing panics, everything survives being written, and the schema says the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};
use specification::{Document, Template, raw};
use std::fs;
use std::path::Path;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/$.{}]{0,12}",
        any::<String>(),
        Just("${pwd}".to_owned()),
        Just("/a/b".to_owned())
    ]
}

fn any_size() -> impl Strategy<Value = raw::Size> {
    prop_oneof![
        any::<u64>().prop_map(raw::Size::Bytes),
        any_text().prop_map(raw::Size::Text)
    ]
}

fn any_grant() -> impl Strategy<Value = raw::FileGrant> {
    let fields = (
        prop::option::of(any_text()),
        prop::option::of(any_size()),
        prop::option::of(any_text()),
        prop::option::of(any::<bool>()),
        prop::option::of(prop_oneof![Just(raw::Access::R), Just(raw::Access::Rwx)]),
    );
    let fields = fields.prop_map(|(host, tmpfs, content, proc, access)| raw::FileFields {
        host,
        tmpfs,
        content,
        proc,
        access,
        ..raw::FileFields::default()
    });
    prop_oneof![
        any_text().prop_map(raw::FileGrant::Host),
        fields.prop_map(raw::FileGrant::Fields)
    ]
}

fn any_descriptor() -> impl Strategy<Value = raw::DescriptorGrant> {
    let listen = "(tcp|udp|unix|unixgram|unixpacket|[a-z]{1,4}):[a-z0-9:.@/$\\{\\}\\[\\]-]{0,16}";
    let fields = (
        prop::option::of(any_text()),
        prop::option::of(listen),
        prop::option::of(any::<bool>()),
    );
    fields.prop_map(|(open, listen, activation)| raw::DescriptorGrant {
        open,
        listen,
        activation,
        ..raw::DescriptorGrant::default()
    })
}

fn any_entrypoint() -> impl Strategy<Value = raw::Entrypoint> {
    let fields = (
        prop::option::of(any_text()),
        prop::collection::vec(any_text(), 0..4),
        prop::collection::btree_map(any_text(), any_text(), 0..3),
        prop::collection::btree_map(any_text(), any_grant(), 0..4),
        prop::collection::btree_map("[a-z]{1,3}", any_descriptor(), 0..4),
        prop::option::of(any_text().prop_map(raw::Stream::Word)),
        prop::option::of(any::<bool>()),
        prop::option::of(any_text().prop_map(raw::Restart::Word)),
    );
    fields.prop_map(
        |(program, args, environment, files, descriptors, stdout, init, restart)| raw::Entrypoint {
            program,
            args,
            environment,
            files,
            descriptors,
            stdout,
            init,
            restart,
            ..raw::Entrypoint::default()
        },
    )
}

fn any_specification() -> impl Strategy<Value = raw::Specification> {
    (
        prop::option::of(any::<u64>()),
        prop::collection::btree_map("[a-z]{1,3}", any_entrypoint(), 0..3),
    )
        .prop_map(|(version, entrypoints)| raw::Specification {
            version,
            entrypoints,
            ..raw::Specification::default()
        })
}

proptest! {
    #[test]
    fn what_was_written_survives_json(specification in any_specification()) {
        let text = serde_json::to_string_pretty(&specification).unwrap();
        prop_assert_eq!(&serde_json::from_str::<raw::Specification>(&text).unwrap(), &specification);
        let document = Document::parse(&text).unwrap();
        prop_assert_eq!(document.raw(), &specification);
    }

    #[test]
    fn nothing_that_is_written_panics(specification in any_specification()) {
        let text = serde_json::to_string(&specification).unwrap();
        let document = Document::parse(&text).unwrap();
        if let Err(findings) = document.check() {
            prop_assert!(!findings.is_empty());
            for finding in findings {
                let bytes = document.locate(&finding.at);
                prop_assert!(bytes.is_none_or(|bytes| text.get(bytes).is_some()), "{:?}", finding);
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Document::parse(&text).map(|document| document.check().is_ok());
    }

    #[test]
    fn no_json_panics(text in r#"[\[\]{}",:0-9a-z.\\eu-]{0,60}"#) {
        let _ = Document::parse(&text).map(|document| document.check().is_ok());
    }

    #[test]
    fn a_template_survives_being_written(text in any_text()) {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(Template::parse(&template.to_string()).unwrap(), template);
        }
    }
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let text = "[".repeat(100_000);
    assert!(Document::parse(&text).is_err());
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Document::parse(&text).is_err());
}

fn folder(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/specifications")
        .join(name);
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let jsons = paths.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    jsons
        .filter_map(|path| serde_json::from_str(&fs::read_to_string(path).unwrap()).ok())
        .collect()
}

/// Every field of the schema is one that the parser knows, and the other way around: both come of the same table, so this
/// holds them against the parser's own list of what it knows.
#[test]
#[cfg(feature = "schema")]
fn the_schema_has_the_parsers_fields() {
    let schema = specification::schema();
    let fields = |object: &Value| {
        object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if definition.get("properties").is_none() {
            continue;
        }
        assert_eq!(definition["additionalProperties"], json!(false), "{name}");
        assert!(!fields(definition).is_empty(), "{name}");
    }
    let known = fields(&schema["$defs"]["Entrypoint"]);
    let text = json!({ "version": 1, "entrypoints": { "it": { "no_such_field": 1 } } }).to_string();
    let error = serde_json::from_str::<raw::Specification>(&text)
        .unwrap_err()
        .to_string();
    for field in &known {
        assert!(
            error.contains(&format!("`{field}`")),
            "{field} is in the schema alone: {error}"
        );
    }
    assert_eq!(error.matches('`').count() / 2 - 1, known.len(), "{error}");
}

#[test]
#[cfg(feature = "schema")]
fn the_schema_accepts_what_the_parser_does() {
    let validator = jsonschema::validator_for(&specification::schema()).unwrap();
    let good = folder("good");
    assert!(!good.is_empty());
    for specification in good {
        let errors: Vec<_> = validator
            .iter_errors(&specification)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for specification in folder("bad") {
        let parses = serde_json::from_value::<raw::Specification>(specification.clone()).is_ok();
        if !parses {
            assert!(!validator.is_valid(&specification), "{specification}");
        }
    }
}

/// The words in backticks beneath a heading of the manual.
fn listed<'m>(manual: &'m str, heading: &str) -> Vec<&'m str> {
    let (_, section) = manual.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (_, names) = section.split_once(":\n").unwrap();
    names.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_manual_lists_the_names_of_the_kernels_that_a_specification_may_use() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/specification.md");
    let manual = fs::read_to_string(manual).unwrap();
    assert_eq!(listed(&manual, "Capabilities"), specification::CAPABILITIES);
    assert_eq!(listed(&manual, "System calls"), specification::SYSCALLS);
}
