//! Launching a planned void: its descriptors are opened, its streams connected, and it is on its way.
use crate::group::{Group, GroupError};
use crate::listening::Sockets;
use crate::plan::{Descriptor, Planned, Stream, host};
use crate::published;
use crate::pump::{Awaited, Loss, Pump};
use crate::terminal::Terminal;
use kernel::{Child, FileKind, Handover, Remains, Reports};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use specification::application::OpenAccess;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use void::{Given, HostPath, PrepareError, Step};

/// A void that the kernel has been told to make.
#[derive(Debug)]
pub struct Launched {
    pub child: Child,
    pub reports: Reports,
    /// What its steps are called, for when one fails.
    pub steps: Vec<Step>,
    pub connections: Connections,
    /// Whether its news are to be waited for.
    pub tells: bool,
    pub remains: Remains,
    /// Its control groups, if it has any.
    pub group: Option<Group>,
    /// Where the listener for its calls comes from, if some need the broker.
    pub handover: Option<Handover>,
}

/// What the shim passes on for a void.
#[derive(Debug, Default)]
pub struct Connections {
    /// Into the void.
    pub inward: Vec<Pump>,
    /// Out of it.
    pub outward: Vec<Pump>,
    pub terminal: Option<Terminal>,
}

/// Why a void could not be launched. Nothing of it exists then.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("cannot open `{}`", path.path.display())]
    Open {
        number: usize,
        path: HostPath,
        source: Errno,
    },
    #[error("cannot connect descriptor {number}")]
    Connect { number: usize, source: io::Error },
    #[error("cannot hand on a socket that listens")]
    Sockets(#[source] io::Error),
    #[error("cannot connect the broker")]
    Broker(#[source] io::Error),
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error("cannot make the namespaces of a void")]
    Clone(#[source] io::Error),
}

/// Whether it is `watched` says whether its news are wanted; those of a void with the launcher's terminal are needed.
pub fn launch(
    planned: &Planned,
    sockets: &Sockets,
    watched: bool,
) -> Result<Launched, LaunchError> {
    let sockets = sockets.copies().map_err(LaunchError::Sockets)?;
    let mut wiring = Wiring {
        sockets: sockets.into_iter(),
        ..Wiring::default()
    };
    for (number, descriptor) in planned.descriptors.iter().enumerate() {
        wiring.connect(number, descriptor)?;
    }
    let Wiring {
        mut given,
        connections,
        ..
    } = wiring;
    let tells = watched || connections.terminal.is_some();
    given.tell_stops = tells;
    let (handover, broker) = handover(planned)?;
    given.broker = broker;
    let pid_1 = u64::from(planned.void.init);
    let group = planned.bounds.make(pid_1)?;
    let (group, groups) =
        group.map_or_else(Default::default, |(group, joins)| (Some(group), joins));
    given.groups = groups;
    let prepared = planned.void.prepare(given)?;
    let launched = published::named_for(&planned.name, || prepared.script.launch());
    let launched = launched.map_err(LaunchError::Clone)?;
    Ok(Launched {
        child: launched.child,
        reports: launched.reports,
        steps: prepared.steps,
        connections,
        tells,
        remains: launched.remains,
        group,
        handover,
    })
}

fn handover(planned: &Planned) -> Result<(Option<Handover>, Option<OwnedFd>), LaunchError> {
    if !planned.void.network.needs_broker() {
        return Ok((None, None));
    }
    let (ours, theirs) = Handover::pair().map_err(LaunchError::Broker)?;
    Ok((Some(ours), Some(theirs)))
}

/// The void's descriptors, being connected.
#[derive(Default)]
struct Wiring {
    given: Given,
    connections: Connections,
    /// Those that listen, in the order of their numbers.
    sockets: std::vec::IntoIter<OwnedFd>,
    /// What stands for the launcher's terminal.
    slave: Option<OwnedFd>,
    /// The last pumped output, with what it is: a second one of the same goes through the same pipe, in order.
    output: Option<((u64, u64), OwnedFd)>,
}

impl Wiring {
    fn connect(&mut self, number: usize, descriptor: &Descriptor) -> Result<(), LaunchError> {
        match descriptor {
            Descriptor::Null
            | Descriptor::Open {
                access: OpenAccess::Read,
                ..
            } => Ok(()),
            Descriptor::Listen { .. } => {
                self.given.descriptors.extend(self.sockets.next());
                Ok(())
            }
            Descriptor::Open { path, access } => {
                let refused = |source| LaunchError::Open {
                    number,
                    path: path.clone(),
                    source,
                };
                let file = open(path, *access).map_err(refused)?;
                let given = match access {
                    OpenAccess::Append => {
                        let task = format!("append to `{}`", path.path.display());
                        self.pump_out(task, file).map_err(refused)?
                    }
                    _ => file,
                };
                self.given.descriptors.push(given);
                Ok(())
            }
            Descriptor::Stream {
                number: own,
                stream,
            } => {
                let given = self
                    .stream(*own, *stream)
                    .map_err(|source| LaunchError::Connect { number, source })?;
                self.given.descriptors.extend(given);
                Ok(())
            }
        }
    }

    fn stream(&mut self, number: u8, stream: Stream) -> io::Result<Option<OwnedFd>> {
        let own = own_stream(number);
        match stream {
            Stream::Null => Ok(None),
            Stream::Pipe => own.try_clone_to_owned().map(Some),
            Stream::Terminal => self.terminal(own, number == 0).map(Some),
            Stream::Pumped { .. } if number == 0 => {
                let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
                rustix::io::ioctl_fionbio(&write, true)?;
                self.connections.inward.push(Pump::that_must(
                    "read standard input",
                    own.try_clone_to_owned()?,
                    write,
                ));
                Ok(Some(read))
            }
            Stream::Pumped { identity } => match &self.output {
                Some((same, pipe)) if *same == identity => pipe.try_clone().map(Some),
                _ => {
                    let task = match number {
                        1 => "write to standard output",
                        _ => "write to standard error",
                    };
                    let pipe = self.pump_out(task.to_owned(), own.try_clone_to_owned()?)?;
                    self.output = Some((identity, pipe.try_clone()?));
                    Ok(Some(pipe))
                }
            },
        }
    }

    fn terminal(&mut self, model: BorrowedFd<'_>, input: bool) -> io::Result<OwnedFd> {
        if let Some(slave) = &self.slave {
            return slave.try_clone();
        }
        let (terminal, slave) = Terminal::in_place_of(model, input)?;
        let (inward, outward) = terminal.pumps()?;
        self.connections.inward.extend(inward);
        self.connections.outward.push(outward);
        self.connections.terminal = Some(terminal);
        self.given.terminal = Some(slave.try_clone()?);
        self.slave = Some(slave.try_clone()?);
        Ok(slave)
    }

    /// A pipe's end for the void; what it writes there goes to `sink`, of which it can do nothing else to.
    fn pump_out(&mut self, task: String, sink: OwnedFd) -> Result<OwnedFd, Errno> {
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        self.connections
            .outward
            .push(Pump::that_must(task, read, sink));
        Ok(write)
    }
}

fn own_stream(number: u8) -> BorrowedFd<'static> {
    match number {
        0 => rustix::stdio::stdin(),
        1 => rustix::stdio::stdout(),
        _ => rustix::stdio::stderr(),
    }
}

