//! The interface on the user's terminal: what it wants done is handed to those who can.
mod shells;

pub use shells::Ways;

use crate::arguments::{Following, Subject as Named};
use crate::export::{self, Format};
use crate::follow::{Desk, Request};
use crate::log::{Record, Recording, Time};
use crate::model::Model;
use crate::outcome::chain;
use crate::patience::Patience;
use crate::screen::App;
use crate::screen::effect::{Effect, Input};
use crate::screen::settings::{Charset, Follows, Probes, Settings};
use crate::screen::terminals::TerminalId;
use crate::screen::theme::Palette;
use crate::session::{Order, Records, Report, Session, Subject};
use crate::telling::{Telling, Told};
use crate::terminal::encode::encode;
use crate::terminal::{Display, Ended, Interface, Joined, Messages, Pty, Ptys, run};
use privileges::Names;
use ratatui::Frame;
use shells::Shells;
use signal_hook::consts::SIGHUP;
use std::error::Error;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// What came of it.
pub struct Watched {
    /// What came of following.
    pub report: Report,
    /// The signal that ended forktop, if one did.
    pub ended_by: Option<i32>,
    /// What came of telling it.
    pub told: Told,
}

/// Follows, and shows it until the user has had enough; it is told beside. `ways` are those into processes. `give_up` is called where following does not end.
pub fn watch(
    following: &Following,
    telling: Telling,
    ways: &Ways<'_>,
    give_up: fn(),
) -> Result<Watched, Box<dyn Error>> {
    let messages = Messages::new();
    let mut display = Display::take(&messages)?;
    let (pty, subject) = subject(&following.subject, &display, &messages)?;
    let session = Session::begin(Order::of(following, subject))?;
    let (desk, records, close) = session.apart();
    let reads_all = !following.exports.is_empty();
    let patience = Patience::new(reads_all, records.backlog(), give_up);
    let told = forward(records, telling, messages.on_record())?;
    let follows = match following.subject {
        Named::Command(_) => Follows::Command,
        Named::Processes(_) => Follows::Running,
    };
    let settings = settings(follows, following.palette, ways.probes);
    let mut shown = Shown::new(settings, display.size()?);
    // Until following has ended: what is in the foreground of one that is gone is sent SIGHUP.
    let mut ptys = Ptys::of_command(pty);
    let shells = Shells {
        desk: &desk,
        messages: &messages,
        ways,
    };
    let ended_by = show(&mut display, &mut shown, &mut ptys, &shells);
    // Also where nobody is left who could have had it done.
    desk.hand_in(match following.kill_on_exit {
        true => Request::Kill,
        false => Request::Detach,
    });
    drop(display);
    let _waiting = patience.begin();
    let report = close.wait()?;
    // Nobody panics there but for want of memory.
    let told = told
        .join()
        .map_err(|_| "the log was not written to its end")?;
    Ok(Watched {
        report,
        ended_by,
        told,
    })
}

/// Shows it until the user has had enough, or a signal ends forktop, which it gives.
fn show(
    display: &mut Display,
    shown: &mut Shown,
    ptys: &mut Ptys,
    shells: &Shells<'_>,
) -> Option<i32> {
    let joined = Joined {
        messages: shells.messages,
        ptys,
        perform: &mut |effect, ptys| {
            let left = shells.perform(effect, ptys);
            left.map_or(ControlFlow::Continue(()), |left| {
                perform(&left, shells.desk)
            })
        },
    };
    match run(display, shown, joined) {
        Ended::Asked => None,
        Ended::Signal(signal) => Some(signal),
        Ended::HungUp => Some(SIGHUP),
    }
}

/// Shows a log.
pub fn replay(recording: Recording, palette: Palette) -> Result<(), Box<dyn Error>> {
    let messages = Messages::new();
    let mut display = Display::take(&messages)?;
    let mut shown = Shown::new(
        settings(Follows::File, palette, |_| Ok(Vec::new())),
        display.size()?,
    );
    for record in recording.records {
        let _ = shown.app.update(Input::Record(Box::new(record)));
    }
    let joined = Joined {
        messages: &messages,
        ptys: &mut Ptys::default(),
        perform: &mut |effect, _| match effect {
            Effect::Quit | Effect::Detach | Effect::Kill => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        },
    };
    let _ = run(&mut display, &mut shown, joined);
    Ok(())
}

