//! To whom namespaces belong (ioctl_ns(2)), each asked once: a namespace's owner never changes.
use super::folder::Folder;
use super::namespaces::link;
use crate::{NamespaceKind, NamespaceOwner, Namespaces, Seen, Why};
use kernel::Namespace;
use std::collections::HashMap;

/// The owners that are known, by their namespaces.
#[derive(Default)]
pub(crate) struct Owners(HashMap<u64, NamespaceOwner>);

impl Owners {
    /// Those of a process's namespaces.
    pub fn of(&mut self, folder: &Folder, namespaces: &Namespaces) -> [Seen<NamespaceOwner>; 8] {
        NamespaceKind::ALL.map(|kind| match namespaces.of(kind) {
            Seen::Unreadable { unreadable } => (*unreadable).into(),
            Seen::Known(inode) => self.owner(folder, link(kind), *inode),
        })
    }

    fn owner(&mut self, folder: &Folder, link: &str, inode: u64) -> Seen<NamespaceOwner> {
        if let Some(owner) = self.0.get(&inode) {
            return Seen::Known(owner.clone());
        }
        let namespace = match folder.file(link) {
            Ok(file) => Namespace::new(file),
            Err(errno) => return Why::new(errno).into(),
        };
        let owner = ask(&namespace);
        // The process may have gone to another namespace since its link was read.
        if namespace.inode() == Ok(inode) {
            self.0.insert(inode, owner.clone());
        }
        Seen::Known(owner)
    }
}

fn ask(namespace: &Namespace) -> NamespaceOwner {
    match namespace.owner() {
        Ok(owner) => NamespaceOwner {
            user_namespace: owner.inode().into(),
            uid: owner.owner_uid().into(),
        },
        // EPERM: a user namespace that is not the reader's, or one below, is not shown to it.
        Err(errno) => NamespaceOwner {
            user_namespace: Why::new(errno).into(),
            uid: Why::new(errno).into(),
        },
    }
}
