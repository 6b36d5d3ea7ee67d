//! Where things stand in the picture, in its own units, and how much text fits there.
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How wide the picture is.
pub const WIDTH: u32 = 1080;
/// What is left empty at its sides.
pub const MARGIN: u32 = 20;
/// Where the rows begin.
pub const TOP: u32 = 88;
/// How much stands below the rows: the legend.
pub const BOTTOM: u32 = 165;
/// Where the words of the legend begin.
pub const COMMAND: u32 = 110;
/// Where the signs begin, and the command must have ended.
pub const SIGNS: [u32; 5] = [474, 564, 622, 660, 712];
/// Where the lives are drawn.
pub const LIFE: u32 = 800;
/// How wide they are.
pub const LIVES: u32 = 140;
/// Where the states begin.
pub const STATE: u32 = 954;
/// How much further to the right what a process made stands.
pub const INDENT: u32 = 18;
/// Below so many others nothing stands further to the right.
pub const DEEPEST: usize = 14;
/// How high the row of a process is.
pub const ROW: u32 = 22;
/// How high a line below it is.
pub const LINE: u32 = 15;
/// The size of the letters in a row, and in the lines below it.
pub const LETTERS: u32 = 12;
/// The size of the letters in the lines below a row.
pub const SMALL: u32 = 11;

/// How many characters of this size have room. The usual monospaced fonts are no wider than this.
pub const fn characters(room: u32, size: u32) -> usize {
    (room * 1000 / (size * 603)) as usize
}

/// Where the text of a row begins.
pub fn indent(depth: usize) -> u32 {
    let steps = u32::try_from(depth.min(DEEPEST)).unwrap_or(0);
    MARGIN + steps * INDENT
}

/// As much of a text as fits.
pub fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |character: &char| {
        used += character.width().unwrap_or(0);
        used <= room
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// A text in lines that fit, broken between words.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, room)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_to_fit() {
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert_eq!(wrap("a bb ccc dddd", 5), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrap("aaaaaaaa b", 5), ["aaaa…", "b"]);
        assert_eq!(characters(600, 12), 82);
    }
}
