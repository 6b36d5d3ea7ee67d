//! Every format says all of it, whatever strings and shapes a tree has, and stays of a sensible size.
use super::{Format, text};
use crate::log::{Event, Origin, ProcessId, Record, Time, tests::any};
use crate::model::Model;
use crate::sample;
use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};

const FORMATS: [Format; 4] = [Format::Json, Format::Dot, Format::Svg, Format::Html];

fn export(model: &Model, format: Format) -> String {
    String::from_utf8(text(model, &sample::names(), format).unwrap()).unwrap()
}

const XML: &str =
    "from xml.etree import ElementTree\nfor text in texts: ElementTree.fromstring(text)";
/// As HTML is read, which is not as XML is: every tag is ours, and is closed where it was opened.
const TAGS: &str = include_str!("tests/tags.py");

/// What Python says of the texts, a document each; nothing if they are well.
fn complaints(documents: &[String], checks: &str) -> String {
    let script = format!("import sys, json\ntexts = json.load(sys.stdin)\n{checks}");
    let mut python = Command::new("python3")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let texts = serde_json::to_vec(documents).unwrap();
    python.stdin.take().unwrap().write_all(&texts).unwrap();
    String::from_utf8(python.wait_with_output().unwrap().stderr).unwrap()
}

/// So many processes: a shell that makes most of them, each of which executes something, and a chain.
fn big(many: u32) -> Model {
    let mut log = sample::everything();
    for id in 100..100 + many {
        let creator = if id % 4 == 0 { id - 1 } else { 0 };
        let mut birth = sample::birth(id, Origin::Forked, Some(creator.max(1)));
        birth.pid = id;
        log.push(Record {
            at: Time(71_000_000 + u64::from(id) * 1_000),
            event: Event::Born(Box::new(birth)),
        });
        let exec = sample::execution(id, "/bin/true", &["true", &id.to_string()[..1]]);
        log.push(Record {
            at: Time(71_000_500 + u64::from(id) * 1_000),
            event: Event::Executed(Box::new(exec)),
        });
    }
    Model::of(log)
}

#[test]
fn the_sample_in_every_format() {
    let model = Model::of(sample::everything());
    insta::assert_snapshot!("json", export(&model, Format::Json));
    insta::assert_snapshot!("dot", export(&model, Format::Dot));
    insta::assert_snapshot!("svg", export(&model, Format::Svg));
    insta::assert_snapshot!("html", export(&model, Format::Html));
}

#[test]
fn every_field_of_the_json_is_in_its_document() {
    let document = include_str!("../../../../docs/export.md");
    let json = export(&Model::of(sample::everything()), Format::Json);
    let tree: serde_json::Value = serde_json::from_str(&json).unwrap();
    let nodes = tree["processes"].as_array().unwrap();
    for object in nodes.iter().chain([&tree]) {
        for (name, value) in object.as_object().unwrap() {
            assert!(document.contains(&format!("`{name}`")), "{name}");
            let is_ours =
                ["execs", "difference", "used", "looked", "state"].contains(&name.as_str());
            let inner = value
                .as_array()
                .and_then(|all| all.first())
                .unwrap_or(value);
            for name in inner
                .as_object()
                .filter(|_| is_ours)
                .iter()
                .flat_map(|it| it.keys())
            {
                let is_told = [format!("`{name}`"), format!("\"{name}\"")];
                assert!(is_told.iter().any(|told| document.contains(told)), "{name}");
            }
        }
    }
}

#[test]
fn an_empty_log_has_a_picture_too() {
    for format in FORMATS {
        assert!(!export(&Model::default(), format).is_empty());
    }
}

#[test]
fn ten_thousand_processes_make_files_of_a_sensible_size() {
    let model = big(10_000);
    for (format, most) in FORMATS.into_iter().zip([9, 5, 8, 12]) {
        let size = export(&model, format).len();
        assert!(size < most << 20, "{format:?}: {size}");
    }
}

#[test]
fn a_chain_of_thousands_has_a_picture() {
    let births = (0..5_000_u32).map(|id| Record {
        at: Time(u64::from(id)),
        event: Event::Born(Box::new(sample::birth(
            id,
            Origin::Forked,
            id.checked_sub(1),
        ))),
    });
    let model = Model::of(births);
    assert_eq!(model.process(ProcessId(4_999)).unwrap().pid, 9_100);
    let documents = [Format::Svg, Format::Html].map(|format| export(&model, format));
    assert_eq!(complaints(&documents, XML), "");
}

#[test]
fn a_page_of_a_thousand_hostile_processes_has_no_tag_but_ours_and_begins_folded() {
    const HOSTILE: [&str; 5] = [
        "</title></style><script>alert(1)</script>",
        "--></summary></details><img src=x onerror=alert(2)>",
        "\"'><svg onload=alert(3)>",
        "&lt;script&gt;<!--",
        "]]>\u{0}\u{202e}\u{1b}[2J",
    ];
    let mut log = sample::everything();
    for id in 100..1_100_u32 {
        let word = HOSTILE[id as usize % HOSTILE.len()];
        // In rows of four below each other, so that there is something to fold.
        let creator = if id % 4 == 0 { 1 } else { id - 1 };
        let birth = sample::birth(id, Origin::Forked, Some(creator));
        let mut exec = sample::execution(id, word, &[word, &format!("{word}{id}")]);
        exec.name = word.chars().take(15).collect();
        exec.directory = Some(word.to_owned());
        let events = [
            Event::Born(Box::new(birth)),
            Event::Executed(Box::new(exec)),
        ];
        let at = Time(71_000_000 + u64::from(id));
        log.extend(events.map(|event| Record { at, event }));
    }
    let page = export(&Model::of(log), Format::Html);
    assert!(page.contains("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)"));
    assert!(page.contains("&amp;lt;script&amp;gt;&lt;!--"));
    assert!(page.matches("<details open").count() < 50);
    let other = export(&Model::of(sample::everything()), Format::Html);
    assert_eq!(complaints(&[page, other], TAGS), "");
}

#[test]
fn graphviz_reads_the_graph() {
    let graph = export(&Model::of(sample::everything()), Format::Dot);
    let Ok(mut dot) = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        eprintln!("skipped: there is no dot(1)");
        return;
    };
    dot.stdin
        .take()
        .unwrap()
        .write_all(graph.as_bytes())
        .unwrap();
    let output = dot.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let drawn = String::from_utf8(output.stdout).unwrap();
    assert!(
        drawn.contains("&lt;/text&gt;&lt;script&gt;alert"),
        "{drawn}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_tree_is_escaped(records in any::records()) {
        let model = Model::of(records);
        let documents = [Format::Svg, Format::Html].map(|format| export(&model, format));
        for document in &documents {
            let bad = document.chars().find(|it| it.is_control() && *it != '\n');
            prop_assert_eq!(bad, None);
            prop_assert!(!document.contains("<script"));
        }
        prop_assert_eq!(complaints(&documents, XML), "");
        let json = export(&model, Format::Json);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        let dot = export(&model, Format::Dot);
        // Each line is one statement, with its quotes in pairs.
        for line in dot.lines() {
            let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            prop_assert!(quotes % 2 == 0 && !line.contains('\r'), "{}", line);
        }
    }
}
