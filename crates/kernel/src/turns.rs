//! For how long at a time the scheduler lets a thread run where others want the processor, and so how soon one runs that has waited
//! for something (EEVDF; `sched_runtime` of sched_setattr(2), since Linux 6.12).
use crate::check::check;
use rustix::io::Errno;

/// The shortest that there is, in nanoseconds.
const SHORTEST: u64 = 100_000;

/// What sched_getattr(2) tells: its first version, without what later ones have added.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// The calling thread takes the shortest turns until this is dropped, and gets them the sooner: what is urgent for it does not wait
/// until others have had theirs. It gets no more of the processor by that.
///
/// It is of the thread that made it, and what that starts inherits it, but in [`ShortTurns::without`].
#[derive(Debug)]
pub struct ShortTurns {
    before: Attributes,
    /// It stays on its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

impl ShortTurns {
    /// `None` where that is not to be had, or the thread is scheduled in another way than most (sched(7)).
    pub fn begin() -> Option<Self> {
        let before = Attributes::read().ok()?;
        if before.policy != libc::SCHED_OTHER.unsigned_abs() {
            return None;
        }
        let this = Self {
            before,
            _thread: std::marker::PhantomData,
        };
        this.shorten().ok()?;
        // Kernels before do not look at it.
        let is_short = Attributes::read().is_ok_and(|now| now.runtime == SHORTEST);
        is_short.then_some(this)
    }

    /// Does something for which the thread is as it was before: what is started then inherits that.
    pub fn without<T>(&self, work: impl FnOnce() -> T) -> T {
        // A turn of another length is all that an error means.
        let _ = self.before.set();
        let done = work();
        let _ = self.shorten();
        done
    }

    fn shorten(&self) -> Result<(), Errno> {
        let short = Attributes {
            runtime: SHORTEST,
            ..self.before
        };
        short.set()
    }
}

impl Drop for ShortTurns {
    fn drop(&mut self) {
        let _ = self.before.set();
    }
}

impl Attributes {
    const SIZE: u32 = 48;

    /// Those of the calling thread.
    fn read() -> Result<Self, Errno> {
        let mut read = Self::default();
        // SAFETY: the kernel writes as much as it is told that there is room for.
        let done =
            unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut read, Self::SIZE, 0) };
        check(done)?;
        Ok(read)
    }

    /// Has the calling thread have them.
    fn set(&self) -> Result<(), Errno> {
        let new = Self {
            size: Self::SIZE,
            ..*self
        };
        // SAFETY: the kernel reads as much as it is told to be there.
        check(unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const new, 0) }).map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn turns_are_short_until_they_are_as_before() {
        // Of a thread of its own: the test's has what the one that started it has.
        let thread = std::thread::spawn(|| {
            let before = Attributes::read().unwrap();
            let Some(short) = ShortTurns::begin() else {
                return eprintln!("skipped: this takes Linux 6.12");
            };
            assert_eq!(Attributes::read().unwrap().runtime, SHORTEST);
            let inherited = short.without(|| std::thread::spawn(Attributes::read).join().unwrap());
            assert_eq!(inherited, Ok(before));
            assert_eq!(Attributes::read().unwrap().runtime, SHORTEST);
            drop(short);
            assert_eq!(Attributes::read(), Ok(before));
        });
        thread.join().unwrap();
    }
}
