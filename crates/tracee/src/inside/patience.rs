//! Reading memory that may keep who reads it waiting for as long as another process wants (userfaultfd(2), FUSE).
//!
//! Such a read cannot be called off, so it is left to a thread of its own, the reader, and waited for from here. The reader lasts:
//! making a thread takes longer than the reading, and on a machine with much to do a new one may not run for a while; all that
//! time a process would stand. One that is kept waiting is left behind, and ends when it comes back.
use kernel::Errno;
use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long reading may take. The reader too has to wait for the processor.
const PATIENCE: Duration = Duration::from_millis(500);

type Work = Box<dyn FnOnce() + Send>;

thread_local! {
    static READER: RefCell<Option<Reader>> = const { RefCell::new(None) };
}

/// Where work for the reader is handed in. With that it ends.
struct Reader {
    work: Sender<Work>,
    /// The process that it is a thread of: fork(2) copies this, but not the thread.
    process: u32,
}

impl Reader {
    fn start() -> Result<Self, Errno> {
        let (work, todo) = channel();
        let thread = std::thread::Builder::new().name("memory".to_owned());
        let started = thread.spawn(move || read_all(&todo));
        started.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN))?;
        Ok(Self {
            work,
            process: std::process::id(),
        })
    }
}

fn read_all(todo: &Receiver<Work>) {
    for work in todo {
        work();
    }
}

/// Does something for which any memory is read; `ETIMEDOUT` if it does not come.
pub(crate) fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Errno> + Send + 'static,
) -> Result<T, Errno> {
    let (answer, answered) = channel();
    let work = Box::new(move || {
        // Nobody waits any more if it has lasted.
        let _ = answer.send(work());
    });
    let last = READER.with(RefCell::take);
    let reader = match last.filter(|last| last.process == std::process::id()) {
        Some(reader) => reader,
        None => Reader::start()?,
    };
    reader.work.send(work).map_err(|_| Errno::AGAIN)?;
    let found = answered.recv_timeout(PATIENCE);
    if found.is_ok() {
        READER.with(|kept| kept.replace(Some(reader)));
    }
    found.unwrap_or(Err(Errno::TIMEDOUT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::{ThreadId, current};

    fn reader() -> ThreadId {
        patiently(|| Ok(current().id())).unwrap()
    }

    #[test]
    fn a_reader_lasts_until_it_is_kept_waiting() {
        let first = reader();
        assert_ne!(first, current().id());
        assert_eq!(reader(), first);
        let (_never, wait) = channel::<()>();
        let kept = patiently(move || wait.recv().map_err(|_| Errno::IO));
        assert_eq!(kept, Err(Errno::TIMEDOUT));
        let next = reader();
        assert_ne!(next, first);
        assert_eq!(patiently(|| Err::<(), _>(Errno::IO)), Err(Errno::IO));
        assert_eq!(reader(), next);
    }
}
