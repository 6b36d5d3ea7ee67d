//! Processes of other kinds: of 32-bit code, and without a vDSO where it is looked for first.
use crate::noticing::visit_often;
use crate::support::compile;
use crate::support::steady::Steady;
use crate::visiting::{Host, Way};
use std::path::Path;
use std::time::Duration;

fn visited(program: &Path, arguments: &[&str]) {
    for way in [Way::Alone, Way::Followed] {
        let steady = Steady::in_mode(program, arguments);
        let mut host = Host::new(way, steady.subject, steady.subject);
        let done = visit_often(&mut host, 5, 40, Duration::from_secs(3));
        assert_eq!(host.differs, [""; 0]);
        host.part();
        let (text, code) = steady.end();
        assert_eq!(code, Some(0), "{arguments:?}, {way:?}, {done:?}\n{text}");
        assert!(done.unwrap() >= 10);
    }
}

#[test]
fn a_process_of_32_bit_code_notices_nothing() {
    let program = compile("narrow_steady.s", &["-m32", "-nostdlib", "-static"]);
    visited(&program.expect("binutils that make 32-bit programs"), &[]);
}

#[test]
fn a_process_whose_vdso_is_elsewhere_or_gone_notices_nothing() {
    let flags = [
        "-O1",
        "-Wall",
        "-Wextra",
        "-nostdlib",
        "-static",
        "-fno-stack-protector",
    ];
    let program = compile("no_vdso.c", &flags).unwrap();
    for way in ["moved", "gone"] {
        visited(&program, &[way]);
    }
}
