//! What happens, told as it happens: as lines, or as records in JSON, to as many places as are asked for.
use crate::files::FileError;
use crate::log::{Lines, Record, Writer};
use crate::model::Model;
use crate::screen::theme::Palette;
use crate::session::Records;
use privileges::Names;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

/// So long records are let gather: being woken for each would keep the thread that follows from its work.
const GATHERING: Duration = Duration::from_millis(20);

/// Where and how it is told.
#[derive(Debug, Default)]
pub struct Telling {
    outputs: Vec<Output>,
    /// Everything told, where something is made of it at the end.
    model: Option<Model>,
    failures: Vec<FileError>,
}

/// What came of telling.
#[derive(Debug)]
pub struct Told {
    /// Everything, if it was to be kept.
    pub model: Option<Model>,
    /// What could not be written.
    pub failures: Vec<FileError>,
}

/// One place where it is told.
struct Output {
    form: Form,
    path: PathBuf,
}

enum Form {
    Lines(Box<Lines>, Box<dyn Write + Send>),
    Json(Writer<Box<dyn Write + Send>>),
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Output")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Telling {
    /// Tells a line an event, for people, to this output, which is called so.
    #[must_use]
    pub fn lines(self, path: &Path, output: Box<dyn Write + Send>, palette: Palette) -> Self {
        let output = Box::new(io::BufWriter::new(output));
        self.with(
            path,
            Form::Lines(Box::new(Lines::new(palette, Names::read)), output),
        )
    }

    /// Tells a record a line, as JSON.
    #[must_use]
    pub fn json(self, path: &Path, output: Box<dyn Write + Send>) -> Self {
        self.with(path, Form::Json(Writer::new(output)))
    }

    fn with(mut self, path: &Path, form: Form) -> Self {
        let path = path.to_owned();
        self.outputs.push(Output { form, path });
        self
    }

    /// Keeps what is told, to be had at the end.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        self.model = Some(Model::default());
        self
    }

    /// Tells until nothing more comes, and hands each record on. An output that cannot be written to is told nothing more,
    /// nor is one that nobody reads any more, which is no failure; what is followed is not disturbed by it.
    pub fn tell_all(mut self, records: &Records, mut hand_on: impl FnMut(Record)) -> Told {
        while let Some(record) = self.next(records) {
            if let Some(model) = &mut self.model {
                model.apply(record.clone());
            }
            self.each(|output| output.tell(&record));
            hand_on(record);
        }
        self.each(Output::flush);
        Told {
            model: self.model,
            failures: self.failures,
        }
    }

    /// The next record. What was told is written out before it is waited for.
    fn next(&mut self, records: &Records) -> Option<Record> {
        match records.try_recv() {
            Ok(record) => Some(record),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                self.each(Output::flush);
                records.gather(GATHERING);
                records.recv().ok()
            }
        }
    }

    fn each(&mut self, write: impl Fn(&mut Output) -> io::Result<()>) {
        let failures = &mut self.failures;
        self.outputs.retain_mut(|output| match write(output) {
            Ok(()) => true,
            Err(error) => {
                if error.kind() != io::ErrorKind::BrokenPipe {
                    failures.push(FileError::new(&output.path, error));
                }
                false
            }
        });
    }
}

impl Output {
    fn tell(&mut self, record: &Record) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(lines, output) => output.write_all(lines.take(record.clone()).as_bytes()),
            Form::Json(writer) => writer.write(record),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(_, output) => output.flush(),
            Form::Json(writer) => writer.flush(),
        }
    }
}
