//! Memory of a thread that is followed, read by another thread than the tracer's: a page of it can be of a file that a
//! process serves, and does not answer for. Who reads that waits, and no signal ends it; were it the tracer, the process that
//! could answer might itself be waiting for the tracer.
use rustix::process::Pid;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};
use std::thread;
use std::time::Duration;

/// The longest path that the kernel takes (`PATH_MAX`).
const LONGEST: usize = 4096;
/// No read crosses the border of a page, behind which there may be nothing.
const PAGE: usize = 4096;
/// So long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

struct Question {
    thread: Pid,
    address: u64,
    answer: SyncSender<Vec<u8>>,
}

/// Who reads for the tracer.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// None before the first question.
    questions: Option<Sender<Question>>,
    /// The answer that did not come in time.
    late: Option<Receiver<Vec<u8>>>,
}

impl Reader {
    /// The C string at this place, as far as it can be read: nothing of it if that takes long, or if the one before still
    /// does.
    pub(crate) fn string(&mut self, thread: Pid, address: u64) -> Vec<u8> {
        if let Some(late) = &self.late
            && late.try_recv() == Err(TryRecvError::Empty)
        {
            return Vec::new();
        }
        self.late = None;
        self.ask(thread, address).unwrap_or_default()
    }

    fn ask(&mut self, thread: Pid, address: u64) -> Option<Vec<u8>> {
        let (answer, answered) = mpsc::sync_channel(1);
        let question = Question {
            thread,
            address,
            answer,
        };
        self.questions()?.send(question).ok()?;
        let string = answered.recv_timeout(PATIENCE).ok();
        if string.is_none() {
            self.late = Some(answered);
        }
        string
    }

    fn questions(&mut self) -> Option<&Sender<Question>> {
        if self.questions.is_none() {
            let (questions, asked) = mpsc::channel();
            let thread = thread::Builder::new().name("memory".to_owned());
            thread.spawn(move || answer_all(&asked)).ok()?;
            self.questions = Some(questions);
        }
        self.questions.as_ref()
    }
}

fn answer_all(asked: &Receiver<Question>) {
    while let Ok(question) = asked.recv() {
        // Nobody may wait for it any more.
        let _ = question
            .answer
            .send(string_at(question.thread, question.address));
    }
}

fn string_at(thread: Pid, address: u64) -> Vec<u8> {
    let mut string = Vec::new();
    let Ok(memory) = File::open(format!("/proc/{}/mem", thread.as_raw_pid())) else {
        return string;
    };
    while string.len() < LONGEST {
        let place = address.wrapping_add(string.len() as u64);
        let mut page = [0; PAGE];
        let behind_border = usize::try_from(place).unwrap_or(0) % PAGE;
        let (up_to_border, _) = page.split_at_mut(PAGE.saturating_sub(behind_border));
        let Ok(length @ 1..) = memory.read_at(up_to_border, place) else {
            return string;
        };
        let text = up_to_border.iter().take(length);
        string.extend(text.clone().take_while(|byte| **byte != 0));
        if text.clone().any(|byte| *byte == 0) {
            return string;
        }
    }
    string
}
