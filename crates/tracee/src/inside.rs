//! A process that is ours to make system calls in: a copy of one that is followed, made by [`Tracer::copy`](crate::Tracer::copy),
//! or what that has made. It executes nothing but the calls that it is given, and stands still between them.
mod answer;
mod call;
pub(crate) mod captive;
mod filters;
pub(crate) mod memory;
pub(crate) mod patience;
pub(crate) mod tasks;

pub use answer::{Answer, CallError};
pub use call::{Call, Data, Word};
pub use filters::Filters;

use crate::event::Ending;
use crate::trapped;
use crate::visit::Remains;
use captive::{Captive, Captives};
use kernel::{Abi, Errno, Registers, SignalSet, Status, TraceEvent, TraceOptions, Traced};
use memory::Door;
use rustix::process::Pid;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// How long a call may take that waits for nobody.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an injected mapping is for: the data of calls.
const SCRATCH: usize = 1 << 16;

const PROT_READ_WRITE: u64 = 3;
const MAP_PRIVATE_ANONYMOUS: u64 = 0x22;

/// The kernel's own errnos, of calls that are to be made again after an interruption: ERESTARTSYS, ERESTARTNOINTR,
/// ERESTARTNOHAND and ERESTART_RESTARTBLOCK.
const RESTARTS: [i64; 4] = [512, 513, 514, 516];

/// Whether a call has come back with this because it is to be made again.
pub(crate) fn is_restart(value: i64) -> bool {
    RESTARTS.contains(&value.saturating_neg())
}

/// One that is being killed has its end reported.
fn unless_dying(done: Result<(), Errno>) -> Result<(), CallError> {
    match done {
        Err(Errno::SRCH) => Ok(()),
        done => done.map_err(CallError::Traced),
    }
}

/// The errno that a call has come back with.
pub(crate) fn errno_of(value: i64) -> Errno {
    Errno::from_raw_os_error(i32::try_from(value.saturating_neg()).unwrap_or(0))
}

/// What takes it to trace all that a captive makes.
pub(crate) const OPTIONS: TraceOptions = TraceOptions::SYSCALLS_MARKED
    .union(TraceOptions::FORK)
    .union(TraceOptions::VFORK)
    .union(TraceOptions::CLONE)
    .union(TraceOptions::EXEC)
    .union(TraceOptions::EXIT)
    .union(TraceOptions::EXIT_KILL);

/// A process in which calls can be made, one at a time. Clones are the same process. When the last one is dropped it is
/// killed, and so it is when the thread of the tracer ends.
///
/// Its futures are for [`Tracer::work`](crate::Tracer::work); nothing else goes on with them.
#[derive(Clone, Debug)]
pub struct Inside {
    captive: Rc<Captive>,
    captives: Captives,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.captives.let_go(&self.captive);
    }
}

impl Inside {
    pub(crate) fn new(captive: Rc<Captive>, captives: Captives) -> Self {
        Self { captive, captives }
    }

    /// Its number in our pid namespace.
    pub fn process(&self) -> Pid {
        self.captive.thread.thread()
    }

    /// Its number in its own pid namespace.
    pub fn number(&self) -> u64 {
        self.captive.number.get()
    }

    /// What it leaves at its end.
    pub fn remains(&self) -> Remains {
        Remains::new(self.process(), self.number())
    }

    /// How it has ended, if it has.
    pub fn ended(&self) -> Option<Ending> {
        self.captive.ended.get()
    }

    /// Kills it.
    pub fn kill(&self) {
        self.captive.kill();
    }

    pub(crate) fn thread(&self) -> Traced {
        self.captive.thread
    }

    /// Waits until it stands for the first time, and has all that it makes be traced. Until then nothing can be done with it.
    pub async fn begin(&self, filters: Filters) -> Result<(), CallError> {
        self.stop_within(PATIENCE).await?;
        self.mind(filters)?;
        self.remember()
    }

    /// Has its filters hold from now on, or be passed over.
    pub fn mind(&self, filters: Filters) -> Result<(), CallError> {
        self.thread()
            .set_options(filters.and(OPTIONS))
            .map_err(CallError::Traced)
    }

    /// The filters of this process, the oldest first: see [`Stopped::filters`](crate::Stopped::filters).
    pub fn filters(&self) -> Result<Vec<Vec<kernel::Instruction>>, Errno> {
        self.thread().filters()
    }

    /// Has it block these.
    pub fn set_mask(&self, mask: SignalSet) -> Result<(), CallError> {
        self.thread().set_mask(mask).map_err(CallError::Traced)
    }

    /// By which rules it makes its calls.
    pub fn abi(&self) -> Result<Abi, CallError> {
        self.registers()?.abi().ok_or(CallError::Unknown)
    }

    /// Makes a call, which waits for nobody.
    pub async fn call(&self, call: &Call) -> Result<Answer, CallError> {
        self.call_within(call, PATIENCE).await
    }

