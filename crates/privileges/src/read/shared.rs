//! What processes that are read one after the other have in common, which is read, or taken apart, once.
use super::folder::{Folder, Place};
use super::owners::Owners;
use super::{cgroups, limits, mounts};
use crate::{Limit, Mount, NamespaceKind, Namespaces, Object};
use rustix::io::Errno;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// It.
#[derive(Default)]
pub(crate) struct Shared {
    pub owners: Owners,
    pub files: Files,
    mounts: Tables<Mount>,
    limits: Tables<Limit>,
    cgroups: Tables<(String, PathBuf)>,
    /// The mount tables of this moment, by the mount namespace and the root, of which one is what those say together.
    seen_from: HashMap<(u64, Place), Arc<Vec<Mount>>>,
    labels: Option<bool>,
}

/// Where a value is from.
pub(crate) enum Found<T> {
    /// It was known, and the process was not asked.
    Known(T),
    /// The process was asked.
    Asked(T),
}

impl Shared {
    /// Forgets what may change from one moment to the next.
    pub fn renew(&mut self) {
        self.seen_from.clear();
        self.files.0.clear();
    }

    /// The mounts of a process in these namespaces: those of another that is in the same mount namespace and has the same
    /// root, if there is one. Where the reader may not see what the root is, the process is asked for the table itself.
    pub fn mounts(
        &mut self,
        folder: &Folder,
        namespaces: &Namespaces,
    ) -> Found<Result<Arc<Vec<Mount>>, Errno>> {
        let namespace = namespaces.of(NamespaceKind::Mount).known().copied();
        let place = folder.place("root").ok().flatten();
        let view = namespace.zip(place);
        if let Some(known) = view.and_then(|view| self.seen_from.get(&view)) {
            return Found::Known(Ok(known.clone()));
        }
        let text = folder.read("mountinfo");
        let table = text.map(|text| self.mounts.of(&text, mounts::parse));
        // The process may have gone elsewhere while its table was read.
        if let (Some(view), Ok(table)) = (view, &table)
            && Some(view) == namespace.zip(folder.place("root").ok().flatten())
        {
            self.seen_from.insert(view, table.clone());
        }
        Found::Asked(table)
    }

    /// The limits of a process.
    pub fn limits(&mut self, folder: &Folder) -> Result<Arc<Vec<Limit>>, Errno> {
        folder.with_piece("limits", |text| self.limits.of(text, limits::parse))
    }

    /// The control groups of a process.
    pub fn cgroups(&mut self, folder: &Folder) -> Result<Arc<Vec<(String, PathBuf)>>, Errno> {
        folder.with_piece("cgroup", |text| self.cgroups.of(text, cgroups::parse))
    }

    /// Whether a security module gives labels, as the reader's own tells: they are the kernel's or nobody's.
    pub fn has_labels(&mut self) -> bool {
        *self.labels.get_or_insert_with(|| {
            let own = Folder::open("/proc/thread-self").and_then(|own| own.piece("attr/current"));
            !matches!(own, Err(Errno::NOENT | Errno::INVAL))
        })
    }
}

/// Lists by the texts that say them.
struct Tables<T>(HashMap<Vec<u8>, Arc<Vec<T>>>);

impl<T> Default for Tables<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Tables<T> {
    fn of(&mut self, text: &[u8], parse: fn(&[u8]) -> Vec<T>) -> Arc<Vec<T>> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let table = Arc::new(parse(text));
        self.0.insert(text.to_vec(), table.clone());
        table
    }
}

/// Files, devices and FIFOs that are open, by the numbers of their mounts and inodes: what they are does not change, as long
/// as their path is the same too.
#[derive(Default)]
pub(crate) struct Files(HashMap<(u64, u64), (PathBuf, Object)>);

impl Files {
    /// What this is, if it is known.
    pub fn find(&self, numbers: (u64, u64), path: &Path) -> Option<Object> {
        let (known, object) = self.0.get(&numbers)?;
        (known == path).then(|| object.clone())
    }

    /// Keeps what this is.
    pub fn keep(&mut self, numbers: (u64, u64), path: &Path, object: &Object) {
        self.0.insert(numbers, (path.to_owned(), object.clone()));
    }
}
