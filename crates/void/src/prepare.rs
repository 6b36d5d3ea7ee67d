//! From a void as it is asked for to the script that makes it.
use crate::description::Void;
use crate::descriptors::Descriptors;
use crate::filter::{FilterNameError, init_policy, program_policy};
use crate::hygiene;
use crate::namespaces::{self, Uptime};
use crate::network;
use crate::step::{Step, Steps, Subject};
use crate::tree::Tree;
use kernel::{
    Arrangement, Capabilities, FilterError, Landlock, LandlockError, Operation, Program,
    ProgramError, Script, Slot, Slots,
};
use rustix::process::PidfdFlags;
use std::os::fd::OwnedFd;

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
    /// The descriptors that the description leaves open ([`Source::Given`](crate::Source::Given)), in its order.
    pub descriptors: Vec<OwnedFd>,
    /// The terminal that becomes its session's.
    pub terminal: Option<OwnedFd>,
    /// The control groups that it joins: their `cgroup.procs`, open for writing.
    pub groups: Vec<OwnedFd>,
    /// The void's side of the handover of its listener, if some of its calls wait for a broker.
    pub broker: Option<OwnedFd>,
    /// Whether stops and continues of the program are told: then what is told must be read ([`Script::tell_stops`]).
    pub tell_stops: bool,
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
    /// What io_uring does would pass the broker by.
    #[error("io_uring cannot be granted beside what needs a broker")]
    AroundBroker,
    /// By prctl(2) it could undo that it dies with the shim.
    #[error("prctl cannot be granted to a program that is pid 1")]
    Outlives,
    /// An argument or variable cannot be handed over.
    #[error("cannot hand the program its arguments")]
    Program(#[from] ProgramError),
    /// Fewer descriptors were given than the description leaves open.
    #[error("a descriptor that the void asks for was not given")]
    Descriptor,
    /// Calls of the void would wait for a broker, and there is none.
    #[error("there is no broker for the network grants of the void")]
    Broker,
    /// A descriptor that every void needs could not be opened.
    #[error("cannot open a descriptor for the void")]
    Open(#[source] kernel::Errno),
}

impl Void {
    /// Makes the script.
    pub fn prepare(&self, given: Given) -> Result<Prepared, PrepareError> {
        if self.network.needs_broker()
            && self
                .syscalls
                .iter()
                .any(|name| name.starts_with("io_uring"))
        {
            return Err(PrepareError::AroundBroker);
        }
        if !self.init && self.syscalls.contains("prctl") {
            return Err(PrepareError::Outlives);
        }
        let mut slots = Slots::default();
        let mut build = Steps::default();
        // A cgroup namespace begins at the group that its process is in.
        let joins = !given.groups.is_empty();
        hygiene::join_groups(&mut build, given.groups, &mut slots);
        let broker = given.broker.map(|channel| slots.hold(channel));
        let arrangement = self.build(&mut build, &mut slots, given.descriptors, broker)?;
        let mut enter = Steps::default();
        if let Some(terminal) = given.terminal {
            self.take_terminal(slots.hold(terminal), &mut build, &mut enter);
        } else if self.init {
            enter.always(Operation::NewGroup, "have a process group of its own");
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
            namespaces: namespaces::of_the_clone(joins),
            build: build.operations,
            enter: enter.operations,
            settle: settle.operations,
            init: self.init,
            tell_stops: given.tell_stops,
            slots,
            rules: self.landlock()?,
            program: Program::new(
                self.program.clone().into_os_string(),
                self.arguments.iter().cloned(),
                self.environment.iter().cloned(),
            )?,
        };
        Ok(Prepared { script, steps })
    }

    /// Where only its own loopback is there to be reached, TCP is free.
    fn landlock(&self) -> Result<Landlock, LandlockError> {
        match self.network.loopback && !self.network.needs_broker() {
            true => Landlock::of_files(),
            false => Landlock::new(),
        }
    }

    /// What the first process does: everything that needs capabilities or the launcher's files.
    fn build(
        &self,
        steps: &mut Steps,
        slots: &mut Slots,
        given: Vec<OwnedFd>,
        broker: Option<Slot>,
    ) -> Result<Arrangement, PrepareError> {
        namespaces::map_ids(steps, self.inside, self.launcher);
        hygiene::leave_the_launcher(steps);
        namespaces::start_the_clock(steps, uptime());
        let limits = namespaces::open_limits(steps, slots);
        let descriptors = Descriptors::open(&self.descriptors, given, steps, slots)?;
        let tree = Tree::new(&self.files, slots);
        tree.build(steps, slots);
        let arrangement = descriptors.leave_mounts_behind(steps);
        tree.enter(steps);
        namespaces::name(steps, self);
        network::raise_loopback(steps, &self.network);
        namespaces::forbid_more(steps, &limits);
        hygiene::drop_capabilities(steps, self.capabilities);
        let shim = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty());
        hygiene::die_with_the_shim(steps, slots.hold(shim.map_err(PrepareError::Open)?));
        if self.network.needs_broker() {
            let channel = broker.ok_or(PrepareError::Broker)?;
            network::have_calls_wait(steps, &self.network, channel, tree.updated())?;
        }
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
        let filter = program_policy(&self.syscalls, &self.network, self.init)?.compile()?;
        steps.always(Operation::Install(filter), "filter its system calls");
        steps.always(
            Operation::DefaultSignals,
            "give every signal its default action",
        );
        Ok(())
    }

    /// Pid 1 leads the session, so that the program's group can be stopped from the keyboard and go on.
    fn take_terminal(&self, terminal: Slot, build: &mut Steps, enter: &mut Steps) {
        if self.init {
            enter.always(
                Operation::ForegroundGroup(terminal),
                "have a process group of its own, in the foreground",
            );
        }
        build.always(
            Operation::ControllingTerminal(terminal),
            "have the pseudo-terminal as the session's",
        );
    }
}

/// Whole seconds, rounded down: a clock must not start before 0.
fn uptime() -> Uptime {
    let seconds = |clock| u64::try_from(rustix::time::clock_gettime(clock).tv_sec).unwrap_or(0);
    Uptime {
        monotonic: seconds(rustix::time::ClockId::Monotonic),
        boot: seconds(rustix::time::ClockId::Boottime),
    }
}
