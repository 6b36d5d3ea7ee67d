//! The one place that speaks to a person.
use crate::diagnostic::{Shown, render};
use crate::outcome::{Outcome, chain};
use crate::refusal::{FAILED, Refusal};
use specification::{At, Document, Finding, Place, raw};
use std::error::Error;
use std::io::{IsTerminal, Write};
use void::Subject;

/// Says findings about a text.
pub fn findings(findings: &[Finding], shown: &Shown<'_>) -> Outcome {
    say(&render(findings, shown, wants_colour()));
    Outcome::Failed(FAILED)
}

/// Says why entrypoints are not started, where that was asked for.
pub fn refusals(refusals: &[Refusal], shown: &Shown<'_>) -> Outcome {
    let all: Vec<_> = refusals
        .iter()
        .map(|refusal| finding(refusal, shown.document))
        .collect();
    say(&render(&all, shown, wants_colour()));
    Outcome::Failed(refusals.first().map_or(FAILED, |refusal| refusal.code))
}

/// Says what went wrong, with what led to it.
pub fn error(error: &dyn Error) -> Outcome {
    line(&chain(error));
    Outcome::Failed(FAILED)
}

/// Says one line.
pub fn line(text: &str) {
    say(&format!("clone-shim: {text}\n"));
}

/// Nobody is left to tell if standard error is gone or full, and that is no reason to end.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes to standard output. A reader who has had enough is no failure.
pub fn print(text: &str) -> Outcome {
    print_bytes(text.as_bytes())
}

/// The same of what is no text.
pub fn print_bytes(bytes: &[u8]) -> Outcome {
    let mut stdout = std::io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            line(&format!("cannot write to standard output: {error}"));
            Outcome::Failed(FAILED)
        }
        _ => Outcome::Exited(0),
    }
}

fn wants_colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn finding(refusal: &Refusal, document: Option<&Document>) -> Finding {
    let place = place(refusal, document);
    let mut finding =
        Finding::new(refusal.title.clone(), At::Value(place)).label(refusal.cause.clone());
    if let Some(declaration) = &refusal.declaration {
        finding = finding.context(At::Value(declaration.clone()), "declared here");
    }
    match &refusal.help {
        Some(help) => finding.help(help.clone()),
        None => finding,
    }
}

/// Where in the specification something was asked for; the nearest place above it, if it was not asked for by name.
fn place(refusal: &Refusal, document: Option<&Document>) -> Place {
    let entrypoint = Place::root().key("entrypoints").key(&refusal.entrypoint);
    let raw = document.and_then(|document| document.raw().entrypoints.get(&refusal.entrypoint));
    match &refusal.subject {
        Subject::Void => entrypoint,
        Subject::Identity => entrypoint.key("identity"),
        Subject::HostName => entrypoint.key("hostname"),
        Subject::Directory => entrypoint.key("directory"),
        Subject::Limits => entrypoint.key("limits"),
        Subject::Program => entrypoint.key("program"),
        Subject::Network => entrypoint.key("network").key("reach"),
        Subject::File(path) => {
            let files = raw.into_iter().flat_map(|raw| raw.files.keys());
            match files
                .into_iter()
                .find(|written| std::path::Path::new(written) == path)
            {
                Some(written) => entrypoint.key("files").key(written),
                None => entrypoint.key("program"),
            }
        }
        Subject::Descriptor(number) => match number {
            0 => entrypoint.key("stdin"),
            1 => entrypoint.key("stdout"),
            2 => entrypoint.key("stderr"),
            _ => {
                let mut numbered = raw.into_iter().flat_map(raw::Entrypoint::numbered);
                let named = numbered.find(|(of, ..)| usize::from(*of) == *number);
                let name = named.map_or("", |(_, name, _)| name);
                entrypoint.key("descriptors").key(name)
            }
        },
    }
}
