//! The loop: it waits for messages in one place, lets the interface take them in, has done what that wants done, and
//! draws what has changed. While nothing happens it does nothing.
use super::sources::{Message, Messages};
use super::{Display, Pty};
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
    /// The command's terminal, if it has one.
    pub pty: Option<&'a Pty>,
    /// Does what is neither the display's nor the command's terminal's, and says whether the loop goes on.
    pub perform: &'a mut dyn FnMut(Effect) -> ControlFlow<()>,
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
        // How what is typed is told to the command depends on its screen, also before it has written anything.
        command_drew: joined.pty.is_some(),
        joined,
        drawn: None,
        ticked: Instant::now(),
    };
    loop {
        if let ControlFlow::Break(ended) = running.turn() {
            return ended;
        }
    }
}

struct Running<'a> {
    display: &'a mut Display,
    interface: &'a mut dyn Interface,
    joined: Joined<'a>,
    /// Whether the last frame shows something else than there is.
    has_changed: bool,
    /// Whether the command's terminal shows something that was not taken in.
    command_drew: bool,
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

    const fn is_stale(&self) -> bool {
        self.has_changed || self.command_drew
    }

    /// Whether a frame is to be drawn now.
    fn is_due(&self) -> bool {
        self.is_stale() && self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME)
    }

    fn take(&mut self, message: Message) -> Next {
        match message {
            Message::Input(input) => {
                let effects = self.interface.update(input);
                self.perform(effects)
            }
            // It is copied once a frame, however much it shows meanwhile.
            Message::CommandDrew => {
                self.command_drew = true;
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
            match (effect, self.joined.pty) {
                (Effect::Copy(text), _) => or_hung_up(self.display.copy(&text))?,
                (Effect::Suspend, _) => self.suspend()?,
                (Effect::Type(bytes), Some(pty)) => pty.put(bytes),
                (Effect::Scroll(step), Some(pty)) => {
                    pty.scroll(step);
                    self.command_drew = true;
                }
                (Effect::Resize { columns, rows }, Some(pty)) => {
                    pty.resize(columns, rows);
                    self.command_drew = true;
                }
                (effect, _) => {
                    if (self.joined.perform)(effect).is_break() {
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
        if std::mem::take(&mut self.command_drew)
            && let Some(pty) = self.joined.pty
        {
            let effects = self.interface.update(Input::Command(pty.screen()));
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
