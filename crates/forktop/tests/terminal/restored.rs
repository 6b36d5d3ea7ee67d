//! The user's terminal is as it was, however forktop ends.
use super::tmux::{Tmux, kill, wait_for_end, within};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn the_terminal_is_restored_at_the_end() {
    let tmux = Tmux::within("sleep 60");
    assert_eq!(tmux.modes(), "1 1 1");
    let guardian = tmux.guardian();
    tmux.keys(&["C-]", "q"]);
    tmux.wait_for("Asked");
    tmux.is_as_before();
    // It was waited for before the end.
    assert!(!std::path::Path::new(&format!("/proc/{guardian}")).exists());
}

#[test]
fn the_terminal_is_restored_when_a_signal_ends_it() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let tmux = Tmux::within("sleep 60");
        kill(tmux.pid(), signal);
        tmux.wait_for("Signal(");
        tmux.is_as_before();
    }
}

#[test]
fn the_terminal_is_restored_when_it_is_killed() {
    for _ in 0..3 {
        let tmux = Tmux::within("sleep 60");
        let guardian = tmux.guardian();
        kill(tmux.pid(), "KILL");
        tmux.is_as_before();
        wait_for_end(guardian);
    }
}

#[test]
fn the_terminal_is_restored_when_it_panics_and_shows_why() {
    for (key, words) in [("p", "as asked"), ("P", "as asked, elsewhere")] {
        let tmux = Tmux::within("sleep 60");
        let guardian = tmux.guardian();
        tmux.keys(&["C-]", key]);
        tmux.wait_for(words);
        // After a panic in another thread a test's build draws once more before it ends.
        tmux.keys(&["x"]);
        // That key may have come to the shell's terminal before its prompt.
        tmux.wait("the shell's prompt", |screen| {
            let last = screen.trim_end().lines().next_back();
            last.is_some_and(|line| line.trim_start_matches('x').starts_with('$'))
        });
        tmux.keys(&["C-u"]);
        tmux.is_as_before();
        wait_for_end(guardian);
    }
}

#[test]
fn the_terminal_is_the_shells_while_it_is_stopped() {
    let tmux = Tmux::within("sh -c 'echo drawn; sleep 60'");
    tmux.wait_for("drawn");
    tmux.keys(&["C-]", "z"]);
    tmux.wait_for("Stopped");
    assert_eq!(tmux.modes(), "0 0 0");
    tmux.line("echo between");
    tmux.wait_for("between");
    tmux.line("fg");
    tmux.wait("the display", |screen| {
        screen.contains("drawn") && !screen.contains("between")
    });
    assert_eq!(tmux.modes(), "1 1 1");
    kill(tmux.pid(), "TSTP");
    tmux.wait_for("Stopped");
    tmux.line("fg");
    tmux.wait_for("drawn");
    tmux.keys(&["C-]", "q"]);
    tmux.wait_for("Asked");
    tmux.is_as_before();
}

#[test]
fn a_guardian_leaves_a_terminal_alone_that_was_given_back() {
    let tmux = Tmux::within("sleep 60");
    let (pid, guardian) = (tmux.pid(), tmux.guardian());
    tmux.keys(&["C-]", "z"]);
    tmux.wait_for("Stopped");
    tmux.line("less -X /etc/passwd");
    tmux.wait_for("root:");
    kill(pid, "KILL");
    wait_for_end(guardian);
    // less(1) still has the keys one by one.
    tmux.keys(&["q"]);
    tmux.line("stty -a | grep -o -- ' icanon'; echo over");
    tmux.wait("the shell", |screen| screen.contains(" icanon\nover"));
}

#[test]
fn it_ends_when_the_terminal_goes() {
    let tmux = Tmux::within("sleep 60");
    let (pid, guardian) = (tmux.pid(), tmux.guardian());
    drop(tmux);
    wait_for_end(pid);
    wait_for_end(guardian);
}

#[test]
fn a_terminal_that_takes_nothing_does_not_keep_it_from_ending() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = rustix::pty::openpt(flags).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags).unwrap();
    rustix::termios::tcsetwinsize(
        &slave,
        Winsize {
            ws_row: 50,
            ws_col: 200,
            ws_xpixel: 0,
            ws_ypixel: 0,
        },
    )
    .unwrap();
    let before = format!("{:?}", rustix::termios::tcgetattr(&slave).unwrap());
    let mut process = Command::new("setsid")
        .arg("-c")
        .arg(within())
        // Each frame is other than the one before, and larger than what the terminal takes unread.
        .args(["sh", "-c", "while :; do seq 1000000 1100000; done"])
        .stdin(slave.try_clone().unwrap())
        .stdout(slave.try_clone().unwrap())
        .stderr(slave.try_clone().unwrap())
        .spawn()
        .unwrap();
    let pid = i32::try_from(process.id()).unwrap();
    sleep(Duration::from_secs(2));
    let writes = std::fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default();
    kill(pid, "TERM");
    let begun = Instant::now();
    while process.try_wait().unwrap().is_none() {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "it waits in {writes}"
        );
        sleep(Duration::from_millis(20));
    }
    assert_eq!(
        format!("{:?}", rustix::termios::tcgetattr(&slave).unwrap()),
        before
    );
}
