//! From a void as it is asked for to the script that makes it.
use crate::description::{Source, Void};
use crate::filter::{FilterNameError, init_policy, program_policy};
use crate::hygiene;
use crate::namespaces::{self, Uptime};
use crate::step::{SlotCounter, Step, Steps, Subject};
use crate::tree::{Tree, node};
use kernel::{
    Arrangement, Capabilities, FilterError, Landlock, LandlockError, MountFlags, Operation, Origin,
    Program, ProgramError, Script, Slot,
};
use rustix::process::PidfdFlags;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A void that is ready to be launched.
#[derive(Debug)]
pub struct Prepared {
    /// What will be done.
    pub script: Script,
    /// What each step is called: the script's operations in order, with the execution of the program between those of
    /// the program's process and those of pid 1.
    pub steps: Vec<Step>,
}

/// What a void is handed when it is prepared.
#[derive(Debug, Default)]
pub struct Given {
    /// The descriptors that the description leaves open ([`Source::Given`]), in its order.
    pub descriptors: Vec<OwnedFd>,
    /// The terminal that becomes its session's.
    pub terminal: Option<OwnedFd>,
}

/// Why a void cannot be prepared. Nothing has been started then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// There is no second wall.
    #[error("cannot restrict the files of a void")]
    Landlock(#[from] LandlockError),
    /// The filter is too long.
    #[error("cannot compile the filter of system calls")]
    Filter(#[from] FilterError),
    /// There is no such system call.
    #[error("cannot allow a system call")]
    Syscall(#[from] FilterNameError),
    /// An argument or variable cannot be handed over.
    #[error("cannot hand the program its arguments")]
    Program(#[from] ProgramError),
    /// Fewer descriptors were given than the description leaves open.
    #[error("a descriptor that the void asks for was not given")]
    Descriptor,
    /// The terminal's descriptor could not be copied.
    #[error("cannot copy the descriptor of the pseudo-terminal")]
    Terminal(#[source] std::io::Error),
    /// The calling process could not be watched.
    #[error("cannot open a pidfd of the shim")]
    Shim(#[source] kernel::Errno),
}

impl Void {
    /// Makes the script.
    pub fn prepare(&self, given: Given) -> Result<Prepared, PrepareError> {
        let mut slots = SlotCounter::default();
        let mut build = Steps::default();
        let arrangement = self.build(&mut build, &mut slots, given.descriptors)?;
        let mut enter = Steps::default();
        if let Some(terminal) = given.terminal {
            self.take_terminal(terminal, &mut build, &mut enter)?;
        } else if self.init {
            enter.always(Operation::NewSession, "have a session of its own");
        }
        self.enter(&mut enter, arrangement)?;
        let mut settle = Steps::default();
        if self.init {
            settle.always(
                Operation::Hold(Capabilities::NONE),
                "drop all capabilities of pid 1",
            );
            settle.always(
                Operation::Install(init_policy().compile()?),
                "filter the system calls of pid 1",
            );
        }
        let execute = Step {
            words: format!("execute `{}`", self.program.display()).into(),
            subject: Subject::Program,
        };
        let steps = [build.steps, enter.steps, vec![execute], settle.steps].concat();
        let script = Script {
            namespaces: namespaces::of_the_clone(),
            build: build.operations,
            enter: enter.operations,
            settle: settle.operations,
            init: self.init,
            slots: slots.count(),
            rules: Landlock::new()?,
            program: Program::new(
                self.program.clone().into_os_string(),
                self.arguments.iter().cloned(),
                self.environment.iter().cloned(),
            )?,
        };
        Ok(Prepared { script, steps })
    }

    /// What the first process does: everything that needs capabilities or the launcher's files.
    fn build(
        &self,
        steps: &mut Steps,
        slots: &mut SlotCounter,
        given: Vec<OwnedFd>,
    ) -> Result<Arrangement, PrepareError> {
        namespaces::map_ids(steps, self.inside, self.launcher);
        hygiene::leave_the_launcher(steps);
        namespaces::start_the_clock(steps, uptime());
        let limits = namespaces::open_limits(steps, slots);
        let arrangement = self.open_descriptors(steps, slots, given)?;
        let tree = Tree::new(&self.files, slots);
        tree.build(steps, slots);
        tree.enter(steps);
        namespaces::name(steps, self);
        namespaces::forbid_more(steps, &limits);
        hygiene::drop_capabilities(steps, self.capabilities);
        let shim = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty());
        hygiene::die_with_the_shim(steps, shim.map_err(PrepareError::Shim)?);
        if self.init {
            steps.always(Operation::NotDumpable, "keep pid 1 from being traced");
        }
        Ok(arrangement)
    }

    /// What the program's process does, the filter last: it would forbid some of the rest.
    fn enter(&self, steps: &mut Steps, descriptors: Arrangement) -> Result<(), PrepareError> {
        hygiene::start_afresh(steps, self);
        let words = format!(
            "have descriptors 0 to {} and no others",
            descriptors.len().saturating_sub(1)
        );
        steps.always(Operation::Arrange(descriptors), words);
        steps.always(
            Operation::RestrictSelf,
            "restrict itself to the Landlock rules",
        );
        let filter = program_policy(&self.syscalls, self.init)?.compile()?;
        steps.always(Operation::Install(filter), "filter its system calls");
        steps.always(
            Operation::DefaultSignals,
            "give every signal its default action",
        );
        Ok(())
    }

    /// Pid 1 leads the session, so that the program's group can be stopped from the keyboard and go on.
    fn take_terminal(
        &self,
        terminal: OwnedFd,
        build: &mut Steps,
        enter: &mut Steps,
    ) -> Result<(), PrepareError> {
        if self.init {
            let copy = terminal.try_clone().map_err(PrepareError::Terminal)?;
            enter.always(
                Operation::ForegroundGroup(copy),
                "have a process group of its own, in the foreground",
            );
        }
        build.always(
            Operation::ControllingTerminal(terminal),
            "have the pseudo-terminal as the session's",
        );
        Ok(())
    }

    fn open_descriptors(
        &self,
        steps: &mut Steps,
        slots: &mut SlotCounter,
        given: Vec<OwnedFd>,
    ) -> Result<Arrangement, PrepareError> {
        let mut arrangement = Arrangement::default();
        let mut given = given.into_iter();
        let mut null = None;
        for (number, source) in self.descriptors.iter().enumerate() {
            match source {
                Source::Given => arrangement.give(given.next().ok_or(PrepareError::Descriptor)?),
                Source::Null => {
                    arrangement.give_slot(*null.get_or_insert_with(|| open_null(steps, slots)));
                }
                Source::Read(path) => {
                    arrangement.give_slot(open_to_read(steps, slots, number, path));
                }
            }
        }
        Ok(arrangement)
    }
}

/// The null device, through a mount that is read-only: writing to it passes, changing its mode does not, not even for a
/// launcher who owns it.
fn open_null(steps: &mut Steps, slots: &mut SlotCounter) -> Slot {
    let (mount, slot) = (slots.next(), slots.next());
    steps.always(node("null", mount), "find the null device");
    let open = Operation::OpenMount {
        mount,
        write: true,
        slot,
    };
    steps.always(open, "open the null device");
    steps.always(Operation::Close(mount), "close its mount");
    slot
}

/// Through a mount that is read-only, so that the descriptor cannot change mode, owner or times either.
fn open_to_read(steps: &mut Steps, slots: &mut SlotCounter, number: usize, path: &Path) -> Slot {
    let (mount, slot) = (slots.next(), slots.next());
    let subject = Subject::Descriptor(number);
    let copy = Operation::CopyTree {
        origin: Origin::Launcher,
        path: CString::new(path.as_os_str().as_bytes()).unwrap_or_default(),
        flags: MountFlags::READ_ONLY | MountFlags::NO_SUID | MountFlags::NO_EXEC,
        optional: false,
        slot: mount,
    };
    steps.push(copy, &subject, format!("find `{}`", path.display()));
    let open = Operation::OpenMount {
        mount,
        write: false,
        slot,
    };
    steps.push(open, &subject, format!("open `{}` to read", path.display()));
    steps.push(Operation::Close(mount), &subject, "close its mount");
    slot
}

/// Whole seconds, rounded down: a clock must not start before 0.
fn uptime() -> Uptime {
    let seconds = |clock| u64::try_from(rustix::time::clock_gettime(clock).tv_sec).unwrap_or(0);
    Uptime {
        monotonic: seconds(rustix::time::ClockId::Monotonic),
        boot: seconds(rustix::time::ClockId::Boottime),
    }
}
