//! An interface in a test: what is pressed, and what is then on the screen.
use crate::log::Record;
use crate::probe::Probe;
use crate::sample;
use crate::screen::App;
use crate::screen::effect::{Effect, Input, TerminalScreen};
use crate::screen::settings::{Charset, Follows, Settings};
use crate::screen::terminals::TerminalId;
use crate::screen::theme::Palette;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::sync::Arc;
use tui_term::vt100;

/// An interface, as a user has it before them.
pub struct Session {
    /// The interface.
    pub app: App,
    /// What it wanted done.
    pub effects: Vec<Effect>,
}

/// What the tests' terminal makes of an event: its name.
fn encode(event: &crossterm::event::Event, _: &vt100::Screen, origin: (u16, u16)) -> Vec<u8> {
    match event {
        crossterm::event::Event::Key(key) => key.code.to_string().into_bytes(),
        crossterm::event::Event::Paste(text) => text.clone().into_bytes(),
        other => format!("{other:?} at {origin:?}").into_bytes(),
    }
}

/// How the tests read calls to try: as forktop does.
fn probes(words: &str) -> Result<Vec<Probe>, String> {
    Probe::all_of(words).map_err(|mistake| mistake.to_string())
}

/// The settings of the tests.
pub fn settings(follows: Follows) -> Settings {
    Settings {
        follows,
        palette: Palette::Dark,
        charset: Charset::Utf8,
        names: sample::names(),
        encode,
        probes,
    }
}

impl Session {
    /// The whole session, on a screen of this size.
    pub fn of(settings: Settings, columns: u16, rows: u16) -> Self {
        let mut session = Self::empty(settings, columns, rows);
        session.learn(super::session());
        session.effects.clear();
        session
    }

    /// One to which nothing was told.
    pub fn empty(settings: Settings, columns: u16, rows: u16) -> Self {
        Self {
            app: App::new(settings, columns, rows),
            effects: Vec::new(),
        }
    }

    /// A started command's, on an ordinary screen.
    pub fn ordinary() -> Self {
        Self::of(settings(Follows::Command), 80, 24)
    }

    /// The same on a large screen.
    pub fn large() -> Self {
        Self::of(settings(Follows::Command), 200, 50)
    }

    /// Takes something in.
    pub fn input(&mut self, input: Input) -> &mut Self {
        self.effects.extend(self.app.update(input));
        self
    }

    /// Takes records in.
    pub fn learn(&mut self, records: impl IntoIterator<Item = Record>) -> &mut Self {
        for record in records {
            self.input(Input::Record(Box::new(record)));
        }
        self
    }

    /// Presses a key.
    pub fn code(&mut self, code: KeyCode, modifiers: KeyModifiers) -> &mut Self {
        let key = KeyEvent::new(code, modifiers);
        self.input(Input::Terminal(crossterm::event::Event::Key(key)))
    }

    /// Presses keys: characters, `^x` and `<Name>`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let mut left = keys;
        while !left.is_empty() {
            let (code, modifiers, rest) = key(left);
            self.code(code, modifiers);
            left = rest;
        }
        self
    }

    /// The command writes.
    pub fn command(&mut self, bytes: &[u8]) -> &mut Self {
        self.command_scrolled(bytes, 0)
    }

    /// The command writes, and its terminal shows what was there so many lines before the end.
    pub fn command_scrolled(&mut self, bytes: &[u8], back: usize) -> &mut Self {
        self.written(TerminalId::Command, bytes, back)
    }

    /// Something is written to a terminal, which shows what was there so many lines before the end.
    pub fn written(&mut self, terminal: TerminalId, bytes: &[u8], back: usize) -> &mut Self {
        let mut parser = vt100::Parser::new(11, 80, 100);
        parser.process(bytes);
        parser.screen_mut().set_scrollback(back);
        let screen = Arc::new(parser.screen().clone());
        self.input(Input::Screen(terminal, TerminalScreen(Some(screen))))
    }

    /// What is on the screen.
    pub fn screen(&mut self) -> String {
        self.terminal().backend().to_string()
    }

    /// The screen, with its styles.
    pub fn terminal(&mut self) -> Terminal<TestBackend> {
        let area = self.app.area;
        let mut terminal = Terminal::new(TestBackend::new(area.width, area.height)).unwrap();
        terminal.draw(|frame| self.app.draw(frame)).unwrap();
        terminal
    }

    /// The numbers of the rows, from the first.
    pub fn rows(&mut self) -> Vec<u32> {
        self.app.settle();
        let rows = self.app.tree.rows().iter();
        rows.filter_map(|row| self.app.model().process(row.place.process))
            .map(|process| process.pid)
            .collect()
    }

    /// The number of the selected process.
    pub fn selected(&mut self) -> Option<u32> {
        self.app.settle();
        self.app.selected().map(|process| process.pid)
    }
}

fn key(keys: &str) -> (KeyCode, KeyModifiers, &str) {
    if let Some((name, rest)) = keys.strip_prefix('<').and_then(|keys| keys.split_once('>')) {
        let (name, modifiers) = match name.strip_prefix("S-") {
            Some(name) => (name, KeyModifiers::SHIFT),
            None => (name, KeyModifiers::NONE),
        };
        let code = match name {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "Tab" => KeyCode::Tab,
            "Backspace" => KeyCode::Backspace,
            "Del" => KeyCode::Delete,
            "Left" => KeyCode::Left,
            "Right" => KeyCode::Right,
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            name => KeyCode::F(name[1..].parse().unwrap()),
        };
        return (code, modifiers, rest);
    }
    let (keys, modifiers) = match keys.strip_prefix('^') {
        Some(rest) => (rest, KeyModifiers::CONTROL),
        None => (keys, KeyModifiers::NONE),
    };
    let character = keys.chars().next().unwrap();
    (
        KeyCode::Char(character),
        modifiers,
        &keys[character.len_utf8()..],
    )
}
