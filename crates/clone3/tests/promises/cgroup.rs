//! A child starts in the cgroup that was asked for.
use crate::process::{Held, answer};
use clone3::{Clone3, How};
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;

/// A cgroup of the test's own, if it may make one.
struct Cgroup(PathBuf);

impl Cgroup {
    fn make() -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let unified = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
        let name = format!("clone3-test-{}", std::process::id());
        let place = PathBuf::from(unified.split(' ').nth(4)?).join(name);
        std::fs::create_dir(&place).ok()?;
        Some(Self(place))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_child_starts_in_the_cgroup_that_was_asked_for() {
    let Some(cgroup) = Cgroup::make() else {
        println!("skipped: no cgroup of version 2 that may be added to");
        return;
    };
    let directory = File::open(&cgroup.0).unwrap();
    let held = Held::start(&Clone3::new().into_cgroup(directory.as_fd()), || 0);
    let groups = std::fs::read_to_string(held.proc("cgroup")).unwrap();
    let unified = groups.lines().find(|line| line.starts_with("0::")).unwrap();
    let name = cgroup.0.file_name().unwrap().to_str().unwrap();
    assert!(unified.ends_with(name), "{unified}");
}

#[test]
fn a_directory_that_is_not_a_cgroups_is_refused() {
    let directory = File::open("/").unwrap();
    let clone = Clone3::new().into_cgroup(directory.as_fd());
    let refused = crate::process::fork(&clone, || 0).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EBADF));
    assert_eq!(answer(&Clone3::new(), || 0), How::Exited(0));
}
