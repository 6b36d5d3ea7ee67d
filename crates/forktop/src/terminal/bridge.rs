//! The user's terminal joined to that of a program, without anything of ours on it: what is typed goes there, what is written
//! comes back, and the size follows.
use super::guard::{For, Guard, write_all};
use super::pty::pair;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, tcgetwinsize, tcsetattr, tcsetwinsize};
use signal_hook::consts::SIGWINCH;
use signal_hook::low_level::pipe;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Two terminals, joined until this is dropped.
#[derive(Debug)]
pub struct Bridge {
    guard: Guard,
    master: OwnedFd,
    /// Readable when the size has changed.
    resized: UnixStream,
}

/// So often it is read at once what a program has written: all that a pseudoterminal holds comes within.
const READS: usize = 32;

/// Which keys have a program end, as long as one is there to be told (termios(3)).
const ENDING: [u8; 2] = [b'C' & 0x1f, b'\\' & 0x1f];

/// Whether anybody has the program's side open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Open,
    Closed,
}

/// Why two terminals are joined no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parted {
    /// It was said so.
    Told,
    /// The user's terminal is gone, or its user has had enough.
    HungUp,
}

impl Bridge {
    /// Takes the user's terminal, and joins it to a new one, of which the program's side is given too. Signals that end forktop are for
    /// its caller, from before this on.
    pub fn build() -> io::Result<(Self, OwnedFd)> {
        let resized = heard(SIGWINCH)?;
        let guard = Guard::take(For::PassingOn)?;
        let (master, slave) = pair()?;
        tcsetattr(&slave, OptionalActions::Now, guard.modes())?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let bridge = Self {
            guard,
            master,
            resized,
        };
        bridge.resize();
        Ok((bridge, slave))
    }

    /// Waits until `told` is readable, and shows nothing meanwhile. What is typed waits for the program, but for keys that would end
    /// it: those end this.
    pub fn wait_for(&self, told: &impl AsFd) -> Parted {
        loop {
            let mut typed = Vec::new();
            let Ok([user, told, _]) = self.wait(told, &typed, Side::Closed) else {
                return Parted::HungUp;
            };
            let keys = user.then(|| self.hear());
            match keys {
                Some(Err(_)) => return Parted::HungUp,
                Some(Ok(keys)) if keys.iter().any(|key| ENDING.contains(key)) => {
                    return Parted::HungUp;
                }
                Some(Ok(keys)) => typed.extend(keys),
                None => {}
            }
            self.type_in(&mut typed);
            if told {
                return Parted::Told;
            }
        }
    }

    /// Passes on what comes, until `told` is readable and nothing more has been written.
    ///
    /// When nobody has the program's side open any more, that is so for ever, and is no more waited for: it would come at once each
    /// time. Then what is to follow may take a while, and keys that would have ended the program end this.
    pub fn pass_on(&self, told: &impl AsFd) -> Parted {
        let mut typed = Vec::new();
        let mut side = Side::Open;
        loop {
            let Ok([user, told, program]) = self.wait(told, &typed, side) else {
                return Parted::HungUp;
            };
            if program {
                side = self.show();
                self.type_in(&mut typed);
            }
            if user && self.listen(&mut typed).is_err() {
                return Parted::HungUp;
            }
            if side == Side::Closed && typed.drain(..).any(|key| ENDING.contains(&key)) {
                return Parted::HungUp;
            }
            if told {
                self.show();
                return Parted::Told;
            }
        }
    }

    /// Waits until there is something of the user, an end, or something of the program; or a new size, which it sees to.
    fn wait(&self, told: &impl AsFd, typed: &[u8], side: Side) -> Result<[bool; 3], Errno> {
        let (from_user, from_program) = match typed.is_empty() {
            true => (PollFlags::IN, PollFlags::IN),
            false => (PollFlags::empty(), PollFlags::IN | PollFlags::OUT),
        };
        let mut wait = [
            PollFd::new(&**self.guard.tty(), from_user),
            PollFd::new(&self.resized, PollFlags::IN),
            PollFd::new(told, PollFlags::IN),
            PollFd::new(&self.master, from_program),
        ];
        let counted = match (side, &mut wait) {
            (Side::Open, all) => &mut all[..],
            (Side::Closed, [others @ .., _]) => others,
        };
        match rustix::event::poll(counted, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        let [user, resized, told, program] = wait.map(|it| !it.revents().is_empty());
        if resized {
            drain(&self.resized);
            self.resize();
        }
        Ok([user, told, program])
    }

    /// Reads what is typed, and types it; an error is a terminal that is gone.
    fn listen(&self, typed: &mut Vec<u8>) -> Result<(), Errno> {
        typed.extend(self.hear()?);
        self.type_in(typed);
        Ok(())
    }

    /// What is typed; an error is a terminal that is gone.
    fn hear(&self) -> Result<Vec<u8>, Errno> {
        let mut bytes = [0; 4096];
        match rustix::io::read(&**self.guard.tty(), &mut bytes) {
            Ok(0) => Err(Errno::IO),
            Ok(length) => Ok(bytes.iter().take(length).copied().collect()),
            Err(Errno::INTR | Errno::AGAIN) => Ok(Vec::new()),
            Err(errno) => Err(errno),
        }
    }

    /// Types what there is, as much as the program's terminal takes.
    fn type_in(&self, typed: &mut Vec<u8>) {
        if let Ok(length) = rustix::io::write(&self.master, typed) {
            typed.drain(..length.min(typed.len()));
        }
    }

    /// Shows what the program has written; if that is more than a pseudoterminal holds, it goes on writing, and others have their
    /// turn before the rest.
    fn show(&self) -> Side {
        let mut bytes = [0; 1 << 14];
        for _ in 0..READS {
            match rustix::io::read(&self.master, &mut bytes) {
                Ok(length @ 1..) => write_all(
                    self.guard.tty().as_fd(),
                    bytes.get(..length).unwrap_or_default(),
                ),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Side::Open,
                // Nobody has it open.
                Ok(_) | Err(_) => return Side::Closed,
            }
        }
        Side::Open
    }

    fn resize(&self) {
        if let Ok(size) = tcgetwinsize(&**self.guard.tty()) {
            // A size that cannot be set is a picture that does not fit.
            let _ = tcsetwinsize(&self.master, size);
        }
    }
}

/// What is readable when this signal has come.
fn heard(signal: i32) -> io::Result<UnixStream> {
    let (hear, tell) = UnixStream::pair()?;
    hear.set_nonblocking(true)?;
    pipe::register(signal, tell)?;
    Ok(hear)
}

fn drain(stream: &UnixStream) {
    let mut bytes = [0; 64];
    while let Ok(1..) = rustix::io::read(stream, &mut bytes) {}
}
