//! What a process does between clone and exec, one system call or a few that belong together, as data.
use crate::arrange::Arrangement;
use crate::capability::Capabilities;
use crate::filter::Filter;
use crate::kind::FileKind;
use crate::landlock::{Landlock, LandlockAccess};
use crate::mounts::{FsOption, MountFlags};
use crate::scratch::DescriptorPath;
use crate::slot::{Slot, Slots};
use crate::{ambient, capability, interfaces, mounts, notify, signals};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Where a path begins.
#[derive(Debug)]
pub enum Origin {
    /// The root (or, for a relative path, the directory) that the process still shares with the launcher.
    Launcher,
    /// The mount that a slot holds.
    Slot(Slot),
    /// This folder of what the process still shares with the launcher, which the path may not leave
    /// ([`open_beneath`](crate::open_beneath)).
    Beneath(CString),
}

/// A resource that can be limited (setrlimit(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Resource {
    /// `RLIMIT_CORE`, bytes
    CoreSize = libc::RLIMIT_CORE,
    /// `RLIMIT_CPU`, seconds
    Cpu = libc::RLIMIT_CPU,
    /// `RLIMIT_FSIZE`, bytes
    FileSize = libc::RLIMIT_FSIZE,
    /// `RLIMIT_NOFILE`, one more than the highest number
    OpenFiles = libc::RLIMIT_NOFILE,
    /// `RLIMIT_NPROC`, processes and threads of the user in the user namespace
    Processes = libc::RLIMIT_NPROC,
}

