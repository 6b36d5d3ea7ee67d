//! Logs as files: whatever can be learnt is read as it was written, and the format is as its document says.
pub(crate) mod any;

use super::{Event, Record, Writer, read};
use crate::sample;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../../../docs/log.md");

/// The names of all fields, but not those that processes and applications choose.
fn fields(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                into.insert(key.clone());
                if !["set", "files"].contains(&key.as_str()) {
                    fields(value, into);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, into)),
        _ => {}
    }
}

#[test]
fn every_event_and_field_is_in_the_document() {
    let mut known = BTreeSet::new();
    for record in sample::everything() {
        fields(&serde_json::to_value(&record).unwrap(), &mut known);
    }
    known.extend(Event::NAMES.map(str::to_owned));
    // An entrypoint's name, and what only the document of clone-shim tells of.
    for other in ["web", "tcp", "udp", "unreadable"] {
        known.remove(other);
    }
    assert!(known.len() > 90, "only {}", known.len());
    let headings = DOCUMENT.lines().filter(|line| line.starts_with("## "));
    let headings: BTreeSet<_> = headings
        .flat_map(|line| line[3..].split(", "))
        .map(str::to_lowercase)
        .collect();
    let is_told =
        |name: &String| DOCUMENT.contains(&format!("`{name}`")) || headings.contains(name);
    let missing: Vec<_> = known.iter().filter(|name| !is_told(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_occasion_of_a_change_is_in_the_document() {
    let is_of_it = |line: &&str| line.starts_with("| `noticed` |");
    let told = DOCUMENT.lines().find(is_of_it).unwrap();
    for noticed in any::OCCASIONS {
        let name = serde_json::to_value(noticed).unwrap();
        let name = format!("`{}`", name.as_str().unwrap());
        assert!(told.contains(&name), "{name}");
    }
}

#[test]
fn every_event_has_an_example_that_is_one() {
    let mut shown = BTreeSet::new();
    for block in DOCUMENT.split("```json\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for value in serde_json::Deserializer::from_str(block).into_iter::<Value>() {
            let value = value.unwrap();
            let record: Record = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(record).unwrap(), value);
            shown.insert(value["event"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(shown, Event::NAMES.map(str::to_owned).into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_log_is_read_as_it_was_written(records in any::records()) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = Writer::new(file.as_file());
        for record in &records {
            writer.write(record).unwrap();
        }
        writer.flush().unwrap();
        let read = read(file.path()).unwrap();
        prop_assert!(!read.cut && read.unknown == 0);
        for (one, other) in read.records.iter().zip(&records) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(read.records.len(), records.len());
    }
}
