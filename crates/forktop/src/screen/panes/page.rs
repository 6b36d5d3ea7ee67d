//! A pane in the making: headings, sentences, values with names and tables, each made to fit.
use super::Subject;
use super::wrap::wrap;
use crate::plan::Finding;
use crate::screen::theme::Theme;
use privileges::Direction;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// What a line tells, which has a sign and a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// Something that is.
    Plain,
    /// A privilege that was gained.
    Gained,
    /// A privilege that was lost.
    Lost,
    /// A change that is neither.
    Changed,
    /// Something that the user should see.
    Warning,
}

impl From<Direction> for Sign {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Gained => Self::Gained,
            Direction::Lost => Self::Lost,
            Direction::Other => Self::Changed,
        }
    }
}

impl From<&Finding> for Sign {
    fn from(finding: &Finding) -> Self {
        match finding {
            Finding::GivenUp(_) => Self::Lost,
            Finding::Unexplained(_) | Finding::NotHeld(_) => Self::Warning,
        }
    }
}

impl Sign {
    /// As a character, that no meaning is by colour alone.
    pub const fn character(self) -> char {
        match self {
            Self::Plain => ' ',
            Self::Gained => '+',
            Self::Lost => '-',
            Self::Changed => '~',
            Self::Warning => '!',
        }
    }

    /// Its style.
    pub const fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Plain => theme.text,
            Self::Gained => theme.gained,
            Self::Lost => theme.lost,
            Self::Changed => theme.changed,
            Self::Warning => theme.warning,
        }
    }
}

/// How wide the names of values are, at most.
const LABELS: usize = 14;

/// How much room the last column of a table needs, at least, beside the others.
const LAST: usize = 20;

/// Lines that fit a width.
#[derive(Debug)]
pub struct Page<'a> {
    width: usize,
    theme: &'a Theme,
    lines: Vec<Line<'a>>,
}

impl<'a> Page<'a> {
    /// An empty one.
    pub fn of(subject: &Subject<'a>) -> Self {
        Self {
            width: usize::from(subject.width).max(2),
            theme: subject.theme,
            lines: Vec::new(),
        }
    }

    /// A heading, with an empty line before.
    pub fn heading(&mut self, text: impl Into<String>) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.hang(Line::styled(text.into(), self.theme.title), 0);
    }

    /// A sentence.
    pub fn say(&mut self, sign: Sign, text: impl Into<Line<'a>>) {
        let mut line = text.into();
        let style = sign.style(self.theme);
        line.spans
            .insert(0, Span::raw(format!("{} ", sign.character())));
        line.style = style.patch(line.style);
        self.hang(line, 2);
    }

    /// Something that matters less.
    pub fn note(&mut self, text: impl Into<String>) {
        self.hang(Line::styled(text.into(), self.theme.dim), 0);
    }

    /// A value and its name.
    pub fn pair(&mut self, label: &'static str, value: impl Into<Line<'a>>) {
        let indent = LABELS.min(self.width / 3);
        let mut line = value.into();
        let label = format!("{label:indent$}");
        line.spans.insert(0, Span::styled(label, self.theme.label));
        self.hang(line, indent);
    }

    /// One line, or several where it does not fit.
    pub fn hang(&mut self, line: Line<'a>, indent: usize) {
        self.lines.extend(wrap(line, self.width, indent));
    }

    /// Rows below headings. Where the columns do not fit beside each other, each row's first stands above its others.
    pub fn table<const N: usize>(&mut self, headings: [&'static str; N], rows: Vec<[Line<'a>; N]>) {
        let headings = headings.map(|heading| Line::styled(heading, self.theme.label));
        let widths = |row: &[Line<'a>; N]| row.each_ref().map(Line::width);
        let taken: Vec<_> = std::iter::once(&headings)
            .chain(&rows)
            .map(widths)
            .collect();
        let columns: [_; N] = std::array::from_fn(|column| {
            let widths = taken.iter().map(|widths| widths[column]);
            widths.max().unwrap_or(0)
        });
        let [first @ .., last] = columns.as_slice() else {
            return;
        };
        let before: usize = first.iter().map(|width| width + 1).sum();
        if before + (*last).min(LAST) > self.width {
            return rows.into_iter().for_each(|row| self.stack(row));
        }
        for (row, taken) in std::iter::once(headings).chain(rows).zip(taken) {
            let mut spans = Vec::new();
            for ((cell, width), column) in row.into_iter().zip(taken).zip(columns) {
                spans.extend(styled(cell));
                spans.push(Span::raw(" ".repeat(column + 1 - width)));
            }
            self.hang(Line::from(trimmed(spans)), before);
        }
    }

    /// A row of a table that is too wide: in one line if this one fits, else with its first cell above the others.
    fn stack<const N: usize>(&mut self, row: [Line<'a>; N]) {
        let mut cells = row.into_iter();
        let first = cells.next().map(styled).unwrap_or_default();
        let mut others = Vec::new();
        for cell in cells.filter(|cell| cell.width() > 0) {
            let between = if others.is_empty() { "  " } else { " · " };
            others.push(Span::styled(between, self.theme.dim));
            others.extend(styled(cell));
        }
        let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
        if width(&first) + width(&others) <= self.width {
            return self.lines.push(Line::from([first, others].concat()));
        }
        self.hang(Line::from(first), 2);
        if !others.is_empty() {
            others[0] = Span::raw("    ");
            self.hang(Line::from(others), 4);
        }
    }

    /// The lines.
    pub fn lines(self) -> Vec<Line<'a>> {
        self.lines
    }
}

/// The cell's spans, with the style that the line had as a whole.
fn styled(cell: Line<'_>) -> Vec<Span<'_>> {
    let style = cell.style;
    let spans = cell.spans.into_iter();
    spans
        .map(|span| Span::styled(span.content, style.patch(span.style)))
        .collect()
}

/// Without the space that fills the last columns.
fn trimmed(mut spans: Vec<Span<'_>>) -> Vec<Span<'_>> {
    while spans
        .last()
        .is_some_and(|span| span.content.trim_end().is_empty())
    {
        spans.pop();
    }
    spans
}
