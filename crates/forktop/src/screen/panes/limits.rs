//! The process's limits, in units made for reading.
use super::Subject;
use super::harmless::harmless;
use super::named::duration;
use super::page::{Page, Sign};
use super::unread::{compared, known, looked};
use privileges::{Difference, Limit};
use ratatui::style::Style;
use ratatui::text::Line;
use std::slice;
use std::time::Duration;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    if let Some(privileges) = looked(&mut page, subject)
        && let Some(limits) = known(&mut page, &privileges.limits)
    {
        let base = subject
            .base
            .and_then(|base| base.looked.as_ref()?.1.limits.known());
        compared(&mut page, subject, base, "+ higher, - lower, ~ both");
        let rows = limits
            .iter()
            .map(|limit| row(subject, limit, base.and_then(|base| find(base, limit))));
        let there = base.map_or("", |_| "There");
        page.table(["  Limit", "Now", "At most", there], rows.collect());
    }
    page.lines()
}

fn row<'a>(subject: &Subject<'a>, limit: &'a Limit, base: Option<&'a Limit>) -> [Line<'a>; 4] {
    let sign = base.map_or(Sign::Plain, |base| sign(base, limit));
    let style = if sign == Sign::Plain {
        Style::new()
    } else {
        sign.style(subject.theme)
    };
    let of_base = match base {
        Some(base) if sign != Sign::Plain => both(base),
        _ => String::new(),
    };
    [
        Line::styled(format!("{} {}", sign.character(), name(limit)), style),
        Line::styled(amount(limit.soft, &limit.unit), style),
        Line::styled(amount(limit.hard, &limit.unit), style),
        Line::styled(of_base, subject.theme.dim),
    ]
}

/// Without `Max`, which all names begin with.
fn name(limit: &Limit) -> String {
    let name = limit.name.strip_prefix("Max ").unwrap_or(&limit.name);
    match (name, limit.unit.as_str()) {
        // The kernel's word for the unit is already in the name, or says nothing.
        ("cpu time", _) => "processor time".to_owned(),
        _ => harmless(name),
    }
}

fn both(limit: &Limit) -> String {
    let (soft, hard) = (
        amount(limit.soft, &limit.unit),
        amount(limit.hard, &limit.unit),
    );
    match soft == hard {
        true => soft,
        false => format!("{soft} / {hard}"),
    }
}

fn amount(value: Option<u64>, unit: &str) -> String {
    match (value, unit) {
        (None, _) => "unlimited".to_owned(),
        (Some(0), _) => "0".to_owned(),
        (Some(value), "bytes") => bytes(value),
        (Some(value), "seconds") => duration(Duration::from_secs(value)),
        (Some(value), "us") => duration(Duration::from_micros(value)),
        (Some(value), _) => grouped(value),
    }
}

/// In the greatest unit of which it is a whole number, or with a decimal where it is of none.
fn bytes(value: u64) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = (value.max(1).ilog2() / 10) as usize;
    let whole = value >> (10 * power);
    let tenth = (value >> (10 * power.saturating_sub(1)) & 1023) * 10 / 1024;
    match (power, tenth) {
        (0, _) | (_, 0) => format!("{whole} {}", UNITS[power]),
        _ => format!("{whole}.{tenth} {}", UNITS[power]),
    }
}

/// With a comma between thousands.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn find<'a>(limits: &'a [Limit], like: &Limit) -> Option<&'a Limit> {
    limits.iter().find(|limit| limit.name == like.name)
}

/// Whether more is allowed than before.
fn sign(before: &Limit, after: &Limit) -> Sign {
    let difference = Difference::between_limits(slice::from_ref(before), slice::from_ref(after));
    let change = difference.changes.first();
    change.map_or(Sign::Plain, |change| change.direction.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_made_for_reading() {
        for (value, unit, words) in [
            (None, "bytes", "unlimited"),
            (Some(8 << 20), "bytes", "8 MiB"),
            (Some(0), "bytes", "0"),
            (Some(1_500), "bytes", "1.4 KiB"),
            (Some(u64::MAX), "bytes", "15.9 EiB"),
            (Some(1_048_576), "files", "1,048,576"),
            (Some(3_661), "seconds", "1 h 1 min"),
            (Some(950_000), "us", "950 ms"),
            (Some(0), "", "0"),
        ] {
            assert_eq!(amount(value, unit), words);
        }
    }
}
