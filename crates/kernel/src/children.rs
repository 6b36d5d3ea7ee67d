//! Waiting, on one thread, for the kernel to have something to tell of tracees and children, and for descriptors too.
//!
//! The kernel tells by `SIGCHLD`, to the whole process. A thread that waits blocks that, and learns of it by a descriptor.
//! Where another thread takes it first, because it does not block it or because it waits too, that one wakes the others.
use crate::check::check;
use crate::signals::{SignalSet, take_signal};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::thread::gettid;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::time::Duration;

/// A thread that waits, as the handler knows it.
#[derive(Debug)]
struct Waiter {
    /// 0 if nobody uses this one.
    thread: AtomicI32,
    /// An eventfd.
    woken: OwnedFd,
    next: AtomicPtr<Waiter>,
}

/// All that there have ever been. None is freed, nor is its descriptor closed, since a handler of another thread may be
/// about to write to it: the next thread that waits takes it over.
static WAITERS: AtomicPtr<Waiter> = AtomicPtr::new(null_mut());

/// The means of the calling thread to wait for news of its tracees and children.
///
/// While it exists the thread blocks `SIGCHLD`. The handler of the process for it is replaced for good, by one that
/// interrupts no call of other threads that can be started again (`SA_RESTART`).
#[derive(Debug)]
pub struct ChildNews {
    waiter: &'static Waiter,
    /// A signalfd of `SIGCHLD`.
    signal: OwnedFd,
    /// The thread's mask before.
    before: SignalSet,
    /// The mask belongs to the thread.
    _thread: PhantomData<*const ()>,
}

impl ChildNews {
    /// Begins to take notice.
    pub fn new() -> Result<Self, Errno> {
        let signal = SignalSet::NONE.with(libc::SIGCHLD).descriptor()?;
        let waiter = Waiter::take()?;
        install_handler()?;
        let before = SignalSet::ALL.make_mask()?;
        before.with(libc::SIGCHLD).make_mask()?;
        Ok(Self {
            waiter,
            signal,
            before,
            _thread: PhantomData,
        })
    }

    /// Waits until there may be news, `descriptor` is readable, this much time has passed, or a handler has run on this
    /// thread. Without a time, for as long as it takes. Gives whether the descriptor is readable.
    ///
    /// What came before counts: whoever has taken all news, and then waits, misses none.
    pub fn wait(
        &self,
        descriptor: BorrowedFd<'_>,
        timeout: Option<Duration>,
    ) -> Result<bool, Errno> {
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        let mut fds = [
            PollFd::new(&self.signal, PollFlags::IN),
            PollFd::new(&self.waiter.woken, PollFlags::IN),
            PollFd::from_borrowed_fd(descriptor, PollFlags::IN),
        ];
        match poll(&mut fds, timeout.as_ref()) {
            Err(Errno::INTR) => return Ok(false),
            done => done?,
        };
        let [signal, woken, readable] = fds.map(|fd| !fd.revents().is_empty());
        // Another thread may be quicker, and then wakes this one.
        if signal && take_signal(&self.signal)?.is_some() {
            Waiter::wake_all_but(self.waiter);
        }
        if woken {
            // Only to empty it: it does not block, and tells nothing.
            let _ = rustix::io::read(&self.waiter.woken, &mut [0; 8]);
        }
        Ok(readable)
    }
}

impl Drop for ChildNews {
    fn drop(&mut self) {
        self.waiter.thread.store(0, Ordering::Release);
        // The set was the thread's own: the kernel takes it.
        let _ = self.before.make_mask();
    }
}

impl Waiter {
    /// One for the calling thread: one that nobody uses any more, or a new one.
    fn take() -> Result<&'static Self, Errno> {
        let thread = gettid().as_raw_pid();
        let free = Self::all().find(|waiter| {
            let taken =
                waiter
                    .thread
                    .compare_exchange(0, thread, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        });
        if let Some(waiter) = free {
            return Ok(waiter);
        }
        let waiter = Box::leak(Box::new(Self {
            thread: AtomicI32::new(thread),
            woken: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            next: AtomicPtr::new(null_mut()),
        }));
        let place = std::ptr::from_mut(waiter);
        let link = |first| {
            waiter.next.store(first, Ordering::Relaxed);
            Some(place)
        };
        // The closure always gives a value, so this cannot fail.
        let _ = WAITERS.fetch_update(Ordering::Release, Ordering::Relaxed, link);
        Ok(waiter)
    }

    fn wake(&self) {
        if self.thread.load(Ordering::Relaxed) != 0 {
            // If it is full, it is awake.
            let _ = rustix::io::write(&self.woken, &1u64.to_ne_bytes());
        }
    }

