//! What is typed, clicked and pasted, as the bytes that xterm sends to a program (xterm's `ctlseqs`).
use super::mouse;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_term::vt100::Screen;

/// What a program gets of an event, if it gets something. `origin` is where its screen begins on the user's, in columns
/// and rows.
#[must_use]
pub fn encode(event: &Event, screen: &Screen, origin: (u16, u16)) -> Vec<u8> {
    match event {
        Event::Key(key) => encode_key(*key, screen.application_cursor()),
        Event::Paste(text) => encode_paste(text, screen.bracketed_paste()),
        Event::Mouse(event) => mouse::encode(*event, screen, origin),
        Event::Resize(..) | Event::FocusGained | Event::FocusLost => Vec::new(),
    }
}

/// What a key sends, in a program that asked for the arrows' application mode or did not (DECCKM).
#[must_use]
pub fn encode_key(key: KeyEvent, application: bool) -> Vec<u8> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let modifiers = key.modifiers;
    match key.code {
        KeyCode::Char(character) => meta(modifiers, character_bytes(character, modifiers)),
        KeyCode::Enter => meta(modifiers, b"\r".to_vec()),
        KeyCode::Tab => meta(modifiers, b"\t".to_vec()),
        KeyCode::BackTab => meta(modifiers, b"\x1b[Z".to_vec()),
        KeyCode::Esc => meta(modifiers, b"\x1b".to_vec()),
        KeyCode::Null => meta(modifiers, b"\0".to_vec()),
        KeyCode::Backspace if modifiers.contains(KeyModifiers::CONTROL) => {
            meta(modifiers, b"\x08".to_vec())
        }
        KeyCode::Backspace => meta(modifiers, b"\x7f".to_vec()),
        code => special(code, modifiers, application),
    }
}

/// With ESC before, as xterm sends Alt (`metaSendsEscape`).
fn meta(modifiers: KeyModifiers, mut bytes: Vec<u8>) -> Vec<u8> {
    if modifiers.contains(KeyModifiers::ALT) && !bytes.is_empty() {
        bytes.insert(0, 0x1b);
    }
    bytes
}

fn character_bytes(character: char, modifiers: KeyModifiers) -> Vec<u8> {
    if modifiers.contains(KeyModifiers::CONTROL)
        && let Some(control) = control(character)
    {
        return vec![control];
    }
    character.to_string().into_bytes()
}

/// The control character of a key with Ctrl. Digits stand in the places that they have since the VT220.
fn control(character: char) -> Option<u8> {
    match character {
        'a'..='z' | 'A'..='Z' => Some(character as u8 & 0x1f),
        ' ' | '@' | '`' | '2' => Some(0),
        '[' | '{' | '3' => Some(0x1b),
        '\\' | '|' | '4' => Some(0x1c),
        ']' | '}' | '5' => Some(0x1d),
        '^' | '~' | '6' => Some(0x1e),
        '_' | '/' | '7' => Some(0x1f),
        '?' | '8' => Some(0x7f),
        _ => None,
    }
}

/// How a key's sequence ends.
enum Final {
    /// `CSI letter`, `CSI 1 ; modifiers letter`; SS3 in place of CSI where the application mode is asked for.
    Cursor(char),
    /// `SS3 letter`, `CSI 1 ; modifiers letter`.
    Function(char),
    /// `CSI number ~`, `CSI number ; modifiers ~`.
    Numbered(u8),
}

fn special(code: KeyCode, modifiers: KeyModifiers, application: bool) -> Vec<u8> {
    let Some(end) = end_of(code) else {
        return Vec::new();
    };
    let number = modifier_number(modifiers);
    let text = match (end, number) {
        (Final::Cursor(letter), 1) if application => format!("\x1bO{letter}"),
        (Final::Cursor(letter), 1) => format!("\x1b[{letter}"),
        (Final::Function(letter), 1) => format!("\x1bO{letter}"),
        (Final::Cursor(letter) | Final::Function(letter), _) => format!("\x1b[1;{number}{letter}"),
        (Final::Numbered(key), 1) => format!("\x1b[{key}~"),
        (Final::Numbered(key), _) => format!("\x1b[{key};{number}~"),
    };
    text.into_bytes()
}

