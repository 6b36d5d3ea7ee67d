//! How long it takes from the command, or the key, to the prompt of a shell.
use crate::figure::Figure;
use crate::machine::command;
use crate::target::Target;
use crate::{FORKTOP, Load, spread};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};
use tui_term::vt100::Parser;

/// What the prompt of a process that is called "target" has in it.
const PROMPT: &str = "target[";

/// With what is to be shown.
const PATIENCE: Duration = Duration::from_secs(10);

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

pub fn figures(folder: &Path, load: Load, rounds: usize) -> Vec<Figure> {
    let target = Target::start(folder, "blocked");
    let by_command = (0..rounds).map(|_| by_command(&target)).collect();
    let ways = [
        ("from `forktop shell` to the prompt", by_command),
        ("from the key to the prompt", by_key(&target, rounds)),
    ];
    let figures = ways.map(|(way, all)| {
        let [median, most] = spread(all).unwrap();
        let name = |of: &str| load.name(&format!("{way}, {of}"));
        let median = match load {
            Load::Idle => Figure::at_most(name("median"), median, 50.0, " ms"),
            Load::Loaded => Figure::told(name("median"), format!("{median:.2} ms")),
        };
        [median, Figure::told(name("99th"), format!("{most:.2} ms"))]
    });
    figures.into_iter().flatten().collect()
}

/// A forktop with a terminal of its own, and our end of that.
struct Terminal {
    forktop: Child,
    ours: File,
    screen: Parser,
}

impl Terminal {
    fn start(arguments: &[&str]) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = File::from(rustix::fs::open(path, flags, Mode::empty()).unwrap());
        let size = Winsize {
            ws_row: ROWS,
            ws_col: COLUMNS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&ours, size).unwrap();
        // It becomes forktop, with this as its controlling terminal: an exec more.
        let forktop = command("setsid")
            .args(["--ctty", FORKTOP])
            .args(arguments)
            .env("TERM", "xterm-256color")
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs)
            .spawn()
            .unwrap();
        Self {
            forktop,
            ours: File::from(ours),
            screen: Parser::new(ROWS, COLUMNS, 0),
        }
    }

    fn type_in(&mut self, keys: &[u8]) {
        self.ours.write_all(keys).unwrap();
    }

    /// Reads until a line of the screen is such.
    fn read_until(&mut self, is_it: impl Fn(&str) -> bool) {
        let mut bytes = [0; 4096];
        let begun = Instant::now();
        while !self
            .screen
            .screen()
            .rows(0, COLUMNS)
            .any(|line| is_it(&line))
        {
            let mut ours = [PollFd::new(&self.ours, PollFlags::IN)];
            let within = Timespec::try_from(PATIENCE).unwrap();
            let shown = self.screen.screen().contents();
            assert!(begun.elapsed() < PATIENCE, "waited in vain: {shown}");
            assert_eq!(poll(&mut ours, Some(&within)), Ok(1), "{shown}");
            let read = self.ours.read(&mut bytes);
            let length = read.unwrap_or_else(|error| panic!("{error}: {shown}"));
            self.screen.process(&bytes[..length]);
        }
    }

    fn end(mut self) {
        // Until its last word is read it may not end.
        let mut rest = Vec::new();
        let _ = self.ours.read_to_end(&mut rest);
        assert!(self.forktop.wait().unwrap().success());
    }
}

/// From exec to the prompt.
fn by_command(target: &Target) -> Duration {
    let begun = Instant::now();
    let mut terminal = Terminal::start(&["shell", &target.pid().as_raw_pid().to_string()]);
    terminal.read_until(is_prompt);
    let taken = begun.elapsed();
    terminal.type_in(b"exit\n");
    terminal.end();
    taken
}

/// In the interface, which follows the process.
fn by_key(target: &Target, rounds: usize) -> Vec<Duration> {
    let mut terminal = Terminal::start(&["-p", &target.pid().as_raw_pid().to_string()]);
    // Before there is none to press the key on.
    terminal.read_until(|line| line.contains("1 alive"));
    let one = |_| {
        terminal.read_until(|line| line.contains("F1 help"));
        let begun = Instant::now();
        terminal.type_in(b"!");
        terminal.read_until(is_prompt);
        let taken = begun.elapsed();
        terminal.type_in(b"exit\r");
        terminal.read_until(|line| line.contains("Enter close"));
        terminal.type_in(b"\r");
        taken
    };
    let all = (0..rounds).map(one).collect();
    terminal.read_until(|line| line.contains("F1 help"));
    // It is let go.
    terminal.type_in(b"ql");
    terminal.end();
    all
}

fn is_prompt(line: &str) -> bool {
    let Some((_, behind)) = line.split_once(PROMPT) else {
        return false;
    };
    let behind = behind.trim_end();
    behind.ends_with('#') || behind.ends_with('$')
}
