//! Probes of processes: the kernel's own answers, and nothing of the process changed by asking.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod asked;
mod command;
#[path = "../support/mod.rs"]
mod support;
mod unchanged;
#[path = "../../../tracee/tests/support/work.rs"]
mod work;

use asked::{COMPILED, program, root_only};
use std::fs;
use support::{Stage, User};

#[test]
fn an_ordinary_user_asks_own_processes() {
    if !root_only("the tests as another user") {
        return;
    }
    let stage = Stage::new();
    stage.open();
    for name in ["full", "answers"] {
        program(&stage, name);
    }
    let copy = stage.path("tests");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let this = [
        "--skip",
        "an_ordinary_user_asks",
        "--skip",
        "from_within_a_void",
        "--nocapture",
    ];
    let mut command = stage.command_of(User::Tester, &[copy.to_str().unwrap()]);
    let output = command.args(this).env(COMPILED, stage.path("")).output();
    let output = output.unwrap();
    let text = support::shown(&output);
    assert!(
        output.status.success() && !text.contains(" 0 passed"),
        "{text}"
    );
}