/// Opened by the launcher, as every program of its would open it. A folder's descriptor would lead to its parent.
fn open(path: &HostPath, access: OpenAccess) -> Result<OwnedFd, Errno> {
    let flags = match access {
        OpenAccess::Read => OFlags::RDONLY,
        OpenAccess::Write => OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC,
        OpenAccess::ReadWrite => OFlags::RDWR,
        OpenAccess::Append => OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND,
    };
    let mode = Mode::from_raw_mode(0o666);
    let file = host::open(path, flags | OFlags::NOCTTY, mode)?;
    FileKind::File.check(file.as_fd())?;
    Ok(file)
}

impl Connections {
    /// What is waited for before more can be passed. Keys are only waited for in the foreground.
    pub fn awaits(&self) -> impl Iterator<Item = Awaited<'_>> {
        let typing = self.terminal.as_ref().is_none_or(Terminal::is_ours);
        let inward = self
            .inward
            .iter()
            .filter(move |pump| typing || !pump.is_of_keys());
        inward.chain(&self.outward).map(Pump::awaits)
    }

    /// Passes what can be passed without waiting, and closes what has ended. Returns what could not be passed on.
    pub fn pass(&mut self) -> Vec<Loss> {
        let typing = self.terminal.as_ref().is_none_or(Terminal::is_ours);
        for pump in self
            .inward
            .iter_mut()
            .filter(|pump| typing || !pump.is_of_keys())
            .chain(&mut self.outward)
        {
            pump.pass();
        }
        let pumps = self.inward.iter_mut().chain(&mut self.outward);
        let losses = pumps.filter_map(Pump::take_loss).collect();
        self.inward.retain(|pump| !pump.has_ended());
        self.outward.retain(|pump| !pump.has_ended());
        losses
    }

    /// The void is gone: nothing goes in any more.
    pub fn close_inward(&mut self) {
        self.inward.clear();
    }

    /// Whether all that came out has been passed on.
    pub fn are_done(&self) -> bool {
        self.outward.is_empty()
    }
}
