//! Whether a process is told of copies of itself: by a userfaultfd(2) with `UFFD_FEATURE_EVENT_FORK`. Whoever reads that, a thread of it
//! or another process, would be given the memory of the copy to serve, and the call that makes the copy waits until it is read.
use crate::proc_file::text;
use rustix::process::Pid;
use std::fs;

/// What the descriptor of one leads to.
const LINK: &str = "anon_inode:[userfaultfd]";

/// `UFFD_FEATURE_EVENT_FORK`.
const EVENT_FORK: u32 = 1 << 1;

/// That it is, in words. One that another process alone holds is not found.
pub(super) fn is_told_of_copies(process: Pid) -> Option<String> {
    let open = fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    let mut userfaults = open.flatten().filter(|open| {
        let leads_to = fs::read_link(open.path()).unwrap_or_default();
        leads_to.as_os_str() == LINK
    });
    let tells = userfaults.find_map(|open| {
        let number = open.file_name().into_string().ok()?;
        let info = text(process, &format!("fdinfo/{number}"))?;
        has_event_fork(&info).then_some(number)
    });
    let number = tells?;
    Some(format!(
        "it would notice: its descriptor {number} is a userfaultfd(2) that is told of every copy of it (UFFD_FEATURE_EVENT_FORK), and \
         who reads that is given the copy's memory; `forktop show` tells what it may do without a copy"
    ))
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
