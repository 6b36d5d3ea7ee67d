//! The log for people: a line an event, as it happens, and below it what changed of what a process may do.
//!
//! What no line to come can be about is forgotten: it can be told for as long as anything runs.
use super::{Event, Header, ProcessId, Record};
use crate::model::{Model, Process};
use crate::paint::paint;
use crate::plan::Finding;
use crate::screen::panes::{self, Beside, Sign, Subject, command_line, harmless};
use crate::screen::theme::{Palette, Theme};
use privileges::Names;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// How many characters of one event are told.
const LONGEST: usize = 2000;
/// Below so many others a process stands no further to the right.
const DEEPEST: usize = 8;
/// So many records are kept whole: a child of a process that has ended can be told of late.
const LATEST: usize = 4096;
/// How wide the tree is, where names are short.
const TREE: usize = 20;

/// Makes the lines.
#[derive(Debug)]
pub struct Lines {
    model: Model,
    palette: Palette,
    theme: Theme,
    /// Of users and groups, to stand beside their numbers.
    /// Read when they are first needed: what is followed runs by then.
    names: LazyLock<Names>,
    /// The findings of each living process that were told.
    told: BTreeMap<ProcessId, Vec<Finding>>,
    /// When so many records are known, some are forgotten.
    enough: usize,
}

impl Lines {
    /// In these colours; what does not go to a terminal is to be [`Palette::Plain`].
    #[must_use]
    pub fn new(palette: Palette, names: fn() -> Names) -> Self {
        Self {
            model: Model::default(),
            palette,
            theme: Theme::of(palette),
            names: LazyLock::new(names),
            told: BTreeMap::new(),
            enough: 2 * LATEST,
        }
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
        let mut text = String::new();
        for line in &lines {
            paint(line, self.palette, &mut text);
        }
        if self.model.log().len() >= self.enough {
            self.model = still_needed(&self.model);
            // So that each record is looked at a few times only.
            self.enough = 2 * self.model.log().len();
        }
        text
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
            beside: Beside::Tree,
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
            .map(|finding| (Sign::from(finding), harmless(&finding.to_string())));
        for (sign, words) in panes::change_of_each_kind(&subject, record)
            .into_iter()
            .chain(panes::visits::details(&record.event))
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
            Event::Executed(_)
            | Event::ExecFailed { .. }
            | Event::Refused(_)
            | Event::NotEntered { .. } => self.theme.warning,
            Event::Ended { ending, .. } => match ending {
                Code(0) => self.theme.dim,
                Code(_) | Signal(_) | Core(_) => self.theme.warning,
            },
            _ => self.theme.dim,
        }
    }
}

/// What the latest records, and what tells of living processes and those above them, come to.
fn still_needed(model: &Model) -> Model {
    let log = model.log();
    let latest = log.len().saturating_sub(LATEST);
    let living = model.processes().filter(|process| process.ended.is_none());
    let lately = log[latest..].iter();
    let lately = lately.filter_map(|record| model.process(record.event.process()?));
    let mut processes = BTreeSet::new();
    for process in living.chain(lately) {
        let line = std::iter::successors(Some(process), |here| model.creator(here));
        // Whoever is above one that is known is known, too.
        line.take_while(|here| processes.insert(here.id))
            .for_each(drop);
    }
    let processes = processes.iter().filter_map(|id| model.process(*id));
    let mut places: BTreeSet<usize> = processes.flat_map(|one| lasting(model, one)).collect();
    places.extend(latest..log.len());
    // The first one is the header.
    places.insert(0);
    Model::of(places.iter().map(|place| log[*place].clone()))
}

/// The events of a process that tell what it is and may do now.
fn lasting<'a>(model: &'a Model, process: &'a Process) -> impl Iterator<Item = usize> + 'a {
    let event = |place: usize| model.log().get(place).map(|record| &record.event);
    let tells = move |place: &&usize| match event(**place) {
        Some(Event::Executed(execution)) => execution.essentials.is_some(),
        Some(Event::Changed { tid, .. }) => tid.is_none(),
        _ => false,
    };
    let latest = process.events.iter().rev().find(tells);
    let execs = [process.execs.first(), process.execs.last()];
    let lasts = move |place: &usize| match event(*place) {
        Some(Event::Executed(_) | Event::Changed { tid: None, .. }) => {
            latest == Some(place) || execs.contains(&Some(place))
        }
        Some(Event::Changed { tid: Some(tid), .. } | Event::ThreadBorn { tid, .. }) => {
            process.threads.contains_key(tid)
        }
        Some(
            Event::Born(_) | Event::Planned { .. } | Event::Ended { .. } | Event::Released { .. },
        ) => true,
        _ => false,
    };
    process.events.iter().copied().filter(lasts)
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
    use crate::log::{Birth, Noticed, Origin, Time};
    use crate::sample;
    use std::sync::Arc;

    fn lines(palette: Palette) -> String {
        let mut lines = Lines::new(palette, sample::names);
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

    /// A shell that executes one program after the other, and changes what it may do itself.
    fn shell() -> Vec<Record> {
        let mut records = sample::everything();
        let shell = ProcessId(0);
        let next = 1 + records
            .iter()
            .filter_map(|one| one.event.process())
            .max()
            .unwrap()
            .0;
        let essentials = records.iter().find_map(|record| match &record.event {
            Event::Born(birth) => birth.essentials.clone(),
            _ => None,
        });
        let essentials = essentials.unwrap();
        for number in (next..).take(6 * LATEST) {
            let (at, process) = (Time(u64::from(number) * 1000), ProcessId(number));
            let mut changed = (*essentials).clone();
            changed.no_new_privs = number % 2 == 0;
            let birth = Birth {
                process,
                origin: Origin::Forked,
                pid: number,
                pids: vec![number],
                creator: Some(shell),
                creator_tid: None,
                parent: 1,
                essentials: None,
                entrypoint: None,
                running: None,
                lived_us: None,
            };
            let events = [
                Event::Changed {
                    process: shell,
                    tid: None,
                    noticed: Noticed::Creation,
                    essentials: Arc::new(changed),
                },
                Event::Born(Box::new(birth)),
                Event::ThreadBorn {
                    process,
                    tid: 7,
                    tids: vec![7],
                    creator: None,
                },
                Event::Ended {
                    process,
                    ending: crate::log::Ending::Code(0),
                    user_us: 1,
                    system_us: 1,
                    peak_kib: 1,
                },
            ];
            records.extend(events.into_iter().map(|event| Record { at, event }));
        }
        records
    }

    #[test]
    fn what_has_ended_is_forgotten_and_no_line_differs() {
        let new = || Lines::new(Palette::Plain, Names::default);
        let (mut lines, mut forgetless) = (new(), new());
        forgetless.enough = usize::MAX;
        let mut most = 0;
        for record in shell() {
            assert_eq!(lines.take(record.clone()), forgetless.take(record));
            most = most.max(lines.model.log().len());
        }
        assert!(most < 3 * LATEST, "{most}");
        assert!(forgetless.model.log().len() > 6 * LATEST);
        assert!(lines.model.len() < LATEST, "{}", lines.model.len());
    }

    #[test]
    fn a_line_has_an_end() {
        let long = shortened("x".repeat(5000));
        assert!(long.ends_with("xx… (3000 characters more)"), "{long}");
        assert_eq!(shortened("ä".repeat(2000)).chars().count(), 2000);
    }
}
