//! Pid 1 of a void: a small process of ours. It reaps what others leave, passes signals on to the program, and tells
//! the shim what becomes of it. It executes nothing and cannot be reached from inside.
use crate::check::check;
use crate::report::News;
use crate::signals;
use clone3::Child;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Stays until the program has ended. All signals must be blocked. The kernel kills what is left of the void when this
/// process exits.
pub(crate) fn keep(program: &Child, reports: BorrowedFd<'_>, tell_stops: bool) {
    let stops = match tell_stops {
        true => WaitOptions::UNTRACED | WaitOptions::CONTINUED,
        false => WaitOptions::empty(),
    };
    loop {
        let received = signals::wait();
        if received.signal == libc::SIGCHLD {
            if let Some(end) = reap(program.pid(), stops, reports) {
                return end.tell(reports);
            }
        } else if received.from_outside {
            pass_on(program.pid(), received.signal);
        }
    }
}

/// Takes every end that is there, and the `stops` that are asked for; gives the program's end if it was among them.
fn reap(program: Pid, stops: WaitOptions, reports: BorrowedFd<'_>) -> Option<News> {
    let changes = stops | WaitOptions::NOHANG;
    let mut end = None;
    while let Ok(Some((pid, status))) = rustix::process::wait(changes) {
        if pid != program {
            continue;
        }
        match news(status) {
            Some(news @ (News::Exited { .. } | News::Killed { .. })) => end = Some(news),
            Some(news) => news.tell(reports),
            None => {}
        }
    }
    end
}

fn news(status: WaitStatus) -> Option<News> {
    if status.continued() {
        return Some(News::Continued);
    }
    let exited = status.exit_status().map(|code| News::Exited { code });
    let killed = status
        .terminating_signal()
        .map(|signal| News::Killed { signal });
    let stopped = status
        .stopping_signal()
        .map(|signal| News::Stopped { signal });
    exited.or(killed).or(stopped)
}

/// What stops a job stops the program's whole process group, and so does going on. `SIGSTOP` in place of `SIGTSTP`: the
/// group may be an orphaned one, which ignores the latter. Everything else is for the program alone, as if it had been
/// started without us.
fn pass_on(program: Pid, signal: i32) {
    let (target, signal) = match signal {
        libc::SIGTSTP => (-program.as_raw_pid(), libc::SIGSTOP),
        libc::SIGCONT => (-program.as_raw_pid(), signal),
        _ => (program.as_raw_pid(), signal),
    };
    // SAFETY: kill(2) takes integers only. The program is a child that has not been reaped, so the pid is still its own.
    unsafe { libc::kill(target, signal) };
}

/// Kills the program: pid 1 could not make itself safe, so nothing may run.
pub(crate) fn abandon(program: &Child) {
    let _ = rustix::process::kill_process(program.pid(), Signal::KILL);
}

/// Closes every descriptor but `reports`, which becomes 0: ends of pipes that pid 1 kept would never be seen to close.
pub(crate) fn close_all_but(reports: BorrowedFd<'_>) -> Result<BorrowedFd<'static>, Errno> {
    // SAFETY: dup2(2) takes integers. What 0 was is used by nobody in this process any more.
    check(unsafe { libc::dup2(reports.as_raw_fd(), 0) }.into())?;
    // SAFETY: nothing in this process uses or drops its `OwnedFd`s from here on: it waits, and then exits.
    check(unsafe { libc::syscall(libc::SYS_close_range, 1u32, libc::c_uint::MAX, 0u32) })?;
    // SAFETY: 0 is open until this process exits.
    Ok(unsafe { BorrowedFd::borrow_raw(0) })
}
