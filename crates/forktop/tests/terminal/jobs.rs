//! The command's terminal is one as any other: for a shell's jobs, for what is left in the background, and at its end.
use super::tmux::{Tmux, children, kill, wait_for_end};
use std::thread::sleep;
use std::time::Duration;

/// Types a line at a shell within forktop.
fn shell() -> Tmux {
    let tmux = Tmux::forktop("-- bash --norc --noprofile");
    tmux.keys(&["t"]);
    tmux.line("PS1='in''side '");
    tmux.wait_for("\ninside\n");
    tmux
}

#[test]
fn a_shell_has_jobs() {
    let tmux = shell();
    tmux.line("sleep 50");
    tmux.wait_for("sleep 50\n");
    // Until it is the foreground.
    sleep(Duration::from_millis(500));
    tmux.keys(&["C-z"]);
    tmux.wait_for("Stopped");
    tmux.line("clear; bg; jobs");
    tmux.wait_for("Running");
    tmux.line("clear; fg");
    tmux.wait_for("sleep 50\n");
    sleep(Duration::from_millis(500));
    tmux.keys(&["C-c"]);
    tmux.line("echo ended with $?");
    tmux.wait_for("ended with 130");
}

#[test]
fn an_interrupt_is_for_the_foreground_alone() {
    let tmux = shell();
    tmux.line("clear; sleep 51 & sleep 52");
    tmux.wait_for("─ sleep 52");
    sleep(Duration::from_millis(500));
    tmux.keys(&["C-c"]);
    tmux.line("clear; jobs");
    tmux.wait("the job in the background", |screen| {
        screen.contains("✗INT") && screen.contains("Running")
    });
    tmux.wait_for("2 alive");
}

#[test]
fn an_editor_runs_in_a_shell_in_it() {
    let tmux = shell();
    tmux.line("clear; busybox vi /etc/passwd");
    tmux.wait_for("root:x:0:0");
    tmux.keys(&[":", "q", "Enter"]);
    tmux.line("clear; echo out again");
    tmux.wait("the shell", |screen| {
        screen.contains("\nout again\n") && !screen.contains("root:x")
    });
}

#[test]
fn what_a_command_leaves_in_the_background_goes_on() {
    let tmux = Tmux::forktop("-- sh -c '(sleep 1; echo late; exit 5) & exit 3'");
    tmux.wait_for("\nlate\n");
    tmux.wait("both ends", |screen| {
        screen.contains("✗3") && screen.contains("✗5")
    });
    tmux.keys(&["q"]);
    tmux.wait_for_prompt();
    tmux.line("echo code-$?");
    tmux.wait_for("code-3");
}

#[test]
fn nothing_remains_of_a_forktop_that_is_killed() {
    let tmux = Tmux::forktop("-- sh -c 'sleep 61; :'");
    tmux.wait_for("sleep 61");
    let (leader, guardian) = (tmux.leader(), tmux.guardian());
    let command = tmux.child_of_forktop("sh");
    kill(tmux.pid(), "KILL");
    for pid in [leader, guardian, command] {
        wait_for_end(pid);
    }
    tmux.is_as_before();
}

#[test]
fn what_is_let_go_gets_the_end_of_its_terminal() {
    let tmux = Tmux::forktop("-- sh -c 'setsid sleep 62 & exec sleep 63'");
    tmux.wait("both", |screen| {
        screen.contains(" sleep 62") && screen.contains(" sleep 63")
    });
    let (leader, foreground) = (tmux.leader(), tmux.child_of_forktop("sleep"));
    let other = *children(foreground).first().unwrap();
    tmux.keys(&["q", "l"]);
    wait_for_end(leader);
    wait_for_end(foreground);
    // It has no terminal that could end.
    assert!(std::path::Path::new(&format!("/proc/{other}")).exists());
    kill(other, "KILL");
    tmux.is_as_before();
}
