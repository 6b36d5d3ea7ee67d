//! A shell is opened in a process that sleeps, and that goes on as if nothing had been. Beside Linux itself it takes no more than a
//! shell that is linked statically, so that it can be had on a small machine too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};
use support::Stage;

/// So long it sleeps, and so much later it may end on a machine that is busy, or emulated: less than if it had begun anew.
const SLEEP: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(3);

/// A process that sleeps, and has for a while.
fn sleeping() -> (Child, Instant) {
    let begun = Instant::now();
    let mut command = Command::new("sleep");
    let child = command.arg(SLEEP.as_secs().to_string()).spawn().unwrap();
    std::thread::sleep(LATE);
    (child, begun)
}

fn inside(stage: &Stage, child: &Child, arguments: &[&str]) -> Output {
    let process = child.id().to_string();
    let all = [&["shell", &process, "--"], arguments].concat();
    stage.forktop(&all).output().unwrap()
}

#[test]
fn a_shell_in_a_process_that_sleeps_gives_output_and_exit_code_and_the_sleep_goes_on() {
    let stage = Stage::new();
    let (mut child, begun) = sleeping();
    let own = Command::new("id").arg("-u").output().unwrap();
    let output = inside(&stage, &child, &["id", "-u"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert_eq!(output.stdout, own.stdout, "{errors}");
    let output = inside(&stage, &child, &["sh", "-c", "exit 7"]);
    assert_eq!(output.status.code(), Some(7));
    assert!(child.try_wait().unwrap().is_none(), "it has ended");
    assert!(child.wait().unwrap().success());
    let slept = begun.elapsed();
    assert!((SLEEP..SLEEP + LATE).contains(&slept), "{slept:?}");
}
