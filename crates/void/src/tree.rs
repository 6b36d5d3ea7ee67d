//! The files of a void: from the grants by path to the operations that make its root.
//!
//! Every grant lies in a *container*: the nearest grant above it, or the empty root. What a container is decides how a
//! place for the grant is made: in the empty root, in a file system in memory and in a layer it is made; in a folder of
//! the host it must be there, because nothing is ever made on the host.
use crate::description::{Access, Device, Grant};
use crate::host::c_path;
use crate::step::{Steps, Subject};
use kernel::{FileKind, FsOption, LandlockAccess, MountFlags, Operation, Origin, Slot, Slots};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const READ: LandlockAccess = LandlockAccess::READ_FILE.union(LandlockAccess::READ_DIR);
const DEVICE: LandlockAccess = LandlockAccess::READ_FILE
    .union(LandlockAccess::WRITE_FILE)
    .union(LandlockAccess::IOCTL_DEV);
/// All changes but the making of device nodes, which the kernel refuses anyway.
const WRITE: LandlockAccess = LandlockAccess::WRITE_FILE
    .union(LandlockAccess::REMOVE_DIR)
    .union(LandlockAccess::REMOVE_FILE)
    .union(LandlockAccess::MAKE_DIR)
    .union(LandlockAccess::MAKE_REG)
    .union(LandlockAccess::MAKE_SOCK)
    .union(LandlockAccess::MAKE_FIFO)
    .union(LandlockAccess::MAKE_SYM)
    .union(LandlockAccess::REFER)
    .union(LandlockAccess::TRUNCATE);

/// What no mount of a void ever allows.
const ALWAYS: MountFlags = MountFlags::NO_SUID.union(MountFlags::NO_DEVICES);

impl Access {
    fn mount_flags(self) -> MountFlags {
        let read_only = if self.write {
            MountFlags::empty()
        } else {
            MountFlags::READ_ONLY
        };
        let no_exec = if self.execute {
            MountFlags::empty()
        } else {
            MountFlags::NO_EXEC
        };
        ALWAYS | read_only | no_exec
    }

    fn rights(self) -> LandlockAccess {
        let write = if self.write {
            WRITE
        } else {
            LandlockAccess::empty()
        };
        let execute = if self.execute {
            LandlockAccess::EXECUTE
        } else {
            LandlockAccess::empty()
        };
        READ | write | execute
    }

    fn words(self) -> &'static str {
        match (self.write, self.execute) {
            (false, false) => "to read",
            (false, true) => "to read and execute",
            (true, false) => "to read and write",
            (true, true) => "to read, write and execute",
        }
    }
}

/// A grant on its way into the root.
struct Item<'a> {
    path: &'a Path,
    grant: &'a Grant,
    /// The nearest grant above; `None` is the empty root.
    above: Option<&'a Path>,
    /// What is attached: a copied tree or a new file system.
    mount: Slot,
    /// For a layered folder: the folder itself, and the layer of places over it.
    layers: Option<Layers>,
}

#[derive(Clone, Copy)]
struct Layers {
    upper: Slot,
    lower: Slot,
}

impl Item<'_> {
    /// The mount that says whether a place for it is a file or a folder.
    fn original(&self) -> Slot {
        self.layers.map_or(self.mount, |layers| layers.lower)
    }
}

