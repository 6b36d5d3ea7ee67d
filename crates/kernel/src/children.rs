//! Waiting, on one thread, for the kernel to have something to tell of tracees and children.
//!
//! The kernel tells by `SIGCHLD`, to the whole process. A thread that waits blocks that, and takes it where it waits
//! (rt_sigtimedwait(2)), so that none can come too soon. Where another thread is given it first, because it does not block
//! it or because it waits too, that one passes it on, to each waiting thread by itself.
use crate::check::check;
use crate::signals::SignalSet;
use rustix::io::Errno;
use rustix::process::{Pid, getpid};
use rustix::thread::gettid;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::time::Duration;

/// A thread that waits, as others know it.
#[derive(Debug)]
struct Waiter {
    /// 0 if nobody uses this one.
    thread: AtomicI32,
    next: AtomicPtr<Waiter>,
}

/// All that there have ever been. None is freed, since a handler of another thread may be looking at it: the next thread
/// that waits takes it over.
static WAITERS: AtomicPtr<Waiter> = AtomicPtr::new(null_mut());

/// The means of the calling thread to wait for news of its tracees and children.
///
/// While it exists the thread blocks `SIGCHLD`. The handler of the process for it is replaced for good, by one that
/// interrupts no call of other threads that can be started again (`SA_RESTART`).
#[derive(Debug)]
pub struct ChildNews {
    waiter: &'static Waiter,
    thread: Pid,
    /// The thread's mask before.
    before: SignalSet,
    /// The mask belongs to the thread.
    _thread: PhantomData<*const ()>,
}

/// Has a thread that waits for news come back, from any thread. If it does not wait, its next wait is over at once; if it
/// is no more, nothing happens.
#[derive(Clone, Copy, Debug)]
pub struct Waker(Pid);

impl ChildNews {
    /// Begins to take notice.
    pub fn new() -> Result<Self, Errno> {
        let thread = gettid();
        let waiter = Waiter::take(thread);
        install_handler()?;
        let before = SignalSet::ALL.make_mask()?;
        before.with(libc::SIGCHLD).make_mask()?;
        Ok(Self {
            waiter,
            thread,
            before,
            _thread: PhantomData,
        })
    }

    /// Waits until there may be news, the thread is woken, this much time has passed, or a handler has run on it. Without a
    /// time, for as long as it takes.
    ///
    /// What came before counts: whoever has taken all news, and then waits, misses none.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<(), Errno> {
        match take(timeout) {
            Ok(code) if code != libc::SI_TKILL => Waiter::wake_all_but(self.waiter),
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(errno),
        }
        Ok(())
    }

    /// Something by which other threads can end this one's waiting.
    pub fn waker(&self) -> Waker {
        Waker(self.thread)
    }
}

/// Has the calling thread block `SIGCHLD`, and so all threads that it starts from then on: what the kernel has to tell then
/// goes to those that wait for it, and needs not be passed on. Programs that it executes inherit that.
pub fn leave_news_to_waiters() -> Result<(), Errno> {
    let before = SignalSet::ALL.make_mask()?;
    before.with(libc::SIGCHLD).make_mask().map(drop)
}

impl Drop for ChildNews {
    fn drop(&mut self) {
        self.waiter.thread.store(0, Ordering::Release);
        // The set was the thread's own: the kernel takes it.
        let _ = self.before.make_mask();
    }
}

impl Waker {
    /// Wakes it.
    pub fn wake(self) {
        send(self.0.as_raw_pid());
    }
}

impl Waiter {
    /// One for a thread: one that nobody uses any more, or a new one.
    fn take(thread: Pid) -> &'static Self {
        let thread = thread.as_raw_pid();
        let free = Self::all().find(|waiter| {
            let taken =
                waiter
                    .thread
                    .compare_exchange(0, thread, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        });
        free.unwrap_or_else(|| Self::add(thread))
    }

    fn add(thread: i32) -> &'static Self {
        let waiter = Box::leak(Box::new(Self {
            thread: AtomicI32::new(thread),
            next: AtomicPtr::new(null_mut()),
        }));
        let place = std::ptr::from_mut(waiter);
        let link = |first| {
            waiter.next.store(first, Ordering::Relaxed);
            Some(place)
        };
        // The closure always gives a value, so this cannot fail.
        let _ = WAITERS.fetch_update(Ordering::Release, Ordering::Relaxed, link);
        waiter
    }

    fn wake_all_but(waiter: &'static Self) {
        let others = Self::all().filter(|other| !std::ptr::eq(*other, waiter));
        others.for_each(Self::wake);
    }

    fn wake(&self) {
        let thread = self.thread.load(Ordering::Relaxed);
        if thread != 0 {
            send(thread);
        }
    }

    fn all() -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Self::behind(&WAITERS), |waiter| Self::behind(&waiter.next))
    }

    fn behind(place: &AtomicPtr<Self>) -> Option<&'static Self> {
        // SAFETY: it is null or leads to one that was leaked, completely made before it was stored, and is only read.
        unsafe { place.load(Ordering::Acquire).as_ref() }
    }
}

/// Sends a thread of this process `SIGCHLD`, as one that is not to be passed on (`SI_TKILL`).
fn send(thread: i32) {
    // SAFETY: tgkill(2) takes integers. A thread that does not block the signal has the handler below, or none of ours has
    // been there yet and nothing is sent. One that is no more is refused with ESRCH, which is right.
    unsafe {
        libc::syscall(
            libc::SYS_tgkill,
            getpid().as_raw_pid(),
            thread,
            libc::SIGCHLD,
        )
    };
}

