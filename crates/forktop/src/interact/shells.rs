//! Visits that the interface asks for: a shell gets a terminal of its own, and the thread that follows is asked.
use crate::follow::{Desk, Entry, Mode, Program, Request, Streams, Trial};
use crate::log::{ProcessId, VisitId};
use crate::screen::effect::{Effect, Input};
use crate::screen::settings::Probes;
use crate::screen::terminals::TerminalId;
use crate::terminal::{Messages, Ptys, TERM};

/// Finds the program that is executed as a shell: an error is why there is none, and what could be done about it.
pub type Find<'a> = &'a dyn Fn() -> Result<Program, String>;

/// The ways into a process.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    /// How the program of a shell is found, each time anew.
    pub find: Find<'a>,
    /// How calls to try are read.
    pub probes: Probes,
}

impl std::fmt::Debug for Ways<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ways").finish_non_exhaustive()
    }
}

/// Has visits made.
pub struct Shells<'a> {
    /// Where they are asked for.
    pub desk: &'a Desk,
    /// Where it is said that they could not even be.
    pub messages: &'a Messages,
    /// The ways.
    pub ways: &'a Ways<'a>,
}

impl Shells<'_> {
    /// Does what is about visits, and gives back what is not.
    pub fn perform(&self, effect: Effect, ptys: &mut Ptys) -> Option<Effect> {
        let (visit, asked) = match effect {
            Effect::Enter {
                visit,
                process,
                mode,
            } => (visit, self.enter(visit, process, mode, ptys)),
            Effect::Try {
                visit,
                process,
                words,
            } => (visit, self.try_calls(visit, process, &words)),
            Effect::Leave(visit) => (visit, Ok(Request::Leave(visit))),
            other => return Some(other),
        };
        match asked {
            Ok(request) => self.desk.hand_in(request),
            Err(why) => self.messages.hand_in(Input::NotAsked(visit, why)),
        }
        None
    }

    fn enter(
        &self,
        visit: VisitId,
        process: ProcessId,
        filters: Mode,
        ptys: &mut Ptys,
    ) -> Result<Request, String> {
        let program = (self.ways.find)()?;
        let terminal = ptys
            .open(TerminalId::Shell(visit), self.messages)
            .map_err(|error| format!("there can be no terminal for a shell: {error}"))?;
        Ok(Request::Enter(Entry {
            visit,
            process,
            arguments: vec![program.name()],
            program,
            streams: Streams::Terminal {
                side: terminal,
                name: Some(TERM.into()),
            },
            filters,
        }))
    }

    fn try_calls(
        &self,
        visit: VisitId,
        process: ProcessId,
        words: &str,
    ) -> Result<Request, String> {
        Ok(Request::Try(Trial {
            visit,
            process,
            probes: (self.ways.probes)(words)?,
            filters: Mode::Faithful,
            patience: Trial::PATIENCE,
        }))
    }
}