/// Puts the operations of a void's files together.
pub(crate) struct Tree<'a> {
    items: BTreeMap<&'a Path, Item<'a>>,
    /// The root that is attached.
    root: Slot,
    /// Whether it is the empty one.
    empty: bool,
    /// A file system in memory from which files with content are copied into folders of the host.
    store: Slot,
    /// The file that the shim changes, if there is one.
    updated: Option<Slot>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(files: &'a BTreeMap<PathBuf, Grant>, slots: &mut Slots) -> Self {
        let item = |(path, grant): (&'a PathBuf, &'a Grant)| {
            let above = path
                .ancestors()
                .skip(1)
                .find(|above| files.contains_key(*above));
            let mount = slots.reserve();
            let layered = matches!(grant, Grant::Host { layered: true, .. });
            let layers = layered.then(|| Layers {
                upper: slots.reserve(),
                lower: slots.reserve(),
            });
            (
                path.as_path(),
                Item {
                    path,
                    grant,
                    above,
                    mount,
                    layers,
                },
            )
        };
        let items: BTreeMap<_, _> = files.iter().map(item).collect();
        let given = items.get(Path::new("/")).map(|item| item.mount);
        let is_updated = |grant: &Grant| matches!(grant, Grant::Updated(_));
        Self {
            updated: files.values().any(is_updated).then(|| slots.reserve()),
            root: given.unwrap_or_else(|| slots.reserve()),
            empty: given.is_none(),
            store: slots.reserve(),
            items,
        }
    }

    /// Everything up to the point where the root is complete, but still beside the launcher's.
    pub(crate) fn build(&self, steps: &mut Steps, slots: &mut Slots) {
        self.open_what_is_the_hosts(steps);
        self.make_the_store(steps);
        if self.empty {
            self.make_the_empty_root(steps);
        }
        for item in self.items.values() {
            self.make_file_system(item, steps);
        }
        steps.always(Operation::CoverRoot(self.root), "attach the new root");
        for item in self
            .items
            .values()
            .filter(|item| item.path != Path::new("/"))
        {
            self.attach(item, steps, slots);
        }
        self.close_folders(steps);
    }

    /// Where the file that the shim changes is open to write, once it has been built.
    pub(crate) fn updated(&self) -> Option<Slot> {
        self.updated
    }

    /// Leaves the launcher's files for good.
    pub(crate) fn enter(&self, steps: &mut Steps) {
        steps.always(
            Operation::EnterRoot(self.root),
            "change to the new root and unmount the launcher's",
        );
    }

    /// First, because a file or folder needs a place of its own kind.
    fn open_what_is_the_hosts(&self, steps: &mut Steps) {
        for item in self.items.values() {
            let Grant::Host {
                path,
                access,
                optional,
                layered,
            } = item.grant
            else {
                continue;
            };
            let subject = Subject::File(item.path.to_owned());
            let slot = item.original();
            let (origin, from) = path.origin();
            let copy = Operation::CopyTree {
                origin,
                path: from,
                flags: access.mount_flags(),
                optional: *optional,
                kind: path.kind,
                slot,
            };
            let words = format!("open {} {}", path.words(), access.words());
            steps.push(copy, &subject, words);
            if !layered {
                steps.allow(slot, access.rights(), &subject);
            }
        }
    }

    fn make_the_empty_root(&self, steps: &mut Steps) {
        // It holds the files with content, and is read-only before the program runs.
        let room = self
            .items
            .values()
            .map(|item| content_size(item.grant))
            .sum::<u64>();
        steps.always(
            memory(room, 0o755, MountFlags::NO_EXEC, self.root),
            "make an empty root",
        );
        steps.allow(self.root, READ, &Subject::Void);
        self.make_places(None, self.root, steps);
    }

    /// For files with content that lie in a folder of the host, or where the void could change them.
    fn make_the_store(&self, steps: &mut Steps) {
        let stored: Vec<_> = self
            .items
            .values()
            .filter(|item| self.is_stored(item))
            .collect();
        if stored.is_empty() {
            return;
        }
        let room = stored.iter().map(|item| content_size(item.grant)).sum();
        steps.always(
            memory(room, 0o700, MountFlags::NO_EXEC, self.store),
            "make room for files with content",
        );
        steps.always(
            Operation::CoverRoot(self.store),
            "attach the room for files with content",
        );
        for item in stored {
            if let Grant::Content(content) | Grant::Updated(content) = item.grant {
                self.store_file(item, content, steps);
            }
        }
        steps.always(
            Operation::Unmount(self.store),
            "leave the room for files with content",
        );
    }

    fn store_file(&self, item: &Item<'_>, content: &[u8], steps: &mut Steps) {
        let subject = Subject::File(item.path.to_owned());
        let name = c_path(Path::new(&format!("{}", item.mount.0)));
        let make = Operation::MakeFile {
            within: self.store,
            path: name.clone(),
            content: content.to_vec(),
            mode: 0o444,
        };
        steps.push(
            make,
            &subject,
            format!("write the content of `{}`", item.path.display()),
        );
        if let (Grant::Updated(_), Some(slot)) = (item.grant, self.updated) {
            let open = Operation::OpenToWrite {
                within: self.store,
                path: name.clone(),
                slot,
            };
            steps.push(open, &subject, "open it for the shim to change");
        }
        let copy = Operation::CopyTree {
            origin: Origin::Slot(self.store),
            path: name,
            flags: ALWAYS | MountFlags::READ_ONLY | MountFlags::NO_EXEC,
            optional: false,
            kind: FileKind::Any,
            slot: item.mount,
        };
        steps.push(
            copy,
            &subject,
            format!("make `{}` read-only", item.path.display()),
        );
        steps.allow(item.mount, READ, &subject);
    }

    /// Whether a file with content needs a mount of its own: where it lies would not keep it as it is.
    fn is_stored(&self, item: &Item<'_>) -> bool {
        match item.grant {
            Grant::Content(_) => !self.lies_in_something_read_only(item),
            Grant::Updated(_) => true,
            _ => false,
        }
    }

    /// Whether what is made in the item's container can be changed by nobody afterwards.
    fn lies_in_something_read_only(&self, item: &Item<'_>) -> bool {
        match item.above.and_then(|above| self.items.get(above)) {
            None => self.empty,
            Some(container) => matches!(
                container.grant,
                Grant::Folder | Grant::Host { layered: true, .. }
            ),
        }
    }

    fn make_file_system(&self, item: &Item<'_>, steps: &mut Steps) {
        let subject = Subject::File(item.path.to_owned());
        match item.grant {
            Grant::Tmpfs(size) => {
                let flags = ALWAYS | MountFlags::NO_EXEC;
                let words = format!("make a file system in memory for `{}`", item.path.display());
                steps.push(memory(*size, 0o755, flags, item.mount), &subject, words);
                steps.allow(item.mount, READ | WRITE, &subject);
                self.make_places(Some(item.path), item.mount, steps);
            }
            Grant::Proc => {
                // Not `invisible`, which shows pid 1 to whoever has the launcher's group 0.
                let options = vec![option("hidepid", "ptraceable"), option("subset", "pid")];
                let kind = c"proc".to_owned();
                let flags = ALWAYS | MountFlags::NO_EXEC;
                let make = Operation::MakeFs {
                    kind,
                    options,
                    flags,
                    slot: item.mount,
                };
                steps.push(make, &subject, "make a process file system of its own");
                steps.allow(item.mount, READ | LandlockAccess::WRITE_FILE, &subject);
            }
            Grant::Folder => {
                let words = format!("make the folder `{}`", item.path.display());
                steps.push(
                    memory(0, 0o755, MountFlags::NO_EXEC, item.mount),
                    &subject,
                    words,
                );
                steps.allow(item.mount, READ, &subject);
                self.make_places(Some(item.path), item.mount, steps);
            }
            Grant::Devices(devices) => self.make_device_folder(item, devices, steps),
            Grant::Host { path, access, .. } => {
                if let Some(layers) = item.layers {
                    let words = "make a layer for the places of other grants";
                    let content = self
                        .items
                        .values()
                        .filter(|other| other.above == Some(item.path));
                    let room = content.map(|other| content_size(other.grant)).sum();
                    steps.push(memory(room, 0o755, ALWAYS, layers.upper), &subject, words);
                    self.make_places(Some(item.path), layers.upper, steps);
                    let words = format!("lay it over `{}`", path.path.display());
                    steps.push(
                        overlay(layers, access.mount_flags(), item.mount),
                        &subject,
                        words,
                    );
                    steps.allow(item.mount, access.rights(), &subject);
                }
            }
            Grant::Content(_) | Grant::Updated(_) | Grant::Symlink(_) => {}
        }
    }

    /// Folders, files and mount points for all that lies directly in the container at `above`.
    fn make_places(&self, above: Option<&Path>, within: Slot, steps: &mut Steps) {
        let mut folders = BTreeSet::new();
        for item in self
            .items
            .values()
            .filter(|item| item.above == above && item.path != Path::new("/"))
        {
            let place = relative(item.path, above);
            make_folders(place, within, &mut folders, steps);
            let subject = Subject::File(item.path.to_owned());
            let path = c_path(place);
            let words = format!("make a place for `{}`", item.path.display());
            let make = match item.grant {
                Grant::Host { .. } => Operation::MakeMountPoint {
                    within,
                    path,
                    like: item.original(),
                },
                Grant::Folder | Grant::Tmpfs(_) | Grant::Proc | Grant::Devices(_) => {
                    Operation::MakeFolder {
                        within,
                        path,
                        mode: 0o755,
                    }
                }
                Grant::Content(_) | Grant::Updated(_) if self.is_stored(item) => {
                    Operation::MakeMountPoint {
                        within,
                        path,
                        like: item.mount,
                    }
                }
                Grant::Content(content) | Grant::Updated(content) => Operation::MakeFile {
                    within,
                    path,
                    content: content.clone(),
                    mode: 0o444,
                },
                Grant::Symlink(target) => Operation::MakeLink {
                    within,
                    path,
                    target: c_path(target),
                },
            };
            steps.push(make, &subject, words);
        }
    }

    fn attach(&self, item: &Item<'_>, steps: &mut Steps, slots: &mut Slots) {
        let attached = match item.grant {
            Grant::Symlink(_) => false,
            Grant::Content(_) | Grant::Updated(_) => self.is_stored(item),
            _ => true,
        };
        if !attached {
            return;
        }
        let subject = Subject::File(item.path.to_owned());
        let attach = Operation::Attach {
            mount: item.mount,
            root: self.root,
            path: c_path(relative(item.path, None)),
        };
        steps.push(
            attach,
            &subject,
            format!("attach it at `{}`", item.path.display()),
        );
        if let Grant::Devices(devices) = item.grant {
            for device in devices {
                self.attach_device(item, *device, steps, slots);
            }
        }
    }

    /// What was made only for other grants to lie in is closed when they all do.
    fn close_folders(&self, steps: &mut Steps) {
        for item in self
            .items
            .values()
            .filter(|item| matches!(item.grant, Grant::Folder | Grant::Devices(_)))
        {
            let (subject, flags) = (Subject::File(item.path.to_owned()), MountFlags::READ_ONLY);
            let words = format!("make the folder `{}` read-only", item.path.display());
            steps.push(
                Operation::Tighten {
                    mount: item.mount,
                    flags,
                },
                &subject,
                words,
            );
        }
        if self.empty {
            let flags = MountFlags::READ_ONLY;
            steps.always(
                Operation::Tighten {
                    mount: self.root,
                    flags,
                },
                "make the root read-only",
            );
        }
    }

    fn make_device_folder(&self, item: &Item<'_>, devices: &BTreeSet<Device>, steps: &mut Steps) {
        let subject = Subject::File(item.path.to_owned());
        let flags = ALWAYS | MountFlags::NO_EXEC;
        steps.push(
            memory(0, 0o755, flags, item.mount),
            &subject,
            "make a folder for devices",
        );
        steps.allow(item.mount, READ, &subject);
        for device in devices {
            let path = c_path(Path::new(device.name()));
            let within = item.mount;
            let words = format!("make a place for the device `{}`", device.name());
            if *device == Device::Pts {
                steps.push(
                    Operation::MakeFolder {
                        within,
                        path,
                        mode: 0o755,
                    },
                    &subject,
                    words,
                );
                let target = c"pts/ptmx".to_owned();
                let link = Operation::MakeLink {
                    within,
                    path: c"ptmx".to_owned(),
                    target,
                };
                steps.push(link, &subject, "make `ptmx` lead to the void's own");
            } else {
                let make = Operation::MakeFile {
                    within,
                    path,
                    content: Vec::new(),
                    mode: 0o444,
                };
                steps.push(make, &subject, words);
            }
        }
        self.make_places(Some(item.path), item.mount, steps);
    }

    /// A node of the host's, on a mount that is read-only: what is written to the device passes, changes of the node's
    /// mode or owner do not.
    fn attach_device(&self, item: &Item<'_>, device: Device, steps: &mut Steps, slots: &mut Slots) {
        let subject = Subject::File(item.path.to_owned());
        let slot = slots.reserve();
        let make = if device == Device::Pts {
            terminals(slot)
        } else {
            node(device.name(), slot)
        };
        steps.push(
            make,
            &subject,
            format!("open the device `{}`", device.name()),
        );
        let rights = if device == Device::Pts {
            READ | DEVICE
        } else {
            DEVICE
        };
        steps.allow(slot, rights, &subject);
        let attach = Operation::Attach {
            mount: slot,
            root: self.root,
            path: c_path(&relative(item.path, None).join(device.name())),
        };
        steps.push(
            attach,
            &subject,
            format!("attach the device `{}`", device.name()),
        );
        steps.push(Operation::Close(slot), &subject, "close it");
    }
}

