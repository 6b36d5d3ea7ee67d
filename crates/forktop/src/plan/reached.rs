//! Mounts and descriptors of a void, compared with its grants.
use super::{FileGrant, Finding, Grants};
use privileges::{Descriptor, Mount, Object, Privileges, Seen};
use std::path::Path;

/// Mounts without a grant, grants without a mount, and mounts that let more through than was granted.
pub(super) fn mounts(grants: &Grants, privileges: &Privileges) -> Vec<Finding> {
    let Seen::Known(mounts) = &privileges.mounts else {
        return Vec::new();
    };
    let seen: Vec<_> = mounts
        .iter()
        .filter(|mount| is_seen(mount, mounts))
        .collect();
    let mut findings = Vec::new();
    for mount in &seen {
        match granted(grants, &mount.point) {
            Some(grant) => {
                findings.extend(excess(mount, grant));
                if grants.at(&mount.point).is_some() {
                    findings.extend(shortfall(mount, grant));
                    findings.extend(another(mount, grant));
                }
            }
            None if mount.point == Path::new("/") => findings.extend(own_root(mount)),
            None => findings.push(Finding::Unexplained(format!(
                "a mount at {}",
                mount.point.display()
            ))),
        }
    }
    let missing = grants.files.iter().filter(|(path, grant)| {
        let optional = matches!(grant, FileGrant::Host { optional: true, .. });
        let is_there = || seen.iter().any(|mount| mount.point == Path::new(path));
        grant.is_mount() && !optional && path.as_str() != "/" && !is_there()
    });
    findings.extend(missing.map(|(path, grant)| Finding::NotHeld(format!("{path}: {grant}"))));
    findings
}

/// Whether anything of it can be reached: where the host's root is granted, its /proc and all that lies in its /dev are
/// covered by the void's own.
fn is_seen(mount: &Mount, all: &[Mount]) -> bool {
    let covers = |on: &Mount, point: &Path| {
        let mut others = all
            .iter()
            .filter(|other| other.parent == on.id && other.id != on.id);
        others.any(|other| point.starts_with(&other.point))
    };
    if covers(mount, &mount.point) {
        return false;
    }
    let mut here = mount;
    // As many steps as there are mounts, should the table have a circle.
    for _ in all {
        let Some(below) = all
            .iter()
            .find(|below| below.id == here.parent && below.id != here.id)
        else {
            return true;
        };
        let beside = all
            .iter()
            .filter(|other| other.parent == below.id && other.id != below.id);
        if beside
            .filter(|other| other.id != here.id)
            .any(|other| here.point != other.point && here.point.starts_with(&other.point))
        {
            return false;
        }
        here = below;
    }
    true
}

/// A root that is no grant is empty, and is to stay so.
fn own_root(mount: &Mount) -> Option<Finding> {
    let is_read_only = mount.options.iter().any(|own| own == "ro");
    (!is_read_only).then(|| Finding::Unexplained("/ may be written".to_owned()))
}

/// The grant at this path, or at the nearest one above it: folders are granted with what is mounted below them.
fn granted<'a>(grants: &'a Grants, path: &Path) -> Option<&'a FileGrant> {
    path.ancestors()
        .find_map(|path| grants.files.get(path.to_str()?))
        .filter(|grant| grant.is_mount())
}

fn excess(mount: &Mount, grant: &FileGrant) -> impl Iterator<Item = Finding> {
    let has = |option: &str| mount.options.iter().any(|own| own == option);
    let point = mount.point.display().to_string();
    let rules = [
        (has("ro") || grant.may_write(), "may be written"),
        (has("noexec") || grant.may_execute(), "may be executed"),
        (has("nosuid"), "may give privileges (no nosuid)"),
        (
            has("nodev") || matches!(grant, FileGrant::Devices { .. }),
            "may have devices (no nodev)",
        ),
    ];
    rules
        .into_iter()
        .filter(|(kept, _)| !kept)
        .map(move |(_, what)| Finding::Unexplained(format!("{point} {what}")))
}

/// What was granted and the mount does not allow. Of what is mounted within a folder of the host that is the host's own
/// affair.
fn shortfall(mount: &Mount, grant: &FileGrant) -> impl Iterator<Item = Finding> {
    let has = |option: &str| {
        let mut all = mount.options.iter().chain(&mount.super_options);
        all.any(|own| own == option)
    };
    let point = mount.point.display().to_string();
    let rules = [
        (grant.may_write() && has("ro"), "may be written"),
        (grant.may_execute() && has("noexec"), "may be executed"),
    ];
    rules
        .into_iter()
        .filter(|(lacks, _)| *lacks)
        .map(move |(_, what)| Finding::NotHeld(format!("{point} {what}")))
}

/// Something else than the grant's own object lies there. What was renamed since lies elsewhere, too, and is told as what
/// it is now; what has no name any more cannot be told apart.
fn another(mount: &Mount, grant: &FileGrant) -> Option<Finding> {
    let (point, root) = (mount.point.display(), mount.root.display());
    let there = format!("{root} of the {} {}", mount.file_system, mount.device);
    let (is_other, planned) = match grant {
        FileGrant::Host {
            origin: Some(origin),
            ..
        } => {
            let is_nameless = mount.root.to_string_lossy().ends_with(NAMELESS);
            let is_same = mount.device == origin.device
                && (is_nameless || mount.root == Path::new(&origin.root));
            (!is_same, format!("{} of {}", origin.root, origin.device))
        }
        FileGrant::Host { origin: None, .. } | FileGrant::Other(_) => return None,
        FileGrant::Tmpfs { .. } | FileGrant::Devices { .. } => {
            (mount.file_system != "tmpfs", grant.to_string())
        }
        FileGrant::Proc { .. } => (mount.file_system != "proc", grant.to_string()),
    };
    is_other.then(|| Finding::Unexplained(format!("{point} is {there}, and not {planned}")))
}

/// How proc_pid_mountinfo(5) marks the root of a mount that was removed where it lay.
const NAMELESS: &str = "//deleted";

/// Files of the host that no grant leads to. That descriptors were closed is told of the void's program alone.
pub(super) fn descriptors(grants: &Grants, privileges: &Privileges) -> Vec<Finding> {
    let Seen::Known(open) = &privileges.descriptors else {
        return Vec::new();
    };
    let handed_in = grants.descriptors.len();
    let own = |descriptor: &&Descriptor| descriptor.number as usize >= handed_in;
    let beyond = open.iter().filter(own).filter_map(|descriptor| {
        let (Object::File { path, .. } | Object::Device { path, .. }) = &descriptor.object else {
            return None;
        };
        let known = path == Path::new("/")
            || path.ancestors().any(|path| {
                path.to_str()
                    .is_some_and(|path| grants.files.contains_key(path))
            });
        (!known).then(|| {
            Finding::Unexplained(format!(
                "descriptor {} on {}",
                descriptor.number,
                path.display()
            ))
        })
    });
    beyond.collect()
}
