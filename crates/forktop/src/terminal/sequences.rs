//! What is written to the user's terminal to take it and to give it back (xterm's `ctlseqs`).

/// The alternate screen, the mouse's buttons and drags in SGR encoding, bracketed paste, no cursor, and
/// nothing of what another program may have drawn there.
pub const TAKE: &[u8] = b"\x1b[?1049h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l\x1b[2J";

/// All of it undone, whatever of it was done, with no colours and a line of its own for what comes next.
pub const GIVE_BACK: &[u8] = b"\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[0m\x1b[?1049l\x1b[?25h\r";

/// No colours, and a cursor, whatever the last program has left.
pub const CALM: &[u8] = b"\x1b[0m\x1b[?25h\r";
