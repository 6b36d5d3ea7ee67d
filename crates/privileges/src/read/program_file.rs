//! What a program's file says of itself, without asking a file system that may not answer: one that a process serves
//! (FUSE) can be that of the very process which is looked at.
use super::folder::{Folder, Held};
use super::mounts;
use crate::{Mount, ProgramFile, Why};
use rustix::io::Errno;
use std::collections::HashMap;

/// The file systems that are asked: the kernel's own, on devices of the machine's and in its memory.
const ASKED: [&str; 15] = [
    "bcachefs", "btrfs", "erofs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs",
    "rootfs", "squashfs", "tmpfs", "xfs", "zfs",
];

/// So many mounts are remembered at most: a process can make and take away as many as it likes.
const MOST: usize = 1024;

/// Whether the file systems of mounts are asked, by the mounts' numbers that no other gets again.
#[derive(Debug, Default)]
pub(crate) struct KnownMounts(HashMap<u64, bool>);

impl KnownMounts {
    /// Whether the file system is asked on which this lies. `mount` gives the mount, if it is not known yet.
    fn is_asked(
        &mut self,
        file: &Held,
        mount: impl FnOnce() -> Result<Mount, Errno>,
    ) -> Result<bool, Errno> {
        let number = file.mount()?;
        if let Some(known) = number.and_then(|number| self.0.get(&number)) {
            return Ok(*known);
        }
        let is_asked = ASKED.contains(&mount()?.file_system.as_str());
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.extend(number.map(|number| (number, is_asked)));
        Ok(is_asked)
    }
}

/// Of the program that the process executes.
pub(crate) fn program_file(
    process: &Folder,
    known: &mut KnownMounts,
) -> Result<ProgramFile, Errno> {
    const SET_USER_OR_GROUP: u32 = 0o6000;
    let file = process.hold("exe")?;
    let target = file.target()?;
    let mount = || mount(process, target.mount);
    let has_capabilities = match known.is_asked(&file, mount) {
        Ok(true) => has_capabilities(&file),
        Ok(false) => Err(Errno::OPNOTSUPP),
        Err(errno) => Err(errno),
    };
    let gives_nothing = target.mode & SET_USER_OR_GROUP == 0 && has_capabilities == Ok(false);
    // statfs(2) would tell of the mount, too, and ask its file system for more.
    let nosuid = match gives_nothing {
        true => Why::NotRead.into(),
        false => mount()
            .map(|mount| mount.options.iter().any(|option| option == "nosuid"))
            .into(),
    };
    Ok(ProgramFile {
        mode: target.mode,
        uid: target.uid,
        gid: target.gid,
        nosuid,
        has_capabilities: has_capabilities.into(),
    })
}

/// The mount of this number, which is held by what lies on it.
fn mount(process: &Folder, id: Option<u64>) -> Result<Mount, Errno> {
    let id = id.ok_or(Errno::OPNOTSUPP)?;
    mounts::one(&process.read("mountinfo")?, id).ok_or(Errno::NOENT)
}

fn has_capabilities(file: &Held) -> Result<bool, Errno> {
    match file.attribute("security.capability", &mut [0; 64]) {
        Ok(_) => Ok(true),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(false),
        Err(errno) => Err(errno),
    }
}
