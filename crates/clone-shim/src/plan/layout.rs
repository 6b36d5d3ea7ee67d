//! Whether every grant has a place to be attached at, and what is done about those that have none.
//!
//! Nothing is ever made on the host. A folder of the host that lacks places for the grants beneath it, and is only read,
//! gets them from a layer over it. Where other file systems are mounted in it, the kernel allows no layer over it to
//! whoever may not unmount them; then an empty folder takes its place, and everything in it is granted by itself.
use super::host;
use super::mount_table::mount_table;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};
use void::{Access, Grant, HostPath};

/// A grant that has no place and can be given none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlace {
    /// The grant's path in the void.
    pub path: PathBuf,
    /// The grant that it lies in.
    pub above: PathBuf,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It would have to be made in this folder of the host, which is granted to write.
    Missing(PathBuf),
    /// It lies in something that is not a folder.
    NotAFolder(PathBuf),
    /// It would have to be made in this folder, which has mounts and too much else in it.
    TooMuch(PathBuf),
}

/// More than any folder with mounts in it has; each becomes a mount.
const MOST_ENTRIES: usize = 4096;

/// Finds or makes a place for every grant.
pub fn lay_out(files: &mut BTreeMap<PathBuf, Grant>) -> Result<(), Vec<NoPlace>> {
    let mut refused = Vec::new();
    // What takes a folder's place may lack places in turn.
    loop {
        follow_symlinks(files);
        let Some(lacking) = next_without_places(files, &mut refused) else {
            break;
        };
        if has_mounts(&lacking.host.path) {
            split(files, lacking, &mut refused);
        } else if let Some(Grant::Host { layered, .. }) = files.get_mut(&lacking.folder) {
            *layered = true;
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(refused)
    }
}

/// What lies beneath a symlink of the void lies where that leads.
fn follow_symlinks(files: &mut BTreeMap<PathBuf, Grant>) {
    // As many as the kernel follows; a loop of links is left as it is, and refused when it is attached.
    const MOST_LINKS: usize = 40;
    for _ in 0..MOST_LINKS {
        let beneath = files.keys().find_map(|path| match container(files, path)? {
            (link, Grant::Symlink(target)) => Some((path.clone(), resolve(link, target, path)?)),
            _ => None,
        });
        let Some((path, real)) = beneath else { return };
        if let Some(grant) = files.remove(&path) {
            files.insert(real, grant);
        }
    }
}

/// Where `path`, which lies beneath `link`, really lies.
fn resolve(link: &Path, target: &Path, path: &Path) -> Option<PathBuf> {
    let named = link
        .parent()?
        .join(target)
        .join(path.strip_prefix(link).ok()?);
    Some(without_dots(&named))
}

/// An absolute path with every `..` taken back, as it is where no component is a symlink.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    plain
}

/// A granted folder of the host without a place for another grant.
struct Lacking {
    /// Its path in the void.
    folder: PathBuf,
    /// Where it is on the host.
    host: HostPath,
    access: Access,
    /// The other grant's path in the void.
    path: PathBuf,
}

/// Replaces a folder by an empty one with everything of it in it.
fn split(files: &mut BTreeMap<PathBuf, Grant>, lacking: Lacking, refused: &mut Vec<NoPlace>) {
    let Lacking {
        folder,
        host,
        access,
        path,
    } = lacking;
    // A path that is the root needs no folder in its place: a void's root is empty to begin with.
    if folder == Path::new("/") {
        files.remove(&folder);
    } else {
        files.insert(folder.clone(), Grant::Folder);
    }
    let Ok(opened) = host::open(&host, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) else {
        return;
    };
    let entries = entries(&opened);
    if entries.len() > MOST_ENTRIES {
        refused.push(NoPlace {
            path,
            above: folder,
            reason: Reason::TooMuch(host.path),
        });
        return;
    }
    for entry in entries {
        let grant = match rustix::fs::readlinkat(&opened, &entry, Vec::new()) {
            Ok(target) => Grant::Symlink(OsString::from_vec(target.into_bytes()).into()),
            // What disappears in the meantime is not missed, as it would not be in the folder itself.
            Err(_) => Grant::Host {
                path: host.join(&entry),
                access,
                optional: true,
                layered: false,
            },
        };
        files.entry(folder.join(entry)).or_insert(grant);
    }
}

/// The names in a folder, up to one more than the most.
fn entries(folder: &OwnedFd) -> Vec<PathBuf> {
    let entries = rustix::fs::Dir::read_from(folder)
        .into_iter()
        .flatten()
        .flatten();
    let names = entries.map(|entry| entry.file_name().to_owned().into_bytes());
    let real = names.filter(|name| name != b"." && name != b"..");
    let paths = real.map(|name| OsString::from_vec(name).into());
    paths.take(MOST_ENTRIES + 1).collect()
}

