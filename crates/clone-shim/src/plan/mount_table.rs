//! The shim's own mounts, as the kernel lists them (proc_pid_mountinfo(5)), and where in them something lies.
use rustix::fs::{AtFlags, StatxFlags, statx};
use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    id: u64,
    device: String,
    root: PathBuf,
    pub(super) point: PathBuf,
}

/// Something of a file system, by the names that any process's table of mounts has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file system's device, as `MAJOR:MINOR`.
    pub device: String,
    /// The path within the file system.
    pub root: PathBuf,
}

/// All of them, as they are now.
pub fn mount_table() -> Vec<Mount> {
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    table
        .split(|byte| *byte == b'\n')
        .filter_map(mount)
        .collect()
}

/// Where among these this lies. By the mount that it was opened through: its path may lead over symlinks, and its device be
/// another than the mount's. Nothing if it has lost its name, or the kernel (before 5.8) does not tell the mount.
pub fn origin(mounts: &[Mount], of: impl AsFd) -> Option<Origin> {
    let status = statx(&of, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    if !StatxFlags::from_bits_retain(status.stx_mask).contains(StatxFlags::MNT_ID) {
        return None;
    }
    let mount = mounts.iter().find(|mount| mount.id == status.stx_mnt_id)?;
    let link = format!("/proc/self/fd/{}", of.as_fd().as_raw_fd());
    within(mount, &std::fs::read_link(link).ok()?)
}

fn within(mount: &Mount, path: &Path) -> Option<Origin> {
    // As the kernel marks what has no name any more; or a name that ends so, which nobody can tell apart.
    if path.to_string_lossy().ends_with(" (deleted)") {
        return None;
    }
    let below = path.strip_prefix(&mount.point).ok()?;
    let root = match below.as_os_str().is_empty() {
        true => mount.root.clone(),
        false => mount.root.join(below),
    };
    let device = mount.device.clone();
    Some(Origin { device, root })
}

fn mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let text = |field: &[u8]| String::from_utf8(field.to_vec()).ok();
    Some(Mount {
        id: text(fields.next()?)?.parse().ok()?,
        device: text(fields.nth(1)?)?,
        root: unescaped(fields.next()?),
        point: unescaped(fields.next()?),
    })
}

/// `\040` and the like are octal bytes.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let octal = (first == b'\\').then(|| after.get(..3)).flatten();
        let escaped =
            octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() {
            &after[3..]
        } else {
            after
        };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(line: &[u8]) -> Mount {
        mount(line).expect("a line of the kernel's")
    }

    #[test]
    fn an_escaped_mount_point_is_read_as_its_bytes() {
        let mount = known(br"45 43 0:21 / /a\040b\134c rw - proc proc rw");
        assert_eq!(mount.point, PathBuf::from(r"/a b\c"));
        assert_eq!((mount.id, mount.device.as_str()), (45, "0:21"));
    }

    #[test]
    fn what_lies_in_a_mount_is_named_as_its_file_system_has_it() {
        let home = br"45 43 0:21 /@home /home rw - btrfs /dev/vda rw";
        for (line, path, root) in [
            (&home[..], "/home/ada", Some("/@home/ada")),
            (home, "/home", Some("/@home")),
            (home, "/srv", None),
            (home, "/home/x (deleted)", None),
            (b"1 0 254:0 / / rw - ext4 /dev/vda rw", "/etc", Some("/etc")),
        ] {
            let origin = within(&known(line), Path::new(path));
            assert_eq!(
                origin.map(|origin| origin.root),
                root.map(PathBuf::from),
                "{path}"
            );
        }
    }

    #[test]
    fn a_symlink_lies_where_it_leads() {
        let exe = std::fs::File::open("/proc/self/exe").expect("it runs");
        let path = std::fs::read_link("/proc/self/exe").expect("it runs");
        let origin = origin(&mount_table(), exe).expect("it has a name");
        assert_eq!(origin.root.file_name(), path.file_name());
    }
}
