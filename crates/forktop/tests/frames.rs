//! What is drawn of a tree of ten thousand, and in how much memory. How long that takes is for `benches/trace` to say.
use crossterm::event::{Event as Typed, KeyCode, KeyEvent, KeyModifiers};
use forktop::log::{Birth, Ending, Event, Execution, Origin, ProcessId, Record, Time};
use forktop::screen::App;
use forktop::screen::effect::Input;
use forktop::screen::settings::{Charset, Follows, Settings};
use forktop::screen::theme::Palette;
use privileges::{
    Capabilities, Essentials, Ids, Names, NamespaceKind, Namespaces, Seccomp, SeccompMode, Seen,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use std::process::Command;
use std::sync::Arc;

const PROCESSES: u32 = 10_000;
/// Of a screen of 50 lines, more than these are rows of the tree.
const FEWEST: usize = 15;
/// Bytes that a process and its part of the log may take.
const MOST: usize = 3 * 1024;

fn essentials() -> Essentials {
    let ids = Ids {
        real: 0,
        effective: 0,
        saved: 0,
        filesystem: 0,
    };
    Essentials {
        uid: ids,
        gid: ids,
        groups: vec![0],
        capabilities: Capabilities::default(),
        no_new_privs: false,
        seccomp: Seccomp {
            mode: SeccompMode::Off,
            filters: Some(0),
        },
        namespaces: Namespaces {
            own: NamespaceKind::ALL.map(|kind| Seen::Known(kind as u64)),
            pid_for_children: None,
            time_for_children: None,
        },
        uid_map: None,
        gid_map: None,
    }
}

fn born(id: u32, creator: Option<u32>) -> Event {
    Event::Born(Box::new(Birth {
        process: ProcessId(id),
        origin: Origin::Forked,
        pid: 1000 + id,
        pids: vec![1000 + id],
        creator: creator.map(ProcessId),
        creator_tid: None,
        parent: 1,
        entrypoint: None,
        essentials: creator.is_none().then(|| Arc::new(essentials())),
        running: None,
        lived_us: None,
    }))
}

fn executed(id: u32) -> Event {
    let arguments = ["cc", "-O2", "-Wall", "-c", "src/main.c", "-o", "main.o"];
    Event::Executed(Box::new(Execution {
        process: ProcessId(id),
        former_tid: None,
        program: Some("/usr/bin/cc".to_owned()),
        name: format!("cc{}", id * 7919 % 1000),
        arguments: arguments.map(str::to_owned).to_vec(),
        directory: Some("/home/user/project".to_owned()),
        environment: None,
        essentials: None,
        taken_away: None,
    }))
}

/// A tree, of which a third has ended.
fn tree(creator: impl Fn(u32) -> u32) -> Vec<Record> {
    let mut events = Vec::new();
    for id in 0..PROCESSES {
        events.push(born(id, (id > 0).then(|| creator(id))));
        events.push(executed(id));
        if id % 3 == 2 {
            events.push(Event::Ended {
                process: ProcessId(id),
                ending: Ending::Code(0),
                user_us: 1000,
                system_us: 100,
                peak_kib: 1000,
            });
        }
    }
    let record = |(nth, event)| Record {
        at: Time(nth as u64 * 100_000),
        event,
    };
    events.into_iter().enumerate().map(record).collect()
}

struct Measured {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Measured {
    fn empty() -> Self {
        let settings = Settings {
            follows: Follows::Running,
            palette: Palette::Dark,
            charset: Charset::Utf8,
            names: Names::parse(b"root:x:0:\n", b""),
            encode: |_, _, _| Vec::new(),
            probes: |_| Ok(Vec::new()),
        };
        Self {
            app: App::new(settings, 200, 50),
            terminal: Terminal::new(TestBackend::new(200, 50)).unwrap(),
        }
    }

    fn of(records: Vec<Record>) -> Self {
        let mut measured = Self::empty();
        for record in records {
            measured.app.update(Input::Record(Box::new(record)));
        }
        measured
    }

    fn press(&mut self, code: KeyCode) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        self.app.update(Input::Terminal(Typed::Key(key)));
    }

    fn write(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.press(KeyCode::Char(key)));
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| self.app.draw(frame)).unwrap();
    }

    /// How many rows of the tree are drawn.
    fn rows(&self) -> usize {
        let buffer = self.terminal.backend().buffer();
        let lines = buffer.content().chunks(buffer.area.width.into());
        let text = |line: &[Cell]| line.iter().map(Cell::symbol).collect::<String>();
        lines.filter(|line| text(line).contains("-Wall")).count()
    }

    /// The screen is full of processes after each of some changes.
    fn stays_full(&mut self, what: &str, mut change: impl FnMut(&mut Self, u32)) {
        for nth in 0..5 {
            change(self, nth);
            self.draw();
            assert!(self.rows() > FEWEST, "{what}: {} rows", self.rows());
        }
    }
}

