//! A change of what a process may do is told of the process that made it, and once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Noticed, ProcessId, Record};
use support::{Stage, succeed};

#[test]
fn a_creator_that_has_changed_is_told_of_before_its_child_and_the_child_not_again() {
    let stage = Stage::new();
    stage.write(
        "changes.c",
        "#include <sys/prctl.h>\n#include <sys/wait.h>\n#include <unistd.h>\n
         int main(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); if (!fork()) _exit(0); wait(0); return 0; }\n",
    );
    succeed(&mut stage.command("gcc", &["-o", "changes", "changes.c"]));
    let log = succeed(&mut stage.forktop(&["log", "--json", "--", "./changes"]));
    let records = log
        .lines()
        .map(|line| serde_json::from_str::<Record>(line).unwrap());
    let told: Vec<_> = records
        .filter_map(|record| match record.event {
            Event::Changed {
                process,
                noticed,
                essentials,
                ..
            } => Some((process, Some(noticed), essentials.no_new_privs)),
            Event::Born(birth) if birth.creator.is_some() => {
                Some((birth.process, None, birth.essentials.is_some()))
            }
            _ => None,
        })
        .collect();
    let (first, child) = (ProcessId(0), ProcessId(1));
    assert_eq!(
        told,
        [(first, Some(Noticed::Creation), true), (child, None, false)]
    );
}
