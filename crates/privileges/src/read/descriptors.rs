//! `/proc/PID/fd` and `fdinfo` (proc_pid_fd(5)): what is open, by where the links lead.
use super::folder::{Folder, Form, Target, number};
use super::shared::Files;
use crate::{Access, Counterparts, Descriptor, NamespaceKind, Object, Socket};
use rustix::fs::{FileType, Mode, OFlags, RawMode};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const DELETED: &[u8] = b" (deleted)";

/// The open descriptors, ascending; of sockets only their inode numbers are known here.
pub(crate) fn descriptors(process: &Folder, files: &mut Files) -> Result<Vec<Descriptor>, Errno> {
    let links = process.folder("fd")?;
    let numbers = links.numbers()?;
    let mut open = Vec::with_capacity(numbers.len());
    for number in numbers {
        open.extend(descriptor(process, &links, number, files)?);
    }
    Ok(open)
}

/// Nothing if it has been closed meanwhile.
fn descriptor(
    process: &Folder,
    links: &Folder,
    number: u32,
    files: &mut Files,
) -> Result<Option<Descriptor>, Errno> {
    let name = number.to_string();
    let info = match Info::read(process, &name) {
        Err(Errno::NOENT | Errno::SRCH) => return Ok(None),
        info => info?,
    };
    let object = match links.link(&name) {
        Ok(link) => match named(link.as_os_str().as_bytes(), &info) {
            Some(object) => object,
            None => known_file(process, &link, &info, files, || links.target(&name)),
        },
        Err(Errno::NOENT | Errno::SRCH) => return Ok(None),
        Err(_) => Object::Unreadable,
    };
    Ok(Some(Descriptor {
        number,
        object,
        access: info.access(),
        close_on_exec: info
            .flags
            .is_some_and(|flags| flags.contains(OFlags::CLOEXEC)),
    }))
}

/// Those that are wanted, by their links alone; of a process with more than `left` of them none.
pub(crate) fn counterparts(
    process: &Folder,
    wanted: &Counterparts,
    left: &mut usize,
) -> Option<Vec<Descriptor>> {
    let links = process.folder("fd").ok()?;
    let numbers = links.numbers().ok()?;
    *left = left.checked_sub(numbers.len())?;
    let found = numbers.into_iter().filter_map(|number| {
        let name = number.to_string();
        let object = link_to(&links, &name, wanted).filter(|object| wanted.has(object))?;
        Some(Descriptor {
            number,
            object,
            access: access_of(links.link_mode(&name).ok()?),
            // Not read.
            close_on_exec: false,
        })
    });
    Some(found.collect())
}

/// What may be wanted is named by a short link, unless it is a FIFO.
fn link_to(links: &Folder, name: &str, wanted: &Counterparts) -> Option<Object> {
    let mut buffer = [MaybeUninit::uninit(); 64];
    let link = links.short_link(name, &mut buffer).ok()?;
    if !link.starts_with(b"/") {
        return named(link, &Info::default());
    }
    if !wanted.have_paths() {
        return None;
    }
    let path = links.link(name).ok().filter(|path| wanted.has_path(path))?;
    Some(Object::Pipe {
        inode: links.target(name).ok()?.inode,
        path: Some(path),
    })
}

/// By the mode of its link.
fn access_of(mode: RawMode) -> Access {
    let mode = Mode::from_raw_mode(mode);
    match (mode.contains(Mode::RUSR), mode.contains(Mode::WUSR)) {
        (true, true) => Access::ReadWrite,
        (true, false) => Access::Read,
        (false, true) => Access::Write,
        (false, false) => Access::Path,
    }
}

/// What of `fdinfo` is wanted.
#[derive(Default)]
struct Info {
    flags: Option<OFlags>,
    process: Option<u32>,
    /// The numbers of the mount and the inode, which a kernel tells since Linux 5.14.
    numbers: Option<(u64, u64)>,
}

impl Info {
    fn read(process: &Folder, name: &str) -> Result<Self, Errno> {
        /// The wanted lines are among the first; those of an epoll set or an inotify descriptor can be very many.
        const ENOUGH: usize = 1024;
        let start = process.start(&format!("fdinfo/{name}"), Form::Piece, ENOUGH)?;
        Ok(Self::parse(&start.bytes))
    }

    fn parse(text: &[u8]) -> Self {
        let value = |key: &[u8]| {
            let mut lines = text.split(|byte| *byte == b'\n');
            let value = lines.find_map(|line| line.strip_prefix(key))?;
            std::str::from_utf8(value).ok().map(str::trim)
        };
        let flags = value(b"flags:").and_then(|flags| u32::from_str_radix(flags, 8).ok());
        let process = value(b"Pid:").and_then(|pid| pid.parse().ok());
        let long = |key| value(key).and_then(|number| number.parse().ok());
        Self {
            flags: flags.map(OFlags::from_bits_retain),
            // 0 is a process outside the reader's pid namespace, -1 one that has been reaped.
            process: process.filter(|pid| *pid != 0),
            numbers: long(b"mnt_id:").zip(long(b"ino:")),
        }
    }

    fn access(&self) -> Access {
        match self.flags {
            None => Access::Unknown,
            Some(flags) if flags.contains(OFlags::PATH) => Access::Path,
            Some(flags) => match flags & OFlags::ACCMODE {
                OFlags::RDONLY => Access::Read,
                OFlags::WRONLY => Access::Write,
                OFlags::RDWR => Access::ReadWrite,
                // 3 is for device requests alone.
                _ => Access::Unknown,
            },
        }
    }
}

