//! What is shown and does not change costs nothing.
use super::tmux::Tmux;
use std::time::Duration;

/// The processor time of a process and how often it was scheduled, all threads together.
fn used(pid: i32) -> (u64, u64) {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .unwrap()
        .flatten();
    let each = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap();
        let numbers: Vec<u64> = text
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        (numbers[0], numbers[2])
    });
    each.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

#[test]
fn nothing_runs_while_nothing_happens() {
    let tmux = Tmux::within("sleep 60");
    std::thread::sleep(Duration::from_millis(500));
    let before = used(tmux.pid());
    std::thread::sleep(Duration::from_secs(2));
    let after = used(tmux.pid());
    // One in a hundred of a core would be 20 ms.
    assert!(after.0 - before.0 < 2_000_000, "{} ns", after.0 - before.0);
    assert!(after.1 - before.1 < 5, "ran {} times", after.1 - before.1);
}

#[test]
fn a_flood_is_drawn_at_most_thirty_times_a_second() {
    let tmux = Tmux::within("yes");
    let frame = || {
        let screen = tmux.wait_for("[within: frame ");
        let rest = screen.rsplit("[within: frame ").next().unwrap().to_owned();
        rest.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let first = frame();
    std::thread::sleep(Duration::from_secs(2));
    let frames = frame() - first;
    assert!((1..=70).contains(&frames), "{frames} frames in two seconds");
}