    /// Makes a call that may take so long. If it takes longer, the process is killed.
    pub async fn call_within(&self, call: &Call, patience: Duration) -> Result<Answer, CallError> {
        let (number, arguments, room) = self.prepare(call).await?;
        let value = self.make(number, arguments, patience).await?;
        let room = match room {
            Some((address, length)) => {
                memory::read(self.process(), address, length).map_err(CallError::Memory)?
            }
            None => Vec::new(),
        };
        Ok(Answer { value, room })
    }

    /// Has it make another process, which is sent its creator's signals at its end as clone(2) has it: `exit_signal` is the
    /// low byte of the flags. The new one stands at its beginning.
    pub async fn fork(&self, exit_signal: u8, filters: Filters) -> Result<Self, CallError> {
        let call = Call::new("clone").number(exit_signal.into());
        let (number, arguments, _) = self.prepare(&call).await?;
        let mut new = None;
        let value = self
            .run(number, arguments, PATIENCE, |made| {
                new = self.captives.of(made);
            })
            .await?;
        let captive = new.ok_or(CallError::Refused(Errno::SRCH))?;
        captive.number.set(value);
        // It has the same memory, and what of that is ours is so there too.
        captive.door.set(self.captive.door.get());
        captive.scratch.set(self.captive.scratch.get());
        let child = Self::new(captive, self.captives.clone());
        child.begin(filters).await?;
        Ok(child)
    }

    /// Has it execute a program, by execve(2) or execveat(2). Then no instruction of the program has run, and calls can be
    /// made as before.
    pub async fn execute(&self, call: &Call, patience: Duration) -> Result<(), CallError> {
        let (number, arguments, _) = self.prepare(call).await?;
        self.make(number, arguments, patience).await?;
        // It has another memory now.
        self.captive.door.set(None);
        self.captive.scratch.set(None);
        self.remember()
    }

    /// It is to have the registers again that it has now.
    fn remember(&self) -> Result<(), CallError> {
        let registers = self.thread().registers().map_err(CallError::Traced)?;
        self.captive.before.replace(Some(registers));
        Ok(())
    }

    /// Gives it the registers back that it had before the first call, or after it has executed a program.
    pub fn restore(&self) -> Result<(), CallError> {
        self.thread()
            .set_registers(&self.registers()?)
            .map_err(CallError::Traced)
    }

    /// Has it have scratch memory, which its forks have too: then their first call is the one that they are given.
    pub async fn take_memory(&self) -> Result<(), CallError> {
        self.scratch(1).await.map(drop)
    }

    /// Takes its scratch memory away again, so that nothing of ours is in the program's.
    pub async fn give_back_memory(&self) -> Result<(), CallError> {
        let Some((address, length)) = self.captive.scratch.take() else {
            return Ok(());
        };
        let call = Call::new("munmap").number(address).number(length as u64);
        self.call(&call).await.map(drop)
    }

    /// Kills it, and waits for its end, so that what is left of it can be taken away.
    pub async fn end(&self) {
        self.kill();
        // What it stops at before is nothing of interest; the end of patience is that of waiting.
        while self.stop_within(PATIENCE).await.is_ok() {}
    }

    /// Has it end, and waits for that.
    pub async fn exit(&self) -> Result<(), CallError> {
        let call = Call::new("exit_group").number(0);
        match self.call(&call).await {
            Err(CallError::Ended(_)) => Ok(()),
            done => done.map(drop),
        }
    }

    fn registers(&self) -> Result<Registers, CallError> {
        let before = self.captive.before.borrow();
        before.clone().ok_or(CallError::Traced(Errno::SRCH))
    }

    /// The number of a call, its arguments, and where there is room, with its data in place.
    async fn prepare(
        &self,
        call: &Call,
    ) -> Result<(u32, [u64; 6], Option<(u64, usize)>), CallError> {
        let abi = self.abi()?;
        let number = call.number_in(abi).ok_or(CallError::Unknown)?;
        let base = match call.needs_memory() {
            true => self.scratch(call.lay_out(abi, 0).bytes.len()).await?,
            false => 0,
        };
        let laid = call.lay_out(abi, base);
        if !laid.bytes.is_empty() {
            memory::write(self.process(), base, &laid.bytes).map_err(CallError::Memory)?;
        }
        Ok((number, laid.arguments, laid.room))
    }

    /// A place for so many bytes.
    async fn scratch(&self, length: usize) -> Result<u64, CallError> {
        match self.captive.scratch.get() {
            Some((address, room)) if room >= length => return Ok(address),
            _ => {}
        }
        let room = length.max(SCRATCH).next_multiple_of(SCRATCH);
        let map = Call::new("mmap")
            .number(0)
            .number(room as u64)
            .number(PROT_READ_WRITE)
            .number(MAP_PRIVATE_ANONYMOUS)
            .signed(-1)
            .number(0);
        let number = map.number_in(self.abi()?).ok_or(CallError::Unknown)?;
        let arguments = map.lay_out(self.abi()?, 0).arguments;
        let made = self.make(number, arguments, PATIENCE).await;
        let address = made.map_err(|error| match error {
            CallError::Refused(errno) => CallError::Memory(errno),
            error => error,
        })?;
        self.captive.scratch.set(Some((address, room)));
        Ok(address)
    }

