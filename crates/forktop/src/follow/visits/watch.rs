//! Watching for the end of a process that is followed only while it is visited: between two visits the kernel reports nothing of
//! it, and its shell is to end with it.
use crate::follow::{Desk, Request};
use crate::log::VisitId;
use privileges::Process;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::thread;

/// Has the visit be left when the process has ended. If that cannot be watched for, the shell outlives it.
pub(super) fn leave_at_end_of(process: &Process, visit: VisitId, desk: Desk) {
    let Some(Ok(process)) = process.pidfd().map(|it| it.try_clone_to_owned()) else {
        return;
    };
    let watch = move || {
        let mut ended = [PollFd::new(&process, PollFlags::IN)];
        while poll(&mut ended, None) == Err(Errno::INTR) {}
        desk.hand_in(Request::Leave(visit));
    };
    // It lasts as long as the process; what is handed in after the end of the visit is about nothing.
    let _ = thread::Builder::new().name("watch".to_owned()).spawn(watch);
}