/// A folder of the host that lacks a place and can be layered. Those that cannot are refused, once.
fn next_without_places(
    files: &BTreeMap<PathBuf, Grant>,
    refused: &mut Vec<NoPlace>,
) -> Option<Lacking> {
    for (path, grant) in files {
        let Some((
            above,
            Grant::Host {
                path: host,
                access,
                layered: false,
                ..
            },
        )) = container(files, path)
        else {
            continue;
        };
        let reason = if !host::is_folder(host) {
            Reason::NotAFolder(host.path.clone())
        } else if has_place(host, path.strip_prefix(above).unwrap_or(path), grant) {
            continue;
        } else if access.write {
            Reason::Missing(host.path.clone())
        } else {
            let (folder, host, path) = (above.to_owned(), host.clone(), path.clone());
            return Some(Lacking {
                folder,
                host,
                access: *access,
                path,
            });
        };
        let no_place = NoPlace {
            path: path.clone(),
            above: above.to_owned(),
            reason,
        };
        if !refused.contains(&no_place) {
            refused.push(no_place);
        }
    }
    None
}

/// The nearest grant above `path`.
pub fn container<'f>(
    files: &'f BTreeMap<PathBuf, Grant>,
    path: &Path,
) -> Option<(&'f Path, &'f Grant)> {
    path.ancestors().skip(1).find_map(|above| {
        let (path, grant) = files.get_key_value(above)?;
        Some((path.as_path(), grant))
    })
}

/// Whether there is something at `path` in the host's folder that the grant can be attached over. The kernel decides
/// when it is attached; this only foresees it.
fn has_place(folder: &HostPath, path: &Path, grant: &Grant) -> bool {
    let Ok(folder) = host::open(folder, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()) else {
        // Its own copying will say why.
        return true;
    };
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let Ok(place) = rustix::fs::openat2(
        &folder,
        path,
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        resolve,
    ) else {
        return false;
    };
    let Ok(status) = rustix::fs::fstat(&place) else {
        return false;
    };
    let is_folder =
        rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::Directory;
    match grant {
        Grant::Host { path, .. } => host::is_folder(path) == is_folder,
        Grant::Folder | Grant::Tmpfs(_) | Grant::Proc | Grant::Devices(_) => is_folder,
        Grant::Content(_) | Grant::Updated(_) => !is_folder,
        // A symlink can only be made.
        Grant::Symlink(_) => false,
    }
}

/// Whether other file systems are mounted within the host's folder.
fn has_mounts(host: &Path) -> bool {
    let host = host.canonicalize().unwrap_or_else(|_| host.to_owned());
    let mut mounts = mount_table().into_iter();
    mounts.any(|mount| mount.point.starts_with(&host) && mount.point != host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(path: &str, write: bool) -> Grant {
        let access = Access {
            write,
            execute: false,
        };
        Grant::Host {
            path: PathBuf::from(path).into(),
            access,
            optional: false,
            layered: false,
        }
    }

    fn grants<const N: usize>(grants: [(&str, Grant); N]) -> BTreeMap<PathBuf, Grant> {
        grants
            .into_iter()
            .map(|(path, grant)| (path.into(), grant))
            .collect()
    }

    #[test]
    fn a_folder_that_has_all_places_stays_as_it_is() {
        let mut files = grants([
            ("/", host("/", false)),
            ("/etc/hosts", host("/etc/passwd", false)),
        ]);
        let before = files.clone();
        lay_out(&mut files).unwrap();
        assert_eq!(files, before);
    }

    #[test]
    fn a_folder_without_a_place_is_layered() {
        let mut files = grants([
            ("/x", host("/usr/share", false)),
            ("/x/no/place", Grant::Content(vec![])),
        ]);
        lay_out(&mut files).unwrap();
        assert!(matches!(
            files[Path::new("/x")],
            Grant::Host { layered: true, .. }
        ));
        assert_eq!(files.len(), 2);
    }

    #[test]
    fn a_folder_without_a_place_and_with_mounts_is_split() {
        let mut files = grants([
            ("/", host("/", false)),
            ("/no/such/place", Grant::Content(vec![])),
        ]);
        lay_out(&mut files).unwrap();
        assert!(!files.contains_key(Path::new("/")), "the empty root");
        assert!(
            matches!(&files[Path::new("/proc")], Grant::Host { path, .. } if path.path == Path::new("/proc"))
        );
        assert!(
            !files.contains_key(Path::new("/dev/pts")),
            "it comes with /dev"
        );
    }

    #[test]
    fn what_lies_beneath_a_symlink_lies_where_that_leads() {
        let link = Grant::Symlink("../b/./c".into());
        let mut files = grants([("/a/l", link.clone()), ("/a/l/x", Grant::Proc)]);
        lay_out(&mut files).unwrap();
        assert_eq!(files, grants([("/a/l", link), ("/b/c/x", Grant::Proc)]));
    }

    #[test]
    fn nothing_is_made_in_a_folder_that_is_written_to() {
        let mut files = grants([
            ("/", host("/usr", true)),
            ("/no/place", Grant::Content(vec![])),
        ]);
        let refused = lay_out(&mut files).unwrap_err();
        assert_eq!(refused[0].reason, Reason::Missing("/usr".into()));
    }

    #[test]
    fn nothing_lies_in_a_file() {
        let mut files = grants([("/a", host("/etc/passwd", false)), ("/a/b", Grant::Proc)]);
        let refused = lay_out(&mut files).unwrap_err();
        assert_eq!(refused[0].reason, Reason::NotAFolder("/etc/passwd".into()));
    }
}
