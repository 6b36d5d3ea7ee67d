//! A text that is typed, and where in it the next character goes. It is moved through as it is seen: by a character with the
//! marks that stand on it.
use super::action::Edit;
use super::text::width;
use unicode_width::UnicodeWidthChar;

/// A text that is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    before: String,
    /// What stands at the cursor, and after it.
    after: String,
}

impl Typed {
    /// This text, with the cursor at its end.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self {
            before: text.to_owned(),
            after: String::new(),
        }
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Types some text at the cursor. Control characters have no place in a line.
    pub fn write(&mut self, text: &str) {
        let written = text.chars().filter(|character| !character.is_control());
        self.before.extend(written);
    }

    /// Changes it, or moves the cursor.
    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Left => {
                let moved = self.before.split_off(last(&self.before));
                self.after.insert_str(0, &moved);
            }
            Edit::Right => self.before.extend(self.after.drain(..first(&self.after))),
            Edit::Start => self.after.insert_str(0, &std::mem::take(&mut self.before)),
            Edit::End => self.before.push_str(&std::mem::take(&mut self.after)),
            Edit::EraseBefore => self.before.truncate(last(&self.before)),
            Edit::EraseAt => drop(self.after.drain(..first(&self.after))),
            Edit::EraseWord => {
                let kept = self.before.trim_end().rfind(' ');
                self.before.truncate(kept.map_or(0, |blank| blank + 1));
            }
            Edit::EraseToStart => self.before.clear(),
            Edit::EraseToEnd => self.after.clear(),
        }
    }

    /// What is in view on both sides of the cursor, where there are so many columns: the end of what is before it, so that
    /// what stands at the cursor has room too, and the rest, which is longer than that room if it is long.
    #[must_use]
    pub fn in_view(&self, room: usize) -> (&str, &str) {
        let at = width(&self.after[..first(&self.after)]).max(1);
        let (mut start, mut used) = (self.before.len(), at);
        while start > 0 {
            let next = last(&self.before[..start]);
            used += width(&self.before[next..start]);
            if used > room {
                break;
            }
            start = next;
        }
        (&self.before[start..], &self.after)
    }
}

fn is_mark(character: char) -> bool {
    character.width() == Some(0)
}

/// Where the last character begins, with its marks.
fn last(text: &str) -> usize {
    let mut each = text.char_indices().rev();
    each.find(|(_, character)| !is_mark(*character))
        .map_or(0, |(start, _)| start)
}

/// Where the first character ends, with its marks.
fn first(text: &str) -> usize {
    let mut each = text.char_indices().skip(1);
    each.find(|(_, character)| !is_mark(*character))
        .map_or(text.len(), |(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Edit::{
        End, EraseAt, EraseBefore, EraseToEnd, EraseToStart, EraseWord, Left, Right, Start,
    };
    use proptest::prelude::*;

    #[test]
    fn a_text_is_edited_where_the_cursor_is() {
        for (edits, before, after) in [
            (&[][..], "ab 漢e\u{301}", ""),
            (&[Right], "ab 漢e\u{301}", ""),
            (&[Left], "ab 漢", "e\u{301}"),
            (&[Left, Left], "ab ", "漢e\u{301}"),
            (&[Left, Left, Right], "ab 漢", "e\u{301}"),
            (&[Start], "", "ab 漢e\u{301}"),
            (&[Start, Left, EraseBefore], "", "ab 漢e\u{301}"),
            (&[Start, Right, End], "ab 漢e\u{301}", ""),
            (&[EraseBefore], "ab 漢", ""),
            (&[Left, EraseBefore], "ab ", "e\u{301}"),
            (&[EraseAt], "ab 漢e\u{301}", ""),
            (&[Left, Left, EraseAt], "ab ", "e\u{301}"),
            (&[EraseWord], "ab ", ""),
            (&[EraseWord, EraseWord, EraseWord], "", ""),
            (&[Left, EraseWord], "ab ", "e\u{301}"),
            (&[Left, EraseToStart], "", "e\u{301}"),
            (&[Left, EraseToEnd], "ab 漢", ""),
            (&[Start, EraseToEnd], "", ""),
        ] {
            let mut typed = Typed::of("ab 漢e\u{301}");
            for edit in edits {
                typed.edit(*edit);
            }
            assert_eq!(
                (&*typed.before, &*typed.after),
                (before, after),
                "{edits:?}"
            );
        }
        let mut typed = Typed::of("ac");
        typed.edit(Left);
        typed.write("x\n\u{7}y");
        assert_eq!((&*typed.before, &*typed.after), ("axy", "c"));
    }

    #[test]
    fn what_stands_at_the_cursor_is_in_view() {
        let typed = |before: &str, after: &str| Typed {
            before: before.to_owned(),
            after: after.to_owned(),
        };
        for (before, after, room, in_view) in [
            ("abc", "", 4, "abc"),
            ("abc", "", 3, "bc"),
            ("abc", "漢", 4, "bc"),
            ("漢字", "", 4, "字"),
            ("漢字", "x", 5, "漢字"),
            ("abc", "", 0, ""),
        ] {
            assert_eq!(typed(before, after).in_view(room), (in_view, after));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_pressed_only_erasing_loses_something(
            text in ".{0,12}",
            moves in prop::collection::vec(prop::sample::select(vec![Left, Right, Start, End]), 0..20),
            erases in prop::collection::vec(
                prop::sample::select(vec![EraseBefore, EraseAt, EraseWord, EraseToStart, EraseToEnd, Left]), 0..9,
            ),
            room in 0..20usize,
        ) {
            let mut typed = Typed::default();
            typed.write(&text);
            let whole = typed.text();
            for edit in moves {
                typed.edit(edit);
            }
            prop_assert_eq!(typed.text(), whole.clone());
            prop_assert!(width(typed.in_view(room).0) <= room.saturating_sub(1));
            for edit in erases {
                typed.edit(edit);
            }
            prop_assert!(typed.text().len() <= whole.len());
        }
    }
}