/// One step of a new process. What each does is a system call or a few; none allocates.
#[derive(Debug)]
pub enum Operation {
    /// Writes a file of the launcher's view, all at once, without making it.
    Write {
        /// Its path.
        path: CString,
        /// What is written.
        content: Vec<u8>,
    },
    /// Opens a file of the launcher's view for writing; for [`Operation::WriteSlot`], when paths lead elsewhere.
    OpenForWriting {
        /// Its path.
        path: CString,
        /// Where the descriptor goes.
        slot: Slot,
    },
    /// Writes to what a slot holds, all at once, and closes it.
    WriteSlot {
        /// The slot.
        slot: Slot,
        /// What is written.
        content: Vec<u8>,
    },
    /// Leaves the launcher's time namespace at the next exec (`CLONE_NEWTIME`).
    UnshareTime,
    /// Leaves the launcher's cgroup namespace (`CLONE_NEWCGROUP`): the group that it is in is the root from now on.
    UnshareCgroup,
    /// Copies a tree of mounts, detached, with these flags on each of them, private (open_tree(2), mount_setattr(2)).
    CopyTree {
        /// Where the path begins.
        origin: Origin,
        /// The path; symlinks in it are followed.
        path: CString,
        /// What the copy forbids, beyond what the original does.
        flags: MountFlags,
        /// Whether the slot stays empty if there is nothing at the path.
        optional: bool,
        /// What it must be: of what is copied, whatever was at the path before.
        kind: FileKind,
        /// Where the descriptor goes.
        slot: Slot,
    },
    /// Makes a file system, detached (fsopen(2), fsmount(2)).
    MakeFs {
        /// Its kind, such as `tmpfs`.
        kind: CString,
        /// Its options, in order.
        options: Vec<FsOption>,
        /// What the mount forbids.
        flags: MountFlags,
        /// Where the descriptor goes.
        slot: Slot,
    },
    /// Makes a folder in a mount; one that is there stays.
    MakeFolder {
        /// The mount.
        within: Slot,
        /// Its path there.
        path: CString,
        /// Its mode.
        mode: u32,
    },
    /// Makes a file in a mount.
    MakeFile {
        /// The mount.
        within: Slot,
        /// Its path there.
        path: CString,
        /// What it holds.
        content: Vec<u8>,
        /// Its mode.
        mode: u32,
    },
    /// Opens a file of a mount to read and write.
    OpenToWrite {
        /// The mount.
        within: Slot,
        /// Its path there.
        path: CString,
        /// Where the descriptor goes.
        slot: Slot,
    },
    /// Makes a symlink in a mount.
    MakeLink {
        /// The mount.
        within: Slot,
        /// Its path there.
        path: CString,
        /// Where it leads.
        target: CString,
    },
    /// Makes an empty file or folder in a mount, whichever the mount `like` can be attached to. Nothing if `like` is empty.
    MakeMountPoint {
        /// The mount in which it is made.
        within: Slot,
        /// Its path there.
        path: CString,
        /// What will be attached.
        like: Slot,
    },
    /// Puts a detached mount over the root; paths still lead to what is below.
    CoverRoot(Slot),
    /// Unmounts an attached mount; what was copied from it stays.
    Unmount(Slot),
    /// Attaches a mount at a path that cannot leave the root in `root`. Nothing if the mount's slot is empty.
    Attach {
        /// The mount.
        mount: Slot,
        /// The root.
        root: Slot,
        /// The path.
        path: CString,
    },
    /// Adds flags to one mount.
    Tighten {
        /// The mount.
        mount: Slot,
        /// What it forbids from now on.
        flags: MountFlags,
    },
    /// Makes an attached mount the root, and unmounts the old one with all beneath it.
    EnterRoot(Slot),
    /// Opens what a slot's mount is, as a file (not a folder: `EISDIR`).
    OpenMount {
        /// The slot of the mount.
        mount: Slot,
        /// Whether it is opened for writing too.
        write: bool,
        /// Where the descriptor goes.
        slot: Slot,
    },
    /// Closes what a slot holds.
    Close(Slot),
    /// Closes a detached mount, after laying it at `path` of the launcher's root, to be unmounted with that. The kernel
    /// waits for all processors whenever it unmounts, and this way it does so once.
    LeaveBehind {
        /// The slot of the mount.
        mount: Slot,
        /// Where it was copied from.
        path: CString,
    },
    /// Sets the host name (sethostname(2)).
    HostName(Vec<u8>),
    /// Sets the NIS domain name (setdomainname(2)).
    DomainName(Vec<u8>),
    /// Starts a session and process group of its own, without a terminal (setsid(2)).
    NewSession,
    /// Starts a process group of its own in the session that it is in (setpgid(2)).
    NewGroup,
    /// Makes the terminal that the descriptor is its session's (`TIOCSCTTY`).
    ControllingTerminal(Slot),
    /// Starts a process group of its own (setpgid(2)), which the terminal takes its keys from. The session's leader is
    /// another process: the kernel would never stop a group without anybody who could make it go on.
    ForegroundGroup(Slot),
    /// Leaves the launcher's session keyring for an empty one.
    NewSessionKeyring,
    /// Drops everything else from the bounding set.
    BoundingSet(Capabilities),
    /// Sets the permitted, effective and inheritable set.
    Hold(Capabilities),
    /// Sets the ambient set.
    AmbientSet(Capabilities),
    /// Sets the securebits (`PR_SET_SECUREBITS`).
    SecureBits(u32),
    /// No exec gives a privilege from now on (`PR_SET_NO_NEW_PRIVS`).
    NoNewPrivileges,
    /// Is killed when the thread that cloned it dies (`PR_SET_PDEATHSIG`), also if that has died already.
    DieWith {
        /// A pidfd of the cloning process.
        parent: Slot,
    },
    /// Can no longer be traced, nor looked into through /proc (`PR_SET_DUMPABLE`).
    NotDumpable,
    /// Sets the file mode creation mask.
    Umask(u32),
    /// Gives every signal its default action and unblocks it.
    DefaultSignals,
    /// Has the default personality(2).
    DefaultPersonality,
    /// Has the default timer slack.
    DefaultTimerSlack,
    /// Limits a resource, hard.
    Limit(Resource, u64),
    /// Limits a resource until the process asks for more, up to the hard limit that it has.
    SoftLimit(Resource, u64),
    /// Changes the working directory.
    ChangeDirectory(CString),
    /// Has these descriptors and, after exec, no others.
    Arrange(Arrangement),
    /// Allows access to what a slot holds in the script's Landlock rule set. Nothing if the slot is empty.
    Allow {
        /// What it holds.
        object: Slot,
        /// What is allowed.
        access: LandlockAccess,
    },
    /// Restricts itself to the script's Landlock rule set.
    RestrictSelf,
    /// Installs a filter of system calls (seccomp(2)).
    Install(Filter),
    /// Installs a filter in which calls wait, and hands its listener to the shim. The process must be dumpable.
    InstallWaiting {
        /// The filter.
        filter: Filter,
        /// The void's side of a [`Handover`](crate::Handover).
        channel: Slot,
        /// A file that the shim gets too.
        updated: Option<Slot>,
    },
    /// Brings the loopback interface up.
    RaiseLoopback,
}

