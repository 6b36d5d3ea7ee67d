//! The moments at which what is being seized can change: before every call of the kernel's. There tests have it changed.
#[cfg(test)]
use std::cell::RefCell;

/// The kernel is about to be asked.
#[cfg(not(test))]
pub(super) const fn step() {}

#[cfg(test)]
thread_local! {
    static HAPPENS: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static LEFT: RefCell<usize> = const { RefCell::new(0) };
}

#[cfg(test)]
pub(super) fn step() {
    let left = LEFT.with_borrow_mut(|left| {
        let before = *left;
        *left = before.saturating_sub(1);
        before
    });
    if left == 0
        && let Some(happen) = HAPPENS.take()
    {
        happen();
    }
}

/// Does `seize`, and has something happen at its step of this number, from 0. Whether there was such a step is told too.
#[cfg(test)]
pub(super) fn at_step<T>(
    number: usize,
    happen: impl FnOnce() + 'static,
    seize: impl FnOnce() -> T,
) -> (T, bool) {
    LEFT.set(number);
    HAPPENS.set(Some(Box::new(happen)));
    let seized = seize();
    (seized, HAPPENS.take().is_none())
}
