//! What the log takes from `/proc` of a process that stands still.
use crate::log::{Environment, TakenAway};
use crate::plan::{self, Plan};
use privileges::{Essentials, Process, ProgramFiles, Seen, Strings};
use rustix::fs::{AtFlags, FileType, MemfdFlags, Mode, OFlags, SealFlags, Statx, StatxFlags};
use rustix::process::Pid;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

pub(super) const fn number(pid: Pid) -> u32 {
    pid.as_raw_pid().unsigned_abs()
}

pub(super) fn numbers(pids: &[i32]) -> Vec<u32> {
    pids.iter().map(|pid| pid.unsigned_abs()).collect()
}

pub(super) fn path(seen: &Seen<PathBuf>) -> Option<String> {
    Some(seen.known()?.to_string_lossy().into_owned())
}

pub(super) fn arguments(seen: &Seen<Strings>) -> Vec<String> {
    seen.known().map(words).unwrap_or_default()
}

pub(super) fn environment(strings: &Strings) -> Environment {
    let split = |variable: String| match variable.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (variable, String::new()),
    };
    words(strings).into_iter().map(split).collect()
}

/// What is cut off is told by its last word.
fn words(strings: &Strings) -> Vec<String> {
    let words = strings.iter();
    let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
    words
        .chain(strings.truncated.then(|| "…".to_owned()))
        .collect()
}

/// What the program's file would have given, had the kernel not left it out because an ordinary user traces the process.
/// A process that may gain nothing anyway, and one for which the ids of files mean something else, lose nothing by that;
/// and what is not known is not told.
pub(super) fn taken_away(
    process: &Process,
    now: &Essentials,
    files: &mut ProgramFiles,
) -> Option<TakenAway> {
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2010;
    if now.no_new_privs || now.uid_map.is_some() {
        return None;
    }
    let file = files.of(process).ok()?;
    if file.nosuid.known() != Some(&false) {
        return None;
    }
    if file.mode & SET_USER == SET_USER && file.uid != now.uid.effective {
        return Some(TakenAway::User(file.uid));
    }
    if file.mode & SET_GROUP == SET_GROUP && file.gid != now.gid.effective {
        return Some(TakenAway::Group(file.gid));
    }
    let gives = file.has_capabilities.known() == Some(&true);
    (gives && now.capabilities.permitted.0 == 0).then_some(TakenAway::Capabilities)
}

/// The plan that a clone-shim has open for its tracer. What it says is the shim's word, and is only shown.
pub(super) fn plan(pid: Pid) -> Option<Plan> {
    const LARGEST: u64 = 16 * 1024 * 1024;
    let open = fs::read_dir(format!("/proc/{}/fd", number(pid))).ok()?;
    let is_plan = |path: &PathBuf| {
        fs::read_link(path).is_ok_and(|target| target == Path::new(plan::DESCRIPTOR))
    };
    let found = open
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(is_plan)?;
    let file = memory(&found)?;
    let fits = file.metadata().ok()?.len() <= LARGEST;
    fits.then(|| serde_json::from_reader(BufReader::new(file.take(LARGEST))).ok())?
}

/// Opens what this link leads to if it is memory that has no name and is sealed (memfd_create(2)). Anything can have a name
/// that looks like it, and what a process serves, or a device, would have us wait: that is not opened, and not asked.
fn memory(link: &Path) -> Option<File> {
    let held = rustix::fs::open(link, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let own = rustix::fs::memfd_create("forktop", MemfdFlags::CLOEXEC).ok()?;
    let (found, ours) = (held_in_mind(&held)?, held_in_mind(&own)?);
    // The kernel keeps all such memory in one file system, which nobody can mount.
    let is_memory = (found.stx_dev_major, found.stx_dev_minor)
        == (ours.stx_dev_major, ours.stx_dev_minor)
        && FileType::from_raw_mode(found.stx_mode.into()) == FileType::RegularFile
        && found.stx_nlink == 0;
    if !is_memory {
        return None;
    }
    let path = format!("/proc/thread-self/fd/{}", held.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    let seals = rustix::fs::fcntl_get_seals(&opened).ok()?;
    seals.contains(SealFlags::WRITE).then(|| File::from(opened))
}

/// What the kernel knows of a file without asking its file system.
fn held_in_mind(file: &OwnedFd) -> Option<Statx> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    rustix::fs::statx(file, "", flags, StatxFlags::BASIC_STATS).ok()
}
