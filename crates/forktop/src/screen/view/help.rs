//! The help: every key, how filters are written, and what the signs of the tree mean.
use crate::screen::App;
use crate::screen::bindings::{BINDINGS, Binding, Context};
use crate::screen::filter::TERMS;
use crate::screen::text::{left, width};
use ratatui::text::{Line, Span};

/// The contexts, in the order of the help.
const CONTEXTS: [Context; 10] = [
    Context::Browse,
    Context::Terminal,
    Context::Over,
    Context::Line,
    Context::Menu,
    Context::Switches,
    Context::Confirm,
    Context::Told,
    Context::Quit,
    Context::Help,
];

/// What the columns and signs of the tree mean.
const SIGNS: [(&str, &str); 18] = [
    ("PID NSPID", "its number; the one in its own pid namespace"),
    ("USER", "0→1000 is user 0 inside, and 1000 for forktop"),
    ("CAPS", "how many capabilities it may use"),
    ("▼3 ▲2 =", "3 fewer, 2 more, the same as its creator"),
    ("NNP", "✓: no exec gives it anything (no_new_privs)"),
    ("SEC", "F2: two filters of system calls; S: strict; -: none"),
    ("NS", "user mount pid net ipc host cgroup time"),
    ("U u ·", "not its creator's; its creator's; forktop's own"),
    (
        "NET",
        "its own network, shared with its creator, or the host's",
    ),
    (
        "A T F L N",
        "alive, stopped, frozen by forktop, let go, not followed",
    ),
    ("✗1 ✗KILL", "ended with code 1; by SIGKILL"),
    ("✗SEGV+", "by SIGSEGV, leaving a core dump"),
    ("AGE", "how long it has lived, or lived"),
    ("▾ ▸ +3", "unfolded, folded, 3 processes folded away"),
    ("[name]", "the void of this entrypoint"),
    ("»2", "2 shells of forktop's are open in it"),
    ("» shell", "a shell of forktop's, in a copy of a process"),
    ("» keeper", "another copy, which keeps the shell from it"),
];

/// How many columns a side of two has, at least.
const SIDE: usize = 54;
/// What lies between two sides.
const GAP: usize = 4;

/// The lines of the help, for so many columns: in two sides where there is room for them.
pub fn lines(app: &App, room: usize) -> Vec<Line<'static>> {
    let side = room.saturating_sub(GAP) / 2;
    match side >= SIDE {
        true => beside(&sections(app, side), side),
        false => below(&sections(app, room)),
    }
}

/// Sections one below the other, with an empty line between them.
fn below(sections: &[Vec<Line<'static>>]) -> Vec<Line<'static>> {
    sections.join(&Line::default())
}

/// Sections on two sides, which are as long as each other as far as no section is torn apart.
fn beside(sections: &[Vec<Line<'static>>], side: usize) -> Vec<Line<'static>> {
    let split = |at: usize| {
        let (left, right) = sections.split_at(at);
        (below(left), below(right))
    };
    let shortest = (0..=sections.len())
        .map(split)
        .min_by_key(|(left, right)| left.len().max(right.len()));
    let (mut left, mut right) = shortest.unwrap_or_default();
    let length = left.len().max(right.len());
    left.resize(length, Line::default());
    right.resize(length, Line::default());
    left.into_iter()
        .zip(right)
        .map(|(mut line, right)| {
            let gap = side + GAP - line.width();
            line.push_span(" ".repeat(gap));
            line.extend(right.spans);
            line
        })
        .collect()
}

/// Everything that there is to tell, each with its heading.
fn sections(app: &App, room: usize) -> Vec<Vec<Line<'static>>> {
    let mut sections = Vec::new();
    for context in CONTEXTS {
        let bindings = BINDINGS.iter().filter(|binding| binding.context == context);
        let entries: Vec<_> = bindings
            .map(|binding| (keys(binding), binding.words))
            .collect();
        sections.push(section(app, context.title(), &entries, room));
    }
    let told = |entries: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        entries
            .iter()
            .map(|(name, words)| ((*name).to_owned(), *words))
            .collect()
    };
    let terms = "What can be searched and shown";
    sections.push(section(app, terms, &told(&TERMS), room));
    sections.push(section(app, "Signs of the tree", &told(&SIGNS), room));
    sections
}

fn keys(binding: &Binding) -> String {
    let names: Vec<_> = binding.keys.iter().map(ToString::to_string).collect();
    names.join(" ")
}

/// A heading, and the entries; words that are too long go on below.
fn section(
    app: &App,
    title: &'static str,
    entries: &[(String, &'static str)],
    room: usize,
) -> Vec<Line<'static>> {
    const NAMES: usize = 14;
    let heading = Span::styled(title, app.theme.title);
    let mut lines = vec![Line::from(heading)];
    let room = room.saturating_sub(NAMES + 1).max(1);
    for (name, words) in entries {
        let mut name = name.clone();
        for words in folded(words, room) {
            lines.push(Line::from(vec![
                Span::styled(left(&name, NAMES), app.theme.key),
                Span::styled(format!(" {words}"), app.theme.text),
            ]));
            name.clear();
        }
    }
    lines
}

/// The words in lines of at most so many columns.
fn folded(words: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
