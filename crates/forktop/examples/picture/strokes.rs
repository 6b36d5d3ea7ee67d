//! Characters that are drawn, since the lines of a font leave gaps between rows.

/// How a character is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stroke {
    /// Lines from the middle to the left, right, upper and lower edge.
    Lines([bool; 4]),
    /// A part of the cell is filled: from, and to, in parts of its width and height.
    Block([f64; 4]),
}

/// The stroke of a character, if it is not to be written.
pub fn stroke(character: char) -> Option<Stroke> {
    let lines = |sides: &str| Stroke::Lines(['l', 'r', 'u', 'd'].map(|side| sides.contains(side)));
    Some(match character {
        '─' | '━' | '═' => lines("lr"),
        '│' | '┃' | '║' => lines("ud"),
        '┌' | '┏' | '╭' | '╔' => lines("rd"),
        '┐' | '┓' | '╮' | '╗' => lines("ld"),
        '└' | '┗' | '╰' | '╚' => lines("ru"),
        '┘' | '┛' | '╯' | '╝' => lines("lu"),
        '├' | '┣' | '╠' => lines("rud"),
        '┤' | '┫' | '╣' => lines("lud"),
        '┬' | '┳' | '╦' => lines("lrd"),
        '┴' | '┻' | '╩' => lines("lru"),
        '┼' | '╋' | '╬' => lines("lrud"),
        '█' => Stroke::Block([0.0, 0.0, 1.0, 1.0]),
        '▌' => Stroke::Block([0.0, 0.0, 0.5, 1.0]),
        '▐' => Stroke::Block([0.5, 0.0, 1.0, 1.0]),
        '▀' => Stroke::Block([0.0, 0.0, 1.0, 0.5]),
        '▄' => Stroke::Block([0.0, 0.5, 1.0, 1.0]),
        _ => return None,
    })
}
