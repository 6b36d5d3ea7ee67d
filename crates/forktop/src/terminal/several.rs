//! The terminals that stand in place of the user's: the command's, and one for each shell in a process.
use super::{Messages, Pty};
use crate::screen::effect::{Effect, TerminalScreen};
use crate::screen::terminals::TerminalId;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;

/// The size of a terminal that was not given one yet.
const SIZE: (u16, u16) = (80, 24);

/// The terminals that there are.
#[derive(Debug, Default)]
pub struct Ptys {
    each: BTreeMap<TerminalId, Pty>,
    /// Those that show something which was not taken in.
    drew: BTreeSet<TerminalId>,
}

impl Ptys {
    /// Those that there are when the display begins: the command's, or none.
    #[must_use]
    pub fn of_command(pty: Option<Pty>) -> Self {
        let mut ptys = Self::default();
        if let Some(pty) = pty {
            ptys.add(TerminalId::Command, pty);
        }
        ptys
    }

    /// Opens one for a shell, with the modes of a new terminal, and gives the other end.
    pub fn open(&mut self, id: TerminalId, messages: &Messages) -> io::Result<OwnedFd> {
        let (pty, slave) = Pty::open(SIZE, None, messages.on_output(id))?;
        self.add(id, pty);
        Ok(slave)
    }

    fn add(&mut self, id: TerminalId, pty: Pty) {
        self.each.insert(id, pty);
        // How what is typed is told to a program depends on its screen, also before it has written anything.
        self.drew.insert(id);
    }

    /// Forgets one. It is hung up, and its threads end, as soon as no program has it open.
    pub fn close(&mut self, id: TerminalId) {
        self.each.remove(&id);
        self.drew.remove(&id);
    }

    /// One shows something that was not taken in.
    pub(super) fn draws(&mut self, id: TerminalId) {
        if self.each.contains_key(&id) {
            self.drew.insert(id);
        }
    }

    /// Whether one does.
    pub(super) fn have_drawn(&self) -> bool {
        !self.drew.is_empty()
    }

    /// What those show that do, which is copied once a frame, however much it is meanwhile.
    pub(super) fn drawn(&mut self) -> Vec<(TerminalId, TerminalScreen)> {
        let drew = std::mem::take(&mut self.drew).into_iter();
        drew.filter_map(|id| Some((id, self.each.get(&id)?.screen())))
            .collect()
    }

    /// Does what is theirs, and gives back what is not.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Type(id, bytes) => {
                if let Some(pty) = self.each.get(&id) {
                    pty.put(bytes);
                }
            }
            Effect::Scroll(id, step) => {
                if let Some(pty) = self.each.get(&id) {
                    pty.scroll(step);
                }
                self.draws(id);
            }
            Effect::Resize {
                terminal,
                columns,
                rows,
            } => {
                if let Some(pty) = self.each.get(&terminal) {
                    pty.resize(columns, rows);
                }
                self.draws(terminal);
            }
            Effect::Close(id) => self.close(id),
            other => return Some(other),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::VisitId;
    use crate::screen::tree::Step;
    use std::fs::File;
    use std::io::Write as _;
    use std::time::{Duration, Instant};

    fn shell(number: u32) -> TerminalId {
        TerminalId::Shell(VisitId(number))
    }

    fn shown(ptys: &mut Ptys, id: TerminalId) -> String {
        let drawn = ptys.drawn().into_iter().find(|(one, _)| *one == id);
        let screen = drawn.and_then(|(_, screen)| screen.0);
        screen.map_or_else(String::new, |screen| screen.contents())
    }

    fn wait_for(ptys: &mut Ptys, id: TerminalId, text: &str) {
        let begun = Instant::now();
        while !shown(ptys, id).contains(text) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{text}");
            std::thread::sleep(Duration::from_millis(5));
            ptys.draws(id);
        }
    }

    #[test]
    fn each_shows_what_is_written_to_it_and_has_its_own_size() {
        let messages = Messages::new();
        let mut ptys = Ptys::default();
        let ends = [1, 2].map(|number| File::from(ptys.open(shell(number), &messages).unwrap()));
        // Before anything was written there is an empty screen to encode keys for.
        assert_eq!(ptys.drawn().len(), 2);
        for (number, mut end) in (1..).zip(&ends) {
            write!(end, "this is {number}").unwrap();
            wait_for(&mut ptys, shell(number), &format!("this is {number}"));
            let resize = Effect::Resize {
                terminal: shell(number),
                columns: 30,
                rows: u16::try_from(number).unwrap() + 4,
            };
            assert_eq!(ptys.perform(resize), None);
            let size = rustix::termios::tcgetwinsize(end).unwrap();
            assert_eq!(u32::from(size.ws_row), number + 4);
        }
        ptys.perform(Effect::Type(shell(2), b"typed\r".to_vec()));
        wait_for(&mut ptys, shell(2), "typed");
        // What is done with one that is gone is done with none.
        ptys.perform(Effect::Close(shell(1)));
        for effect in [
            Effect::Scroll(shell(1), Step::Last),
            Effect::Type(shell(1), b"x".to_vec()),
            Effect::Close(shell(1)),
        ] {
            assert_eq!(ptys.perform(effect), None);
        }
        let not_theirs = Effect::Leave(VisitId(1));
        assert_eq!(ptys.perform(not_theirs.clone()), Some(not_theirs));
    }
}
