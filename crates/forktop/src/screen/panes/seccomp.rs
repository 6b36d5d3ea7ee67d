//! How the process's system calls are filtered.
use super::Subject;
use super::harmless::harmless;
use super::named::count;
use super::page::{Page, Sign};
use super::unread::{how_to_trace, known, looked};
use privileges::{Essentials, SeccompMode, Why};
use ratatui::text::{Line, Span};

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    let Some(essentials) = subject.process.essentials.as_deref() else {
        page.note("what it may do is not known");
        return page.lines();
    };
    mode(&mut page, essentials);
    if essentials.seccomp.mode == SeccompMode::Filter {
        page.note("");
        if let Some(privileges) = looked(&mut page, subject) {
            match known(&mut page, &privileges.filters) {
                Some(filters) => disassembly(&mut page, subject, filters),
                None => remedy(&mut page, subject, privileges.filters.unreadable()),
            }
        }
    }
    page.lines()
}

/// How filters that could not be read can be.
fn remedy(page: &mut Page<'_>, subject: &Subject<'_>, why: Option<Why>) {
    let remedy = match why {
        Some(Why::NeedsTracing) => how_to_trace(subject),
        _ => None,
    };
    if let Some(remedy) = remedy {
        page.note(remedy);
    }
}

fn mode(page: &mut Page<'_>, essentials: &Essentials) {
    match essentials.seccomp.mode {
        SeccompMode::Off => page.say(Sign::Warning, "Its system calls are not filtered."),
        SeccompMode::Strict => {
            page.say(
                Sign::Plain,
                "It may only read, write, _exit and return from signals (strict).",
            );
        }
        SeccompMode::Filter => {
            let filters = match essentials.seccomp.filters {
                Some(filters) => count(filters as usize, "filter"),
                None => "filters; this kernel does not tell how many".to_owned(),
            };
            page.say(
                Sign::Plain,
                format!("Its system calls are filtered by {filters}."),
            );
            page.note("Each call passes through all of them, and the strictest answer counts.");
        }
    }
    page.say(
        Sign::Plain,
        match essentials.no_new_privs {
            true => "no_new_privs is set: it may add filters, and exec gives it nothing.",
            false => "no_new_privs is not set: only with CAP_SYS_ADMIN it may add filters.",
        },
    );
}

fn disassembly<'a>(page: &mut Page<'a>, subject: &Subject<'a>, filters: &'a [Vec<String>]) {
    for (number, filter) in filters.iter().enumerate() {
        let age = match number {
            0 => ", the oldest",
            _ if number + 1 == filters.len() => ", the newest",
            _ => "",
        };
        page.heading(format!(
            "Filter {}{age}: {}",
            number + 1,
            count(filter.len(), "instruction")
        ));
        for (place, instruction) in filter.iter().enumerate() {
            let place = Span::styled(format!("{place:>4} "), subject.theme.dim);
            page.hang(Line::from(vec![place, Span::raw(harmless(instruction))]), 7);
        }
    }
}