/// KiB of memory that are resident.
#[expect(clippy::unwrap_used, reason = "a test's")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1))
        .unwrap()
        .parse()
        .unwrap()
}

fn continued(id: u32, at: u64) -> Input {
    let process = ProcessId(id % PROCESSES);
    Input::Record(Box::new(Record {
        at: Time(at),
        event: Event::Continued { process },
    }))
}

/// In a process of its own, since memory is that of all tests of a process.
#[test]
fn a_process_and_its_part_of_the_log_take_at_most_three_kib() {
    const INNER: &str = "FORKTOP_MEASURES_MEMORY";
    const NAME: &str = "a_process_and_its_part_of_the_log_take_at_most_three_kib";
    if std::env::var_os(INNER).is_none() {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let alone = alone.args(["--exact", NAME, "--nocapture"]).env(INNER, "");
        assert!(alone.status().unwrap().success());
        return;
    }
    let before = resident();
    let mut measured = Measured::of(tree(|id| id / 10));
    measured.draw();
    let used = (resident() - before) * 1024 / PROCESSES as usize;
    assert!((100..=MOST).contains(&used), "{used} bytes a process");
}

#[test]
fn ten_thousand_processes_fill_the_screen_in_any_order() {
    let mut measured = Measured::of(tree(|id| id / 10));
    let grow = |measured: &mut Measured, nth: u32| {
        for id in 0..100 {
            measured
                .app
                .update(continued(id * 99 + nth, 10_000_000_000));
        }
    };
    measured.stays_full("unchanged", |_, _| ());
    measured.stays_full("after a key", |measured, _| measured.press(KeyCode::Down));
    measured.stays_full("after 100 records", grow);
    measured.write(">jj ");
    measured.stays_full("sorted by name", grow);
    measured.write("\\cc1 alive");
    measured.press(KeyCode::Enter);
    measured.stays_full("filtered", grow);
}

#[test]
fn a_chain_of_ten_thousand_fills_the_screen_at_its_end() {
    let mut measured = Measured::of(tree(|id| id - 1));
    measured.press(KeyCode::End);
    measured.stays_full("a chain", |measured, _| measured.press(KeyCode::Up));
}

#[test]
fn a_hundred_thousand_records_can_be_gone_back() {
    const RECORDS: u32 = 100_000;
    let mut measured = Measured::of(tree(|id| id / 10));
    let had = u32::try_from(measured.app.records().len()).unwrap();
    for nth in had..RECORDS {
        measured
            .app
            .update(continued(nth, 10_000_000_000 + u64::from(nth) * 1000));
    }
    measured.stays_full("a step back", |measured, _| measured.write("["));
    measured.stays_full("a step forward", |measured, _| measured.write("]"));
    measured.write("(");
    measured.draw();
    assert_eq!(measured.app.model().len(), 1);
    measured.write(")");
    measured.draw();
    assert_eq!(measured.app.model().len(), PROCESSES as usize);
}
