//! Keys, clicks, pastes and sizes.
use super::{App, Message};
use crate::model::State;
use crate::screen::bindings::{Applies, BINDINGS, Binding, Context};
use crate::screen::effect::Effect;
use crate::screen::settings::Follows;
use crate::screen::tree::Step;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent};
use ratatui::layout::{Position, Rect};

impl App {
    pub(super) fn hear(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(event, key),
            Event::Paste(text) => self.paste(event, text),
            Event::Mouse(mouse) => match self.hand_on(event, *mouse) {
                effects if effects.is_empty() => self.point(*mouse),
                effects => effects,
            },
            Event::Resize(columns, rows) => {
                self.area = Rect::new(0, 0, *columns, *rows);
                self.change()
            }
            Event::Key(_) | Event::FocusGained | Event::FocusLost => Vec::new(),
        }
    }

    fn press(&mut self, event: &Event, key: &KeyEvent) -> Vec<Effect> {
        if self.message.take().is_some() {
            self.change();
        }
        let bound = self
            .bindings()
            .find(|binding| binding.keys.iter().any(|bound| bound.is(key)));
        match (bound, self.context(), key.code) {
            (Some(binding), ..) => self.perform(binding.action),
            (None, Context::Terminal, _) => self.type_at_terminal(event),
            (None, Context::Line, KeyCode::Char(character))
                if (key.modifiers - KeyModifiers::SHIFT).is_empty() =>
            {
                self.write(character.encode_utf8(&mut [0; 4]))
            }
            (None, Context::Browse, _) => self.explain(key),
            _ => Vec::new(),
        }
    }

    /// Says why a key that exists does nothing now.
    fn explain(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let of_key = |binding: &&Binding| {
            binding.context == Context::Browse && binding.keys.iter().any(|bound| bound.is(key))
        };
        let why = match BINDINGS.iter().find(of_key).map(|binding| binding.applies) {
            Some(Applies::Alive) if self.settings.follows == Follows::File => {
                "this is a log of before"
            }
            Some(Applies::Alive | Applies::Selected) => {
                match self.selected().map(|one| one.state) {
                    None => "no process is selected",
                    Some(State::Released) => "that process was let go",
                    Some(State::Refused) => "that process cannot be followed",
                    Some(_) => "that process has ended",
                }
            }
            Some(Applies::Live) => "this is a log of before",
            Some(Applies::Command) => "there is no terminal of a command",
            Some(Applies::Terminal) => "there is no terminal: ! opens a shell",
            Some(Applies::Shell) => "no shell is in view",
            Some(Applies::Kept | Applies::Several | Applies::Always) | None => return Vec::new(),
        };
        self.say(Message::Refused(why.to_owned()))
    }

    fn paste(&mut self, event: &Event, text: &str) -> Vec<Effect> {
        match self.context() {
            Context::Terminal => self.type_at_terminal(event),
            Context::Line => self.write(text),
            _ => Vec::new(),
        }
    }

    /// The mouse is a terminal's where that has the keys, if a program there asked for it, and shows what that drew.
    fn hand_on(&self, event: &Event, mouse: MouseEvent) -> Vec<Effect> {
        let at = Position::new(mouse.column, mouse.row);
        let is_there = self.context() == Context::Terminal && self.layout().terminal.contains(at);
        match is_there && !self.is_scrolled_back() {
            true => self.type_at_terminal(event),
            false => Vec::new(),
        }
    }

    /// What is typed is answered at the end of what was written.
    fn type_at_terminal(&self, event: &Event) -> Vec<Effect> {
        let Some((terminal, screen)) = self.shown_screen() else {
            return Vec::new();
        };
        let place = self.layout().terminal;
        let bytes = (self.settings.encode)(event, screen, (place.x, place.y));
        if bytes.is_empty() {
            return Vec::new();
        }
        let end = self
            .is_scrolled_back()
            .then_some(Effect::Scroll(terminal, Step::Last));
        end.into_iter()
            .chain([Effect::Type(terminal, bytes)])
            .collect()
    }
}
