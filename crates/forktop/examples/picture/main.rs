//! A picture of a terminal's screen, as SVG:
//! `tmux capture-pane -e -p | picture COLUMNS ROWS dark|light [TITLE] > screen.svg`.
//!
//! It needs no font but a monospaced one: each run of characters is given its width, and lines are drawn.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool")]

mod colors;
mod draw;
mod strokes;

use colors::Colors;
use std::io::Read;
use std::process::ExitCode;
use tui_term::vt100::Parser;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match picture(&words) {
        Ok(svg) => {
            print!("{svg}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!(
                "picture: {why}; usage: picture COLUMNS ROWS dark|light [TITLE] < ANSI > SVG"
            );
            ExitCode::FAILURE
        }
    }
}

fn picture(words: &[String]) -> Result<String, String> {
    let (columns, rows, theme, title) = match words {
        [columns, rows, theme] => (columns, rows, theme, None),
        [columns, rows, theme, title] => (columns, rows, theme, Some(title.as_str())),
        _ => return Err("three or four words are needed".to_owned()),
    };
    let number = |word: &String| {
        let number = word.parse::<u16>().ok().filter(|number| *number > 0);
        number.ok_or_else(|| format!("`{word}` is no number of characters"))
    };
    let colors = Colors::of(theme).ok_or_else(|| format!("there is no theme `{theme}`"))?;
    let (columns, rows) = (number(columns)?, number(rows)?);
    let mut text = Vec::new();
    let mut input = std::io::stdin();
    input
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    let mut parser = Parser::new(rows, columns, 0);
    parser.process(&as_typed(&text));
    Ok(draw::screen(parser.screen(), &colors, title))
}

/// Lines of text as a terminal has to be told them: from the left, and without a newline at the end, which would scroll.
fn as_typed(text: &[u8]) -> Vec<u8> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut typed = Vec::with_capacity(text.len());
    for byte in text {
        if *byte == b'\n' {
            typed.push(b'\r');
        }
        typed.push(*byte);
    }
    typed
}
