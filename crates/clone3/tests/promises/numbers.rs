//! A child's number is the one that was asked for, and is stored where it was asked to be.
use crate::process::{FAILED, Held, answer, code, fork, vfork};
use clone3::{Clone3, How, Namespaces, Stack, Tids};
use rustix::process::{Pid, getpid};
use std::sync::atomic::{AtomicI32, Ordering};

fn own_number() -> u8 {
    u8::try_from(getpid().as_raw_pid()).unwrap_or(FAILED)
}

fn tids(numbers: &[i32]) -> Tids {
    let numbers: Vec<_> = numbers
        .iter()
        .map(|number| Pid::from_raw(*number).expect("a pid"))
        .collect();
    Tids::new(&numbers).expect("numbers")
}

/// Pid 1 of a namespace of the test's own, where it may choose numbers and none is taken.
fn first() -> Clone3<'static> {
    Clone3::new().namespaces(Namespaces::USER | Namespaces::PID)
}

#[test]
fn a_child_has_the_number_that_was_asked_for() {
    let chosen = Clone3::new().set_tid(tids(&[77]));
    assert_eq!(
        answer(&first(), || code(&chosen, own_number)),
        How::Exited(77)
    );
}

#[test]
fn numbers_are_given_from_the_innermost_namespace_outwards() {
    let chosen = Clone3::new()
        .namespaces(Namespaces::PID)
        .set_tid(tids(&[1, 55]));
    let both = answer(&first(), || {
        let mut outside = 0;
        let inside = fork(&chosen, own_number).and_then(|child| {
            outside = child.pid().as_raw_pid();
            child.wait()
        });
        match inside.map(|ended| ended.how) {
            Ok(How::Exited(1)) => u8::try_from(outside).unwrap_or(FAILED),
            _ => FAILED,
        }
    });
    assert_eq!(both, How::Exited(55));
}

#[test]
fn the_childs_number_is_stored_in_the_parent_and_in_the_child() {
    let (in_parent, in_child) = (AtomicI32::new(0), AtomicI32::new(0));
    let clone = Clone3::new()
        .store_tid(&in_parent)
        .store_tid_in_child(&in_child);
    let child = fork(&clone, || {
        let stored = in_child.load(Ordering::Relaxed);
        (stored == getpid().as_raw_pid()).into()
    })
    .unwrap();
    assert_eq!(in_parent.load(Ordering::Relaxed), child.pid().as_raw_pid());
    assert_eq!(
        in_child.load(Ordering::Relaxed),
        0,
        "the child has memory of its own"
    );
    assert_eq!(child.wait().unwrap().how, How::Exited(1));
}

#[test]
fn the_childs_number_is_cleared_when_it_leaves_shared_memory() {
    let number = AtomicI32::new(7);
    let mut stack = Stack::new(64 * 1024).unwrap();
    let clone = Clone3::new().share_memory();
    for (clone, stored, left) in [
        (clone.store_tid_in_child(&number), true, true),
        (
            clone
                .store_tid_in_child(&number)
                .clear_tid_in_child(&number),
            true,
            false,
        ),
        (clone.clear_tid_in_child(&number), false, false),
    ] {
        number.store(7, Ordering::Relaxed);
        let seen = || (number.load(Ordering::Relaxed) == getpid().as_raw_pid()).into();
        let child = vfork(&clone, &mut stack, seen).unwrap();
        assert_eq!(number.load(Ordering::Relaxed) != 0, left);
        assert_eq!(child.wait().unwrap().how, How::Exited(stored.into()));
    }
}

#[test]
fn a_childs_number_is_that_in_the_callers_namespace() {
    let held = Held::start(&first(), own_number);
    let (inner, outer) = (held.status("NSpid"), held.child.pid().as_raw_pid());
    let inner: Vec<_> = inner.split_whitespace().collect();
    assert_eq!(inner[inner.len() - 2..], [outer.to_string().as_str(), "1"]);
    held.release();
    assert_eq!(held.child.wait().unwrap().how, How::Exited(1));
}