/// What is to be followed; a command gets a terminal of its own.
fn subject(
    named: &Named,
    display: &Display,
    messages: &Messages,
) -> io::Result<(Option<Pty>, Subject)> {
    match named {
        Named::Processes(numbers) => Ok((None, Subject::Processes(numbers.clone()))),
        Named::Command(words) => {
            let size = display.size()?;
            let (pty, slave) = Pty::open(
                size,
                Some(display.modes()),
                messages.on_output(TerminalId::Command),
            )?;
            let subject = Subject::Command {
                words: words.clone(),
                terminal: Some(slave),
            };
            Ok((Some(pty), subject))
        }
    }
}

/// Tells records, and hands them on to the loop, until there are no more.
fn forward(
    records: Records,
    telling: Telling,
    hand_on: impl Fn(Record) + Send + 'static,
) -> io::Result<JoinHandle<Told>> {
    thread::Builder::new()
        .name("records".to_owned())
        .spawn(move || telling.tell_all(&records, hand_on))
}

fn settings(follows: Follows, palette: Palette, probes: Probes) -> Settings {
    Settings {
        follows,
        palette,
        charset: charset(),
        names: Names::read(),
        encode,
        probes,
    }
}

/// What the user's locale says (locale(7)).
fn charset() -> Charset {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    match locale.contains("utf-8") || locale.contains("utf8") {
        true => Charset::Utf8,
        false => Charset::Ascii,
    }
}

/// Has done what the tracer must do.
fn perform(effect: &Effect, desk: &Desk) -> ControlFlow<()> {
    let request = match *effect {
        Effect::Quit => return ControlFlow::Break(()),
        Effect::Detach => {
            desk.hand_in(Request::Detach);
            return ControlFlow::Break(());
        }
        Effect::Kill => {
            desk.hand_in(Request::Kill);
            return ControlFlow::Break(());
        }
        Effect::Look(process) => Request::Look(process),
        Effect::Freeze(process) => Request::Freeze(process),
        Effect::Continue(process) => Request::Continue(process),
        Effect::Signal(process, signal) => Request::Signal(process, signal),
        Effect::BreakOn(breaks) => Request::BreakOn(breaks),
        _ => return ControlFlow::Continue(()),
    };
    desk.hand_in(request);
    ControlFlow::Continue(())
}

/// The interface, as the loop wants it.
struct Shown {
    app: App,
    opened: Instant,
}

impl Shown {
    fn new(settings: Settings, (columns, rows): (u16, u16)) -> Self {
        Self {
            app: App::new(settings, columns, rows),
            opened: Instant::now(),
        }
    }
}

impl Shown {
    /// Writes everything that was told until now to a file.
    fn export(&self, path: &Path) -> Input {
        let model = || Model::of(self.app.records().iter().cloned());
        let written = match Format::of(path) {
            Ok(format) => export::write(&model(), path, format).map_err(|error| chain(&error)),
            Err(error) => Err(error.to_string()),
        };
        match written {
            Ok(()) => Input::Done(format!("everything was written to `{}`", path.display())),
            Err(why) => Input::Refused(why),
        }
    }
}

impl Interface for Shown {
    fn update(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = self.app.update(input);
        // What is written is here, and nowhere else.
        let exports: Vec<_> = effects
            .extract_if(.., |effect| matches!(effect, Effect::Export(_)))
            .collect();
        for effect in exports {
            if let Effect::Export(path) = effect {
                let done = self.export(&path);
                effects.extend(self.app.update(done));
            }
        }
        effects
    }

    fn tick(&mut self) -> Vec<Effect> {
        let now = Time::from(self.opened.elapsed());
        self.app.update(Input::Tick(now))
    }

    fn wants_tick(&self) -> bool {
        self.app.wants_tick().is_some()
    }

    fn view(&mut self, frame: &mut Frame<'_>) {
        self.app.draw(frame);
    }
}