/// A device node of the host's as a detached mount of its own.
pub(crate) fn node(name: &str, slot: Slot) -> Operation {
    Operation::CopyTree {
        origin: Origin::Launcher,
        path: c_path(&Path::new("/dev").join(name)),
        flags: MountFlags::READ_ONLY | MountFlags::NO_SUID | MountFlags::NO_EXEC,
        optional: false,
        kind: FileKind::Any,
        slot,
    }
}

/// Pseudo-terminals that have nothing to do with the host's (`devpts`).
fn terminals(slot: Slot) -> Operation {
    Operation::MakeFs {
        kind: c"devpts".to_owned(),
        options: vec![option("ptmxmode", "0666"), option("mode", "0620")],
        flags: MountFlags::NO_SUID | MountFlags::NO_EXEC,
        slot,
    }
}

/// Two folders as one, the upper one's names first (overlayfs without a writable layer).
fn overlay(layers: Layers, flags: MountFlags, slot: Slot) -> Operation {
    let options =
        [layers.upper, layers.lower].map(|layer| FsOption::Mount(c"lowerdir+".to_owned(), layer));
    Operation::MakeFs {
        kind: c"overlay".to_owned(),
        options: options.into(),
        flags,
        slot,
    }
}

fn make_folders(place: &Path, within: Slot, made: &mut BTreeSet<PathBuf>, steps: &mut Steps) {
    let parents: Vec<_> = place
        .ancestors()
        .skip(1)
        .filter(|parent| !parent.as_os_str().is_empty())
        .collect();
    for parent in parents.into_iter().rev() {
        if made.insert(parent.to_owned()) {
            let make = Operation::MakeFolder {
                within,
                path: c_path(parent),
                mode: 0o755,
            };
            steps.always(
                make,
                format!("make the folder `{}` in it", parent.display()),
            );
        }
    }
}

