//! The end of a shell: all that it has left is ended, and so is its keeper.
use crate::proc_file::children;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::HashSet;
use std::time::Duration;
use tracee::{Call, CallError, Errno, Inside};

/// How long the end of something killed may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// wait4(2): for children of whatever kind (`__WALL`).
const WALL: u64 = 0x4000_0000;

/// Kills all that is below a keeper, waits for it there, and has the keeper end too. What does not die in time is left, dying.
pub async fn leave(keeper: &Inside) {
    loop {
        kill_all_below(keeper.process());
        let wait = Call::new("wait4")
            .signed(-1)
            .number(0)
            .number(WALL)
            .number(0);
        match keeper.call_within(&wait, PATIENCE).await {
            Ok(_) => {}
            Err(CallError::Refused(Errno::CHILD)) => break,
            Err(_) => return keeper.end().await,
        }
    }
    if keeper.exit().await.is_err() {
        keeper.end().await;
    }
}

/// Kills all descendants of a process.
fn kill_all_below(process: Pid) {
    let mut found = HashSet::new();
    let mut left = vec![process];
    while let Some(one) = left.pop() {
        for child in children(one).filter(|child| found.insert(*child)) {
            left.push(child);
            // It may be dying already.
            let _ = kill_child(one, child);
        }
    }
}

/// Kills a process that is a child of another one: its number may have become another's since it was seen there.
fn kill_child(of: Pid, child: Pid) -> Result<(), Errno> {
    let process = pidfd_open(child, PidfdFlags::empty())?;
    match children(of).any(|it| it == child) {
        true => pidfd_send_signal(process, Signal::KILL),
        false => Ok(()),
    }
}
