//! Boxes over the rest.
use super::{help, told};
use crate::follow::Mode;
use crate::screen::App;
use crate::screen::app::{Choice, MODES, Opened};
use crate::screen::panes::{named, signal};
use crate::screen::shell::Shell;
use crate::screen::terminals::TerminalId;
use crate::screen::text::{columns, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

/// The most columns that the help takes, with one side and with two.
const HELP: [u16; 2] = [76, 152];
/// From how many columns on the help has two sides.
const WIDE: u16 = 120;

/// The frame, and a column beside it.
const INNER: Margin = Margin::new(2, 1);

/// Draws the one that is open.
pub fn draw(app: &App, buffer: &mut Buffer) {
    let Some(opened) = app.opened else { return };
    let place = place(app, opened);
    if place.is_empty() {
        return;
    }
    Clear.render(place, buffer);
    Block::bordered()
        .border_style(app.theme.focus)
        .title(Line::styled(title(app, opened), app.theme.title))
        .render(place, buffer);
    let inner = place.inner(INNER);
    let lines = content(app, opened, usize::from(inner.width));
    let top = top(app, opened, usize::from(inner.height));
    for (nth, (row, line)) in inner.rows().zip(lines.iter().skip(top)).enumerate() {
        buffer.set_line(row.x, row.y, line, row.width);
        if matches!(opened, Opened::List(_, at) if at == top + nth) {
            buffer.set_style(row, app.theme.selected);
        }
    }
    more(app, place, top, lines.len(), buffer);
}

/// How much more there is, on the lower edge.
fn more(app: &App, place: Rect, top: usize, lines: usize, buffer: &mut Buffer) {
    let shown = usize::from(place.height.saturating_sub(2));
    let below = lines.saturating_sub(top + shown);
    let words = match (top, below) {
        (0, 0) => return,
        (0, below) => format!(" ↓ {below} "),
        (above, 0) => format!(" ↑ {above} "),
        (above, below) => format!(" ↑ {above} ↓ {below} "),
    };
    let x = place.right().saturating_sub(columns(width(&words)) + 2);
    if x > place.x {
        buffer.set_string(x, place.bottom() - 1, words, app.theme.label);
    }
}

fn title(app: &App, opened: Opened) -> String {
    match opened {
        Opened::Help(_) => " forktop ".to_owned(),
        Opened::List(Choice::Sort, _) => " Sort what one process made by ".to_owned(),
        Opened::List(Choice::Breaks, _) => " Hold processes still at ".to_owned(),
        Opened::List(Choice::Signals(id), _) => match app.model().process(id) {
            Some(process) => format!(" Send to {} ", named(process)),
            None => " Send ".to_owned(),
        },
        Opened::List(Choice::Modes(id), _) => match app.model().process(id) {
            Some(process) => format!(" Open a shell in {} ", named(process)),
            None => " Open a shell ".to_owned(),
        },
        Opened::Leave(_) => " Close a shell ".to_owned(),
        Opened::Told(_) => told::title(app),
        Opened::Confirm(..) => " Send a signal ".to_owned(),
        Opened::Quit(_) => " Quit ".to_owned(),
    }
}

fn content(app: &App, opened: Opened, room: usize) -> Vec<Line<'static>> {
    match opened {
        Opened::Help(_) => help::lines(app, room),
        Opened::List(choice, _) => entries(app, choice),
        Opened::Told(_) => told::lines(app, room),
        Opened::Leave(visit) => {
            let shell = app.terminals.shell(TerminalId::Shell(visit));
            let whose = shell.map_or_else(String::new, Shell::whose);
            let question = format!("End the shell in {whose}, and all that it has left?");
            vec![Line::from(question), Line::default(), choices(app)]
        }
        Opened::Confirm(id, number) => {
            let process = app.model().process(id).map_or_else(String::new, named);
            let question = format!("Send {} to {process}?", signal(number));
            vec![Line::from(question), Line::default(), choices(app)]
        }
        Opened::Quit(_) => {
            let mut lines: Vec<_> = quitting(app).into_iter().map(Line::from).collect();
            lines.extend([Line::default(), choices(app)]);
            lines
        }
    }
}

