//! Keys, clicks, pastes and sizes.
use super::{App, Message};
use crate::model::State;
use crate::screen::bindings::{Applies, BINDINGS, Binding, Context};
use crate::screen::effect::Effect;
use crate::screen::settings::Follows;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent};
use ratatui::layout::{Position, Rect};

impl App {
    pub(super) fn hear(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(event, key),
            Event::Paste(text) => self.paste(event, text),
            Event::Mouse(mouse) => match self.is_at_command(*mouse) {
                true => self.type_at_command(event),
                false => self.point(*mouse),
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
            (None, Context::Terminal, _) => self.type_at_command(event),
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
            Some(Applies::Terminal) => "there is no terminal of a command",
            Some(Applies::Always) | None => return Vec::new(),
        };
        self.say(Message::Refused(why.to_owned()))
    }

    fn paste(&mut self, event: &Event, text: &str) -> Vec<Effect> {
        match self.context() {
            Context::Terminal => self.type_at_command(event),
            Context::Line => self.write(text),
            _ => Vec::new(),
        }
    }

    /// Whether the mouse is where the terminal is that has the keys.
    fn is_at_command(&self, mouse: MouseEvent) -> bool {
        let at = Position::new(mouse.column, mouse.row);
        self.context() == Context::Terminal && self.layout().terminal.contains(at)
    }

    fn type_at_command(&mut self, event: &Event) -> Vec<Effect> {
        let Some(screen) = &self.command.0 else {
            return Vec::new();
        };
        let place = self.layout().terminal;
        let bytes = (self.settings.encode)(event, screen, (place.x, place.y));
        match bytes.is_empty() {
            true => Vec::new(),
            false => vec![Effect::Type(bytes)],
        }
    }
}
