//! The mouse, as xterm reports it to a program that asked for that, in the way for which it asked.
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use tui_term::vt100::{MouseProtocolEncoding, MouseProtocolMode, Screen};

/// What a program gets, if it asked for it and it happened on its screen, which begins at `origin`.
pub fn encode(event: MouseEvent, screen: &Screen, origin: (u16, u16)) -> Vec<u8> {
    let (rows, columns) = screen.size();
    let place = event
        .column
        .checked_sub(origin.0)
        .zip(event.row.checked_sub(origin.1));
    match place.filter(|(column, row)| *column < columns && *row < rows) {
        Some(place) if is_asked_for(event.kind, screen.mouse_protocol_mode()) => report(
            event,
            place,
            screen.mouse_protocol_mode(),
            screen.mouse_protocol_encoding(),
        ),
        _ => Vec::new(),
    }
}

fn is_asked_for(kind: MouseEventKind, mode: MouseProtocolMode) -> bool {
    match mode {
        MouseProtocolMode::None => false,
        MouseProtocolMode::Press => matches!(kind, MouseEventKind::Down(_)),
        MouseProtocolMode::PressRelease => {
            !matches!(kind, MouseEventKind::Drag(_) | MouseEventKind::Moved)
        }
        MouseProtocolMode::ButtonMotion => kind != MouseEventKind::Moved,
        MouseProtocolMode::AnyMotion => true,
    }
}

fn report(
    event: MouseEvent,
    (column, row): (u16, u16),
    mode: MouseProtocolMode,
    encoding: MouseProtocolEncoding,
) -> Vec<u8> {
    let is_release = matches!(event.kind, MouseEventKind::Up(_));
    let modifiers = match mode {
        // X10 knows none.
        MouseProtocolMode::Press => 0,
        _ => modifier_bits(event.modifiers),
    };
    let (button, column, row) = (button_bits(event.kind) + modifiers, column + 1, row + 1);
    // Only SGR tells which button was let go; the others call it 3.
    let unnamed = if is_release { 3 + modifiers } else { button };
    match encoding {
        MouseProtocolEncoding::Sgr => {
            let end = if is_release { 'm' } else { 'M' };
            format!("\x1b[<{button};{column};{row}{end}").into_bytes()
        }
        MouseProtocolEncoding::Utf8 => in_characters(unnamed, column, row, 2047),
        MouseProtocolEncoding::Default => in_characters(unnamed, column, row, 255),
    }
}

/// As three characters, each 32 more than it means: bytes up to 255, UTF-8 beyond where that was asked for. A place that
/// is too far is not reported.
fn in_characters(button: u16, column: u16, row: u16, greatest: u16) -> Vec<u8> {
    let mut bytes = b"\x1b[M".to_vec();
    for number in [button, column, row].map(|number| number.saturating_add(32)) {
        match (u8::try_from(number), char::from_u32(number.into())) {
            _ if number > greatest => return Vec::new(),
            (Ok(byte), _) if greatest == 255 => bytes.push(byte),
            (_, Some(character)) => bytes.extend(character.to_string().bytes()),
            (_, None) => return Vec::new(),
        }
    }
    bytes
}

const fn button_bits(kind: MouseEventKind) -> u16 {
    const fn number(button: MouseButton) -> u16 {
        match button {
            MouseButton::Left => 0,
            MouseButton::Middle => 1,
            MouseButton::Right => 2,
        }
    }
    match kind {
        MouseEventKind::Down(button) | MouseEventKind::Up(button) => number(button),
        MouseEventKind::Drag(button) => 32 + number(button),
        MouseEventKind::Moved => 32 + 3,
        MouseEventKind::ScrollUp => 64,
        MouseEventKind::ScrollDown => 65,
        MouseEventKind::ScrollLeft => 66,
        MouseEventKind::ScrollRight => 67,
    }
}