    fn wake_all_but(waiter: &'static Self) {
        let others = Self::all().filter(|other| !std::ptr::eq(*other, waiter));
        others.for_each(Self::wake);
    }

    fn all() -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Self::behind(&WAITERS), |waiter| Self::behind(&waiter.next))
    }

    fn behind(place: &AtomicPtr<Self>) -> Option<&'static Self> {
        // SAFETY: it is null or leads to one that was leaked, completely made before it was stored, and is only read.
        unsafe { place.load(Ordering::Acquire).as_ref() }
    }
}

/// Wakes all that wait: the thread that this runs on does not block the signal, so it is none of them.
extern "C" fn news(_: libc::c_int) {
    // SAFETY: the call takes nothing, and gives the place of the calling thread's own errno.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: that place is valid as long as the thread is.
    let errno = unsafe { *place };
    for waiter in Waiter::all() {
        waiter.wake();
    }
    // SAFETY: as above: what was interrupted must not see the handler's.
    unsafe { *place = errno };
}

fn install_handler() -> Result<(), Errno> {
    // SAFETY: all zeroes is a valid `sigaction`, with an empty mask.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    action.sa_sigaction = news as *const () as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler makes only calls that signal-safety(7) allows, locks and allocates nothing, and keeps errno.
    let done = unsafe { libc::sigaction(libc::SIGCHLD, &raw const action, null_mut()) };
    check(done.into()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::{Status, wait_any};
    use std::os::fd::AsFd;
    use std::process::Command;
    use std::time::Instant;

    /// Something that never becomes readable.
    fn silent() -> OwnedFd {
        eventfd(0, EventfdFlags::CLOEXEC).unwrap()
    }

    /// Starts a program that ends at once, and waits for its end.
    fn end_of_a_child(news: &ChildNews) -> Status {
        let silent = silent();
        #[expect(clippy::zombie_processes, reason = "its end is taken here")]
        let child = Command::new("/bin/true").spawn().unwrap();
        let start = Instant::now();
        loop {
            if let Some(waited) = wait_any().unwrap() {
                assert_eq!(waited.thread, rustix::process::Pid::from_child(&child));
                return waited.status;
            }
            news.wait(silent.as_fd(), Some(Duration::from_secs(10)))
                .unwrap();
            assert!(start.elapsed() < Duration::from_secs(5), "nobody was woken");
        }
    }

    #[test]
    fn a_child_wakes_its_thread_whichever_thread_is_given_the_signal() {
        // The test's other threads do not block the signal.
        let waiting = || {
            let news = ChildNews::new().unwrap();
            for _ in 0..50 {
                assert_eq!(end_of_a_child(&news), Status::Exited(0));
            }
        };
        let threads = [(); 3].map(|()| std::thread::spawn(waiting));
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[test]
    fn a_thread_that_takes_the_signal_wakes_the_others() {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || {
            let news = ChildNews::new().unwrap();
            ready.send(()).unwrap();
            is_done.recv().unwrap();
            let start = Instant::now();
            let silent = silent();
            // The signal is gone, but may have been for this one.
            news.wait(silent.as_fd(), Some(Duration::from_secs(10)))
                .unwrap();
            assert!(start.elapsed() < Duration::from_secs(5));
        });
        is_ready.recv().unwrap();
        let taking = move || {
            let news = ChildNews::new().unwrap();
            // SAFETY: raising, for this thread alone, a signal that it blocks.
            unsafe { libc::raise(libc::SIGCHLD) };
            let silent = silent();
            news.wait(silent.as_fd(), Some(Duration::from_secs(10)))
                .unwrap();
            done.send(()).unwrap();
        };
        std::thread::spawn(taking).join().unwrap();
        other.join().unwrap();
    }

    #[test]
    fn what_came_before_the_wait_counts() {
        std::thread::spawn(|| {
            let silent = silent();
            let news = ChildNews::new().unwrap();
            let mut child = Command::new("/bin/true").spawn().unwrap();
            std::thread::sleep(Duration::from_millis(100));
            let start = Instant::now();
            news.wait(silent.as_fd(), Some(Duration::from_secs(10)))
                .unwrap();
            assert!(start.elapsed() < Duration::from_secs(5));
            assert!(wait_any().unwrap().is_some());
            // Its end has been taken.
            assert!(child.wait().is_err());
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_has_its_mask_back_afterwards() {
        std::thread::spawn(|| {
            let before = SignalSet::ALL.make_mask().unwrap();
            before.make_mask().unwrap();
            drop(ChildNews::new().unwrap());
            assert_eq!(before.make_mask().unwrap(), before);
        })
        .join()
        .unwrap();
    }
}
