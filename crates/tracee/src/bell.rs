//! Waking a tracer from another thread.
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Has the tracer that it is of come back with [`News::Rung`](crate::News::Rung). It can be cloned, and sent to any
/// thread; after the tracer's end it does nothing.
///
/// Rings that come before the tracer has told of the first are told as one.
#[derive(Clone, Debug)]
pub struct Bell(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rung: AtomicBool,
    /// An eventfd, for when the tracer sleeps.
    wake: OwnedFd,
}

impl Bell {
    pub(crate) fn new() -> Result<Self, Errno> {
        Ok(Self(Arc::new(Shared {
            rung: AtomicBool::new(false),
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })))
    }

    /// Rings, and returns at once.
    pub fn ring(&self) {
        if !self.0.rung.swap(true, Ordering::Release) {
            // It has room for all threads that there can be.
            let _ = rustix::io::write(&self.0.wake, &1u64.to_ne_bytes());
        }
    }

    /// Whether it has been rung since this was last asked.
    pub(crate) fn was_rung(&self) -> bool {
        self.0.rung.load(Ordering::Relaxed) && self.0.rung.swap(false, Ordering::Acquire)
    }

    /// Readable when it has been rung, and until [`Bell::still`].
    pub(crate) fn wake(&self) -> BorrowedFd<'_> {
        self.0.wake.as_fd()
    }

    /// Ends what wakes. A ring whose write is still to come wakes once more, for nothing.
    pub(crate) fn still(&self) {
        // It does not block, and tells nothing.
        let _ = rustix::io::read(&self.0.wake, &mut [0; 8]);
    }
}
