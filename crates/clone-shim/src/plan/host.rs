//! Paths of the host, opened as a void opens them, and what is said where that cannot be.
use crate::launcher::Launcher;
use crate::refusal::{Refusal, describe};
use kernel::FileKind;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use specification::application::{self, PathBound};
use specification::raw::PathKind;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use void::{HostPath, Subject};

/// The path as the void will have it.
pub fn of_the_void(host: &application::HostPath) -> HostPath {
    let bound = host.bound.as_ref();
    HostPath {
        path: host.path.clone(),
        beneath: bound.and_then(|bound| bound.beneath.clone()),
        kind: match bound.map(|bound| bound.kind) {
            None | Some(PathKind::Any) => FileKind::Any,
            Some(PathKind::File) => FileKind::File,
            Some(PathKind::Directory) => FileKind::Folder,
        },
    }
}

/// Opens what is there, whatever it is; `mode` is of a file that is made.
pub fn open(host: &HostPath, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let mode = match flags.contains(OFlags::CREATE) {
        true => mode,
        false => Mode::empty(),
    };
    match host.way() {
        None => rustix::fs::open(&host.path, flags | OFlags::CLOEXEC, mode),
        Some((folder, way)) => kernel::open_beneath(folder, way, flags, mode),
    }
}

/// Finds what is there, without opening it to read or write.
pub fn find(host: &HostPath) -> Result<OwnedFd, Errno> {
    open(host, OFlags::PATH, Mode::empty())
}

/// Whether there is a folder.
pub fn is_folder(host: &HostPath) -> bool {
    find(host).is_ok_and(|found| FileKind::Folder.check(found.as_fd()).is_ok())
}

/// Also what the kernel says when the void is made, in the same words.
pub fn unreachable(
    name: &str,
    subject: Subject,
    host: &application::HostPath,
    errno: Errno,
    launcher: &Launcher,
) -> Refusal {
    let path = host.path.display();
    let uid = launcher.identity.uid;
    let cause = format!("{}, reaching it as uid {uid}", describe(errno));
    let out_of_bounds = host
        .bound
        .as_ref()
        .and_then(|bound| broken(&host.path, bound, errno));
    if let Some(Broken {
        field,
        title,
        help,
        bound,
    }) = out_of_bounds
    {
        return Refusal::new(name, subject, title, cause)
            .with_help(help)
            .with_declaration(bound.place_of(field));
    }
    let title = format!("cannot grant `{path}` to entrypoint `{name}`");
    let refusal = Refusal::new(name, subject, title, cause);
    match errno {
        Errno::NOENT => refusal.with_help(
            "make it, or mend the path; a grant of something that may be missing has `\"optional\": true`",
        ),
        Errno::ACCESS | Errno::PERM => refusal.with_help(
            "a void can hold no more than its launcher: run clone-shim as a user that may reach it",
        ),
        _ => refusal,
    }
}

/// A bound of a parameter that what is there does not keep.
struct Broken<'b> {
    bound: &'b PathBound,
    /// The bound, as it is declared.
    field: &'static str,
    title: String,
    help: &'static str,
}

fn broken<'b>(path: &Path, bound: &'b PathBound, errno: Errno) -> Option<Broken<'b>> {
    let (path, parameter) = (path.display(), &bound.parameter);
    let of_kind = |what: &str, must: &str| Broken {
        bound,
        field: "kind",
        title: format!("`{path}` is {what}, and the parameter `{parameter}` must be {must}"),
        help: "bind the parameter to something else",
    };
    match (errno, bound.kind, &bound.beneath) {
        (_, _, Some(folder)) if !is_folder(&folder.clone().into()) => Some(Broken {
            bound,
            field: "beneath",
            title: format!(
                "cannot open the folder `{}`, beneath which the parameter `{parameter}` must lie",
                folder.display()
            ),
            help: "make the folder, or declare another one",
        }),
        (Errno::XDEV | Errno::LOOP, _, Some(folder)) => Some(Broken {
            bound,
            field: "beneath",
            title: format!(
                "`{path}` leads out of `{}`, beneath which the parameter `{parameter}` must lie",
                folder.display()
            ),
            help: match errno {
                Errno::XDEV => {
                    "symlinks there must be relative and stay in the folder: bind the path that is meant"
                }
                _ => {
                    "links of /proc are not followed, nor symlinks without end: bind the path that is meant"
                }
            },
        }),
        (Errno::ISDIR, PathKind::File, _) => Some(of_kind("a directory", "a file")),
        (Errno::NOTDIR, PathKind::Directory, _) => Some(of_kind("no directory", "one")),
        _ => None,
    }
}
