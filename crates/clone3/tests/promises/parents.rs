//! Whose child a child is.
use crate::process::{FAILED, Held, eventually, fork, status};
use clone3::{Clone3, Parent};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, WaitOptions, getpid, waitpid};

#[test]
fn a_child_is_the_callers_own_unless_it_was_asked_to_be_its_parents() {
    let held = Held::start(&Clone3::new(), || 0);
    assert_eq!(held.status("PPid"), getpid().as_raw_pid().to_string());

    let (numbers, report) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    // The middle one makes a sibling, tells its number, and answers with what waiting for it gives.
    let middle = fork(&Clone3::new(), || {
        let Ok(sibling) = fork(&Clone3::new().parent(Parent::CallersParent), || 3) else {
            return FAILED;
        };
        let number = sibling.pid().as_raw_pid().to_ne_bytes();
        if rustix::io::write(&report, &number).is_err() {
            return FAILED;
        }
        let refused = sibling.wait().err().and_then(|error| error.raw_os_error());
        refused
            .and_then(|errno| u8::try_from(errno).ok())
            .unwrap_or(FAILED)
    })
    .unwrap();
    let mut number = [0; 4];
    assert_eq!(rustix::io::read(&numbers, &mut number).unwrap(), 4);
    let number = i32::from_ne_bytes(number);
    assert_eq!(
        crate::process::code_of(&middle),
        u8::try_from(libc::ECHILD).unwrap()
    );
    assert!(eventually(|| status(number, "State").starts_with('Z')));
    assert_eq!(status(number, "PPid"), getpid().as_raw_pid().to_string());
    let (_, end) = waitpid(Pid::from_raw(number), WaitOptions::empty())
        .unwrap()
        .unwrap();
    assert_eq!(end.exit_status(), Some(3));
}
