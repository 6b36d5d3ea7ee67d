//! What a program's file says of itself, without asking a file system that may not answer: one that a process serves
//! (FUSE) can be that of the very process which is looked at.
use super::folder::{Folder, Held};
use super::mounts;
use crate::{Mount, ProgramFile};
use rustix::io::Errno;

/// The file systems that are asked: the kernel's own, on devices of the machine's and in its memory.
const ASKED: [&str; 15] = [
    "bcachefs", "btrfs", "erofs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs",
    "rootfs", "squashfs", "tmpfs", "xfs", "zfs",
];

/// Of the program that the process executes.
pub(crate) fn program_file(process: &Folder) -> Result<ProgramFile, Errno> {
    let file = process.hold("exe")?;
    let target = file.target()?;
    // statfs(2) would tell of the mount, too, and ask its file system for more.
    let mount = mount(process, target.mount);
    let nosuid = mount.as_ref().map_err(|errno| *errno);
    let nosuid = nosuid.map(|mount| mount.options.iter().any(|option| option == "nosuid"));
    let has_capabilities =
        mount.and_then(|mount| match ASKED.contains(&mount.file_system.as_str()) {
            true => has_capabilities(&file),
            false => Err(Errno::OPNOTSUPP),
        });
    Ok(ProgramFile {
        mode: target.mode,
        uid: target.uid,
        gid: target.gid,
        nosuid: nosuid.into(),
        has_capabilities: has_capabilities.into(),
    })
}

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
