//! What happened to the process, a line an event.
use super::Subject;
use super::happening::{change, happening, made};
use super::named::duration;
use super::page::{Page, Sign};
use super::visits::details;
use crate::log::{Ending, Event, Record, Time};
use ratatui::text::{Line, Span};

/// So many events are shown, the latest.
const MOST: usize = 2_000;

/// A pane that is narrower has no room for both times.
const BOTH_TIMES: u16 = 60;

/// A line of the pane: of the same event as the line before if it has no time.
struct Told {
    at: Time,
    is_detail: bool,
    sign: Sign,
    words: String,
}

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    let told = told(subject);
    page.note(match has_both_times(subject) {
        true => "seconds since the log began, and since the event before",
        false => "seconds since the log began",
    });
    let skipped = told.len().saturating_sub(MOST);
    if skipped > 0 {
        page.note(format!("… {skipped} earlier"));
    }
    let mut last = None;
    for one in told.into_iter().skip(skipped) {
        let at = one.at;
        page.hang(line(subject, &one, last), times(subject) + "! ".len());
        last = Some(at);
    }
    page.lines()
}

const fn has_both_times(subject: &Subject<'_>) -> bool {
    subject.width >= BOTH_TIMES
}

/// How wide the times are.
const fn times(subject: &Subject<'_>) -> usize {
    if has_both_times(subject) { 19 } else { 9 }
}

/// Its own events, and the births of those that it made, in time.
fn told(subject: &Subject<'_>) -> Vec<Told> {
    let log = subject.model.log();
    let own = subject.process.events.iter().filter_map(|place| {
        let record: &Record = log.get(*place)?;
        Some(record)
    });
    let mut told: Vec<_> = own.flat_map(|record| tell(subject, record)).collect();
    let children = subject.process.children.iter();
    told.extend(
        children
            .filter_map(|id| subject.model.process(*id))
            .map(|child| Told {
                at: child.born,
                is_detail: false,
                sign: Sign::Plain,
                words: made(subject, child),
            }),
    );
    // A stable sort: what happened at the same time stays in the order of the log.
    told.sort_by_key(|one| one.at);
    told
}

fn tell(subject: &Subject<'_>, record: &Record) -> Vec<Told> {
    let sign = match &record.event {
        Event::ExecFailed { .. } | Event::Refused(_) | Event::NotEntered { .. } => Sign::Warning,
        Event::Ended { ending, .. } if *ending != Ending::Code(0) => Sign::Warning,
        _ => Sign::Plain,
    };
    let told = |is_detail, sign, words| Told {
        at: record.at,
        is_detail,
        sign,
        words,
    };
    let mut lines = vec![told(false, sign, happening(subject, record))];
    lines.extend(change(subject, record).map(|words| told(true, Sign::Changed, words)));
    let details = details(&record.event).into_iter();
    lines.extend(details.map(|(sign, words)| told(true, sign, words)));
    lines
}

fn line<'a>(subject: &Subject<'a>, one: &Told, last: Option<Time>) -> Line<'a> {
    let (at, since) = match (one.is_detail, last) {
        (true, _) => (String::new(), String::new()),
        (false, None) => (one.at.to_string(), String::new()),
        (false, Some(last)) => (
            one.at.to_string(),
            format!("+{}", duration(one.at.since(last))),
        ),
    };
    let time = match has_both_times(subject) {
        true => format!("{at:>8} {since:>9} "),
        false => format!("{at:>8} "),
    };
    Line::from(vec![
        Span::styled(time, subject.theme.dim),
        Span::styled(
            format!("{} {}", one.sign.character(), one.words),
            one.sign.style(subject.theme),
        ),
    ])
}
