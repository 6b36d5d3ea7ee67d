//! A command in a terminal within this one: `cargo run -p forktop --example within -- vi`.
//!
//! Every key goes to the command but the one after ^]: q ends, z stops, c copies a word to the clipboard, r draws the
//! command's screen in half of the columns, p panics, and P does so in another thread.
use crossterm::event::{Event, KeyCode, KeyModifiers};
use forktop::screen::effect::{Effect, Input, TerminalScreen};
use forktop::screen::terminals::TerminalId::Command as COMMAND;
use forktop::terminal::encode::encode;
use forktop::terminal::{
    Display, Ended, Interface, Joined, Message, Messages, Pty, Ptys, TERM, guardian, run,
};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::process::{Command, ExitCode};
use std::{env, io, thread};
use tui_term::widget::PseudoTerminal;

fn main() -> ExitCode {
    if env::args().nth(1).as_deref() == Some(guardian::ARGUMENT) {
        return guardian::watch();
    }
    match show() {
        Ok(ended) => {
            println!("{ended:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot have a terminal: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show() -> io::Result<Ended> {
    let messages = Messages::new();
    let mut display = Display::take(&messages)?;
    let (columns, rows) = display.size()?;
    let modes = display.modes().clone();
    let (pty, slave) = Pty::open(
        (columns, rows - 1),
        Some(&modes),
        messages.on_output(COMMAND),
    )?;
    start(&messages, slave)?;
    let mut within = Within {
        command: pty.screen(),
        ..Within::default()
    };
    let mut perform = |effect, _: &mut Ptys| match effect {
        Effect::Quit => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let joined = Joined {
        messages: &messages,
        ptys: &mut Ptys::of_command(Some(pty)),
        perform: &mut perform,
    };
    Ok(run(&mut display, &mut within, joined))
}

/// setsid(1) makes the terminal the command's controlling one.
fn start(messages: &Messages, slave: OwnedFd) -> io::Result<()> {
    let mut command = Command::new("setsid");
    command
        .arg("-c")
        .args(env::args_os().skip(1))
        .env("TERM", TERM);
    command
        .stdin(slave.try_clone()?)
        .stdout(slave.try_clone()?)
        .stderr(slave);
    let mut process = command.spawn()?;
    let sender = messages.sender();
    thread::spawn(move || {
        let words = match process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        sender.send(Message::Input(Input::Done(words)))
    });
    Ok(())
}

#[derive(Default)]
struct Within {
    command: TerminalScreen,
    status: String,
    is_for_us: bool,
    frames: usize,
}

impl Interface for Within {
    fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Terminal(Event::Resize(columns, rows)) => vec![Effect::Resize {
                terminal: COMMAND,
                columns,
                rows: rows - 1,
            }],
            Input::Terminal(event) => self.take(&event),
            Input::Screen(_, command) => {
                self.command = command;
                Vec::new()
            }
            Input::Done(words) => {
                self.status = words;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn tick(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    fn wants_tick(&self) -> bool {
        false
    }

    fn view(&mut self, frame: &mut Frame<'_>) {
        self.frames += 1;
        let area = frame.area();
        let [screen, line] = [
            Rect {
                height: area.height.saturating_sub(1),
                ..area
            },
            Rect {
                y: area.height.saturating_sub(1),
                height: 1,
                ..area
            },
        ];
        if let Some(command) = &self.command.0 {
            frame.render_widget(PseudoTerminal::new(&**command), screen);
            let (row, column) = command.cursor_position();
            if !command.hide_cursor() && screen.contains(Position::new(column, row)) {
                frame.set_cursor_position((column, row));
            }
        }
        frame.render_widget(
            format!("[within: frame {} {}]", self.frames, self.status),
            line,
        );
    }
}

impl Within {
    fn take(&mut self, event: &Event) -> Vec<Effect> {
        let key = event.as_key_press_event();
        if std::mem::take(&mut self.is_for_us)
            && let Some(KeyCode::Char(key)) = key.map(|key| key.code)
        {
            return ours(key);
        }
        // ^] is what crossterm calls Ctrl and 5.
        if key.is_some_and(|key| {
            key.code == KeyCode::Char('5') && key.modifiers == KeyModifiers::CONTROL
        }) {
            self.is_for_us = true;
            return Vec::new();
        }
        match &self.command.0 {
            Some(screen) => vec![Effect::Type(COMMAND, encode(event, screen, (0, 0)))],
            None => Vec::new(),
        }
    }
}

fn ours(key: char) -> Vec<Effect> {
    match key {
        'q' => vec![Effect::Quit],
        'z' => vec![Effect::Suspend],
        'c' => vec![Effect::Copy("copied".to_owned())],
        'r' => vec![Effect::Resize {
            terminal: COMMAND,
            columns: 40,
            rows: 10,
        }],
        'p' => panic!("as asked"),
        'P' => {
            thread::spawn(|| panic!("as asked, elsewhere"));
            Vec::new()
        }
        _ => Vec::new(),
    }
}
