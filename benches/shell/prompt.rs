//! How long it takes from the command, or the key, to the prompt of a shell.
use crate::figure::Figure;
use crate::machine::command;
use crate::target::Target;
use crate::{FORKTOP, Load, spread};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// What the prompt of a process that is called "target" has in it.
const PROMPT: &str = "target[";

pub fn figures(folder: &Path, load: Load, rounds: usize) -> Vec<Figure> {
    let target = Target::start(folder, "blocked");
    let all = (0..rounds).map(|_| by_command(&target)).collect();
    let [median, most] = spread(all).unwrap();
    let name = |of: &str| load.name(&format!("from `forktop shell` to the prompt, {of}"));
    let median = match load {
        Load::Idle => Figure::at_most(name("median"), median, 50.0, " ms"),
        Load::Loaded => Figure::told(name("median"), format!("{median:.2} ms")),
    };
    vec![
        median,
        Figure::told(name("99th"), format!("{most:.2} ms")),
        // From the key in the interface: here, once it has one.
    ]
}

/// In a terminal of our own, from exec to the prompt.
fn by_command(target: &Target) -> Duration {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let master = openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = File::from(rustix::fs::open(path, flags, Mode::empty()).unwrap());
    let mut master = File::from(master);
    let begun = Instant::now();
    // It becomes forktop, with this as its controlling terminal: an exec more.
    let mut forktop = command("setsid")
        .args(["--ctty", FORKTOP, "shell"])
        .arg(target.pid().as_raw_pid().to_string())
        .stdin(slave.try_clone().unwrap())
        .stdout(slave.try_clone().unwrap())
        .stderr(slave)
        .spawn()
        .unwrap();
    read_until_prompt(&mut master);
    let taken = begun.elapsed();
    master.write_all(b"exit\n").unwrap();
    // Until its last word is read it may not end.
    let mut rest = Vec::new();
    let _ = master.read_to_end(&mut rest);
    assert!(forktop.wait().unwrap().success());
    taken
}

fn read_until_prompt(master: &mut File) {
    let mut shown = String::new();
    let mut bytes = [0; 4096];
    loop {
        let read = master.read(&mut bytes);
        let length = read.unwrap_or_else(|error| panic!("{error}: {shown}"));
        shown.push_str(&String::from_utf8_lossy(&bytes[..length]));
        // The sign at its end may have a request of the shell to the terminal behind it.
        let line = shown.lines().last().unwrap_or_default();
        if line.contains(PROMPT) && (line.contains("# ") || line.contains("$ ")) {
            return;
        }
    }
}