fn modifier_bits(modifiers: KeyModifiers) -> u16 {
    let bits = [
        (KeyModifiers::SHIFT, 4),
        (KeyModifiers::ALT, 8),
        (KeyModifiers::CONTROL, 16),
    ];
    bits.iter()
        .filter(|(modifier, _)| modifiers.contains(*modifier))
        .map(|(_, bit)| bit)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tui_term::vt100::Parser;

    const LEFT: MouseButton = MouseButton::Left;
    const RIGHT: MouseButton = MouseButton::Right;

    fn sent(asked: &str, kind: MouseEventKind, modifiers: KeyModifiers, column: u16) -> Vec<u8> {
        let mut parser = Parser::new(24, 400, 0);
        parser.process(asked.as_bytes());
        encode(
            MouseEvent {
                kind,
                column,
                row: 7,
                modifiers,
            },
            parser.screen(),
            (2, 4),
        )
    }

    #[test]
    fn the_mouse_is_reported_as_it_was_asked_for() {
        let none = KeyModifiers::NONE;
        for (asked, kind, modifiers, bytes) in [
            ("", MouseEventKind::Down(LEFT), none, ""),
            (
                "\x1b[?9h",
                MouseEventKind::Down(RIGHT),
                KeyModifiers::CONTROL,
                "\x1b[M\"*$",
            ),
            ("\x1b[?9h", MouseEventKind::Up(LEFT), none, ""),
            ("\x1b[?1000h", MouseEventKind::Down(LEFT), none, "\x1b[M *$"),
            ("\x1b[?1000h", MouseEventKind::Up(LEFT), none, "\x1b[M#*$"),
            ("\x1b[?1000h", MouseEventKind::Drag(LEFT), none, ""),
            ("\x1b[?1000h", MouseEventKind::ScrollUp, none, "\x1b[M`*$"),
            ("\x1b[?1002h", MouseEventKind::Drag(LEFT), none, "\x1b[M@*$"),
            ("\x1b[?1002h", MouseEventKind::Moved, none, ""),
            ("\x1b[?1003h", MouseEventKind::Moved, none, "\x1b[MC*$"),
            (
                "\x1b[?1000h\x1b[?1006h",
                MouseEventKind::Down(LEFT),
                none,
                "\x1b[<0;10;4M",
            ),
            (
                "\x1b[?1000h\x1b[?1006h",
                MouseEventKind::Up(RIGHT),
                none,
                "\x1b[<2;10;4m",
            ),
            (
                "\x1b[?1002h\x1b[?1006h",
                MouseEventKind::Drag(RIGHT),
                KeyModifiers::SHIFT,
                "\x1b[<38;10;4M",
            ),
            (
                "\x1b[?1000h\x1b[?1006h",
                MouseEventKind::ScrollDown,
                KeyModifiers::ALT,
                "\x1b[<73;10;4M",
            ),
        ] {
            assert_eq!(
                String::from_utf8(sent(asked, kind, modifiers, 11)).unwrap(),
                bytes,
                "{asked:?} {kind:?}"
            );
        }
    }

    #[test]
    fn a_place_that_the_encoding_cannot_tell_is_not_reported() {
        let down = MouseEventKind::Down(LEFT);
        let none = KeyModifiers::NONE;
        assert_eq!(sent("\x1b[?1000h", down, none, 224), b"\x1b[M \xff$");
        assert_eq!(sent("\x1b[?1000h", down, none, 225), b"");
        assert_eq!(
            sent("\x1b[?1000h\x1b[?1005h", down, none, 225),
            "\x1b[M \u{100}$".as_bytes()
        );
        assert_eq!(
            sent("\x1b[?1000h\x1b[?1006h", down, none, 300),
            b"\x1b[<0;299;4M"
        );
    }

    #[test]
    fn what_happens_beside_the_screen_is_not_reported() {
        let down = MouseEventKind::Down(LEFT);
        assert_eq!(sent("\x1b[?1000h", down, KeyModifiers::NONE, 1), b"");
        assert_eq!(
            sent("\x1b[?1000h\x1b[?1006h", down, KeyModifiers::NONE, 402),
            b""
        );
    }
}
