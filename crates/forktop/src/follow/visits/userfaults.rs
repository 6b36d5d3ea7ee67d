//! Whether a process is told of copies of itself: by a userfaultfd(2) with `UFFD_FEATURE_EVENT_FORK`. Whoever reads that, a thread of it
//! or another process, would be given the memory of the copy to serve, and the call that makes the copy waits until it is read.
use crate::proc_file::{text, threads};
use rustix::process::Pid;
use std::fs;
use tracee::share_descriptors;

/// What the descriptor of one leads to.
const LINK: &str = "anon_inode:[userfaultfd]";

/// `UFFD_FEATURE_EVENT_FORK`.
const EVENT_FORK: u32 = 1 << 1;

/// That it is, in words. One that another process alone holds is not found.
pub(super) fn is_told_of_copies(process: Pid) -> Option<String> {
    let tables = with_tables_of_their_own(process).into_iter();
    let mut tables = tables.map(|thread| (thread, format!("{process}/task/{thread}")));
    let found = tables.find_map(|(thread, folder)| Some((thread, telling(&folder)?)));
    let (thread, number) = found?;
    let whose = match thread == process {
        true => format!("its descriptor {number}"),
        false => format!("descriptor {number} of its thread {thread}"),
    };
    Some(format!(
        "it would notice: {whose} is a userfaultfd(2) that is told of every copy of it (UFFD_FEATURE_EVENT_FORK), and \
         who reads that is given the copy's memory; `forktop show` tells what it may do without a copy"
    ))
}

/// A thread for each table of descriptors of a process. Mostly there is one table, and then it is read once; where that cannot be
/// known it is read by each thread.
fn with_tables_of_their_own(process: Pid) -> Vec<Pid> {
    let mut all: Vec<Pid> = Vec::new();
    for thread in threads(process) {
        let is_known = |other: &Pid| share_descriptors(*other, thread) == Ok(true);
        if !all.iter().any(is_known) {
            all.push(thread);
        }
    }
    all
}

/// The descriptor of such a one, in the folder of a thread.
fn telling(thread: &str) -> Option<String> {
    let open = fs::read_dir(format!("/proc/{thread}/fd")).ok()?;
    let mut userfaults = open.flatten().filter(|open| {
        let leads_to = fs::read_link(open.path()).unwrap_or_default();
        leads_to.as_os_str() == LINK
    });
    userfaults.find_map(|open| {
        let number = open.file_name().into_string().ok()?;
        let info = text(thread, &format!("fdinfo/{number}"))?;
        has_event_fork(&info).then_some(number)
    })
}

/// By the features in its fdinfo: `API:`, the version, the features, and what can be asked of it, all hexadecimal.
fn has_event_fork(info: &str) -> bool {
    let api = info.lines().find_map(|line| line.strip_prefix("API:"));
    let features = api.and_then(|api| api.trim().split(':').nth(1));
    let features = features.and_then(|it| u32::from_str_radix(it, 16).ok());
    features.is_some_and(|features| features & EVENT_FORK != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_features_are_read_from_its_information() {
        let info = |features: &str| {
            format!("pos:\t0\nflags:\t02\npending:\t0\ntotal:\t0\nAPI:\taa:{features}:3f\n")
        };
        for (features, expected) in [("2", true), ("80000002", true), ("80000001", false)] {
            assert_eq!(has_event_fork(&info(features)), expected, "{features}");
        }
        assert!(!has_event_fork("pos:\t0\n"));
    }
}
