//! The interface does what its keys say, on the user's terminal.
use super::tmux::{Tmux, kill, wait_for_end};

/// forktop with a small tree: 61 and 62 are in the background, 63 is below another shell.
pub fn tree() -> Tmux {
    let tmux = Tmux::forktop("-- sh -c 'sleep 61 & sleep 62 & sh -c \"sleep 63; :\"; :'");
    tmux.wait("the tree", |screen| {
        ["─ sleep 61", "─ sleep 62", "─ sleep 63", "5 alive"]
            .iter()
            .all(|part| screen.contains(part))
    });
    tmux
}

#[test]
fn who_wants_no_colours_sees_none() {
    let command = |variable: &str| {
        let program = env!("CARGO_BIN_EXE_forktop");
        format!("{variable} {program} -- sh -c 'sleep 61 & sleep 62; :'")
    };
    let coloured = |screen: &str| {
        let sequences = screen.split("\u{1b}[").skip(1);
        let parameters = sequences.filter_map(|rest| rest.split_once('m'));
        let mut parameters = parameters.flat_map(|(them, _)| them.split(';'));
        parameters.any(|one| {
            one.parse()
                .is_ok_and(|code| matches!(code, 30..=38 | 40..=48 | 90..=107))
        })
    };
    for (variable, expected) in [("NO_COLOR=1", false), ("NO_COLOR=", true)] {
        let tmux = Tmux::showing(&command(variable));
        tmux.wait_for("3 alive");
        assert_eq!(coloured(&tmux.colours()), expected, "{variable}");
        quit(&tmux);
    }
}

