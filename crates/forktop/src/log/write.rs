//! A log as a file, while it grows.
use super::Record;
use crate::json;
use std::io::{self, BufWriter, Write};

/// Writes a record a line, as JSON.
///
/// Lines are held back until there are many, or [`Writer::flush`] is called, which is to be done whenever no record is
/// waiting: so the file is as new as can be, and a burst of records costs few system calls.
#[derive(Debug)]
pub struct Writer<W: Write> {
    file: BufWriter<W>,
}

impl<W: Write> Writer<W> {
    /// Nothing is written yet; a log begins with [`Event::Opened`](super::Event::Opened).
    pub fn new(file: W) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 16, file),
        }
    }

    /// Writes one record, at some time before the next [`Writer::flush`] has ended.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        // Whole lines: of one that fails in the middle nothing must stay behind, or the next would begin in it.
        let mut line = json::in_a_line(record)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Writes what was held back.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
