//! Where everything is on the screen.
use super::panes::Pane;
use super::terminals::TerminalId;
use ratatui::layout::{Constraint, Rect};

/// From how many columns on the panes stand beside the tree.
const WIDE: u16 = 132;
/// From how many lines on the panes stand below the tree.
const TALL: u16 = 14;
/// From how many lines on a line is spent on the time.
const ROOM_FOR_SLIDER: u16 = 6;

/// What a pane's place shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// A terminal.
    Terminal(TerminalId),
    /// Something about the selected process.
    Pane(Pane),
}

/// What has the keys, where no box is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The tree.
    #[default]
    Tree,
    /// The panes.
    Detail,
    /// The terminal that is shown, in its pane.
    Terminal,
    /// The terminal that is shown, on the whole screen.
    WholeTerminal,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present,
    /// It is not.
    Absent,
}

/// On what the places depend, beside the size of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What has the keys.
    pub focus: Focus,
    /// Which pane is shown.
    pub tab: Tab,
    /// The terminal that is shown, if there is any.
    pub terminal: Option<TerminalId>,
    /// The line that shows the time.
    pub slider: Presence,
}

/// The places. What has no place is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The first line.
    pub header: Rect,
    /// The names of the tree's columns.
    pub titles: Rect,
    /// The tree's rows.
    pub tree: Rect,
    /// The line above the panes, with their names.
    pub tabs: Rect,
    /// The lines of the pane.
    pub detail: Rect,
    /// The line above the terminals, where they are beside the panes.
    pub terminal_title: Rect,
    /// The line that tells of the shell in the terminal below it.
    pub shell_title: Rect,
    /// The terminal that is shown.
    pub terminal: Rect,
    /// The line that shows the time.
    pub slider: Rect,
    /// The last line: keys, messages, a line that is typed.
    pub footer: Rect,
    /// Whether the terminals are among the tabs.
    pub tabbed: Tabbed,
}

/// Whether the terminals are among the tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tabbed {
    /// They have a place of their own, or there is none.
    #[default]
    Apart,
    /// They are.
    Terminals,
}

impl Layout {
    /// The places on a screen of this size.
    #[must_use]
    pub fn of(area: Rect, shape: Shape) -> Self {
        let (mut layout, body) = Self::edges(area, shape);
        if shape.focus == Focus::WholeTerminal {
            let [terminal, footer] = split(area, [Constraint::Fill(1), Constraint::Length(1)]);
            let mut layout = Self {
                footer,
                ..Self::default()
            };
            layout.put_terminal(terminal, shape);
            return layout;
        }
        if body.width >= WIDE && body.height >= TALL {
            layout.beside(body, shape);
        } else if body.height >= TALL {
            layout.stacked(body, shape);
        } else if shape.focus == Focus::Tree {
            layout.tabbed = Tabbed::of(shape);
            layout.put_tree(body);
        } else {
            layout.put_detail(body, shape);
        }
        layout
    }

    /// The columns and lines that a terminal has, when it is shown.
    #[must_use]
    pub fn terminal_size(area: Rect, shape: Shape, terminal: TerminalId) -> (u16, u16) {
        let focus = match shape.focus {
            Focus::WholeTerminal => Focus::WholeTerminal,
            _ => Focus::Terminal,
        };
        let shown = Shape {
            focus,
            tab: Tab::Terminal(terminal),
            terminal: Some(terminal),
            ..shape
        };
        let place = Self::of(area, shown).terminal;
        (place.width, place.height)
    }

    /// The first and last lines, and what lies between them.
    fn edges(area: Rect, shape: Shape) -> (Self, Rect) {
        let slider = match shape.slider {
            Presence::Present if area.height >= ROOM_FOR_SLIDER => 1,
            _ => 0,
        };
        let [header, body, slider, footer] = split(
            area,
            [
                Constraint::Length(1),
                Constraint::Fill(1),
                Constraint::Length(slider),
                Constraint::Length(1),
            ],
        );
        let layout = Self {
            header,
            slider,
            footer,
            ..Self::default()
        };
        (layout, body)
    }

    fn beside(&mut self, body: Rect, shape: Shape) {
        let [left, line, right] = ratatui::layout::Layout::horizontal([
            Constraint::Fill(3),
            Constraint::Length(1),
            Constraint::Fill(2),
        ])
        .areas(body);
        // The line between them belongs to the panes' frame.
        let right = Rect {
            x: line.x,
            width: right.width + line.width,
            ..right
        };
        if shape.terminal.is_some() {
            let [tree, title, terminal] = split(
                left,
                [
                    Constraint::Fill(3),
                    Constraint::Length(1),
                    Constraint::Fill(2),
                ],
            );
            self.put_tree(tree);
            self.terminal_title = title;
            self.put_terminal(terminal, shape);
        } else {
            self.put_tree(left);
        }
        [self.tabs, self.detail] = split(right, [Constraint::Length(1), Constraint::Fill(1)]);
        self.detail.x += 2;
        self.detail.width = self.detail.width.saturating_sub(2);
    }

    fn stacked(&mut self, body: Rect, shape: Shape) {
        let [tree, detail] = split(body, [Constraint::Fill(1), Constraint::Fill(1)]);
        self.put_tree(tree);
        self.put_detail(detail, shape);
    }

    fn put_tree(&mut self, area: Rect) {
        // A row is worth more than its titles.
        let titles = area.height.saturating_sub(1).min(1);
        [self.titles, self.tree] = split(area, [Constraint::Length(titles), Constraint::Fill(1)]);
    }

    fn put_detail(&mut self, area: Rect, shape: Shape) {
        let [tabs, place] = split(area, [Constraint::Length(1), Constraint::Fill(1)]);
        self.tabs = tabs;
        self.tabbed = Tabbed::of(shape);
        match shape.tab {
            Tab::Terminal(_) if shape.terminal.is_some() => self.put_terminal(place, shape),
            _ => self.detail = place,
        }
    }

    /// Whose permissions a shell has is told above it, wherever it is.
    fn put_terminal(&mut self, area: Rect, shape: Shape) {
        let title = match shape.terminal {
            Some(TerminalId::Shell(_)) => area.height.saturating_sub(1).min(1),
            Some(TerminalId::Command) | None => 0,
        };
        [self.shell_title, self.terminal] =
            split(area, [Constraint::Length(title), Constraint::Fill(1)]);
    }
}

impl Tabbed {
    const fn of(shape: Shape) -> Self {
        match shape.terminal {
            Some(_) => Self::Terminals,
            None => Self::Apart,
        }
    }
}

fn split<const N: usize>(area: Rect, constraints: [Constraint; N]) -> [Rect; N] {
    ratatui::layout::Layout::vertical(constraints).areas(area)
}