/// 1, and for Shift 1, Alt 2, Ctrl 4 and Meta 8 more.
fn modifier_number(modifiers: KeyModifiers) -> u8 {
    let bits = [
        (KeyModifiers::SHIFT, 1),
        (KeyModifiers::ALT, 2),
        (KeyModifiers::CONTROL, 4),
        (KeyModifiers::META, 8),
    ];
    1 + bits
        .iter()
        .filter(|(modifier, _)| modifiers.contains(*modifier))
        .map(|(_, bit)| bit)
        .sum::<u8>()
}

fn end_of(code: KeyCode) -> Option<Final> {
    /// F5 to F20, with the gaps that the VT220's keyboard had.
    const NUMBERS: [u8; 16] = [
        15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34,
    ];
    Some(match code {
        KeyCode::Up => Final::Cursor('A'),
        KeyCode::Down => Final::Cursor('B'),
        KeyCode::Right => Final::Cursor('C'),
        KeyCode::Left => Final::Cursor('D'),
        KeyCode::KeypadBegin => Final::Cursor('E'),
        KeyCode::End => Final::Cursor('F'),
        KeyCode::Home => Final::Cursor('H'),
        KeyCode::Insert => Final::Numbered(2),
        KeyCode::Delete => Final::Numbered(3),
        KeyCode::PageUp => Final::Numbered(5),
        KeyCode::PageDown => Final::Numbered(6),
        KeyCode::F(number @ 1..=4) => Final::Function(char::from(b'O' + number)),
        KeyCode::F(number @ 5..=20) => Final::Numbered(NUMBERS[usize::from(number - 5)]),
        _ => return None,
    })
}

