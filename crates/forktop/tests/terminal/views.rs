//! Other times, other orders and other comparisons, on the user's terminal.
use super::interface::{quit, tree};
use super::tmux::{Tmux, children, kill};
use std::process::Command;

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

#[test]
fn a_process_is_held_at_its_exec_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    succeed(Command::new("mkfifo").arg(&fifo));
    let script = format!("read line <{}; exec sleep 69", fifo.display());
    let tmux = Tmux::forktop(&format!("-- sh -c '{script}'"));
    tmux.wait_for("1 alive");
    tmux.keys(&["b"]);
    tmux.wait_for("[ ] exec");
    tmux.keys(&["j", "Space"]);
    tmux.wait_for("[x] exec");
    tmux.escape();
    std::fs::write(&fifo, "go\n").unwrap();
    tmux.keys(&["g", "9"]);
    tmux.wait_for("before its program's first");
    tmux.keys(&["c"]);
    tmux.wait_for("runs again");
    quit(&tmux);
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
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "clone-shim", "--locked", "--quiet"]);
    succeed(cargo.current_dir(env!("CARGO_MANIFEST_DIR")));
    let shim = std::path::Path::new(env!("CARGO_BIN_EXE_forktop")).with_file_name("clone-shim");
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