/// What the operations of one script share.
pub(crate) struct Context<'a> {
    pub(crate) slots: &'a mut Slots,
    pub(crate) rules: &'a Landlock,
}

impl Operation {
    /// Does it, in the calling process.
    #[expect(clippy::too_many_lines, reason = "a table: one operation a line")]
    pub(crate) fn apply(&self, context: &mut Context<'_>) -> Result<(), Errno> {
        let slots = &mut *context.slots;
        match self {
            Self::Write { path, content } => write_file(path, content),
            Self::OpenForWriting { path, slot } => slots.put(*slot, open_for_writing(path)?),
            Self::WriteSlot { slot, content } => {
                let written = write_whole(slots.filled(*slot)?, content);
                slots.close(*slot);
                written
            }
            Self::UnshareTime => ambient::unshare_time(),
            Self::UnshareCgroup => ambient::unshare_cgroup(),
            Self::CopyTree {
                origin,
                path,
                flags,
                optional,
                kind,
                slot,
            } => match origin.copy_tree(path, slots) {
                Err(Errno::NOENT | Errno::NOTDIR) if *optional => Ok(()),
                copied => {
                    let tree = copied?;
                    kind.check(tree.as_fd())?;
                    mounts::tighten(tree.as_fd(), *flags, true)?;
                    slots.put(*slot, tree)
                }
            },
            Self::MakeFs {
                kind,
                options,
                flags,
                slot,
            } => {
                let made = mounts::make(kind, options, *flags, slots)?;
                slots.put(*slot, made)
            }
            Self::MakeFolder { within, path, mode } => {
                mounts::make_folder(slots.filled(*within)?, path, Mode::from_raw_mode(*mode))
            }
            Self::MakeFile {
                within,
                path,
                content,
                mode,
            } => mounts::make_file(
                slots.filled(*within)?,
                path,
                content,
                Mode::from_raw_mode(*mode),
            ),
            Self::OpenToWrite { within, path, slot } => {
                let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
                let within = slots.filled(*within)?;
                let opened = rustix::fs::openat(within, path.as_c_str(), flags, Mode::empty())?;
                slots.put(*slot, opened)
            }
            Self::MakeLink {
                within,
                path,
                target,
            } => rustix::fs::symlinkat(target.as_c_str(), slots.filled(*within)?, path.as_c_str()),
            Self::MakeMountPoint { within, path, like } => match slots.at(*like) {
                Some(mount) => mounts::make_mount_point(slots.filled(*within)?, path, mount),
                None => Ok(()),
            },
            Self::CoverRoot(root) => mounts::cover_root(slots.filled(*root)?),
            Self::Unmount(mount) => mounts::unmount(slots.filled(*mount)?),
            Self::Attach { mount, root, path } => match slots.at(*mount) {
                Some(mount) => mounts::attach(mount, slots.filled(*root)?, path),
                None => Ok(()),
            },
            Self::Tighten { mount, flags } => mounts::tighten(slots.filled(*mount)?, *flags, false),
            Self::EnterRoot(root) => mounts::enter_root(slots.filled(*root)?),
            Self::OpenMount { mount, write, slot } => {
                let opened = open_mount(slots.filled(*mount)?, *write)?;
                slots.put(*slot, opened)
            }
            Self::Close(slot) => {
                slots.close(*slot);
                Ok(())
            }
            Self::LeaveBehind { mount, path } => {
                // Where that is not possible the closing unmounts it.
                let _ = mounts::lay_at(slots.filled(*mount)?, path);
                slots.close(*mount);
                Ok(())
            }
            Self::HostName(name) => rustix::system::sethostname(name),
            Self::DomainName(name) => rustix::system::setdomainname(name),
            Self::NewSession => rustix::process::setsid().map(drop),
            Self::ControllingTerminal(terminal) => {
                rustix::process::ioctl_tiocsctty(slots.filled(*terminal)?)
            }
            Self::NewGroup => rustix::process::setpgid(None, None),
            Self::ForegroundGroup(terminal) => {
                rustix::process::setpgid(None, None)?;
                // All signals are blocked here: a group in the background would be stopped by this.
                rustix::termios::tcsetpgrp(slots.filled(*terminal)?, rustix::process::getpid())
            }
            Self::NewSessionKeyring => ambient::new_session_keyring(),
            Self::BoundingSet(keep) => capability::bound(*keep),
            Self::Hold(keep) => capability::hold(*keep),
            Self::AmbientSet(keep) => capability::surround(*keep),
            Self::SecureBits(bits) => ambient::secure_bits(*bits),
            Self::NoNewPrivileges => rustix::thread::set_no_new_privs(true),
            Self::DieWith { parent } => die_with(slots.filled(*parent)?),
            Self::NotDumpable => rustix::process::set_dumpable_behavior(
                rustix::process::DumpableBehavior::NotDumpable,
            ),
            Self::Umask(mask) => {
                rustix::process::umask(Mode::from_raw_mode(*mask));
                Ok(())
            }
            Self::DefaultSignals => {
                signals::default_actions();
                signals::SignalSet::NONE.make_mask().map(drop)
            }
            Self::DefaultPersonality => ambient::default_personality(),
            Self::DefaultTimerSlack => ambient::default_timer_slack(),
            Self::Limit(resource, value) => ambient::limit(*resource, *value),
            Self::SoftLimit(resource, value) => ambient::soft_limit(*resource, *value),
            Self::ChangeDirectory(path) => rustix::process::chdir(path.as_c_str()),
            Self::Arrange(arrangement) => arrangement.apply(slots),
            Self::Allow { object, access } => match slots.at(*object) {
                Some(object) => context
                    .rules
                    .allow(object, *access, mounts::is_folder(object)?),
                None => Ok(()),
            },
            Self::RestrictSelf => context.rules.restrict_self(),
            Self::Install(filter) => filter.install(),
            Self::InstallWaiting {
                filter,
                channel,
                updated,
            } => {
                let updated = updated.map(|slot| slots.filled(slot)).transpose()?;
                notify::install(filter, slots.filled(*channel)?, updated)
            }
            Self::RaiseLoopback => interfaces::raise_loopback(),
        }
    }
}

