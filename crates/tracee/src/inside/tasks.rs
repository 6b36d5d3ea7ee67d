//! Work in captives that is under way: futures, which are polled when the kernel has reported something of a captive. There
//! is nothing else that they could wait for.
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// What a tracer has under way.
#[derive(Default)]
pub(crate) struct Tasks {
    under_way: Vec<Pin<Box<dyn Future<Output = ()>>>>,
    /// Whether there may be something to go on with.
    pub(crate) due: bool,
    /// How many have come to their end and were not told of.
    pub(crate) done: usize,
}

impl Tasks {
    pub(crate) fn add(&mut self, task: impl Future<Output = ()> + 'static) {
        self.under_way.push(Box::pin(task));
        self.due = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.done == 0
    }

    /// Goes on with all.
    pub(crate) fn go_on(&mut self) {
        self.due = false;
        let mut context = Context::from_waker(Waker::noop());
        let before = self.under_way.len();
        self.under_way
            .retain_mut(|task| task.as_mut().poll(&mut context) == Poll::Pending);
        let ended = before.saturating_sub(self.under_way.len());
        self.done = self.done.saturating_add(ended);
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tasks")
            .field("under_way", &self.under_way.len())
            .finish_non_exhaustive()
    }
}
