//! Programs that cannot be executed are told of, if that is asked for, and otherwise make no difference.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{command, endings, follow, follow_with, shell, tracee, words};
use tracee::{Ending, Options, What};

const ASKED: Options = Options {
    kill_on_exit: false,
    failed_execs: true,
};

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}

#[test]
fn a_failed_exec_is_told_of_with_its_path_and_errno_if_that_is_asked_for() {
    let script = "/no/such/program; /etc/passwd; exec /bin/true";
    let told = |options| {
        let events = follow_with(&shell(script), options);
        assert_eq!(endings(&events).last().unwrap().1, Ending::Exited(0));
        let failed = events.into_iter().filter_map(|event| match event.what {
            What::ExecFailed { errno, path } => Some((errno, String::from_utf8(path).unwrap())),
            _ => None,
        });
        failed.collect::<Vec<_>>()
    };
    let expected = [
        (2, "/no/such/program".to_owned()),
        (13, "/etc/passwd".to_owned()),
    ];
    assert_eq!(told(ASKED), expected);
    assert_eq!(told(Options::default()), []);
}

#[test]
fn asking_changes_nothing_else_that_is_told() {
    let script = "/bin/true; (exit 3); kill -USR1 $$; exit 5";
    let plain = follow(&shell(script));
    let asked = follow_with(&shell(script), ASKED);
    assert_eq!(words(&plain), words(&asked));
    assert_eq!(
        endings(&plain).last().unwrap().1,
        endings(&asked).last().unwrap().1
    );
}

#[test]
fn a_path_that_reaches_the_end_of_memory_or_is_no_path_harms_nobody() {
    let events = follow_with(&command(tracee("bad_paths.c"), &[]), ASKED);
    let paths = events.iter().filter_map(|event| match &event.what {
        What::ExecFailed { errno: 14, path } => Some(path.clone()),
        _ => None,
    });
    assert_eq!(paths.collect::<Vec<_>>(), [vec![b'a'; 96], vec![]]);
    assert_eq!(endings(&events)[0].1, Ending::Exited(6));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_failed_exec_of_a_32_bit_program_is_told_of() {
    let program = support::compile("narrow_exec.s", &["-m32", "-nostdlib", "-static"]);
    let events = follow_with(&command(program.expect("binutils"), &[]), ASKED);
    let failed = events.iter().find_map(|event| match &event.what {
        What::ExecFailed { errno, path } => Some((*errno, path.as_slice())),
        _ => None,
    });
    assert_eq!(failed, Some((2, &b"/no/such"[..])));
}