/// What is no file of a file system, by the name that the kernel gives it.
fn named(link: &[u8], info: &Info) -> Option<Object> {
    if let Some(name) = link
        .strip_prefix(b"/memfd:")
        .and_then(|name| name.strip_suffix(DELETED))
    {
        return Some(Object::Memory { name: text(name) });
    }
    if link.starts_with(b"/") {
        return None;
    }
    let mut halves = link.splitn(2, |byte| *byte == b':');
    let (kind, rest) = (
        halves.next().unwrap_or_default(),
        halves.next().unwrap_or_default(),
    );
    let bare = rest
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"));
    let is_namespace = NamespaceKind::ALL
        .iter()
        .any(|known| known.name().as_bytes() == kind);
    Some(match (kind, bare.and_then(number)) {
        (b"pipe", Some(inode)) => Object::Pipe { inode, path: None },
        (b"socket", Some(inode)) => Object::Socket(Socket {
            inode,
            ..Socket::default()
        }),
        (_, Some(inode)) if is_namespace => Object::Namespace {
            name: text(kind),
            inode,
        },
        (b"anon_inode", _) => Object::Anonymous {
            name: text(bare.unwrap_or(rest)),
            process: info.process,
        },
        _ => Object::Anonymous {
            name: text(link),
            process: None,
        },
    })
}

/// A file, folder, device or FIFO, which may be known from elsewhere. One without a name is looked at each time: its number
/// can become another's, and its path tells nothing.
fn known_file(
    process: &Folder,
    link: &Path,
    info: &Info,
    files: &mut Files,
    target: impl FnOnce() -> Result<Target, Errno>,
) -> Object {
    let is_deleted = link.as_os_str().as_bytes().ends_with(DELETED);
    let numbers = info.numbers.filter(|_| !is_deleted);
    if let Some(known) = numbers.and_then(|numbers| files.find(numbers, link)) {
        return known;
    }
    let target = target();
    let kept = numbers.filter(|_| target.is_ok());
    let object = file(process, link, target);
    if let Some(numbers) = kept {
        files.keep(numbers, link, &object);
    }
    object
}

/// A file, folder, device or FIFO.
fn file(process: &Folder, link: &Path, target: Result<Target, Errno>) -> Object {
    let bytes = link.as_os_str().as_bytes();
    let Ok(target) = target else {
        return Object::File {
            path: link.to_owned(),
            deleted: false,
        };
    };
    let without = bytes
        .strip_suffix(DELETED)
        .map(|path| PathBuf::from(OsStr::from_bytes(path)));
    let without = without.filter(|_| target.links == 0 || !is_at(process, link, &target));
    let deleted = without.is_some();
    let path = without.unwrap_or_else(|| link.to_owned());
    let kind = FileType::from_raw_mode(target.mode);
    match kind {
        FileType::Fifo => Object::Pipe {
            inode: target.inode,
            path: Some(path),
        },
        FileType::CharacterDevice | FileType::BlockDevice => Object::Device {
            path,
            block: kind == FileType::BlockDevice,
            major: target.device.0,
            minor: target.device.1,
        },
        _ => Object::File { path, deleted },
    }
}

/// Whether a file that still has a name is at this path: its name then really ends like that of a deleted one. The path is
/// from the reader's root, or from that of the process if it has other mounts.
fn is_at(process: &Folder, path: &Path, target: &Target) -> bool {
    let is_there =
        |found: Target| (found.inode, found.file_system) == (target.inode, target.file_system);
    let reader = Folder::open("/proc/thread-self");
    let by_process = process.target_below("root", path);
    let by_reader = reader.and_then(|reader| reader.target_below("root", path));
    by_process.is_ok_and(is_there) || by_reader.is_ok_and(is_there)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(link: &[u8]) -> Option<Object> {
        named(
            link,
            &Info::parse(b"pos:\t0\nflags:\t02000002\nPid:\t7\nNSpid:\t7\t1\n"),
        )
    }

    fn anonymous(name: &str, process: Option<u32>) -> Object {
        let name = name.to_owned();
        Object::Anonymous { name, process }
    }

    #[test]
    fn what_is_no_file_is_told_by_the_kernels_name() {
        assert_eq!(
            object(b"pipe:[12]"),
            Some(Object::Pipe {
                inode: 12,
                path: None
            })
        );
        assert_eq!(
            object(b"anon_inode:bpf-map"),
            Some(anonymous("bpf-map", Some(7)))
        );
        assert_eq!(
            object(b"anon_inode:[pidfd]"),
            Some(anonymous("pidfd", Some(7)))
        );
        let (name, inode) = ("net".to_owned(), 3);
        assert_eq!(object(b"net:[3]"), Some(Object::Namespace { name, inode }));
        let name = " (deleted)\n".to_owned();
        assert_eq!(
            object(b"/memfd: (deleted)\n (deleted)"),
            Some(Object::Memory { name })
        );
        assert_eq!(object(b"/dev/null"), None);
        for odd in ["", ":", "pipe:[x]", "pipe:[", "future:[1]"] {
            assert_eq!(object(odd.as_bytes()), Some(anonymous(odd, None)));
        }
    }

    #[test]
    fn access_and_process_are_read_of_any_text() {
        let access = |text: &[u8]| Info::parse(text).access();
        assert_eq!(access(b"flags:\t0100001\n"), Access::Write);
        assert_eq!(access(b"pos:\t0\nflags:\t012000000\n"), Access::Path);
        assert_eq!(access(b"flags:\t03\n"), Access::Unknown);
        assert_eq!(access(b"flags:\t\xff\n"), Access::Unknown);
        assert_eq!(Info::parse(b"Pid:\t-1\n").process, None);
    }
}
