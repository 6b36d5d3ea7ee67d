//! What a shell is given: its streams and its program come as descriptors over a socket pair, never by a path, as none leads
//! anywhere in an empty root.
use super::enter::{EnterError, call, make};
use super::parity::Before;
use crate::follow::{Program, Streams};
use rustix::io::IoSlice;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use tracee::{Abi, Call, CallError, Data, Errno, Inside, Word};

const AF_UNIX: u64 = 1;
/// Packets, as filters can forbid datagrams, which go to whom they will.
const SOCK_SEQPACKET_CLOEXEC: u64 = 5 | 0o2_000_000;
const MSG_CMSG_CLOEXEC: u64 = 0x4000_0000;
const F_DUPFD: u64 = 0;
const F_SETFD: u64 = 2;
const F_DUPFD_CLOEXEC: u64 = 1030;
const FD_CLOEXEC: u64 = 1;
const TIOCSCTTY: u64 = 0x540e;

/// Descriptors that are ours stand from here on, out of the way of those that programs mean by their number.
const OUT_OF_THE_WAY: u64 = 10;

/// As much as a message with four descriptors takes.
const CONTROL: usize = 64;

/// What was handed in.
#[derive(Debug, Default)]
pub(super) struct Handed {
    /// The number by which the program is open there.
    pub(super) program: Option<u64>,
    /// The same, if it stays open, since the program cannot execute itself by a path.
    pub(super) kept: Option<u64>,
    /// Where the process's own 0, 1 and 2 are, of those that it has.
    pub(super) own_streams: [Option<u64>; 3],
}

/// Closes all that a copy has open.
pub(super) async fn close_all(copy: &Inside) -> Result<(), EnterError> {
    let close = Call::new("close_range")
        .number(0)
        .number(u32::MAX.into())
        .number(0);
    make(copy, "close what the copy has open", &close)
        .await
        .map(drop)
}

/// Hands in streams and program, makes the terminal its own, and keeps what it has open from being closed.
pub(super) async fn hand_in(
    shell: &Inside,
    program: &Program,
    streams: &Streams,
    before: &Before,
) -> Result<Handed, EnterError> {
    let mut handed = Handed::default();
    let mut given: Vec<BorrowedFd<'_>> = match streams {
        Streams::Terminal { side, .. } => vec![side.as_fd()],
        Streams::Apart(each) => each.iter().map(OwnedFd::as_fd).collect(),
    };
    if let Program::Carried { file, .. } = program {
        given.push(file.as_fd());
    }
    let mut received = receive(shell, &given).await?;
    if let Program::Carried { .. } = program {
        handed.program = received.pop();
    }
    make(shell, "begin a session", &Call::new("setsid")).await?;
    if let (Streams::Terminal { .. }, Some(terminal)) = (streams, received.first()) {
        let control = Call::new("ioctl")
            .number(*terminal)
            .number(TIOCSCTTY)
            .number(0);
        make(shell, "make the terminal its own", &control).await?;
    }
    for (stream, own) in (0..).zip(&mut handed.own_streams) {
        *own = move_away(shell, stream, F_DUPFD).await?;
    }
    for stream in 0..3 {
        let place = usize::try_from(stream).unwrap_or_default();
        let from = received.get(place).or(received.first());
        let from = *from.ok_or(EnterError::Gone)?;
        let put = Call::new("dup3").number(from).number(stream).number(0);
        make(shell, "give it its streams", &put).await?;
    }
    for number in received {
        close(shell, number).await?;
    }
    if let Some(number) = handed.program
        && program.is_busybox()
        && !has_proc(shell).await
    {
        set_flags(shell, number, 0).await?;
        handed.kept = Some(number);
    }
    keep_open(shell, before).await?;
    Ok(handed)
}

/// Has what the process has open stay open in the shell, though an exec would close it.
async fn keep_open(shell: &Inside, before: &Before) -> Result<(), EnterError> {
    for number in before.closed_by_exec() {
        set_flags(shell, number, 0).await?;
    }
    Ok(())
}

/// After the exec: has it be closed by the next one again, as the process has it.
pub(super) async fn put_back(
    shell: &Inside,
    before: &Before,
    handed: &Handed,
) -> Result<(), EnterError> {
    for number in before.closed_by_exec() {
        // Its own 0, 1 and 2 have other numbers here.
        let stream = usize::try_from(number).ok();
        let stream = stream.and_then(|stream| handed.own_streams.get(stream));
        match stream {
            Some(own) => {
                if let Some(own) = own {
                    set_flags(shell, *own, FD_CLOEXEC).await?;
                }
            }
            None => set_flags(shell, number, FD_CLOEXEC).await?,
        }
    }
    Ok(())
}

