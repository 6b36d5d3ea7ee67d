//! What the log takes from `/proc` of a process that stands still.
use crate::log::{Environment, TakenAway};
use crate::plan::{self, Plan};
use privileges::{Essentials, Seen, Strings};
use rustix::process::Pid;
use std::fs;
use std::io::{BufReader, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
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

/// Whether a tracer that may do this keeps nothing from what it traces (`CAP_SYS_PTRACE`).
pub(super) const fn may_trace_all(own: &Essentials) -> bool {
    const SYS_PTRACE: u32 = 19;
    own.capabilities.effective.contains(SYS_PTRACE)
}

/// What the program's file would have given, had the kernel not left it out because an ordinary user traces the process.
/// A process that may gain nothing anyway, and one for which the ids of files mean something else, lose nothing by that.
pub(super) fn taken_away(pid: Pid, now: &Essentials) -> Option<TakenAway> {
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2010;
    let program = format!("/proc/{}/exe", number(pid));
    let file = fs::metadata(&program).ok()?;
    let mode = file.permissions().mode();
    if now.no_new_privs || now.uid_map.is_some() || on_nosuid(&program) {
        return None;
    }
    if mode & SET_USER == SET_USER && file.uid() != now.uid.effective {
        return Some(TakenAway::User(file.uid()));
    }
    if mode & SET_GROUP == SET_GROUP && file.gid() != now.gid.effective {
        return Some(TakenAway::Group(file.gid()));
    }
    let gives = rustix::fs::getxattr(&program, "security.capability", &mut [0; 64]).is_ok();
    (gives && now.capabilities.permitted.0 == 0).then_some(TakenAway::Capabilities)
}

fn on_nosuid(program: &str) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    statvfs(program).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::NOSUID))
}

/// The plan that a clone-shim has open for its tracer. What it says is the shim's word, and is only shown.
pub(super) fn plan(pid: Pid) -> Option<Plan> {
    const LARGEST: u64 = 16 * 1024 * 1024;
    const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let open = fs::read_dir(format!("/proc/{}/fd", number(pid))).ok()?;
    let is_plan = |path: &PathBuf| {
        fs::read_link(path).is_ok_and(|target| target == Path::new(plan::DESCRIPTOR))
    };
    let found = open
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(is_plan)?;
    // Anything can have that name: a FIFO must not keep us waiting.
    let mut options = fs::OpenOptions::new();
    let options = options.read(true).custom_flags(NONBLOCK);
    let file = options.open(found).ok()?;
    let metadata = file.metadata().ok()?;
    let fits = metadata.is_file() && metadata.len() <= LARGEST;
    fits.then(|| serde_json::from_reader(BufReader::new(file.take(LARGEST))).ok())?
}