    async fn make(
        &self,
        number: u32,
        arguments: [u64; 6],
        patience: Duration,
    ) -> Result<u64, CallError> {
        self.run(number, arguments, patience, |_| ()).await
    }

    /// Makes a call, again if the kernel asks for that. `made` is told what it makes.
    async fn run(
        &self,
        number: u32,
        arguments: [u64; 6],
        patience: Duration,
        mut made: impl FnMut(Pid),
    ) -> Result<u64, CallError> {
        let until = Instant::now().checked_add(patience);
        loop {
            let abi = self.enter(number, arguments)?;
            self.begin_call(until, patience, (abi, number, arguments))
                .await?;
            let value = self.come_back(until, patience, &mut made).await?;
            match value {
                0.. => return Ok(value.unsigned_abs()),
                _ if is_restart(value) => {}
                -4095..0 => {
                    return Err(CallError::Refused(errno_of(value)));
                }
                // An address, in the upper half of what is as wide as a pointer.
                _ if self.abi()? == Abi::I386 => return Ok(value.cast_unsigned() & 0xffff_ffff),
                _ => return Ok(value.cast_unsigned()),
            }
        }
    }

    fn enter(&self, number: u32, arguments: [u64; 6]) -> Result<Abi, CallError> {
        let registers = self.registers()?;
        let abi = registers.abi().ok_or(CallError::Unknown)?;
        let door = match self.captive.door.get() {
            Some(door) if door.abi == abi => door,
            _ => Door::find(self.process(), abi).ok_or(CallError::Memory(Errno::NOENT))?,
        };
        self.captive.door.set(Some(door));
        let call = registers
            .about_to_call(door.address, number, arguments)
            .ok_or(CallError::Unknown)?;
        unless_dying(self.thread().set_registers(&call))?;
        self.go_on()?;
        Ok(abi)
    }

    /// Waits until a call begins. Its filters may be passed over, and others may write to its code: any other call than the one
    /// asked for is not made.
    async fn begin_call(
        &self,
        until: Option<Instant>,
        patience: Duration,
        (abi, number, arguments): (Abi, u32, [u64; 6]),
    ) -> Result<(), CallError> {
        loop {
            if self.stop_until(until, patience).await? == Status::Syscall {
                if self.thread().is_making(abi, number, arguments) {
                    return self.go_on();
                }
                self.kill();
                return Err(CallError::Tampered);
            }
            // It does not stop with others, and no signal is its own.
            self.go_on()?;
        }
    }

    /// Waits until a call has come back, and gives what it came back with.
    async fn come_back(
        &self,
        until: Option<Instant>,
        patience: Duration,
        made: &mut impl FnMut(Pid),
    ) -> Result<i64, CallError> {
        loop {
            match self.stop_until(until, patience).await? {
                // Its signal comes next.
                Status::Syscall if trapped::is_coming(self.thread()) => {}
                Status::Syscall if !self.thread().is_entering() => {
                    let registers = self.thread().registers().map_err(CallError::Traced)?;
                    return registers.result().ok_or(CallError::Unknown);
                }
                Status::Signal(_) if trapped::has_come(self.thread()) => {
                    return Err(CallError::Trapped);
                }
                Status::Event(
                    event @ (TraceEvent::Fork | TraceEvent::Vfork | TraceEvent::Clone),
                ) => {
                    self.thread()
                        .new_thread(event)
                        .into_iter()
                        .for_each(&mut *made);
                }
                // It does not stop with others, and no signal is its own.
                _ => {}
            }
            self.go_on()?;
        }
    }

    fn go_on(&self) -> Result<(), CallError> {
        unless_dying(self.thread().resume_to_syscall(0))
    }

    async fn stop_within(&self, patience: Duration) -> Result<Status, CallError> {
        self.stop_until(Instant::now().checked_add(patience), patience)
            .await
    }

    /// Its next stop.
    async fn stop_until(
        &self,
        until: Option<Instant>,
        patience: Duration,
    ) -> Result<Status, CallError> {
        self.captive.deadline.set(until);
        let stop = poll_fn(|_| {
            if let Some(ending) = self.captive.ended.get() {
                return Poll::Ready(Err(CallError::Ended(ending)));
            }
            if let Some(stop) = self.captive.next_stop() {
                return Poll::Ready(Ok(stop));
            }
            match until.is_some_and(|until| until <= Instant::now()) {
                true => Poll::Ready(Err(CallError::TimedOut(patience))),
                false => Poll::Pending,
            }
        });
        let stop = stop.await;
        self.captive.deadline.set(None);
        if matches!(stop, Err(CallError::TimedOut(_))) {
            self.kill();
        }
        stop
    }
}
