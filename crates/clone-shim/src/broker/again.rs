//! Calls that a signal interrupted when they had been performed: the program makes them again, or thinks that nothing
//! came of them. What is the same once more gets the answer that it would have had.
use super::message::Message;
use super::socket::Socket;
use super::{Answer, Broker};
use kernel::Call;
use rustix::io::Errno;
use rustix::net::sockopt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a call did, beyond its arguments.
#[derive(Debug)]
pub enum Performed {
    /// This, with a socket: its print.
    Known(u64),
    /// It sent a message by the socket of this cookie.
    Sent(u64, Message),
}

/// Such calls, with the prints of what they did, and what they came to.
#[derive(Debug, Default)]
pub struct Unanswered(Vec<(Call, u64, Answer)>);

/// What tells a call from another with the same arguments: its socket, and what they lead to.
pub fn print(socket: &Socket, what: &impl Hash) -> u64 {
    print_of(cookie(socket), what)
}

/// A socket's own, which the kernel uses only once, as programs do not with numbers of descriptors.
pub fn cookie(socket: &Socket) -> u64 {
    sockopt::socket_cookie(&socket.fd).unwrap_or(0)
}

fn print_of(cookie: u64, what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (cookie, what).hash(&mut hasher);
    hasher.finish()
}

impl Unanswered {
    fn add(&mut self, call: Call, performed: &Performed, answer: Answer) {
        const MOST: usize = 64;
        let print = match performed {
            Performed::Known(print) => *print,
            Performed::Sent(cookie, message) => print_of(*cookie, message),
        };
        if self.0.len() == MOST {
            let _ = self.0.remove(0);
        }
        self.0.push((call, print, answer));
    }

    /// The answer that this very call would have had, if it is one of these. Its print is asked for only where it matters.
    pub fn take(&mut self, call: &Call, print: impl Fn() -> u64) -> Option<Answer> {
        let alike = |before: &Call| {
            (before.thread, before.number, before.arguments)
                == (call.thread, call.number, call.arguments)
        };
        let mut all = self.0.iter();
        let place = all.position(|(before, known, _)| alike(before) && *known == print())?;
        Some(self.0.remove(place).2)
    }
}

impl Broker {
    /// Answers a call.
    pub(super) fn answer(&mut self, call: Call, answer: Answer) {
        let performed = self.performed.take();
        let interrupted = self.listener.answer(call.id, answer) == Err(Errno::NOENT);
        if let (true, Some(performed)) = (interrupted, performed) {
            self.unanswered.add(call, &performed, answer);
        }
    }
}