impl Origin {
    fn copy_tree(&self, path: &CStr, slots: &Slots) -> Result<OwnedFd, Errno> {
        match self {
            Self::Launcher => mounts::copy_tree(rustix::fs::CWD, path),
            Self::Slot(slot) => mounts::copy_tree(slots.filled(*slot)?, path),
            Self::Beneath(folder) => mounts::copy_tree_beneath(folder, path),
        }
    }
}

fn open_for_writing(path: &CString) -> Result<OwnedFd, Errno> {
    rustix::fs::open(
        path.as_c_str(),
        OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

fn write_file(path: &CString, content: &[u8]) -> Result<(), Errno> {
    write_whole(open_for_writing(path)?.as_fd(), content)
}

/// Files of /proc take a write whole or not at all.
fn write_whole(file: BorrowedFd<'_>, content: &[u8]) -> Result<(), Errno> {
    match rustix::io::write(file, content)? {
        written if written == content.len() => Ok(()),
        _ => Err(Errno::IO),
    }
}

/// A mount's descriptor is a path; through /proc it opens as the file that it is, with the mount's own flags.
fn open_mount(mount: BorrowedFd<'_>, write: bool) -> Result<OwnedFd, Errno> {
    if mounts::is_folder(mount)? {
        return Err(Errno::ISDIR);
    }
    let access = if write { OFlags::RDWR } else { OFlags::RDONLY };
    let flags = access | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(DescriptorPath::new(mount).as_c_str(), flags, Mode::empty())
}

fn die_with(parent: BorrowedFd<'_>) -> Result<(), Errno> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // It may have died before the line above; then nobody will send the signal.
    let mut watched = [PollFd::from_borrowed_fd(parent, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    match poll(&mut watched, Some(&at_once))? {
        0 => Ok(()),
        _ => Err(Errno::SRCH),
    }
}