/// Takes a `SIGCHLD` that is pending, or comes in this time, and gives where it is from (`si_code`); `EAGAIN` if none does.
fn take(timeout: Option<Duration>) -> Result<i32, Errno> {
    let set = SignalSet::NONE.with(libc::SIGCHLD);
    let time = timeout.map(|timeout| libc::timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the set is live and its size given; `info` is a whole siginfo_t; the time is null or live.
    check(unsafe {
        libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &raw const set,
            info.as_mut_ptr(),
            time,
            size_of::<SignalSet>(),
        )
    })?;
    // SAFETY: all zeroes is a valid siginfo_t, and the kernel has filled it since.
    Ok(unsafe { info.assume_init() }.si_code)
}

/// Passes the signal on to all that wait: the thread that this runs on does not block it, so it is none of them.
extern "C" fn news(
    _signal: libc::c_int,
    info: *const libc::siginfo_t,
    _context: *const libc::c_void,
) {
    // SAFETY: the call takes nothing, and gives the place of the calling thread's own errno.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: that place is valid as long as the thread is.
    let errno = unsafe { *place };
    // SAFETY: the kernel hands a handler with SA_SIGINFO a whole siginfo_t.
    if unsafe { (*info).si_code } != libc::SI_TKILL {
        Waiter::all().for_each(Waiter::wake);
    }
    // SAFETY: as above: what was interrupted must not see the handler's.
    unsafe { *place = errno };
}

fn install_handler() -> Result<(), Errno> {
    // SAFETY: all zeroes is a valid `sigaction`, with an empty mask.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    action.sa_sigaction = news as *const () as usize;
    action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
    // SAFETY: the handler makes only calls that signal-safety(7) allows, locks and allocates nothing, and keeps errno.
    let done = unsafe { libc::sigaction(libc::SIGCHLD, &raw const action, null_mut()) };
    check(done.into()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::{Status, wait_any};
    use std::process::Command;
    use std::time::Instant;

    /// Starts a program that ends at once, and waits for its end.
    fn end_of_a_child(news: &ChildNews) -> Status {
        #[expect(clippy::zombie_processes, reason = "its end is taken here")]
        let child = Command::new("/bin/true").spawn().unwrap();
        let start = Instant::now();
        loop {
            if let Some(waited) = wait_any().unwrap() {
                assert_eq!(waited.thread, Pid::from_child(&child));
                return waited.status;
            }
            news.wait(Some(Duration::from_secs(10))).unwrap();
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
            // The signal is gone, but may have been for this one.
            news.wait(Some(Duration::from_secs(10))).unwrap();
            assert!(start.elapsed() < Duration::from_secs(5));
        });
        is_ready.recv().unwrap();
        let taking = move || {
            let news = ChildNews::new().unwrap();
            // As if it came from the kernel, but so that no other thread can take it.
            let value = libc::sigval {
                sival_ptr: null_mut(),
            };
            // SAFETY: the call takes nothing.
            let this = unsafe { libc::pthread_self() };
            // SAFETY: sending this thread itself a signal that it blocks.
            let sent = unsafe { libc::pthread_sigqueue(this, libc::SIGCHLD, value) };
            assert_eq!(sent, 0);
            news.wait(Some(Duration::from_secs(10))).unwrap();
            done.send(()).unwrap();
        };
        std::thread::spawn(taking).join().unwrap();
        other.join().unwrap();
    }

    #[test]
    fn what_came_before_the_wait_counts() {
        std::thread::spawn(|| {
            let news = ChildNews::new().unwrap();
            let mut child = Command::new("/bin/true").spawn().unwrap();
            std::thread::sleep(Duration::from_millis(100));
            let start = Instant::now();
            news.wait(Some(Duration::from_secs(10))).unwrap();
            assert!(start.elapsed() < Duration::from_secs(5));
            assert!(wait_any().unwrap().is_some());
            // Its end has been taken.
            assert!(child.wait().is_err());
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_can_be_woken_before_it_waits_and_while_it_does() {
        let waiting = || {
            let news = ChildNews::new().unwrap();
            let waker = news.waker();
            let start = Instant::now();
            waker.wake();
            news.wait(Some(Duration::from_secs(10))).unwrap();
            let later = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                waker.wake();
            });
            news.wait(Some(Duration::from_secs(10))).unwrap();
            assert!(start.elapsed() < Duration::from_secs(5));
            later.join().unwrap();
            let start = Instant::now();
            news.wait(Some(Duration::from_millis(50))).unwrap();
            assert!(start.elapsed() >= Duration::from_millis(50));
        };
        std::thread::spawn(waiting).join().unwrap();
    }

    #[test]
    fn what_wakes_one_thread_wakes_no_other() {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            let news = ChildNews::new().unwrap();
            ready.send(()).unwrap();
            let start = Instant::now();
            news.wait(Some(Duration::from_millis(200))).unwrap();
            assert!(start.elapsed() >= Duration::from_millis(200));
        });
        is_ready.recv().unwrap();
        let woken = || {
            let news = ChildNews::new().unwrap();
            news.waker().wake();
            news.wait(Some(Duration::from_secs(10))).unwrap();
        };
        std::thread::spawn(woken).join().unwrap();
        other.join().unwrap();
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
