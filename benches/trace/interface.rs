//! What the interface takes of memory and processor, told of a tree of very many.
use crate::figure::Figure;
use crate::machine::{command, cpu_of_thread, resident, succeed, text};
use crate::{FORKTOP, MANY};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use forktop::log::read;
use forktop::screen::App;
use forktop::screen::effect::Input;
use forktop::screen::settings::{Charset, Follows, Settings};
use forktop::screen::theme::Palette;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::{Path, PathBuf};
use std::time::Instant;

const FRAMES: usize = 200;

pub fn figures(folder: &Path) -> Vec<Figure> {
    let log = recorded(folder);
    let before = resident();
    let records = read(&log).unwrap().records;
    let mut app = App::new(settings(), 120, 40);
    let began = Instant::now();
    for record in records {
        app.update(Input::Record(Box::new(record)));
    }
    let learnt = began.elapsed();
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| app.draw(frame)).unwrap();
    let many = app.model().len();
    #[expect(clippy::cast_precision_loss, reason = "bytes")]
    let each = (resident() - before) as f64 / many as f64 / 1024.0;
    let of = format!("the interface of {many} processes");
    let learnt = format!("{:.2} s", learnt.as_secs_f64());
    let mut figures = vec![
        Figure::told(format!("{of}, to learn of them"), learnt),
        Figure::at_most(format!("{of}, memory a process"), each, 3.0, " KiB"),
    ];
    for (name, first, key) in [
        ("row by row", "", KeyCode::Down),
        ("all rows anew", "", KeyCode::Char('*')),
        ("sorted by name", ">jj ", KeyCode::Down),
        ("filtered", "\\sleep\n", KeyCode::Down),
    ] {
        first.chars().for_each(|first| match first {
            '\n' => press(&mut app, KeyCode::Enter),
            first => press(&mut app, KeyCode::Char(first)),
        });
        let frame = frame(&mut app, &mut terminal, key);
        let name = format!("{of}, a frame, {name}");
        figures.push(Figure::at_most(name, frame, 16.0, " ms"));
    }
    let back = frame(&mut app, &mut terminal, KeyCode::Char('['));
    let back = format!("{back:.2} ms");
    figures.push(Figure::told(format!("{of}, a step back in time"), back));
    figures
}

fn press(app: &mut App, key: KeyCode) {
    let key = KeyEvent::new(key, KeyModifiers::NONE);
    app.update(Input::Terminal(Event::Key(key)));
}

/// Milliseconds of processor time that this key and the frame after it take, the median of many.
fn frame(app: &mut App, terminal: &mut Terminal<TestBackend>, key: KeyCode) -> f64 {
    let frames = (0..FRAMES).map(|_| {
        let began = cpu_of_thread();
        press(app, key);
        terminal.draw(|frame| app.draw(frame)).unwrap();
        cpu_of_thread().saturating_sub(began).as_secs_f64() * 1e3
    });
    let mut frames: Vec<_> = frames.collect();
    frames.sort_by(f64::total_cmp);
    frames[FRAMES / 2]
}

/// The log of a shell that starts very many at once.
fn recorded(folder: &Path) -> PathBuf {
    let log = folder.join("many.jsonl");
    let script = format!("i=0; while [ $i -lt {MANY} ]; do sleep 1 & i=$((i+1)); done; wait");
    let words = [
        "log",
        "--json",
        "-o",
        &text(&log),
        "--",
        "sh",
        "-c",
        &script,
    ];
    succeed(command(FORKTOP).args(words));
    log
}

fn settings() -> Settings {
    Settings {
        follows: Follows::File,
        palette: Palette::Dark,
        charset: Charset::Utf8,
        names: privileges::Names::default(),
        encode: |_, _, _| Vec::new(),
        probes: |_| Ok(Vec::new()),
    }
}
