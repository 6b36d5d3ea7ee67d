//! Why a process does not come to stand, as far as /proc tells.
use crate::proc_file::{status_field, text};
use rustix::process::Pid;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a thread does not stand.
pub(super) fn does_not_stand(thread: Pid) -> String {
    let why = frozen(thread).unwrap_or_else(|| waits(thread).to_owned());
    format!("it does not stop: {why}")
}

/// Why the copy of a process with this thread does not end: it is where that is.
pub(super) fn does_not_end(thread: Pid) -> String {
    let why = frozen(thread);
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!("its copy does not end in time{why}")
}

/// That the control group of a thread is frozen, in words.
pub(crate) fn frozen(thread: Pid) -> Option<String> {
    let own = text(thread, "cgroup").unwrap_or_default();
    let mounts = text("self", "mountinfo")?;
    let found = groups(&own, &mounts).into_iter().find(Group::is_frozen)?;
    Some(format!(
        "its control group `{}` is frozen ({}): thaw that",
        found.path, found.file
    ))
}

fn waits(thread: Pid) -> &'static str {
    let state = status_field(thread, "State").and_then(|state| state.chars().next());
    let function = text(thread, "wchan").unwrap_or_default();
    where_it_waits(state, &function)
}

/// By its state, and the function of the kernel that it waits in. A parent in vfork(2) waits in what makes its child itself where the
/// compiler has put the wait into that: so from Linux 5.10 on, and under another name before.
fn where_it_waits(state: Option<char>, function: &str) -> &'static str {
    match (state, function) {
        (None, _) => "it has ended",
        (Some('D'), "kernel_clone" | "_do_fork") => IN_VFORK,
        (_, function) if function.contains("vfork") => IN_VFORK,
        (Some('D'), _) => {
            "it waits in the kernel where it cannot be interrupted, for a device, a file system, or a child of vfork(2)"
        }
        _ => "/proc does not say why",
    }
}

const IN_VFORK: &str =
    "it waits in vfork(2) until its child executes a program or ends: visit that one";

/// A control group that can be frozen.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    path: String,
    folder: PathBuf,
    /// What freezes it.
    file: &'static str,
}

impl Group {
    /// Whether it is, or one above it.
    fn is_frozen(&self) -> bool {
        let told = match self.file {
            FREEZER => FREEZER,
            _ => "cgroup.events",
        };
        let text = fs::read_to_string(self.folder.join(told)).unwrap_or_default();
        is_told_frozen(&text)
    }
}

/// Whether a file says so. In the first version a group is freezing as long as one of its processes can go on, which this one may
/// or may not.
fn is_told_frozen(text: &str) -> bool {
    let mut lines = text.lines();
    lines.any(|line| matches!(line, "FROZEN" | "FREEZING" | "frozen 1"))
}

/// What freezes a group of the first version (freezer-subsystem.rst), and one of the second (cgroup-v2.rst).
const FREEZER: &str = "freezer.state";
const FREEZE: &str = "cgroup.freeze";

/// The groups in a cgroup file of /proc (cgroups(7)) that can be frozen, where they are mounted.
fn groups(own: &str, mounts: &str) -> Vec<Group> {
    let lines = own.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let file = match controllers {
            "" => FREEZE,
            some if some.split(',').any(|it| it == "freezer") => FREEZER,
            _ => return None,
        };
        let (root, at) = mounts.lines().find_map(|line| mounted(line, file))?;
        let below = Path::new(path).strip_prefix(root).ok()?;
        Some(Group {
            path: path.to_owned(),
            folder: Path::new(at).join(below),
            file,
        })
    });
    lines.collect()
}

/// The root and the place of such a hierarchy, if this line of mountinfo (proc_pid_mountinfo(5)) is of one.
fn mounted<'l>(line: &'l str, file: &str) -> Option<(&'l str, &'l str)> {
    let (mount, system) = line.split_once(" - ")?;
    let mut system = system.split(' ');
    let is_it = match (system.next()?, file) {
        ("cgroup2", FREEZE) => true,
        ("cgroup", FREEZER) => system.nth(1)?.split(',').any(|it| it == "freezer"),
        _ => false,
    };
    let mut mount = mount.split(' ').skip(3);
    is_it.then_some((mount.next()?, mount.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proc_file::tests::OddlyNamed;

    const MOUNTS: &str = "\
26 25 0:23 / /sys rw - sysfs sysfs rw
30 26 0:26 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
31 26 0:27 /within /sys/fs/cgroup/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw
";

    #[test]
    fn the_groups_that_can_be_frozen_are_found_where_they_are_mounted() {
        let own = "6:freezer:/a/b\n5:cpu,cpuacct:/\n0::/within/c:d\n";
        let group = |path: &str, folder: &str, file| Group {
            path: path.to_owned(),
            folder: PathBuf::from(folder),
            file,
        };
        let expected = [
            group("/a/b", "/sys/fs/cgroup/freezer/a/b", FREEZER),
            group("/within/c:d", "/sys/fs/cgroup/unified/c:d", FREEZE),
        ];
        assert_eq!(groups(own, MOUNTS), expected);
        assert_eq!(groups("0::/elsewhere\n", MOUNTS), []);
        assert_eq!(groups(own, ""), []);
    }

    #[test]
    fn a_group_is_frozen_as_soon_as_it_is_freezing() {
        for (text, expected) in [
            ("THAWED\n", false),
            ("FREEZING\n", true),
            ("FROZEN\n", true),
            ("populated 1\nfrozen 0\n", false),
            ("populated 1\nfrozen 1\n", true),
        ] {
            assert_eq!(is_told_frozen(text), expected, "{text}");
        }
    }

    #[test]
    fn a_process_lives_whatever_its_name() {
        let child = OddlyNamed::start();
        assert_eq!(waits(child.pid()), "/proc does not say why");
    }

    #[test]
    fn a_wait_is_told_by_its_state_and_function() {
        for (state, function, words) in [
            (Some('D'), "kernel_clone", "visit that one"),
            (Some('D'), "_do_fork", "visit that one"),
            (Some('D'), "wait_for_vfork_done", "visit that one"),
            (Some('D'), "0", "for a device"),
            (Some('D'), "folio_wait_bit_common", "for a device"),
            (Some('S'), "do_poll", "does not say"),
            (None, "", "it has ended"),
        ] {
            let why = where_it_waits(state, function);
            assert!(why.contains(words), "{function}: {why}");
        }
    }
}
