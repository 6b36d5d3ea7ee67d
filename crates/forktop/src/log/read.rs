//! A log from a file.
use super::{Event, FORMAT, Record};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Its records, in order.
    pub records: Vec<Record>,
    /// How many events were left out, because only a later version knows them.
    pub unknown: usize,
    /// Whether the last line was cut and left out: what wrote the log was killed, or is still writing.
    pub cut: bool,
}

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the log `{}`", path.display())]
pub struct ReadError {
    /// Its file.
    path: PathBuf,
    source: Cause,
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error("it is empty")]
    Empty,
    #[error("line 1 is no event `opened`: it is no log of forktop's, or its beginning is missing")]
    NoLog,
    #[error(
        "it has format {0}, and this forktop reads format {FORMAT}: use the version that wrote it"
    )]
    Format(u64),
    #[error("line {number} is no event of a log")]
    Line {
        number: usize,
        source: serde_json::Error,
    },
}

/// What every line has, whatever its event.
#[derive(Deserialize)]
struct Head {
    event: String,
    format: Option<u64>,
}

/// Reads a log.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let lines = File::open(path).map(BufReader::new).map_err(Cause::File);
    lines.and_then(read_lines).map_err(|source| ReadError {
        path: path.to_owned(),
        source,
    })
}

fn read_lines(mut file: impl BufRead) -> Result<Recording, Cause> {
    let mut recording = Recording::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if number == 1 {
            check_format(&line)?;
        }
        match serde_json::from_slice(&line) {
            Ok(record) => recording.records.push(record),
            Err(_) if is_unknown(&line) => recording.unknown += 1,
            // The newline is written last.
            Err(_) if !line.ends_with(b"\n") => recording.cut = true,
            Err(source) => return Err(Cause::Line { number, source }),
        }
    }
    match recording == Recording::default() {
        true => Err(Cause::Empty),
        false => Ok(recording),
    }
}

/// Before anything else of the line is read, which another format may have otherwise.
fn check_format(line: &[u8]) -> Result<(), Cause> {
    match serde_json::from_slice(line) {
        Ok(Head {
            event,
            format: Some(format),
        }) if event == "opened" => match format == u64::from(FORMAT) {
            true => Ok(()),
            false => Err(Cause::Format(format)),
        },
        _ => Err(Cause::NoLog),
    }
}

/// Whether the line is an event, but of a kind that this version does not know.
fn is_unknown(line: &[u8]) -> bool {
    serde_json::from_slice(line)
        .is_ok_and(|head: Head| !Event::NAMES.contains(&head.event.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Writer;
    use crate::sample;
    use std::error::Error;

    fn written(records: &[Record]) -> String {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file);
        for record in records {
            writer.write(record).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);
        String::from_utf8(file).unwrap()
    }

    fn refused(text: &str) -> String {
        let error = read_lines(text.as_bytes()).unwrap_err();
        let source = error.source().map(ToString::to_string);
        format!("{error} / {}", source.unwrap_or_default())
    }

    #[test]
    fn what_was_written_is_read_again() {
        let records = sample::everything();
        let read = read_lines(written(&records).as_bytes()).unwrap();
        assert!(read.records == records);
        assert!(!read.cut && read.unknown == 0);
    }

    #[test]
    fn a_log_that_was_cut_anywhere_after_its_first_line_is_read_up_to_there() {
        let records = sample::everything();
        let text = written(&records);
        let first = text.find('\n').unwrap();
        for end in (first..text.len()).step_by(29) {
            let whole = text.as_bytes()[..end].split_inclusive(|byte| *byte == b'\n');
            let lines = whole.filter(|line| line.ends_with(b"\n")).count();
            let read = read_lines(&text.as_bytes()[..end]).unwrap();
            // A line that lacks its newline only is one.
            let expected = lines + usize::from(text.as_bytes()[end] == b'\n');
            assert!(read.records == records[..expected], "{end}");
        }
    }

    #[test]
    fn events_of_later_versions_are_counted() {
        let mut text = written(&sample::everything()[..1]);
        text.push_str("{\"at\":1,\"event\":\"transcended\",\"process\":0}\n");
        text.push_str("{\"at\":2,\"event\":\"continued\",\"process\":0,\"mood\":\"good\"}\n");
        let read = read_lines(text.as_bytes()).unwrap();
        assert_eq!((read.records.len(), read.unknown), (2, 1));
    }

    #[test]
    fn what_is_no_log_is_refused_in_words() {
        let first = written(&sample::everything()[..1]);
        let other = first.replace("\"format\":1", "\"format\":7");
        let wrong = format!("{first}{{\"at\":1,\"event\":\"continued\"}}\n");
        for (text, expected) in [
            ("", "it is empty"),
            ("#!/bin/sh\n", "no log of forktop's"),
            (
                "{\"at\":1,\"event\":\"continued\",\"process\":0}\n",
                "its beginning is missing",
            ),
            (&other, "it has format 7, and this forktop reads format 1"),
            (
                &wrong,
                "line 2 is no event of a log / missing field `process`",
            ),
        ] {
            let refusal = refused(text);
            assert!(refusal.contains(expected), "{text}: {refusal}");
        }
        let error = read(Path::new("/nowhere/it.jsonl")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the log `/nowhere/it.jsonl`");
    }
}