/// Whether a program there can execute itself by /proc/self/exe, as busybox's shell does for its commands.
async fn has_proc(shell: &Inside) -> bool {
    const AT_FDCWD: i32 = -100;
    let look = Call::new("faccessat")
        .signed(AT_FDCWD)
        .at(Data::text("/proc/self/exe"))
        .number(0);
    shell.call(&look).await.is_ok()
}

async fn set_flags(shell: &Inside, number: u64, flags: u64) -> Result<(), EnterError> {
    let set = Call::new("fcntl")
        .number(number)
        .number(F_SETFD)
        .number(flags);
    make(shell, "keep open what the process has open", &set)
        .await
        .map(drop)
}

async fn close(shell: &Inside, number: u64) -> Result<(), EnterError> {
    make(
        shell,
        "close a descriptor",
        &Call::new("close").number(number),
    )
    .await
    .map(drop)
}

/// Gives a descriptor another number, out of the way; `None` if there is none by this.
async fn move_away(shell: &Inside, number: u64, how: u64) -> Result<Option<u64>, EnterError> {
    let copy = Call::new("fcntl")
        .number(number)
        .number(how)
        .number(OUT_OF_THE_WAY);
    match shell.call(&copy).await {
        Ok(answer) => Ok(Some(answer.value)),
        Err(CallError::Refused(Errno::BADF)) => Ok(None),
        Err(error) => Err(call("make room for its streams", "fcntl", error)),
    }
}

/// Has the shell have these, and gives their numbers there.
async fn receive(shell: &Inside, given: &[BorrowedFd<'_>]) -> Result<Vec<u64>, EnterError> {
    let pair = Call::new("socketpair")
        .number(AF_UNIX)
        .number(SOCK_SEQPACKET_CLOEXEC)
        .number(0)
        .at(Data::Room(8));
    let answer = shell.call(&pair).await;
    let answer = answer.map_err(|error| call("reach the shell", "socketpair", error))?;
    let [ours, theirs] = numbers(&answer.room);
    send(shell, ours, given).map_err(|errno| EnterError::Own("hand in descriptors", errno))?;
    let message = Call::new("recvmsg")
        .number(theirs)
        .at(header())
        .number(MSG_CMSG_CLOEXEC);
    let answer = shell.call(&message).await;
    let answer = answer.map_err(|error| call("have descriptors handed in", "recvmsg", error))?;
    for number in [ours, theirs] {
        close(shell, number).await?;
    }
    let abi = shell
        .abi()
        .map_err(|error| EnterError::Tracer("look at its code", error))?;
    let arrived = descriptors(&answer.room, abi, given.len());
    if arrived.len() != given.len() {
        // A limit on descriptors cuts the message short.
        return Err(call(
            "have descriptors handed in",
            "recvmsg",
            CallError::Refused(Errno::MFILE),
        ));
    }
    let mut moved = Vec::new();
    for number in arrived {
        let away = move_away(shell, number, F_DUPFD_CLOEXEC).await?;
        close(shell, number).await?;
        moved.extend(away);
    }
    Ok(moved)
}

/// Sends descriptors to the socket of this number in another process, by a copy of it.
fn send(shell: &Inside, socket: u64, given: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    let process = pidfd_open(shell.process(), PidfdFlags::empty())?;
    let number = i32::try_from(socket).map_err(|_| Errno::BADF)?;
    let socket = pidfd_getfd(&process, number, PidfdGetfdFlags::empty())?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(given));
    // The pair's other end is what this goes to, which is connected to it.
    sendmsg(
        &socket,
        &[IoSlice::new(&[0])],
        &mut control,
        SendFlags::NOSIGNAL,
    )
    .map(drop)
}

/// A `struct msghdr` for one byte, and descriptors (recvmsg(2)).
fn header() -> Data {
    let part = Data::Words(vec![Word::At(Data::Bytes(vec![0])), Word::Number(1)]);
    Data::Words(vec![
        Word::Number(0),
        Word::Number(0),
        Word::At(part),
        Word::Number(1),
        Word::At(Data::Room(CONTROL)),
        Word::Number(CONTROL as u64),
        Word::Number(0),
    ])
}

/// The numbers in a control message (cmsg(3)): its length, as wide as a pointer, its level, its type, and they.
fn descriptors(control: &[u8], abi: Abi, at_most: usize) -> Vec<u64> {
    let start = abi.pointer() + 8;
    let length = control.first().map_or(0, |length| usize::from(*length));
    let numbers = control.get(start..length.max(start)).unwrap_or_default();
    let each = numbers.chunks_exact(4).take(at_most);
    each.filter_map(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?).into()))
        .collect()
}

/// Two numbers that a call has put side by side.
fn numbers(room: &[u8]) -> [u64; 2] {
    let at = |start: usize| {
        let bytes = room.get(start..start + 4).and_then(|it| it.try_into().ok());
        bytes.map_or(u64::MAX, |bytes| u32::from_le_bytes(bytes).into())
    };
    [at(0), at(4)]
}
