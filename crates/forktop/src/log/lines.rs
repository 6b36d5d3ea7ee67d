//! The log for people: a line an event, as it happens, and below it what changed of what a process may do.
use super::{Event, Header, ProcessId, Record};
use crate::model::{Model, Process};
use crate::paint::paint;
use crate::plan::Finding;
use crate::screen::panes::{self, Sign, Subject, command_line, harmless};
use crate::screen::theme::{Palette, Theme};
use privileges::Names;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// How many characters of one event are told.
const LONGEST: usize = 2000;
/// Below so many others a process stands no further to the right.
const DEEPEST: usize = 8;
/// How wide the tree is, where names are short.
const TREE: usize = 20;

/// Makes the lines.
#[derive(Debug)]
pub struct Lines {
    model: Model,
    palette: Palette,
    theme: Theme,
    /// Of users and groups, to stand beside their numbers.
    names: Names,
    /// The findings of each living process that were told.
    told: BTreeMap<ProcessId, Vec<Finding>>,
}

impl Lines {
    /// In these colours; what does not go to a terminal is to be [`Palette::Plain`].
    #[must_use]
    pub fn new(palette: Palette, names: Names) -> Self {
        Self {
            model: Model::default(),
            palette,
            theme: Theme::of(palette),
            names,
            told: BTreeMap::new(),
        }
    }

    /// What all records until now tell.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// The same, when no more lines are to come.
    #[must_use]
    pub fn into_model(self) -> Model {
        self.model
    }

    /// The lines of one more record, each with its newline.
    pub fn take(&mut self, record: Record) -> String {
        let id = record.event.process();
        self.model.apply(record);
        let found = self.found();
        let (Some(record), process) = (self.model.log().last(), id) else {
            return String::new();
        };
        let lines = match (&record.event, process.and_then(|id| self.model.process(id))) {
            (Event::Opened(header), _) => vec![opened(header, &self.theme)],
            (_, Some(process)) => self.happened(record, process, &found),
            (_, None) => Vec::new(),
        };
        let lines = lines.iter().map(|line| paint(line, self.palette) + "\n");
        lines.collect()
    }

    fn happened(
        &self,
        record: &Record,
        process: &Process,
        found: &[Finding],
    ) -> Vec<Line<'static>> {
        let subject = Subject {
            model: &self.model,
            process,
            base: None,
            names: &self.names,
            theme: &self.theme,
            width: u16::MAX,
        };
        let (place, style) = (self.place(process), self.style(&record.event));
        let mut first = self.margin(
            &format!("{:>9} {:>8} ", record.at.to_string(), process.pid),
            &place,
        );
        let words = shortened(panes::happening(&subject, record));
        first.push_span(Span::styled(words, style));
        let mut lines = vec![first];
        let found = found
            .iter()
            .map(|finding| (Sign::Warning, harmless(&finding.to_string())));
        for (sign, words) in panes::change_of_each_kind(&subject, record)
            .into_iter()
            .chain(found)
        {
            let mut line = self.margin(&" ".repeat(19), "");
            let words = format!("{} {}", sign.character(), shortened(words));
            line.push_span(Span::styled(words, sign.style(&self.theme)));
            lines.push(line);
        }
        lines
    }

    /// What the latest record brought to light, of its process. What that shares with the process that made it was told there.
    fn found(&mut self) -> Vec<Finding> {
        let event = self.model.log().last().map(|record| &record.event);
        let process = event.and_then(|event| self.model.process(event.process()?));
        let (Some(event), Some(process)) = (event, process) else {
            return Vec::new();
        };
        let id = process.id;
        if matches!(event, Event::Ended { .. }) {
            self.told.remove(&id);
            return Vec::new();
        }
        let findings = self.model.findings(process);
        let creator = process.creator.filter(|_| matches!(event, Event::Born(_)));
        let known = self.told.get(&creator.unwrap_or(id));
        let is_new = |finding: &&Finding| known.is_none_or(|known| !known.contains(finding));
        let new: Vec<_> = findings.iter().filter(is_new).cloned().collect();
        match findings.is_empty() {
            true => self.told.remove(&id),
            false => self.told.insert(id, findings),
        };
        new
    }

    fn margin(&self, left: &str, place: &str) -> Line<'static> {
        Line::from(vec![
            Span::styled(left.to_owned(), self.theme.dim),
            Span::styled(format!("{place:TREE$} "), self.theme.label),
        ])
    }

    /// The process's name, as far to the right as there are others above it.
    fn place(&self, process: &Process) -> String {
        let above =
            std::iter::successors(self.model.creator(process), |here| self.model.creator(here));
        let depth = above.take(DEEPEST).count();
        format!("{}{}", "  ".repeat(depth), harmless(&process.program.name))
    }

    fn style(&self, event: &Event) -> Style {
        use super::Ending::{Code, Core, Signal};
        match event {
            Event::Executed(execution) if execution.taken_away.is_none() => self.theme.text,
            Event::Executed(_) | Event::ExecFailed { .. } | Event::Refused(_) => self.theme.warning,
            Event::Ended { ending, .. } => match ending {
                Code(0) => self.theme.dim,
                Code(_) | Signal(_) | Core(_) => self.theme.warning,
            },
            _ => self.theme.dim,
        }
    }
}

fn opened(header: &Header, theme: &Theme) -> Line<'static> {
    let what = match header.command.split_first() {
        Some((program, _)) => command_line(program, &header.command),
        None => "running processes".to_owned(),
    };
    let words = format!(
        "forktop {} on {}, {}: {}",
        harmless(&header.forktop),
        harmless(&header.host),
        header.date(),
        shortened(what)
    );
    Line::styled(words, theme.title)
}

fn shortened(words: String) -> String {
    match words.char_indices().nth(LONGEST) {
        None => words,
        Some((end, _)) => {
            let (told, more) = words.split_at(end);
            format!("{told}… ({} characters more)", more.chars().count())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn lines(palette: Palette) -> String {
        let mut lines = Lines::new(palette, sample::names());
        let records = sample::everything().into_iter();
        records.map(|record| lines.take(record)).collect()
    }

    #[test]
    fn a_log_is_read_line_by_line() {
        insta::assert_snapshot!(lines(Palette::Plain));
    }

    #[test]
    fn no_process_reaches_the_terminal() {
        for text in [lines(Palette::Plain), lines(Palette::Dark)] {
            let own = text.replace("\u{1b}[m", "");
            let mut rest = own.split("\u{1b}[").enumerate();
            assert!(rest.all(|(nth, part)| {
                let ours = nth == 0
                    || part
                        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                        .starts_with('m');
                ours && part.chars().all(|c| c == '\n' || !c.is_control())
            }));
            assert!(!text.contains('\u{202e}'));
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let long = shortened("x".repeat(5000));
        assert!(long.ends_with("xx… (3000 characters more)"), "{long}");
        assert_eq!(shortened("ä".repeat(2000)).chars().count(), 2000);
    }
}