/// What a paste sends: no control characters but tabs and ends of lines, so that it can neither end the brackets that
/// tell a program what is pasted nor type a key.
#[must_use]
pub fn encode_paste(text: &str, bracketed: bool) -> Vec<u8> {
    let text = text.replace("\r\n", "\r").replace('\n', "\r");
    let kept = text
        .chars()
        .filter(|character| !character.is_control() || matches!(character, '\t' | '\r'));
    let text: String = kept.collect();
    match bracketed {
        true => format!("\x1b[200~{text}\x1b[201~").into_bytes(),
        false => text.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

    fn sent(code: KeyCode, modifiers: KeyModifiers, application: bool) -> String {
        String::from_utf8(encode_key(KeyEvent::new(code, modifiers), application)).unwrap()
    }

    #[test]
    fn characters_send_what_xterm_sends() {
        for (character, modifiers, bytes) in [
            ('a', NONE, "a"),
            ('A', SHIFT, "A"),
            ('ß', NONE, "ß"),
            ('漢', ALT, "\x1b漢"),
            ('a', CONTROL, "\x01"),
            ('Z', CONTROL, "\x1a"),
            ('c', CONTROL | ALT, "\x1b\x03"),
            (' ', CONTROL, "\0"),
            ('[', CONTROL, "\x1b"),
            ('\\', CONTROL, "\x1c"),
            ('4', CONTROL, "\x1c"),
            (']', CONTROL, "\x1d"),
            ('5', CONTROL, "\x1d"),
            ('^', CONTROL, "\x1e"),
            ('_', CONTROL, "\x1f"),
            ('?', CONTROL, "\x7f"),
            ('1', CONTROL, "1"),
        ] {
            assert_eq!(
                sent(KeyCode::Char(character), modifiers, false),
                bytes,
                "{character} {modifiers}"
            );
        }
    }

    #[test]
    fn keys_send_what_xterm_sends() {
        for (code, modifiers, bytes) in [
            (KeyCode::Enter, NONE, "\r"),
            (KeyCode::Enter, ALT, "\x1b\r"),
            (KeyCode::Tab, NONE, "\t"),
            (KeyCode::BackTab, SHIFT, "\x1b[Z"),
            (KeyCode::Backspace, NONE, "\x7f"),
            (KeyCode::Backspace, ALT, "\x1b\x7f"),
            (KeyCode::Backspace, CONTROL, "\x08"),
            (KeyCode::Esc, NONE, "\x1b"),
            (KeyCode::Null, NONE, "\0"),
            (KeyCode::Up, NONE, "\x1b[A"),
            (KeyCode::Down, SHIFT, "\x1b[1;2B"),
            (KeyCode::Right, CONTROL, "\x1b[1;5C"),
            (KeyCode::Left, ALT, "\x1b[1;3D"),
            (KeyCode::Home, NONE, "\x1b[H"),
            (KeyCode::End, CONTROL | SHIFT, "\x1b[1;6F"),
            (KeyCode::Insert, NONE, "\x1b[2~"),
            (KeyCode::Delete, CONTROL, "\x1b[3;5~"),
            (KeyCode::PageUp, NONE, "\x1b[5~"),
            (KeyCode::PageDown, SHIFT | ALT | CONTROL, "\x1b[6;8~"),
            (KeyCode::F(1), NONE, "\x1bOP"),
            (KeyCode::F(4), NONE, "\x1bOS"),
            (KeyCode::F(1), SHIFT, "\x1b[1;2P"),
            (KeyCode::F(5), NONE, "\x1b[15~"),
            (KeyCode::F(6), CONTROL, "\x1b[17;5~"),
            (KeyCode::F(10), NONE, "\x1b[21~"),
            (KeyCode::F(11), NONE, "\x1b[23~"),
            (KeyCode::F(12), NONE, "\x1b[24~"),
            (KeyCode::F(20), NONE, "\x1b[34~"),
            (KeyCode::F(21), NONE, ""),
            (KeyCode::CapsLock, NONE, ""),
        ] {
            assert_eq!(sent(code, modifiers, false), bytes, "{code} {modifiers}");
        }
    }

    #[test]
    fn only_plain_arrows_change_in_application_mode() {
        for (code, modifiers, bytes) in [
            (KeyCode::Up, NONE, "\x1bOA"),
            (KeyCode::Left, NONE, "\x1bOD"),
            (KeyCode::Home, NONE, "\x1bOH"),
            (KeyCode::End, NONE, "\x1bOF"),
            (KeyCode::Up, CONTROL, "\x1b[1;5A"),
            (KeyCode::PageUp, NONE, "\x1b[5~"),
            (KeyCode::F(1), NONE, "\x1bOP"),
        ] {
            assert_eq!(sent(code, modifiers, true), bytes, "{code} {modifiers}");
        }
    }

    #[test]
    fn a_key_that_is_let_go_sends_nothing() {
        let key = KeyEvent::new_with_kind(KeyCode::Enter, NONE, KeyEventKind::Release);
        assert_eq!(encode_key(key, false), b"");
    }

    #[test]
    fn a_paste_cannot_leave_its_brackets() {
        for (text, bracketed, bytes) in [
            ("a\nb\r\nc\td", false, "a\rb\rc\td"),
            ("a\nb", true, "\x1b[200~a\rb\x1b[201~"),
            ("x\x1b[201~\x03rm", true, "\x1b[200~x[201~rm\x1b[201~"),
            ("x\u{9b}201~", true, "\x1b[200~x201~\x1b[201~"),
            ("x\x1b[2\x1b[201~01~", true, "\x1b[200~x[2[201~01~\x1b[201~"),
        ] {
            assert_eq!(
                String::from_utf8(encode_paste(text, bracketed)).unwrap(),
                bytes
            );
        }
    }
}
