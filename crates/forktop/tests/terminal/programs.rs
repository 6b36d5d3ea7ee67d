//! Interactive programs work in the command's terminal as they do in any other.
use super::tmux::Tmux;

#[test]
fn the_terminal_has_the_size_that_is_left_and_follows_it() {
    let Some(tmux) = Tmux::within("bash --norc --noprofile") else {
        return;
    };
    tmux.wait_for("$");
    tmux.line("trap 'echo now $(stty size)' WINCH; echo $TERM $(stty size)");
    tmux.wait_for("xterm-256color 23 80");
    tmux.keys(&["C-]", "r"]);
    tmux.wait_for("now 10 40");
    tmux.ask(&["resize-window", "-x", "100", "-y", "30"]);
    tmux.wait_for("now 29 100");
}

#[test]
fn lines_that_have_left_the_screen_are_seen_until_something_is_typed() {
    let Some(tmux) = Tmux::forktop("-- sh -c 'seq 1000 1400; cat'") else {
        return;
    };
    tmux.wait_for("1400");
    tmux.keys(&["T"]);
    tmux.wait("the whole screen", |screen| !screen.contains("alive"));
    for _ in 0..10 {
        tmux.keys(&["S-PPage"]);
    }
    tmux.wait("lines from before, and how many come after", |screen| {
        screen.contains("↓ 220") && !screen.contains("1400")
    });
    tmux.keys(&["S-NPage"]);
    tmux.wait_for("↓ 198");
    tmux.line("typed");
    tmux.wait("the end", |screen| {
        screen.matches("typed").count() == 2 && screen.contains("1400") && !screen.contains('↓')
    });
    tmux.keys(&["C-]", "q", "k"]);
    tmux.wait_for_prompt();
}

#[test]
fn an_editor_draws_and_takes_keys() {
    let file = std::env::temp_dir().join(format!("forktop-vi-{}", std::process::id()));
    let Some(tmux) = Tmux::within(&format!("busybox vi {}", file.display())) else {
        return;
    };
    tmux.wait_for("~");
    tmux.keys(&["i"]);
    tmux.line("one");
    tmux.ask(&["send-keys", "-l", "twoo"]);
    tmux.keys(&["BSpace", "Up", "Home"]);
    tmux.ask(&["send-keys", "-l", "zero "]);
    tmux.wait("the text", |screen| screen.starts_with("zero one\ntwo\n~"));
    tmux.escape();
    tmux.keys(&[":", "w", "q", "Enter"]);
    tmux.wait_for("exit status: 0");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "zero one\ntwo\n");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn vim_finds_its_terminal() {
    if std::process::Command::new("vim")
        .arg("--version")
        .output()
        .is_err()
    {
        return eprintln!("skipped: there is no vim");
    }
    let Some(tmux) = Tmux::within("vim -u NONE -i NONE -N") else {
        return;
    };
    tmux.wait_for("~");
    tmux.keys(&["i"]);
    tmux.ask(&["send-keys", "-l", "text"]);
    tmux.keys(&["Left", "Left", "X"]);
    tmux.escape();
    // What was not asked for as an answer would be typed.
    tmux.wait("nothing but the text", |screen| {
        screen
            .lines()
            .next()
            .is_some_and(|line| !line.contains('['))
    });
    tmux.keys(&[":", "q", "!", "Enter"]);
    tmux.wait_for("exit status: 0");
}

#[test]
fn a_pager_scrolls() {
    let Some(tmux) = Tmux::within("sh -c 'seq 1000 | less'") else {
        return;
    };
    tmux.wait("the first page", |screen| screen.starts_with("1\n2\n"));
    tmux.keys(&["NPage"]);
    tmux.wait("the second page", |screen| screen.starts_with("23\n"));
    tmux.keys(&["Down", "/", "5", "0", "0", "Enter"]);
    tmux.wait("what was searched for", |screen| {
        screen.starts_with("500\n")
    });
    tmux.keys(&["End"]);
    tmux.wait_for("\n1000\n");
}

