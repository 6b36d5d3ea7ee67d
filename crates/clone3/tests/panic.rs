//! A panic in a child ends the child, and nothing of the parent's runs in it. Alone in its file: a panic allocates and
//! prints, which only a process without other busy threads may do here.
use clone3::{Clone3, How, Stack};
use rustix::pipe::{PipeFlags, pipe_with};
use std::os::fd::AsFd;

/// Says so in the pipe if it is dropped.
struct Witness<F: AsFd>(F);

impl<F: AsFd> Drop for Witness<F> {
    fn drop(&mut self) {
        let _ = rustix::io::write(&self.0, b"dropped");
    }
}

#[test]
fn a_panic_ends_the_child_and_does_not_reach_the_parents_code() {
    let (seen, witness) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
    let parents = Witness(witness);
    let clone = Clone3::new().clear_signal_handlers();
    let mut stack = Stack::new(1 << 20).unwrap();
    // SAFETY: the only other thread of this process waits for this one.
    let copied = unsafe { clone.fork(|| panic!("in a copy")) };
    // SAFETY: as above; what the panic holds is lost with the child, and nobody needs it.
    let shared = unsafe {
        clone
            .share_memory()
            .vfork(&mut stack, || panic!("in shared memory"))
    };
    for child in [copied, shared] {
        let How::Killed { signal, .. } = child.unwrap().wait().unwrap().how else {
            panic!("it was not killed");
        };
        assert_eq!(signal, libc::SIGABRT);
    }
    let mut bytes = [0; 16];
    assert!(
        rustix::io::read(&seen, &mut bytes).is_err(),
        "the parent's value lives"
    );
    drop(parents);
    assert_eq!(rustix::io::read(&seen, &mut bytes).unwrap(), 7);
}
