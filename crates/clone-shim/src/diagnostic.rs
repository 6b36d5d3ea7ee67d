//! Findings, shown in the text that they are about.
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use specification::{At, Document, Finding};
use std::ops::Range;

/// Where the text is from, and what of it is known.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub name: &'a str,
    pub text: &'a str,
    /// What knows the places of findings, if the text could be read as a document.
    pub document: Option<&'a Document>,
}

impl Shown<'_> {
    fn locate(&self, at: &At) -> Option<Range<usize>> {
        match (self.document, at) {
            (Some(document), at) => document.locate(at),
            (None, At::Bytes(bytes)) => Some(bytes.clone()),
            (None, _) => None,
        }
    }
}

/// All findings, one after another, each with its place and what can be done. Ends with a newline.
pub fn render(findings: &[Finding], shown: &Shown<'_>, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for finding in findings {
        text.push_str(&render_one(finding, shown, &renderer));
        text.push_str("\n\n");
    }
    text.pop();
    text
}

fn render_one(finding: &Finding, shown: &Shown<'_>, renderer: &Renderer) -> String {
    let title = Level::ERROR.primary_title(finding.title.as_str());
    let mut first = Group::with_title(title);
    if let Some(primary) = shown.locate(&finding.at) {
        let mut snippet = Snippet::source(shown.text).path(shown.name);
        snippet = snippet.annotation(annotation(
            AnnotationKind::Primary,
            primary,
            finding.label.as_deref(),
        ));
        for (at, words) in &finding.context {
            if let Some(span) = shown.locate(at) {
                snippet =
                    snippet.annotation(annotation(AnnotationKind::Context, span, Some(words)));
            }
        }
        first = first.element(snippet);
    } else {
        if !shown.name.is_empty() {
            first = first.element(Origin::path(shown.name));
        }
        if let Some(label) = &finding.label {
            first = first.element(Level::NOTE.message(label.as_str()));
        }
    }
    let mut report = vec![first];
    if let Some(help) = &finding.help {
        report.push(Group::with_title(
            Level::HELP.secondary_title(help.as_str()),
        ));
    }
    renderer.render(&report)
}

fn annotation(kind: AnnotationKind, span: Range<usize>, label: Option<&str>) -> Annotation<'_> {
    let annotation = kind.span(span);
    match label {
        Some(label) => annotation.label(label),
        None => annotation,
    }
}
