//! A screen for terminals that know only ASCII: drawn like any other, and each sign replaced at the end.
use ratatui::buffer::Buffer;

/// Replaces all that is not ASCII by what comes nearest.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let sign = cell.symbol().chars().next().map_or('?', nearest);
            cell.set_char(sign);
        }
    }
}

const fn nearest(sign: char) -> char {
    match sign {
        '─' | '━' | '═' | '–' | '—' | '▼' | '▾' => '-',
        '│' | '┃' | '║' | '▌' | '├' | '┤' | '┼' => '|',
        '└' | '╰' => '`',
        '┌' | '┐' | '┘' | '┬' | '┴' | '▲' | '▸' => '+',
        '→' | '▶' | '▷' | '»' => '>',
        '←' | '◀' | '«' => '<',
        '↑' => '^',
        '↓' => 'v',
        '·' | '…' | '‥' => '.',
        '✗' | '×' | '✘' => 'x',
        '✓' => 'y',
        '●' | '•' | '█' | '■' => '#',
        '“' | '”' | '„' => '"',
        '‘' | '’' | '′' => '\'',
        'µ' => 'u',
        '≠' => '!',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascii_is_left_and_everything_stays_in_its_place() {
        let mut buffer = Buffer::with_lines(["▾├─ 漢字 ▼3 ✗1 größe"]);
        to_ascii(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["-|- ? ?  -3 x1 gr??e"]));
    }
}
