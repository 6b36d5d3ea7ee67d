//! A process that is visited and not followed otherwise is let go while its shell is open. Its end is noticed by a descriptor of
//! it then, and its shell ended too.
use crate::follow::{Desk, Request};
use crate::log::VisitId;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io;
use std::os::fd::OwnedFd;
use std::thread;

/// That is watched for, until this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _watches: OwnedFd,
}

impl Watch {
    /// Has the shell of a visit be ended when this process ends.
    pub(super) fn begin(process: Pid, visit: VisitId, desk: Desk) -> io::Result<Self> {
        let process = pidfd_open(process, PidfdFlags::empty())?;
        let (is_over, watches) = pipe_with(PipeFlags::CLOEXEC)?;
        let watch = move || {
            if ends_before(&process, &is_over) {
                desk.hand_in(Request::Leave(visit));
            }
        };
        thread::Builder::new().name("end".to_owned()).spawn(watch)?;
        Ok(Self { _watches: watches })
    }
}

fn ends_before(process: &OwnedFd, is_over: &OwnedFd) -> bool {
    loop {
        let mut wait = [
            PollFd::new(process, PollFlags::IN),
            PollFd::new(is_over, PollFlags::IN),
        ];
        match poll(&mut wait, None) {
            Ok(_) => {
                let [process, is_over] = wait.map(|it| !it.revents().is_empty());
                return process && !is_over;
            }
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
