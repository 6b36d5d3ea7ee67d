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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;

    /// Comes to its end when it is gone on with for this time.
    fn ends_at(time: u32, seen: &Rc<Cell<u32>>) -> impl Future<Output = ()> + use<> {
        let seen = seen.clone();
        poll_fn(move |_| {
            seen.update(|seen| seen + 1);
            match seen.get() >= time {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
    }

    #[test]
    fn each_is_gone_on_with_until_its_end_and_is_told_of_once() {
        let (soon, late) = (Rc::default(), Rc::default());
        let mut tasks = Tasks::default();
        assert!(tasks.is_empty() && !tasks.due);
        tasks.add(ends_at(1, &soon));
        tasks.add(ends_at(3, &late));
        assert!(tasks.due);
        let done = [1, 1, 2].map(|expected| {
            tasks.go_on();
            (tasks.done, expected)
        });
        assert!(done.iter().all(|(done, expected)| done == expected));
        assert_eq!((soon.get(), late.get()), (1, 3));
        // Until it is told that they have ended there is something to tell.
        assert!(!tasks.is_empty() && !tasks.due);
        tasks.done = 0;
        assert!(tasks.is_empty());
    }
}
