//! From the copy of a process to a keeper and a shell that is about to begin.
use super::become_shell::{Becoming, become_shell, give_back};
use super::descriptors::{close_all, hand_in};
use super::limits::{PROCESSES, too_narrow};
use super::outlook::outlook;
use super::parity::{Before, lacks};
use crate::follow::{Mode, Program, Streams};
use privileges::{Process, ReadError};
use std::ffi::OsString;
use tracee::{Call, CallError, Errno, Filters, Inside};

const PR_SET_NAME: u64 = 15;
const PR_SET_CHILD_SUBREAPER: u64 = 36;

/// What a process is told by when its child ends (signal(7)).
const SIGCHLD: u8 = 17;

/// What is wanted in a copy.
#[derive(Debug)]
pub struct Wish {
    /// What is executed.
    pub program: Program,
    /// Its arguments, the zeroth too.
    pub arguments: Vec<OsString>,
    /// Its streams.
    pub streams: Streams,
    /// How the filters are dealt with that the process has.
    pub mode: Mode,
    /// What it is called to the user, in the prompt.
    pub title: String,
}

/// A shell that is about to begin.
#[derive(Debug)]
pub struct Ready {
    /// The copy.
    pub keeper: Inside,
    /// What has executed the shell, and not begun with it.
    pub shell: Inside,
    /// By which number it has itself open, where it cannot execute itself by a path.
    pub carried: Option<u64>,
    /// What it is.
    pub program: String,
    /// What it lacks of what the process may do, in words.
    pub lacks: Vec<String>,
    /// What its filters will refuse it, or kill it for, in words.
    pub outlook: Vec<String>,
}

/// Why there is no shell.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// A call in the copy did not do what it should.
    #[error("cannot {what} ({call})")]
    Call {
        /// What it should.
        what: &'static str,
        /// Its name.
        call: &'static str,
        /// What came of it.
        #[source]
        error: CallError,
    },
    /// The kernel does not let the tracer do something.
    #[error("cannot {0}")]
    Tracer(&'static str, #[source] CallError),
    /// Something that forktop does for it itself.
    #[error("cannot {0}")]
    Own(&'static str, #[source] Errno),
    /// What the copy may do cannot be read, and so not compared.
    #[error("cannot read what the copy may do")]
    Read(#[from] ReadError),
    /// The copy is gone.
    #[error("its copy is gone")]
    Gone,
    /// The program cannot be executed there.
    #[error("cannot execute `{program}` there{hint}")]
    Execute {
        /// It.
        program: String,
        /// What could be done about it.
        hint: &'static str,
        /// Why.
        #[source]
        error: CallError,
    },
    /// The shell could do more than the process.
    #[error(
        "the shell was ended before its first instruction, as it could do more than the process: {0}"
    )]
    More(String),
    /// Its limits leave no room for a shell.
    #[error(
        "there is no room for a shell in its limits ({limits}), which forktop may not widen (CAP_SYS_RESOURCE)"
    )]
    Narrow {
        /// Which.
        limits: String,
        /// What came of it.
        #[source]
        error: Box<Self>,
    },
    /// No further process may be made there: the copy was the last.
    #[error("there is no room for a shell{}", PROCESSES)]
    Full(#[source] CallError),
    /// Its filters would kill a shell.
    #[error(
        "no shell can live there: {0}; `forktop try` asks the kernel without one, and root can have the filters passed over \
         (`--assisted`; in the interface it is in the list of `S`)"
    )]
    Deadly(String),
}

/// Makes a keeper of a copy, and a shell below it. `filters` says whether those of the process hold until the shell begins.
pub async fn enter(keeper: Inside, wish: Wish, filters: Filters) -> Result<Ready, EnterError> {
    keeper
        .begin(filters)
        .await
        .map_err(|error| EnterError::Tracer("meet the copy", error))?;
    let before = Before::read(&keeper).await?;
    let outlook = outlook(&before, wish.mode)?;
    let entered = enter_as(&keeper, &wish, filters, &before).await;
    let (shell, lacks, carried) = entered.map_err(|error| explained(error, &before))?;
    Ok(Ready {
        keeper,
        shell,
        carried,
        program: wish.program.path().display().to_string(),
        lacks,
        outlook,
    })
}

/// Where limits are so low that they may be why, they are named.
fn explained(error: EnterError, before: &Before) -> EnterError {
    let may_be_why = matches!(
        error,
        EnterError::Call { .. } | EnterError::Execute { .. } | EnterError::Tracer(..)
    );
    match too_narrow(&before.privileges).filter(|_| may_be_why) {
        Some(limits) => EnterError::Narrow {
            limits,
            error: Box::new(error),
        },
        None => error,
    }
}

/// A shell, what it lacks, and by which number it has itself open, where it cannot execute itself by a path.
async fn enter_as(
    keeper: &Inside,
    wish: &Wish,
    filters: Filters,
    before: &Before,
) -> Result<(Inside, Vec<String>, Option<u64>), EnterError> {
    keep(keeper).await?;
    let shell = keeper.fork(SIGCHLD, filters).await;
    let shell = shell.map_err(|error| match error {
        CallError::Refused(Errno::AGAIN) => EnterError::Full(error),
        _ => call("copy the copy", "clone", error),
    })?;
    close_all(keeper).await?;
    let handed = hand_in(&shell, &wish.program, &wish.streams, before).await?;
    let becoming = Becoming {
        wish,
        before,
        handed: &handed,
    };
    become_shell(&shell, &becoming).await?;
    let lacks = lacks(&shell, before, &handed).await?;
    give_back(&shell).await?;
    if wish.mode != Mode::Assisted {
        shell
            .mind(Filters::Hold)
            .map_err(|error| EnterError::Tracer("put its filters in force", error))?;
    }
    Ok((shell, lacks, handed.kept))
}

/// Has the copy be nobody's but ours: it is of no group that is sent signals, and what its children leave is left to it.
async fn keep(keeper: &Inside) -> Result<(), EnterError> {
    let session = Call::new("setsid");
    make(keeper, "take the copy out of the process's group", &session).await?;
    let reaper = Call::new("prctl").number(PR_SET_CHILD_SUBREAPER).number(1);
    make(
        keeper,
        "have what the shell leaves left to the copy",
        &reaper,
    )
    .await?;
    let name = Call::new("prctl").number(PR_SET_NAME);
    let name = name.at(tracee::Data::text("forktop-keeper"));
    // If there is no memory for it, it keeps the name of the process.
    let _ = keeper.call(&name).await;
    Ok(())
}

/// Makes a call that has to succeed, and gives its value.
pub(super) async fn make(
    copy: &Inside,
    what: &'static str,
    wanted: &Call,
) -> Result<u64, EnterError> {
    let answer = copy.call(wanted).await;
    let answer = answer.map_err(|error| call(what, wanted.name(), error))?;
    Ok(answer.value)
}

pub(super) fn call(what: &'static str, call: &'static str, error: CallError) -> EnterError {
    EnterError::Call { what, call, error }
}

/// A copy's folder in /proc. It stands, or is waited for by us, so its number is its own.
pub(super) fn process(copy: &Inside) -> Result<Process, EnterError> {
    Process::held(copy.process()).map_err(|_| EnterError::Gone)
}