/// `path` as seen from the container at `above`.
fn relative<'p>(path: &'p Path, above: Option<&Path>) -> &'p Path {
    path.strip_prefix(above.unwrap_or(Path::new("/")))
        .unwrap_or(path)
}

/// A file system in memory with room for `size` bytes, and for as many files as fit its purpose: each costs the kernel
/// about as much as the least of them holds.
fn memory(size: u64, mode: u32, flags: MountFlags, slot: Slot) -> Operation {
    const PAGE: u64 = 4096;
    const LEAST_FILES: u64 = 1024;
    let size_text = size.max(PAGE).to_string();
    let files = (size / 1024).max(LEAST_FILES).to_string();
    Operation::MakeFs {
        kind: c"tmpfs".to_owned(),
        options: vec![
            option("size", &size_text),
            option("nr_inodes", &files),
            option("mode", &format!("{mode:o}")),
        ],
        flags: flags | ALWAYS,
        slot,
    }
}

fn option(name: &str, value: &str) -> FsOption {
    FsOption::Text(c_path(Path::new(name)), c_path(Path::new(value)))
}

fn content_size(grant: &Grant) -> u64 {
    const PAGE: u64 = 4096;
    match grant {
        Grant::Content(content) | Grant::Updated(content) => {
            (content.len() as u64).next_multiple_of(PAGE)
        }
        _ => 0,
    }
}
