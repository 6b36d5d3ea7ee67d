//! Where what the loop takes in comes from: threads that wait, each for one thing, and say what came in one channel.
use crate::backlog::Backlog;
use crate::log::Record;
use crate::screen::effect::Input;
use crate::screen::terminals::TerminalId;
use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// Something for the loop.
#[derive(Debug)]
pub enum Message {
    /// Something for the interface.
    Input(Input),
    /// This terminal shows something new.
    Drew(TerminalId),
    /// A signal came to forktop.
    Signal(i32),
    /// The user's terminal is gone.
    HungUp,
}

/// The channel of messages.
#[derive(Debug)]
pub struct Messages {
    sender: Sender<Message>,
    pub(super) receiver: Receiver<Message>,
    /// The records among them.
    pub(super) records: Backlog,
}

impl Messages {
    /// An empty one.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a channel is made, not assumed")]
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            sender,
            receiver,
            records: Backlog::default(),
        }
    }

    /// For one more thread that has something to say.
    #[must_use]
    pub fn sender(&self) -> Sender<Message> {
        self.sender.clone()
    }

    /// What hands in records, and waits where the loop does not take them as they come.
    pub(crate) fn on_record(&self) -> impl Fn(Record) + Send + 'static {
        let (sender, records) = (self.sender(), self.records.clone());
        move |record| {
            records.tell();
            send(&sender, Message::Input(Input::Record(Box::new(record))));
            records.wait_for_room();
        }
    }

    /// What a [`Pty`](super::Pty) calls when it shows something new.
    pub fn on_output(&self, terminal: TerminalId) -> impl Fn() + Send + 'static {
        let sender = self.sender();
        move || send(&sender, Message::Drew(terminal))
    }

    /// Hands in something for the interface.
    pub fn hand_in(&self, input: Input) {
        send(&self.sender, Message::Input(input));
    }

    /// Says what signals come, from now on, and makes `ending` readable when one of them is to end forktop.
    pub(super) fn of_signals(&self) -> io::Result<OwnedFd> {
        let (ending, end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT])?;
        let sender = self.sender();
        spawn("signals", move || {
            let mut end = Some(end);
            for signal in signals.forever() {
                if ![SIGTSTP, SIGCONT].contains(&signal) {
                    end = None;
                }
                send(&sender, Message::Signal(signal));
            }
            drop(end);
        })?;
        Ok(ending)
    }

    /// Says what is typed, clicked and pasted, and when the terminal has another size.
    pub(super) fn of_keys(&self) -> io::Result<()> {
        let sender = self.sender();
        spawn("keys", move || {
            while let Ok(event) = crossterm::event::read() {
                send(&sender, Message::Input(Input::Terminal(event)));
            }
            send(&sender, Message::HungUp);
        })
    }

    /// Says when the terminal is gone: reading from it does not tell.
    pub(super) fn of_hang_up(&self, tty: Arc<OwnedFd>) -> io::Result<()> {
        let sender = self.sender();
        spawn("hang-up", move || {
            let mut wait = [PollFd::new(&*tty, PollFlags::empty())];
            while rustix::event::poll(&mut wait, None) == Err(rustix::io::Errno::INTR) {}
            send(&sender, Message::HungUp);
        })
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work)?;
    Ok(())
}

/// An error is a loop that has ended: there is nobody to tell.
fn send(sender: &Sender<Message>, message: Message) {
    let _ = sender.send(message);
}
