//! The first line: what is shown, how many there are, and all that makes the display other than usual.
use crate::log::Time;
use crate::model::Model;
use crate::screen::App;
use crate::screen::age::lasting;
use crate::screen::app::Newest;
use crate::screen::effect::Breaks;
use crate::screen::history::Pace;
use crate::screen::panes::{harmless, named};
use crate::screen::settings::Follows;
use crate::screen::text::{columns, cut, width};
use crate::screen::tree::{Ended, Order, Threads};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The least for the command to be named at all.
const COMMAND: usize = 8;

/// Draws it.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let parts = parts(app);
    let needed: usize = parts.iter().map(|(text, _)| width(text) + 2).sum();
    let mut x = usize::from(area.x) + 1;
    let room = usize::from(area.width).saturating_sub(needed + 1);
    let command = cut(&command(app), room.saturating_sub(2)).into_owned();
    let first = (room >= COMMAND + 2 && !command.is_empty()).then_some((command, app.theme.title));
    for (text, style) in first.into_iter().chain(parts) {
        let left = usize::from(area.right()).saturating_sub(x);
        if left == 0 {
            break;
        }
        buffer.set_string(columns(x), area.y, cut(&text, left), style);
        x += width(&text) + 2;
    }
}

fn command(app: &App) -> String {
    let Some(header) = app.model().header() else {
        return "forktop".to_owned();
    };
    match (header.command.is_empty(), app.settings.follows) {
        (false, _) => harmless(&header.command.join(" ")),
        (true, Follows::File) => format!("a log of {}", harmless(&header.host)),
        (true, _) => harmless(&header.host),
    }
}

fn parts(app: &App) -> Vec<(String, Style)> {
    let theme = &app.theme;
    let time = lasting(app.history.now().since(Time::default()));
    let mut parts = vec![(counts(app.model()), theme.text), (time, theme.text)];
    parts.extend(held(app).map(|words| (words, theme.warning)));
    parts.extend(view(app).into_iter().map(|words| (words, theme.changed)));
    parts
}

/// How many processes there are. What was let go, or cannot be followed, is neither alive, as far as forktop can tell, nor
/// known to have ended.
fn counts(model: &Model) -> String {
    let (alive, followed, refused) = (model.alive(), model.followed(), model.refused());
    let ended = model.len() - alive - refused;
    let others = [(alive - followed, "let go"), (refused, "not followed")];
    let others = others.into_iter().filter(|(number, _)| *number > 0);
    let others = others.map(|(number, what)| format!(", {number} {what}"));
    format!(
        "{followed} alive, {ended} ended{}",
        others.collect::<String>()
    )
}

/// That the display does not go with the log.
fn held(app: &App) -> Option<String> {
    let live = app.settings.follows != Follows::File;
    (app.history.pace() == Pace::Stays && live).then(|| match app.history.ahead() {
        0 => "paused".to_owned(),
        1 => "paused, 1 record later".to_owned(),
        ahead => format!("paused, {ahead} records later"),
    })
}

/// What of the tree is shown otherwise than usual.
fn view(app: &App) -> Vec<String> {
    let mut words = Vec::new();
    if app.breaks != Breaks::default() {
        words.push(format!("holds at {}", breaks(app.breaks)));
    }
    if !app.tree.filter().is_empty() {
        words.push(format!("only {}", app.tree.filter()));
    }
    if app.tree.ended() == Ended::Hidden {
        words.push("ended hidden".to_owned());
    }
    if app.newest == Newest::Followed {
        words.push("follows the newest".to_owned());
    }
    if app.tree.order().key != Order::default().key {
        words.push(format!("by {}", app.tree.order().key.name()));
    }
    match app.tree.threads() {
        Threads::Hidden => {}
        Threads::Differing => words.push("threads that differ".to_owned()),
        Threads::Shown => words.push("threads".to_owned()),
    }
    if let Some(base) = app.base.and_then(|id| app.model().process(id)) {
        words.push(format!("against {}", named(base)));
    }
    words
}

fn breaks(breaks: Breaks) -> String {
    [
        (breaks.fork, "fork"),
        (breaks.exec, "exec"),
        (breaks.exit, "exit"),
        (breaks.change, "change"),
    ]
    .into_iter()
    .filter_map(|(on, name)| on.then_some(name))
    .collect::<Vec<_>>()
    .join(", ")
}
