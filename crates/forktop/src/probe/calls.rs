//! System calls that probes are made of.
use rustix::fs::OFlags;
use tracee::{Call, Data, Word};

/// The directory of the process itself (`AT_FDCWD`).
const HERE: i32 = -100;

const AT_EACCESS: u64 = 0x200;
const AT_REMOVEDIR: u64 = 0x200;
const X_OK: u64 = 1;
const MS_BIND: u64 = 4096;
const MNT_DETACH: u64 = 2;
const PTRACE_SEIZE: u64 = 0x4206;
const SOCK_CLOEXEC: u64 = 0o2_000_000;
/// The mode of whatever is made.
const OWNERS: u64 = 0o600;

/// A call about a path.
fn at(name: &'static str, path: &[u8]) -> Call {
    Call::new(name).signed(HERE).at(Data::text(path))
}

/// So that it neither waits for anybody, nor becomes the terminal of anything.
pub(super) fn open(path: &[u8], how: OFlags) -> Call {
    let how = how | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::LARGEFILE;
    at("openat", path).number(how.bits().into()).number(OWNERS)
}

/// With the ids and capabilities that count, and not the real ones.
pub(super) fn may_execute(path: &[u8]) -> Call {
    at("faccessat2", path).number(X_OK).number(AT_EACCESS)
}

pub(super) fn make_folder(path: &[u8]) -> Call {
    at("mkdirat", path).number(0o700)
}

pub(super) fn remove_folder(path: &[u8]) -> Call {
    at("unlinkat", path).number(AT_REMOVEDIR)
}

pub(super) fn unlink(path: &[u8]) -> Call {
    at("unlinkat", path).number(0)
}

pub(super) fn make_node(path: &[u8], kind: u64, major: u32, minor: u32) -> Call {
    let (major, minor) = (u64::from(major), u64::from(minor));
    // As the kernel has it (makedev(3)).
    let device = (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12);
    at("mknodat", path).number(kind | OWNERS).number(device)
}

/// What lies there, as statx(2) tells it; a link itself.
pub(super) fn stat(path: &[u8]) -> Call {
    const AT_SYMLINK_NOFOLLOW: u64 = 0x100;
    const STATX_BASIC_STATS: u64 = 0x7ff;
    at("statx", path)
        .number(AT_SYMLINK_NOFOLLOW)
        .number(STATX_BASIC_STATS)
        .at(Data::Room(256))
}

pub(super) fn read(descriptor: u64, length: usize) -> Call {
    transfer("read", descriptor, length)
}

pub(super) fn entries(descriptor: u64, length: usize) -> Call {
    transfer("getdents64", descriptor, length)
}

fn transfer(name: &'static str, descriptor: u64, length: usize) -> Call {
    let call = Call::new(name).number(descriptor).at(Data::Room(length));
    call.number(length as u64)
}

pub(super) fn write(descriptor: u64, text: &[u8]) -> Call {
    let call = Call::new("write").number(descriptor);
    call.at(Data::text(text)).number(text.len() as u64)
}

pub(super) fn mount(source: &[u8], target: &[u8], kind: &[u8]) -> Call {
    let flags = match kind {
        b"bind" => MS_BIND,
        _ => 0,
    };
    Call::new("mount")
        .at(Data::text(source))
        .at(Data::text(target))
        .at(Data::text(kind))
        .number(flags)
        .number(0)
}

pub(super) fn unmount(target: &[u8]) -> Call {
    let call = Call::new("umount2").at(Data::text(target));
    call.number(MNT_DETACH)
}

/// Follows a process without stopping it, until the end of whoever does.
pub(super) fn seize(process: u32) -> Call {
    let call = Call::new("ptrace").number(PTRACE_SEIZE);
    call.number(process.into()).number(0).number(0)
}

pub(super) fn set_groups(groups: &[u32]) -> Call {
    let bytes = groups.iter().flat_map(|group| group.to_ne_bytes());
    let call = Call::new("setgroups").number(groups.len() as u64);
    call.at(Data::Bytes(bytes.collect()))
}

pub(super) fn set_host_name(name: &[u8]) -> Call {
    let call = Call::new("sethostname").at(Data::text(name));
    call.number(name.len() as u64)
}

/// The system's names (uname(2)): six of 65 bytes each.
pub(super) fn names() -> Call {
    Call::new("uname").at(Data::Room(390))
}

pub(super) fn socket(family: u64, kind: u64, protocol: u64) -> Call {
    let call = Call::new("socket").number(family);
    call.number(kind | SOCK_CLOEXEC).number(protocol)
}

/// A call about a socket and an address.
pub(super) fn address(name: &'static str, socket: u64, address: &[u8]) -> Call {
    Call::new(name)
        .number(socket)
        .at(Data::Bytes(address.to_vec()))
        .number(address.len() as u64)
}

pub(super) fn listen(socket: u64) -> Call {
    Call::new("listen").number(socket).number(1)
}

/// Joins the namespace of an open file, whatever kind it is of.
pub(super) fn join(descriptor: u64) -> Call {
    Call::new("setns").number(descriptor).number(0)
}

pub(super) fn execute(path: &[u8], arguments: &[Vec<u8>]) -> Call {
    Call::new("execve")
        .at(Data::text(path))
        .at(Data::texts(arguments))
        .at(Data::Words(vec![Word::Number(0)]))
}

/// What processes leave behind that the caller has made comes to the caller, not to pid 1.
pub(super) fn take_in_orphans() -> Call {
    const PR_SET_CHILD_SUBREAPER: u64 = 36;
    let call = Call::new("prctl").number(PR_SET_CHILD_SUBREAPER);
    call.number(1).number(0).number(0).number(0)
}

/// Waits for the end of any child, of whatever kind (`__WALL`).
pub(super) fn wait() -> Call {
    let call = Call::new("wait4").signed(-1).number(0);
    call.number(0x4000_0000).number(0)
}
