//! `forktop log`: what happens, told as it happens, a line an event or a record a line.
use crate::log::{Lines, Record, Writer};
use crate::model::Model;
use crate::screen::theme::Palette;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

/// So long records are let gather: being woken for each would keep the thread that follows from its work.
const GATHERING: Duration = Duration::from_millis(20);

/// Where and how it is told.
pub struct Telling {
    form: Form,
    /// Everything told, where something is made of it at the end.
    model: Option<Model>,
}

enum Form {
    Lines(Box<Lines>, Box<dyn Write>),
    Json(Writer<Box<dyn Write>>),
    /// The reader has had enough.
    Nothing,
}

impl std::fmt::Debug for Telling {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Telling").finish_non_exhaustive()
    }
}

impl Telling {
    /// A line an event, for people.
    #[must_use]
    pub fn lines(output: Box<dyn Write>, palette: Palette) -> Self {
        let output = Box::new(io::BufWriter::new(output));
        Self::new(Form::Lines(Box::new(Lines::new(palette)), output))
    }

    /// A record a line, as JSON.
    #[must_use]
    pub fn json(output: Box<dyn Write>) -> Self {
        Self::new(Form::Json(Writer::new(output)))
    }

    const fn new(form: Form) -> Self {
        Self { form, model: None }
    }

    /// Keeps what is told, to be had at the end.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        self.model = Some(Model::default());
        self
    }

    /// Tells until nothing more comes. What was kept is returned.
    ///
    /// # Errors
    /// If the output cannot be written to, beside that nobody reads it any more.
    pub fn tell_all(mut self, records: &Receiver<Record>) -> io::Result<Option<Model>> {
        let mut failed = Ok(());
        while let Some(record) = self.next(records, &mut failed) {
            if let Some(model) = &mut self.model {
                model.apply(record.clone());
            }
            let told = self.tell(record);
            self.mind(told, &mut failed);
        }
        let flushed = self.flush();
        self.mind(flushed, &mut failed);
        failed.map(|()| self.model)
    }

    /// The next record. What was told is written out before it is waited for.
    fn next(&mut self, records: &Receiver<Record>, failed: &mut io::Result<()>) -> Option<Record> {
        match records.try_recv() {
            Ok(record) => Some(record),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                let flushed = self.flush();
                self.mind(flushed, failed);
                thread::sleep(GATHERING);
                records.recv().ok()
            }
        }
    }

    fn tell(&mut self, record: Record) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(lines, output) => output.write_all(lines.take(record).as_bytes()),
            Form::Json(writer) => writer.write(&record),
            Form::Nothing => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(_, output) => output.flush(),
            Form::Json(writer) => writer.flush(),
            Form::Nothing => Ok(()),
        }
    }

    /// After a failure nothing more is told; what is followed is not disturbed by it.
    fn mind(&mut self, told: io::Result<()>, failed: &mut io::Result<()>) {
        if let Err(error) = told {
            self.form = Form::Nothing;
            if error.kind() != io::ErrorKind::BrokenPipe {
                *failed = Err(error);
            }
        }
    }
}