/// The entries of a list. What gives a shell more than its process has is marked.
fn entries(app: &App, choice: Choice) -> Vec<Line<'static>> {
    let mut lines: Vec<_> = app.entries(choice).into_iter().map(Line::from).collect();
    if let Choice::Modes(_) = choice {
        for (line, (mode, _)) in lines.iter_mut().zip(MODES) {
            if mode == Mode::Assisted {
                line.style = app.theme.warning;
            }
        }
    }
    lines
}

/// What is to be known before it is decided how to end.
fn quitting(app: &App) -> Vec<String> {
    // What was let go is not asked about: it goes on without forktop whatever the answer is. forktop's own end with it.
    let visitors = app.model().visitors();
    let mut words = vec![match app.model().followed().saturating_sub(visitors) {
        1 => "1 process is alive.".to_owned(),
        followed => format!("{followed} processes are alive."),
    }];
    match app
        .terminals
        .shells()
        .filter(|shell| shell.is_there())
        .count()
    {
        0 => {}
        1 => words.push("1 shell is open: it ends first.".to_owned()),
        shells => words.push(format!("{shells} shells are open: they end first.")),
    }
    if app.terminals.get(TerminalId::Command).is_some() {
        words.extend(
            [
                "The command's terminal ends with forktop:",
                "the foreground there gets SIGHUP.",
            ]
            .map(str::to_owned),
        );
    }
    words
}

/// The keys of a question, with what they do.
fn choices(app: &App) -> Line<'static> {
    let mut line = Line::default();
    for binding in app.bindings() {
        let gap = if line.spans.is_empty() { "" } else { "   " };
        line.push_span(gap);
        line.push_span(ratatui::text::Span::styled(
            binding.keys[0].to_string(),
            app.theme.key,
        ));
        line.push_span(format!(" {}", binding.short));
    }
    line
}

/// The first line in view.
fn top(app: &App, opened: Opened, height: usize) -> usize {
    match opened {
        Opened::Help(top) | Opened::Told(top) => top,
        Opened::List(choice, at) => {
            let last = app.entries(choice).len().saturating_sub(height);
            at.saturating_sub(height / 2).min(last)
        }
        Opened::Confirm(..) | Opened::Leave(_) | Opened::Quit(_) => 0,
    }
}

fn place(app: &App, opened: Opened) -> Rect {
    let screen = Rect {
        height: app.area.height.saturating_sub(1),
        ..app.area
    };
    let (wide, high) = match opened {
        Opened::Help(_) if screen.width >= WIDE => (HELP[1], u16::MAX),
        Opened::Help(_) => (HELP[0], u16::MAX),
        _ => size(app, opened, screen),
    };
    let (wide, high) = (wide.min(screen.width), high.min(screen.height));
    Rect {
        x: screen.x + (screen.width - wide) / 2,
        y: screen.y + (screen.height - high) / 2,
        width: wide,
        height: high,
    }
}

/// What the content and the title need, with the frame.
fn size(app: &App, opened: Opened, screen: Rect) -> (u16, u16) {
    let room = usize::from(screen.width).saturating_sub(4);
    let lines = content(app, opened, room);
    let longest = lines.iter().map(Line::width).max().unwrap_or(0);
    let wide = longest.max(width(&title(app, opened))) + 4;
    (columns(wide), columns(lines.len() + 2))
}

/// How many lines a box has, and how many of them are in view at once.
pub fn in_view(app: &App, opened: Opened) -> (usize, usize) {
    let inner = place(app, opened).inner(INNER);
    let lines = content(app, opened, usize::from(inner.width));
    (lines.len(), usize::from(inner.height))
}

/// The entry of the open list that is here.
pub fn entry_at(app: &App, at: Position) -> Option<usize> {
    let opened = app.opened?;
    let inner = place(app, opened).inner(Margin::new(1, 1));
    let Opened::List(choice, _) = opened else {
        return None;
    };
    let entry =
        top(app, opened, usize::from(inner.height)) + usize::from(at.y.checked_sub(inner.y)?);
    (inner.contains(at) && entry < app.entries(choice).len()).then_some(entry)
}
