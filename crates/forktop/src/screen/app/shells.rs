//! Shells in processes: opened, told of, and closed; and calls that are tried there.
use super::{App, Told};
use crate::follow::Mode;
use crate::log::{Event, ProcessId, Record, VisitId};
use crate::screen::app::Opened;
use crate::screen::effect::Effect;
use crate::screen::layout::Focus;
use crate::screen::shell::Shell;
use crate::screen::terminals::TerminalId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The visits that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    latest: u32,
    /// Where calls are being tried.
    tried: BTreeMap<VisitId, ProcessId>,
}

impl Visits {
    /// A number that no visit has had.
    const fn next(&mut self) -> VisitId {
        self.latest += 1;
        VisitId(self.latest)
    }
}

impl App {
    /// Opens a shell in the selected process, and gives it the keys.
    pub(super) fn enter(&mut self, mode: Mode) -> Vec<Effect> {
        match self.selected().map(|process| process.id) {
            Some(process) => self.enter_process(process, mode),
            None => Vec::new(),
        }
    }

    /// Opens a shell in a process, and gives it the keys.
    pub(super) fn enter_process(&mut self, process: ProcessId, mode: Mode) -> Vec<Effect> {
        let visit = self.visits.next();
        let Some(shell) = self.model().process(process) else {
            return Vec::new();
        };
        let mut shell = Shell::asked(visit, shell, mode);
        let others = self.terminals.shells().filter(|one| one.process == process);
        shell.nth = 1 + others.map(|one| one.nth).max().unwrap_or(0);
        let id = TerminalId::Shell(visit);
        self.terminals.open(id, Some(Box::new(shell)));
        self.give_keys(Focus::Terminal);
        vec![Effect::Enter {
            visit,
            process,
            mode,
        }]
    }

    /// Has calls tried in a process.
    pub(super) fn try_calls(&mut self, process: ProcessId, words: &str) -> Vec<Effect> {
        let visit = self.visits.next();
        self.visits.tried.insert(visit, process);
        vec![Effect::Try {
            visit,
            process,
            words: words.to_owned(),
        }]
    }

    /// Closes the terminal of the shell that is shown: at once if there is nothing to end any more, else it is asked.
    pub(super) fn close_shell(&mut self) -> Vec<Effect> {
        let shown = self.terminals.shown();
        match shown.and_then(|shown| Some((shown.id, shown.shell.as_deref()?))) {
            Some((TerminalId::Shell(visit), shell)) if shell.has_ended() => self.leave(visit),
            Some((TerminalId::Shell(visit), _)) => {
                self.opened = Some(Opened::Leave(visit));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Ends the shell of a visit, if it has not ended, and closes its terminal.
    pub(super) fn leave(&mut self, visit: VisitId) -> Vec<Effect> {
        let id = TerminalId::Shell(visit);
        let is_there = self.terminals.shell(id).is_some_and(Shell::is_there);
        let leave = is_there.then_some(Effect::Leave(visit));
        leave.into_iter().chain(self.remove_terminal(id)).collect()
    }

    /// Whether the terminal that is shown is that of a shell that has ended.
    pub(super) fn shell_has_ended(&self) -> bool {
        self.shown_shell().is_some_and(Shell::has_ended)
    }

    /// The shell whose terminal is in view.
    pub(super) fn shell_in_view(&self) -> Option<&Shell> {
        self.shown_shell().filter(|_| self.terminal_is_in_view())
    }

    /// What a record tells of the visits that were asked for here.
    pub(super) fn hear_of_visit(&mut self, record: &Arc<Record>) -> Vec<Effect> {
        match &record.event {
            Event::NotEntered { visit, words, .. } => return self.fail(*visit, words.clone()),
            Event::Tried { visit, .. } if self.visits.tried.remove(visit).is_some() => {
                self.tell(Told::Tried(record.clone()));
            }
            event => {
                for shell in self.terminals.shells_mut() {
                    shell.hear(event);
                }
            }
        }
        Vec::new()
    }

    /// A visit does not come about.
    pub(super) fn fail(&mut self, visit: VisitId, words: String) -> Vec<Effect> {
        let id = TerminalId::Shell(visit);
        let Some(process) = self
            .terminals
            .shell(id)
            .map(|shell| shell.process)
            .or_else(|| self.visits.tried.remove(&visit))
        else {
            return Vec::new();
        };
        // Where its terminal had the keys a box has them now: what is typed at it is not to be taken for keys of the tree.
        let effects = self.remove_terminal(id);
        self.tell(Told::Failed { process, words });
        effects
    }
}
