//! Other times, other orders and other comparisons, on the user's terminal.
use super::interface::{quit, tree};
use super::shim::clone_shim;
use super::tmux::{Tmux, children, kill};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

#[test]
fn a_log_is_walked_through_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let mut record = Command::new(env!("CARGO_BIN_EXE_forktop"));
    let record = record.args(["log", "--json", "-o"]).arg(&log);
    succeed(record.args(["--", "sh", "-c", "/bin/true; /bin/true; :"]));
    let tmux = Tmux::forktop(&format!("replay {}", log.display()));
    tmux.wait_for("0 alive, 3 ended");
    tmux.keys(&["("]);
    tmux.wait_for("0 alive, 0 ended");
    tmux.wait_for("record 1 of");
    tmux.keys(&["]"]);
    tmux.wait_for("1 alive, 0 ended");
    tmux.wait_for("record 2 of");
    tmux.keys(&["}"]);
    tmux.wait_for("0 alive, 3 ended");
    tmux.keys(&["["]);
    tmux.wait_for("1 alive, 2 ended");
    tmux.keys(&["q"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
}

#[test]
fn a_held_display_stays_while_the_tree_changes() {
    let tmux = tree();
    tmux.keys(&["Z"]);
    tmux.wait_for("paused");
    kill(children(tmux.child_of_forktop("sh"))[0], "TERM");
    tmux.wait("what came since", |screen| screen.contains("later"));
    assert!(tmux.screen().contains("5 alive, 0 ended"));
    tmux.keys(&["Z"]);
    tmux.wait_for("4 alive, 1 ended");
    quit(&tmux);
}

/// forktop with a shell that does this when the pipe `go` is written to; the break that these keys lead to is set.
fn with_break(folder: &Path, keys: &[&str], name: &str, script: &str) -> Tmux {
    let fifo = folder.join("go");
    succeed(Command::new("mkfifo").arg(&fifo));
    let script = format!("read line <{}; {script}", fifo.display());
    let tmux = Tmux::forktop(&format!("-- sh -c '{script}'"));
    tmux.wait_for("1 alive");
    tmux.keys(&["b"]);
    tmux.wait_for(&format!("[ ] {name}"));
    tmux.keys(keys);
    tmux.wait_for(&format!("[x] {name}"));
    tmux.escape();
    tmux
}

fn go(folder: &Path) {
    std::fs::write(folder.join("go"), "go\n").unwrap();
}

#[test]
fn a_process_is_held_at_its_exec_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let tmux = with_break(folder.path(), &["j", "Space"], "exec", "exec sleep 69");
    go(folder.path());
    tmux.keys(&["g", "9"]);
    tmux.wait_for("before its program's first");
    tmux.keys(&["c"]);
    tmux.wait_for("runs again");
    quit(&tmux);
}

#[test]
fn a_process_is_held_at_its_birth_where_that_is_asked_for_and_goes_on_when_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let script = format!("(: >{}; exec sleep 68); :", made.display());
    let tmux = with_break(folder.path(), &["Space"], "fork", &script);
    go(folder.path());
    tmux.wait_for("2 alive");
    tmux.keys(&["G", "9"]);
    tmux.wait_for("held still before its first instruction");
    sleep(Duration::from_millis(200));
    assert!(!made.exists(), "it does something though it is held");
    tmux.keys(&["c"]);
    tmux.wait_for("─ sleep 68");
    assert!(made.exists());
    quit(&tmux);
}

#[test]
fn a_process_is_held_at_its_exit_where_that_is_asked_for_and_ends_when_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let tmux = with_break(folder.path(), &["j", "j", "Space"], "exit", "exit 7");
    go(folder.path());
    tmux.keys(&["g", "9"]);
    tmux.wait_for("held still about to end");
    sleep(Duration::from_millis(200));
    assert!(tmux.screen().contains("1 alive, 0 ended"));
    tmux.keys(&["c"]);
    tmux.wait_for("0 alive, 1 ended");
    tmux.wait_for("ends with code 7");
    tmux.keys(&["q"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
}

#[test]
fn a_process_is_compared_with_the_one_that_is_marked() {
    let setpriv = "sh -c 'setpriv --no-new-privs sleep 70 & sleep 71; :'";
    let tmux = Tmux::forktop(&format!("-- {setpriv}"));
    tmux.wait("the tree", |screen| {
        screen.contains("─ sleep 70") && screen.contains("─ sleep 71")
    });
    // The last is marked: it may still gain what the one before it may not.
    tmux.keys(&["G", "=", "k", "2"]);
    tmux.wait("the difference", |screen| {
        screen.contains("compared with") && screen.contains("sleep, which is marked")
    });
    tmux.wait_for("no_new_privs");
    quit(&tmux);
}

#[test]
fn what_a_process_made_is_sorted() {
    let tmux = tree();
    let order = |screen: &str| screen.find("─ sleep 61") < screen.find("─ sleep 62");
    assert!(order(&tmux.screen()));
    tmux.keys(&[">"]);
    tmux.wait_for("age, the youngest first");
    tmux.keys(&["j", "j", "j", "Enter"]);
    tmux.wait("the youngest first", |screen| !order(screen));
    quit(&tmux);
}

#[test]
fn what_a_void_was_granted_is_shown() {
    let shim = clone_shim();
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/hello/spec.json"
    );
    let tmux = Tmux::forktop(&format!("-- {} run {example}", shim.display()));
    tmux.wait("its end", |screen| {
        screen.contains("0 alive") && screen.contains("[hello]")
    });
    tmux.keys(&["G", "v"]);
    tmux.wait("what was granted", |screen| {
        ["What it was granted", "void of", "hello", "/bin/echo Hello"]
            .iter()
            .all(|part| screen.contains(part))
    });
    tmux.keys(&["q"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
}
