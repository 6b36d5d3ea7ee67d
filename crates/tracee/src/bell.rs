//! Waking a tracer from another thread.
use kernel::Waker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Has the tracer that it is of come back with [`News::Rung`](crate::News::Rung). It can be cloned, and sent to any
/// thread; after the tracer's end it does nothing.
///
/// Rings that come before the tracer has told of the first are told as one.
#[derive(Clone, Debug)]
pub struct Bell {
    rung: Arc<AtomicBool>,
    /// For when the tracer sleeps.
    waker: Waker,
}

impl Bell {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            rung: Arc::new(AtomicBool::new(false)),
            waker,
        }
    }

    /// Rings, and returns at once.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::Release) {
            self.waker.wake();
        }
    }

    /// Whether it has been rung since this was last asked.
    pub(crate) fn was_rung(&self) -> bool {
        self.rung.load(Ordering::Relaxed) && self.rung.swap(false, Ordering::Acquire)
    }
}
