//! However forktop ends, the user's terminal is as it was, and what becomes of what it followed is as the manual says.
use super::tmux::{Tmux, kill, wait_for_end};

#[test]
fn a_signal_gives_the_terminal_back_and_lets_go() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        // What has no terminal to lose goes on.
        let tmux = Tmux::forktop("-- setsid -f sleep 67");
        tmux.wait_for("sleep 67");
        let leader = tmux.leader();
        kill(tmux.pid(), signal);
        tmux.wait_for_prompt();
        tmux.line("echo code-$?; pkill -x -f 'sleep 67' && echo went on");
        tmux.wait_for(&format!("code-{code}"));
        tmux.wait_for_line("went on");
        wait_for_end(leader);
        tmux.is_as_before();
    }
}

#[test]
fn with_kill_on_exit_nothing_goes_on() {
    for (signal, words) in [("TERM", "code-143"), ("KILL", "code-137")] {
        let tmux = Tmux::forktop("--kill-on-exit -- setsid -f sleep 68");
        tmux.wait_for("sleep 68");
        let leader = tmux.leader();
        kill(tmux.pid(), signal);
        wait_for_end(leader);
        // The shell may have been quicker than the guardian, and its prompt be on the screen that is no more.
        tmux.keys(&["Enter"]);
        tmux.wait_for_prompt();
        tmux.line("echo code-$?; pgrep -x -f 'sleep 68' || echo nothing");
        tmux.wait_for(words);
        tmux.wait_for_line("nothing");
        tmux.is_as_before();
    }
}

#[test]
fn what_is_typed_while_lines_are_written_reaches_the_command() {
    let tmux = Tmux::new();
    let forktop = env!("CARGO_BIN_EXE_forktop");
    let script = "trap \"echo caught\" INT; echo ready; sleep 1; exit 9";
    tmux.line(&format!(
        "clear; {forktop} log -- sh -c '{script}'; echo code-$?"
    ));
    tmux.wait_for_line("ready");
    tmux.keys(&["C-c"]);
    tmux.wait_for("caught");
    tmux.wait_for("code-9");
    // Once: forktop did not pass on what the command had already. The other one is in its arguments.
    assert_eq!(
        tmux.screen().matches("caught\n").count(),
        1,
        "{}",
        tmux.screen()
    );
    tmux.line(&format!("clear; {forktop} log -- sleep 69; echo code-$?"));
    tmux.wait("the second command", |screen| {
        screen.contains("executes") && !screen.contains("ready")
    });
    tmux.keys(&["C-z"]);
    tmux.wait_for("Stopped");
    tmux.line("clear; fg; echo code-$?");
    tmux.wait_for("log -- sleep 69");
    std::thread::sleep(std::time::Duration::from_millis(500));
    tmux.keys(&["C-c"]);
    tmux.wait_for("killed by SIGINT");
    tmux.wait_for("code-130");
}