/// Lets all of it be killed.
pub fn quit(tmux: &Tmux) {
    tmux.keys(&["q", "k"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
}

#[test]
fn the_tree_is_folded_searched_and_filtered() {
    let tmux = tree();
    tmux.keys(&["g", "Space"]);
    tmux.wait("a folded tree", |screen| {
        screen.contains("▸ +4 sh") && !screen.contains("─ sleep")
    });
    tmux.keys(&["/"]);
    tmux.line("63");
    // The first is the shell whose script it is in, the second the one below.
    tmux.keys(&["n", "n"]);
    tmux.wait_for("─ sleep 63");
    // What was found is selected: it is what a signal would be for.
    tmux.keys(&["K"]);
    tmux.wait("the list of signals", |screen| {
        let title = screen.lines().find(|line| line.contains("Send to"));
        title.is_some_and(|title| title.contains(" sleep")) && screen.contains("15 SIGTERM")
    });
    tmux.escape();
    tmux.keys(&["\\"]);
    tmux.line("62");
    tmux.wait("the filtered tree", |screen| {
        screen.contains("only 62")
            && screen.contains("─ sleep 62")
            && !screen.contains("─ sleep 61")
            && !screen.contains("─ sleep 63")
    });
    // First the search is over, then the filter.
    tmux.escape();
    tmux.escape();
    tmux.wait_for("─ sleep 61");
    quit(&tmux);
}

#[test]
fn each_pane_is_shown() {
    let tmux = tree();
    for (key, words) in [
        ("1", "Who it is"),
        ("2", "2 Difference"),
        ("3", "Belongs to"),
        ("4", "3 open"),
        ("5", "/proc"),
        ("6", "Its system calls"),
        ("7", "HOME="),
        ("8", "open files"),
        ("9", "started by forktop"),
        ("v", "It is in no void"),
    ] {
        tmux.keys(&["g", key]);
        if key == "8" || key == "7" {
            // Further down than there is room for.
            tmux.ask(&["resize-window", "-x", "80", "-y", "100"]);
        }
        tmux.wait_for(words);
    }
    tmux.ask(&["resize-window", "-x", "80", "-y", "24"]);
    tmux.keys(&["?"]);
    tmux.wait_for("The tree and the panes");
    tmux.escape();
    tmux.wait("no help", |screen| {
        !screen.contains("The tree and the panes")
    });
    tmux.keys(&["0"]);
    tmux.wait_for("0 Terminal");
    quit(&tmux);
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let tmux = tree();
    for (columns, rows) in [("40", "10"), ("200", "50"), ("80", "24")] {
        tmux.ask(&["resize-window", "-x", columns, "-y", rows]);
        let height: usize = rows.parse().unwrap();
        tmux.wait("the footer on the last line", |screen| {
            let lines: Vec<_> = screen.lines().collect();
            lines.len() == height
                && lines[height - 1].contains("F1 help")
                && screen.matches("F1 help").count() == 1
                && screen.contains("─ sleep 63")
        });
    }
    quit(&tmux);
}

#[test]
fn a_process_is_held_still_let_go_on_and_sent_a_signal() {
    let tmux = tree();
    // The first one below, whichever that is.
    tmux.keys(&["g", "j", "9", "f"]);
    tmux.wait_for("held still on request");
    tmux.keys(&["c"]);
    tmux.wait_for("runs again");
    tmux.keys(&["K", "Enter"]);
    tmux.wait_for("Send SIGTERM to");
    tmux.keys(&["y"]);
    tmux.wait_for("killed by SIGTERM");
    tmux.wait("its end alone", |screen| {
        let first = screen.lines().nth(3).unwrap_or_default();
        first.contains("✗TERM") && screen.contains("4 alive, 1 ended")
    });
    quit(&tmux);
}

#[test]
fn everything_is_written_to_a_file() {
    let tmux = tree();
    let file = tmux.file("tree.json");
    tmux.keys(&["e", "C-u"]);
    tmux.line(file.to_str().unwrap());
    tmux.wait_for("was written to");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(text.contains("\"63\""), "{text}");
    quit(&tmux);
}

#[test]
fn at_the_end_everything_is_killed_or_goes_on_as_was_chosen() {
    for (key, code) in [("k", "code-137"), ("l", "code-0")] {
        let tmux = tree();
        let (command, leader) = (tmux.child_of_forktop("sh"), tmux.leader());
        tmux.keys(&["q"]);
        tmux.wait_for("5 processes are alive");
        tmux.keys(&["s"]);
        tmux.wait("the tree alone", |screen| !screen.contains("are alive"));
        tmux.keys(&["q", key]);
        tmux.wait_for_prompt();
        tmux.line("echo code-$?");
        tmux.wait_for(code);
        wait_for_end(leader);
        wait_for_end(command);
        tmux.is_as_before();
    }
}

#[test]
fn it_follows_a_tree_that_was_running_already() {
    let mut running = std::process::Command::new("sh")
        .args(["-c", "sleep 64 & sleep 65; :"])
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let pid = i32::try_from(running.id()).unwrap();
    is_followed_and_let_go(&Tmux::forktop(&format!("-p {pid}")), pid);
    for child in super::tmux::children(pid) {
        kill(child, "KILL");
    }
    running.wait().unwrap();
}

fn is_followed_and_let_go(tmux: &Tmux, pid: i32) {
    tmux.wait("the tree", |screen| {
        screen.contains("─ sleep 64") && screen.contains("─ sleep 65") && screen.contains("3 alive")
    });
    tmux.keys(&["q"]);
    tmux.wait_for("3 processes are alive");
    tmux.keys(&["l"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("TracerPid:\t0\n"), "{status}");
}

#[test]
fn an_ordinary_user_has_the_same() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: this takes root");
    }
    let folder = tempfile::Builder::new()
        .prefix("forktop-")
        .tempdir_in("/tmp")
        .unwrap();
    let copy = folder.path().join("forktop");
    std::fs::copy(env!("CARGO_BIN_EXE_forktop"), &copy).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let script = folder.path().join("script");
    let text = format!("exec {} -- sh -c 'sleep 66; :'", copy.display());
    std::fs::write(&script, text).unwrap();
    let tester = "setpriv --reuid tester --regid tester --clear-groups --";
    // By script(1), which gives the user a terminal of its own.
    let words = format!("script -qc 'sh {}' /dev/null", script.display());
    let tmux = Tmux::showing(&format!("{tester} {words}"));
    tmux.wait("its tree", |screen| {
        screen.contains("─ sleep 66") && screen.contains("tester")
    });
    tmux.keys(&["q", "k"]);
    tmux.wait_for_prompt();
    tmux.is_as_before();
}
