//! What the file of a program would have given, had forktop not traced it, is told: and only where that is so.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::{Event, Record, TakenAway};
use std::process::Command;
use support::{Stage, TESTER, succeed};

/// Programs that give something: the user, the group, or a capability of root's.
const GIVING: [(&str, &[&str], TakenAway); 3] = [
    ("set-user", &["chmod", "4755"], TakenAway::User(0)),
    ("set-group", &["chmod", "2755"], TakenAway::Group(0)),
    (
        "with-capabilities",
        &["setcap", "cap_net_raw+ep"],
        TakenAway::Capabilities,
    ),
];

/// With these programs in the folder `programs`.
fn stage() -> Option<Stage> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: programs that give root's privileges, which only root can make");
        return None;
    }
    let stage = Stage::new();
    stage.open();
    std::fs::create_dir(stage.path("programs")).unwrap();
    for (name, words, _) in GIVING {
        let program = stage.path("programs").join(name);
        std::fs::copy("/bin/true", &program).unwrap();
        succeed(stage.command(words[0], &words[1..]).arg(&program));
    }
    Some(stage)
}

/// What was taken away at the exec of a program of the stage's, by the log that a command writes.
fn taken(command: &mut Command, name: &str) -> Option<TakenAway> {
    let log = succeed(command);
    let records = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let execution = |record: Record| match record.event {
        Event::Executed(execution) if execution.program.as_ref()?.ends_with(name) => {
            Some(*execution)
        }
        _ => None,
    };
    let executed: Vec<_> = records.filter_map(execution).collect();
    assert_eq!(executed.len(), 1, "{log}");
    executed[0].taken_away
}

#[test]
fn an_ordinary_user_is_told_what_each_kind_of_file_would_have_given() {
    let Some(stage) = stage() else { return };
    for (name, _, given) in GIVING {
        let program = stage.text("programs") + "/" + name;
        let log = ["log", "--json", "--", &program];
        assert_eq!(
            taken(&mut stage.as_tester(&log), name),
            Some(given),
            "{name}"
        );
    }
    let log = ["log", "--json", "--", "/bin/true"];
    assert_eq!(taken(&mut stage.as_tester(&log), "true"), None);
}

#[test]
fn nothing_is_taken_from_who_could_gain_nothing() {
    let Some(stage) = stage() else { return };
    for (name, ..) in GIVING {
        let program = stage.text("programs") + "/" + name;
        let log = ["log", "--json", "--", "setpriv", "--no-new-privs", &program];
        assert_eq!(taken(&mut stage.as_tester(&log), name), None, "{name}");
    }
}

#[test]
fn nothing_is_taken_where_the_file_system_lets_nothing_be_given() {
    let Some(stage) = stage() else { return };
    let script =
        "mount --bind programs programs && mount -o remount,bind,nosuid programs && exec \"$@\"";
    for (name, ..) in GIVING {
        let program = stage.text("programs") + "/" + name;
        let mut command = stage.command("unshare", &["-m", "sh", "-c", script, "sh", "setpriv"]);
        command.args(TESTER).arg(stage.path("forktop"));
        command.args(["log", "--json", "--", &program]);
        assert_eq!(taken(&mut command, name), None, "{name}");
    }
}

#[test]
fn nothing_is_taken_by_a_forktop_of_roots() {
    let Some(stage) = stage() else { return };
    let setpriv = ["log", "--json", "--", "setpriv"];
    for (name, ..) in GIVING {
        let program = stage.text("programs") + "/" + name;
        let mut command = stage.forktop(&setpriv);
        assert_eq!(
            taken(command.args(TESTER).arg(program), name),
            None,
            "{name}"
        );
    }
}
