//! What the kernel refuses is an error of the call, and leaves nothing behind.
use crate::process::{FAILED, answer, fork, vfork};
use clone3::{Clone3, How, Namespaces, Parent, Stack, Tids};
use rustix::process::Pid;
use std::rc::Rc;

/// More numbers than there are pid namespaces around a test.
fn refused() -> Clone3<'static> {
    Clone3::new().set_tid(Tids::new(&[Pid::INIT; Tids::MOST]).expect("numbers"))
}

#[test]
fn a_refusal_is_an_error_and_the_closure_is_dropped_unused() {
    let captured = Rc::new(());
    let used = captured.clone();
    let error = fork(&refused(), move || {
        u8::try_from(Rc::strong_count(&used)).unwrap_or(FAILED)
    })
    .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(Rc::strong_count(&captured), 1);

    let used = captured.clone();
    let mut stack = Stack::new(4096).unwrap();
    let clone = refused().share_memory();
    let child = move || u8::try_from(Rc::strong_count(&used)).unwrap_or(FAILED);
    let error = vfork(&clone, &mut stack, child).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(Rc::strong_count(&captured), 1);
}

/// The errno that pid 1 of a namespace gets for asking for this.
fn refusal_to_pid_1(clone: &Clone3<'_>) -> How {
    let first = Clone3::new().namespaces(Namespaces::USER | Namespaces::PID);
    answer(&first, || {
        let refused = fork(clone, || 0)
            .err()
            .and_then(|error| error.raw_os_error());
        refused
            .and_then(|errno| u8::try_from(errno).ok())
            .unwrap_or(FAILED)
    })
}

#[test]
fn pid_1_of_a_namespace_makes_no_sibling() {
    let sibling = Clone3::new().parent(Parent::CallersParent);
    assert_eq!(refusal_to_pid_1(&sibling), How::Exited(libc::EINVAL));
}

#[test]
fn a_number_that_is_taken_is_refused() {
    let taken = Clone3::new().set_tid(Tids::new(&[Pid::INIT]).unwrap());
    assert_eq!(refusal_to_pid_1(&taken), How::Exited(libc::EEXIST));
}
