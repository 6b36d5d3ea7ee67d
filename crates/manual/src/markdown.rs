//! From Markdown, as far as `docs/` uses it, to the requests of man(7). What is not known here fails the build, rather
//! than to be missing from a page.
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::fmt;

/// A part of Markdown that no text had before.
#[derive(Debug)]
pub(crate) struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the manual pages know no `{}` of Markdown", self.0)
    }
}

impl std::error::Error for Unknown {}

/// A heading is a section's or a subsection's; the title, which the page has already, is left out. A row of a table is a
/// paragraph with a tag.
pub(crate) fn to_roff(markdown: &str) -> Result<Vec<u8>, Unknown> {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.take(event)?;
    }
    Ok(writer.roff.render().into_bytes())
}

#[derive(Default)]
struct Writer {
    roff: Roff,
    /// What has been read since the last line was written.
    line: Vec<Inline>,
    font: Font,
    in_code: bool,
    /// Whether something stands in this section already: only then a paragraph has to be set off.
    begun: bool,
    table: Table,
}

#[derive(Clone, Copy, Default)]
enum Font {
    #[default]
    Roman,
    Bold,
    Italic,
}

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    row: Vec<Vec<Inline>>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) -> Result<(), Unknown> {
        match event {
            Event::Start(tag) => return self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                for line in text.lines() {
                    self.roff.text([roman(line)]);
                }
            }
            Event::Text(text) => self.line.push(match self.font {
                Font::Roman => roman(text.as_ref()),
                Font::Bold => bold(text.as_ref()),
                Font::Italic => italic(text.as_ref()),
            }),
            Event::Code(text) => self.line.push(bold(text.as_ref())),
            Event::SoftBreak => self.line.push(roman(" ")),
            other => return Err(Unknown(format!("{other:?}"))),
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Unknown> {
        match tag {
            Tag::Paragraph => self.set_off(),
            Tag::CodeBlock(_) => {
                self.set_off();
                self.roff.control("RS", ["4"]).control("nf", []);
                self.in_code = true;
            }
            Tag::Strong => self.font = Font::Bold,
            Tag::Emphasis => self.font = Font::Italic,
            Tag::Table(_) => self.table = Table::default(),
            Tag::Heading { .. }
            | Tag::Link { .. }
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell => {}
            other => return Err(Unknown(format!("{other:?}"))),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                let line = std::mem::take(&mut self.line);
                self.roff.text(line);
            }
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::CodeBlock => {
                self.roff.control("fi", []).control("RE", []);
                self.in_code = false;
            }
            TagEnd::Strong | TagEnd::Emphasis => self.font = Font::Roman,
            TagEnd::TableCell => self.table.row.push(std::mem::take(&mut self.line)),
            TagEnd::TableHead => {
                let row = std::mem::take(&mut self.table.row);
                self.table.columns = row.iter().map(|cell| words(cell)).collect();
            }
            TagEnd::TableRow => self.row(),
            _ => {}
        }
    }

    fn set_off(&mut self) {
        if self.begun {
            self.roff.control("PP", []);
        }
        self.begun = true;
    }

    fn heading(&mut self, level: HeadingLevel) {
        let words = words(&std::mem::take(&mut self.line));
        self.begun = false;
        match level {
            HeadingLevel::H1 => {}
            HeadingLevel::H2 => _ = self.roff.control("SH", [words.to_uppercase().as_str()]),
            _ => _ = self.roff.control("SS", [words.as_str()]),
        }
    }

    /// The first cell is the tag, the second the paragraph; those after it are named for their columns.
    fn row(&mut self) {
        let mut row = std::mem::take(&mut self.table.row).into_iter();
        let tag = row.next().unwrap_or_default();
        let mut paragraph = row.next().unwrap_or_default();
        for (cell, column) in row.zip(self.table.columns.iter().skip(2)) {
            paragraph.push(roman(format!(" ({column}: ")));
            paragraph.extend(cell);
            paragraph.push(roman(")"));
        }
        self.begun = true;
        self.roff.control("TP", []).text(tag).text(paragraph);
    }
}

/// A line without its fonts.
fn words(line: &[Inline]) -> String {
    line.iter()
        .map(|inline| match inline {
            Inline::Roman(text) | Inline::Bold(text) | Inline::Italic(text) => text.as_str(),
            Inline::LineBreak => " ",
        })
        .collect()
}
