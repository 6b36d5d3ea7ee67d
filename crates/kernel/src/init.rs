//! Pid 1 of a void: a small process of ours. It reaps what others leave, passes signals on to the program, and tells
//! the shim what becomes of it. It executes nothing and cannot be reached from inside.
use crate::arrange::{copy_from, move_to};
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
    move_to(reports.as_raw_fd(), 0)?;
    close_from(1)?;
    Ok(kept(0))
}

/// The same but two, which become 0 and 1.
pub(crate) fn close_all_but_two(
    first: BorrowedFd<'_>,
    second: BorrowedFd<'_>,
) -> Result<[BorrowedFd<'static>; 2], Errno> {
    // Each may lie at the other's new place.
    let (first, second) = (copy_from(first, 2)?, copy_from(second, 2)?);
    move_to(first, 0)?;
    move_to(second, 1)?;
    close_from(2)?;
    Ok([kept(0), kept(1)])
}

fn close_from(first: u32) -> Result<(), Errno> {
    // SAFETY: nothing in this process uses or drops its `OwnedFd`s from here on: it waits, and then exits.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0u32) }).map(drop)
}

/// One of those that were not closed.
fn kept(number: i32) -> BorrowedFd<'static> {
    // SAFETY: it is open until this process exits.
    unsafe { BorrowedFd::borrow_raw(number) }
}
