//! The user's terminal joined to that of a program, without anything of ours on it: what is typed goes there, what is written
//! comes back, and the size follows.
use super::guard::{For, Guard, write_all};
use super::pty::pair;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, tcgetwinsize, tcsetattr, tcsetwinsize};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
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
    /// Readable when a signal is to end it.
    ended: UnixStream,
}

/// Why two terminals are joined no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parted {
    /// It was said so.
    Told,
    /// The user's terminal is gone, or a signal came.
    HungUp,
}

impl Bridge {
    /// Takes the user's terminal, and joins it to a new one, of which the program's side is given too.
    pub fn build() -> io::Result<(Self, OwnedFd)> {
        let (resized, ended) = (
            heard([SIGWINCH])?,
            heard([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?,
        );
        let guard = Guard::take(For::PassingOn)?;
        let (master, slave) = pair()?;
        tcsetattr(&slave, OptionalActions::Now, guard.modes())?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let bridge = Self {
            guard,
            master,
            resized,
            ended,
        };
        bridge.resize();
        Ok((bridge, slave))
    }

    /// Waits until `told` is readable, and passes nothing on meanwhile.
    pub fn wait(&self, told: &impl AsFd) -> Parted {
        loop {
            let mut wait = [
                PollFd::new(&self.ended, PollFlags::IN),
                PollFd::new(told, PollFlags::IN),
            ];
            match rustix::event::poll(&mut wait, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return Parted::HungUp,
            }
            match wait.map(|it| !it.revents().is_empty()) {
                [true, _] => return Parted::HungUp,
                [_, true] => return Parted::Told,
                [false, false] => {}
            }
        }
    }

    /// Passes on what comes, until `told` is readable and nothing more has been written.
    pub fn pass_on(&self, told: &impl AsFd) -> Parted {
        let mut typed = Vec::new();
        loop {
            let (tty, master) = (self.guard.tty(), &self.master);
            let from_user = match typed.is_empty() {
                true => PollFlags::IN,
                false => PollFlags::empty(),
            };
            let from_program = match typed.is_empty() {
                true => PollFlags::IN,
                false => PollFlags::IN | PollFlags::OUT,
            };
            let mut wait = [
                PollFd::new(&**tty, from_user),
                PollFd::new(master, from_program),
                PollFd::new(&self.resized, PollFlags::IN),
                PollFd::new(&self.ended, PollFlags::IN),
                PollFd::new(told, PollFlags::IN),
            ];
            match rustix::event::poll(&mut wait, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return Parted::HungUp,
            }
            let [user, program, resized, ended, told] = wait.map(|it| !it.revents().is_empty());
            if resized {
                drain(&self.resized);
                self.resize();
            }
            if program {
                self.show();
                self.type_in(&mut typed);
            }
            if user && typed.is_empty() && self.listen(&mut typed).is_err() || ended {
                return Parted::HungUp;
            }
            if told {
                self.show();
                return Parted::Told;
            }
        }
    }

    /// Reads what is typed; an error is a terminal that is gone.
    fn listen(&self, typed: &mut Vec<u8>) -> Result<(), Errno> {
        let mut bytes = [0; 4096];
        match rustix::io::read(&**self.guard.tty(), &mut bytes) {
            Ok(0) => Err(Errno::IO),
            Ok(length) => {
                typed.extend(bytes.iter().take(length));
                self.type_in(typed);
                Ok(())
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    /// Types what there is, as much as the program's terminal takes.
    fn type_in(&self, typed: &mut Vec<u8>) {
        if let Ok(length) = rustix::io::write(&self.master, typed) {
            typed.drain(..length.min(typed.len()));
        }
    }

    /// Shows what the program has written.
    fn show(&self) {
        let mut bytes = [0; 1 << 14];
        // An error is that there is no more, or that nobody has it open.
        while let Ok(length @ 1..) = rustix::io::read(&self.master, &mut bytes) {
            write_all(
                self.guard.tty().as_fd(),
                bytes.get(..length).unwrap_or_default(),
            );
        }
    }

    fn resize(&self) {
        if let Ok(size) = tcgetwinsize(&**self.guard.tty()) {
            // A size that cannot be set is a picture that does not fit.
            let _ = tcsetwinsize(&self.master, size);
        }
    }
}

/// What is readable when one of these signals has come.
fn heard<const N: usize>(signals: [i32; N]) -> io::Result<UnixStream> {
    let (hear, tell) = UnixStream::pair()?;
    hear.set_nonblocking(true)?;
    for signal in signals {
        pipe::register(signal, tell.try_clone()?)?;
    }
    Ok(hear)
}

fn drain(stream: &UnixStream) {
    let mut bytes = [0; 64];
    while let Ok(1..) = rustix::io::read(stream, &mut bytes) {}
}
