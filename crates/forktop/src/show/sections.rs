//! What a pane shows of a process, below its name. What very many processes share, such as their mounts, is made once.
use crate::log::Time;
use crate::paint::paint;
use crate::screen::panes::{Pane, Subject};
use crate::screen::theme::Palette;
use ratatui::text::Line;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The sections that were made and may be shown again, of processes that are compared with the same one.
pub(super) struct Sections {
    palette: Palette,
    /// By the pane, and where the table lies of which alone it tells.
    made: HashMap<(Pane, usize), String>,
}

impl Sections {
    pub fn new(palette: Palette) -> Self {
        let made = HashMap::new();
        Self { palette, made }
    }

    /// The lines of this pane.
    pub fn of(&mut self, pane: Pane, subject: &Subject<'_>) -> Cow<'_, str> {
        let palette = self.palette;
        match table(pane, subject) {
            None => made(pane, subject, palette).into(),
            Some(table) => {
                let made = || made(pane, subject, palette);
                let section = self.made.entry((pane, table)).or_insert_with(made);
                section.as_str().into()
            }
        }
    }
}

/// Where the table lies that is all that the pane tells of, if there is one. Other processes can have the same.
fn table(pane: Pane, subject: &Subject<'_>) -> Option<usize> {
    let (_, privileges) = subject.process.looked.as_ref()?;
    match pane {
        Pane::Mounts => Some(Arc::as_ptr(privileges.mounts.known()?).addr()),
        Pane::Limits => Some(Arc::as_ptr(privileges.limits.known()?).addr()),
        _ => None,
    }
}

fn made(pane: Pane, subject: &Subject<'_>, palette: Palette) -> String {
    let heading = format!("── {} ──", pane.name());
    let heading = Line::styled(heading, subject.theme.label);
    // All of it is of one time.
    let when = format!("as of {} s", Time::default());
    let told = pane.lines(subject).into_iter();
    let told = told.filter(|line| !matches!(line.spans.as_slice(), [one] if one.content == when));
    let mut text = String::new();
    for line in [Line::default(), heading].into_iter().chain(told) {
        paint(&line, palette, &mut text);
    }
    text
}
