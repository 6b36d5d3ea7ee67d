//! Starting a process by a script: clone, operations, exec, with nothing left to decide in between.
use crate::init;
use crate::landlock::Landlock;
use crate::operation::{Context, Operation};
use crate::program::Program;
use crate::report::{Failure, News, Reports};
use crate::signals::SignalSet;
use crate::slot::Slots;
use clone3::{Child, Clone3, Namespaces, Stack};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Enough for the deepest operation, with much to spare: they use a few hundred bytes.
const STACK_SIZE: usize = 64 * 1024;

/// Everything that a new process does until it runs its program.
#[derive(Debug)]
pub struct Script {
    /// The namespaces that the clone makes. A time namespace comes with [`Operation::UnshareTime`].
    pub namespaces: Namespaces,
    /// What the first process does.
    pub build: Vec<Operation>,
    /// What the process that becomes the program does then.
    pub enter: Vec<Operation>,
    /// What pid 1 does for itself while the program is starting. Only with `init`.
    pub settle: Vec<Operation>,
    /// Whether the first process stays as pid 1 and the program is a child of it.
    pub init: bool,
    /// Whether pid 1 tells of stops and continues too. Whoever asks for that reads all that it tells: a program can stop
    /// so often that the pipe is full, and pid 1 waits for room then.
    pub tell_stops: bool,
    /// The places for descriptors that the operations use.
    pub slots: Slots,
    /// The rules that [`Operation::Allow`] adds to.
    pub rules: Landlock,
    /// What is executed at the end.
    pub program: Program,
}

/// A process on its way.
#[derive(Debug)]
pub struct Launched {
    /// The first process of the void.
    pub child: Child,
    /// What it has to tell.
    pub reports: Reports,
    /// What it was made by. Its pid 1 still shares this memory: whoever frees it at once has the kernel copy it first.
    pub remains: Remains,
}

/// What is left of a script after the launch.
#[derive(Debug)]
pub struct Remains {
    _script: Script,
    _stack: Stack,
}

impl Script {
    /// Starts the process and returns at once; whether it came to run its program is news. Descriptors that the script's
    /// slots hold are closed in this process.
    ///
    /// The new process is killed when the calling *thread* ends, if the script has [`Operation::DieWith`].
    pub fn launch(self) -> io::Result<Launched> {
        let (reports, pipe) = Reports::pair()?;
        let mut run = Run { script: self, pipe };
        let mut stack = Stack::new(STACK_SIZE)?;
        let clone = Clone3::new().namespaces(run.script.namespaces);
        let mask = SignalSet::ALL.make_mask()?;
        // SAFETY: the closure makes only system calls, on memory that was made before: no lock that another thread of
        // this process may hold is taken in the copy.
        let child = unsafe { clone.fork(|| run.first_process(&mut stack)) };
        run.script.slots.close_all();
        mask.make_mask()?;
        Ok(Launched {
            child: child?,
            reports,
            remains: Remains {
                _script: run.script,
                _stack: stack,
            },
        })
    }
}

/// A script in the process that carries it out.
struct Run {
    script: Script,
    pipe: OwnedFd,
}

impl Run {
    /// Only returns where the program is not this process.
    fn first_process(&mut self, stack: &mut Stack) -> u8 {
        let started = self.build().and_then(|()| {
            if self.script.init {
                self.start_program(stack)
            } else {
                Err(self.become_program())
            }
        });
        match started {
            Ok(program) => {
                self.stay(&program);
                // Its descriptor has been closed with all others.
                std::mem::forget(program);
            }
            Err(failure) => News::Failed(failure).tell(self.pipe.as_fd()),
        }
        0
    }

    fn build(&mut self) -> Result<(), Failure> {
        let Script {
            build,
            slots,
            rules,
            ..
        } = &mut self.script;
        apply_all(build, 0, slots, rules)
    }

    /// Only returns if a step failed.
    fn become_program(&mut self) -> Failure {
        let Script {
            build,
            enter,
            slots,
            rules,
            program,
            ..
        } = &mut self.script;
        match apply_all(enter, build.len(), slots, rules) {
            Ok(()) => Failure {
                step: build.len() + enter.len(),
                errno: program.execute(),
            },
            Err(failure) => failure,
        }
    }

    fn start_program(&mut self, stack: &mut Stack) -> Result<Child, Failure> {
        // The program's process shares this memory until it execs, so what it writes here is seen here.
        let mut failure = None;
        let step = self.script.build.len();
        // SAFETY: the closure makes only system calls and allocates nothing; this process is suspended, with all its
        // signals blocked, until the other has left this memory. The stack is used by it alone.
        let child = unsafe {
            Clone3::new().share_memory().vfork(stack, || {
                failure = Some(self.become_program());
                127
            })
        };
        match (child, failure) {
            (_, Some(failure)) => Err(failure),
            (Ok(child), None) => Ok(child),
            (Err(error), None) => Err(Failure {
                step,
                errno: Errno::from_io_error(&error).unwrap_or(Errno::AGAIN),
            }),
        }
    }

    /// The rest of pid 1's life.
    fn stay(&mut self, program: &Child) {
        let Script {
            build,
            enter,
            settle,
            slots,
            rules,
            ..
        } = &mut self.script;
        let first = build.len() + enter.len() + 1;
        let Ok(reports) = init::close_all_but(self.pipe.as_fd()) else {
            return init::abandon(program);
        };
        match apply_all(settle, first, slots, rules) {
            Ok(()) => {
                News::Started.tell(reports);
                init::keep(program, reports, self.script.tell_stops);
            }
            Err(failure) => {
                init::abandon(program);
                News::Failed(failure).tell(reports);
            }
        }
    }
}

fn apply_all(
    operations: &[Operation],
    first: usize,
    slots: &mut Slots,
    rules: &Landlock,
) -> Result<(), Failure> {
    let mut context = Context { slots, rules };
    for (operation, step) in operations.iter().zip(first..) {
        operation
            .apply(&mut context)
            .map_err(|errno| Failure { step, errno })?;
    }
    Ok(())
}