#[test]
fn a_line_editor_edits_its_line() {
    let Some(tmux) = Tmux::within("python3 -q") else {
        return;
    };
    tmux.wait_for(">>>");
    tmux.ask(&["send-keys", "-l", "print(6*8)"]);
    tmux.keys(&["Left", "BSpace", "7", "C-a", "C-e", "Enter"]);
    tmux.wait_for("\n42\n");
    tmux.keys(&["Up", "Enter"]);
    tmux.wait("it twice", |screen| screen.matches("\n42\n").count() == 2);
    tmux.keys(&["C-d"]);
    tmux.wait_for("exit status: 0");
}

#[test]
fn colours_are_those_that_the_program_set() {
    let script = r"printf '\033[31mred\033[0m \033[48;5;27mblue\033[0m \033[38;2;1;2;3mtrue\033[0m \033[1;4mbold\033[0m\n'; sleep 60";
    let Some(tmux) = Tmux::within(&format!("sh -c \"{script}\"")) else {
        return;
    };
    tmux.wait_for("red blue true bold");
    let colours = tmux.colours();
    for part in [
        "\x1b[38;5;1mred",
        "\x1b[48;5;27mblue",
        "\x1b[38;2;1;2;3mtrue",
        "\x1b[1;4mbold",
    ] {
        assert!(colours.contains(part), "{part:?} in {colours:?}");
    }
}

#[test]
fn a_paste_is_bracketed_for_a_program_that_asked_for_that() {
    let Some(tmux) = Tmux::within("bash --norc --noprofile") else {
        return;
    };
    tmux.wait_for("$");
    tmux.paste("echo one\necho two");
    tmux.wait_for("echo two");
    // Nothing runs before Enter.
    assert!(!tmux.screen().contains("\none\n"), "{}", tmux.screen());
    tmux.keys(&["Enter"]);
    tmux.wait("both", |screen| screen.contains("\none\ntwo\n"));
}

#[test]
fn the_mouse_reaches_a_program_that_asked_for_it() {
    let script = r"stty raw -echo; printf '\033[?1000h\033[?1006h'; head -c 9 | od -An -c";
    let Some(tmux) = Tmux::within(&format!("bash -c \"{script}\"")) else {
        return;
    };
    tmux.wait("the terminal", |_| tmux.modes() == "1 1 1");
    std::thread::sleep(std::time::Duration::from_millis(500));
    // As the user's terminal reports a click.
    tmux.ask(&[
        "send-keys",
        "-H",
        "1b",
        "5b",
        "3c",
        "30",
        "3b",
        "35",
        "3b",
        "33",
        "4d",
    ]);
    tmux.wait_for("033   [   <   0   ;   5   ;   3   M");
}

#[test]
fn an_interrupt_reaches_the_command_and_not_forktop() {
    let Some(tmux) = Tmux::within("sh -c 'echo ready; sleep 60'") else {
        return;
    };
    tmux.wait_for("ready");
    tmux.keys(&["C-c"]);
    tmux.wait_for("signal: 2");
    assert_eq!(tmux.modes(), "1 1 1");
}

#[test]
fn a_command_that_writes_without_end_stops_nothing() {
    let Some(tmux) = Tmux::within("yes") else {
        return;
    };
    tmux.wait_for("y\ny\n");
    tmux.keys(&["C-]", "q"]);
    tmux.wait_for("Asked");
    tmux.is_as_before();
}

#[test]
fn a_command_that_never_reads_stops_nothing() {
    let Some(tmux) = Tmux::within("sh -c 'stty raw; echo ready; sleep 60'") else {
        return;
    };
    tmux.wait_for("ready");
    for _ in 0..4 {
        tmux.paste(&"x".repeat(5_000));
    }
    tmux.keys(&["C-]", "q"]);
    tmux.wait_for("Asked");
    tmux.is_as_before();
}
