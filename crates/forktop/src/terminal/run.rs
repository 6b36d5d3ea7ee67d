//! The loop: it waits for messages in one place, lets the interface take them in, has done what that wants done, and
//! draws what has changed. While nothing happens it does nothing.
use super::sources::{Message, Messages};
use super::{Display, Ptys};
use crate::screen::effect::{Effect, Input};
use ratatui::Frame;
use signal_hook::consts::{SIGCONT, SIGTSTP};
use std::ops::ControlFlow;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// No two frames are closer.
const FRAME: Duration = Duration::from_millis(33);

/// So often an interface that wants to know is told that time passes.
const TICK: Duration = Duration::from_secs(1);

/// What is shown, and what is done with what comes.
pub trait Interface {
    /// Takes something in, and says what is to be done.
    fn update(&mut self, input: Input) -> Vec<Effect>;
    /// Takes in that time has passed.
    fn tick(&mut self) -> Vec<Effect>;
    /// Whether time that passes changes what is shown.
    fn wants_tick(&self) -> bool;
    /// Draws what there is.
    fn view(&mut self, frame: &mut Frame<'_>);
}

/// What the loop brings together.
pub struct Joined<'a> {
    /// What comes in.
    pub messages: &'a Messages,
    /// The terminals in place of the user's.
    pub ptys: &'a mut Ptys,
    /// Does what is neither the display's nor a terminal's but to open one, and says whether the loop goes on.
    pub perform: &'a mut dyn FnMut(Effect, &mut Ptys) -> ControlFlow<()>,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// What was performed ended it.
    Asked,
    /// By this signal.
    Signal(i32),
    /// The user's terminal is gone.
    HungUp,
}

/// Runs the interface on a display until something ends it.
pub fn run<'a>(
    display: &'a mut Display,
    interface: &'a mut dyn Interface,
    joined: Joined<'a>,
) -> Ended {
    let mut running = Running {
        display,
        interface,
        has_changed: true,
        joined,
        drawn: None,
        ticked: Instant::now(),
    };
    let ended = loop {
        if let ControlFlow::Break(ended) = running.turn() {
            break ended;
        }
    };
    running.joined.messages.records.lift();
    ended
}

struct Running<'a> {
    display: &'a mut Display,
    interface: &'a mut dyn Interface,
    joined: Joined<'a>,
    /// Whether the last frame shows something else than there is.
    has_changed: bool,
    drawn: Option<Instant>,
    ticked: Instant,
}

type Next = ControlFlow<Ended>;

impl Running<'_> {
    fn turn(&mut self) -> Next {
        self.wait()?;
        // What has come meanwhile is taken in together, until a frame is due.
        while !self.is_due()
            && let Ok(message) = self.joined.messages.receiver.try_recv()
        {
            self.take(message)?;
        }
        if self.interface.wants_tick() && self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            let effects = self.interface.tick();
            self.perform(effects)?;
        }
        match self.is_due() {
            true => self.draw(),
            false => Next::Continue(()),
        }
    }

    /// Waits for a message, or until there is something to be done without one.
    fn wait(&mut self) -> Next {
        let receiver = &self.joined.messages.receiver;
        let message = match self.deadline() {
            Some(deadline) => {
                receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            }
            None => receiver.recv().map_err(RecvTimeoutError::from),
        };
        match message {
            Ok(message) => self.take(message),
            Err(RecvTimeoutError::Timeout) => Next::Continue(()),
            // It cannot be: the messages have a sender of their own.
            Err(RecvTimeoutError::Disconnected) => Next::Break(Ended::HungUp),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let frame = self
            .is_stale()
            .then(|| self.drawn.map_or_else(Instant::now, |drawn| drawn + FRAME));
        let tick = self.interface.wants_tick().then(|| self.ticked + TICK);
        frame.into_iter().chain(tick).min()
    }

    fn is_stale(&self) -> bool {
        self.has_changed || self.joined.ptys.have_drawn()
    }

    /// Whether a frame is to be drawn now.
    fn is_due(&self) -> bool {
        self.is_stale() && self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME)
    }

    fn take(&mut self, message: Message) -> Next {
        match message {
            Message::Input(input) => {
                if matches!(input, Input::Record(_)) {
                    self.joined.messages.records.take();
                }
                let effects = self.interface.update(input);
                self.perform(effects)
            }
            Message::Drew(terminal) => {
                self.joined.ptys.draws(terminal);
                Next::Continue(())
            }
            Message::Signal(SIGTSTP) => self.suspend(),
            Message::Signal(SIGCONT) => {
                self.has_changed = true;
                or_hung_up(self.display.again())
            }
            Message::Signal(signal) => Next::Break(Ended::Signal(signal)),
            Message::HungUp => Next::Break(Ended::HungUp),
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Next {
        self.has_changed = true;
        for effect in effects {
            match effect {
                Effect::Copy(text) => or_hung_up(self.display.copy(&text))?,
                Effect::Suspend => self.suspend()?,
                effect => {
                    let left = self.joined.ptys.perform(effect);
                    let next = left.map(|left| (self.joined.perform)(left, self.joined.ptys));
                    if next.is_some_and(|next| next.is_break()) {
                        return Next::Break(Ended::Asked);
                    }
                }
            }
        }
        Next::Continue(())
    }

    fn suspend(&mut self) -> Next {
        self.has_changed = true;
        or_hung_up(self.display.suspend())
    }

    fn draw(&mut self) -> Next {
        for (terminal, screen) in self.joined.ptys.drawn() {
            let effects = self.interface.update(Input::Screen(terminal, screen));
            self.perform(effects)?;
        }
        let drawn = self.display.draw(|frame| self.interface.view(frame));
        self.has_changed = false;
        self.drawn = Some(Instant::now());
        if drawn.is_err() {
            return Next::Break(self.why());
        }
        Next::Continue(())
    }

    /// Why nothing can be drawn: where a signal ends forktop, nothing is drawn either.
    fn why(&self) -> Ended {
        let signal = self
            .joined
            .messages
            .receiver
            .try_iter()
            .find_map(|message| match message {
                Message::Signal(signal) if ![SIGTSTP, SIGCONT].contains(&signal) => Some(signal),
                _ => None,
            });
        signal.map_or(Ended::HungUp, Ended::Signal)
    }
}

fn or_hung_up(result: std::io::Result<()>) -> Next {
    result.map_or(Next::Break(Ended::HungUp), Next::Continue)
}

impl std::fmt::Debug for Joined<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Joined").finish_non_exhaustive()
    }
}
