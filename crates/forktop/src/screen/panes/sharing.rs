//! With whom a process shares a namespace, as far as it is followed.
use super::Subject;
use privileges::{Essentials, NamespaceKind};

/// Who else is in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// By which the kernel tells it apart.
    pub inode: u64,
    /// The process that made this one; `None` if that is not known.
    pub creator: Option<bool>,
    /// forktop.
    pub forktop: Option<bool>,
    /// The first process of all.
    pub init: Option<bool>,
    /// How many others of the tree that are alive.
    pub others: usize,
}

impl Sharing {
    /// Those of the process's namespaces, in the order of [`NamespaceKind::ALL`], each if it can be read.
    pub fn of_all(subject: &Subject<'_>) -> [Option<Self>; 8] {
        let Some(essentials) = subject.process.essentials.as_deref() else {
            return [None; 8];
        };
        let header = subject.model.header();
        let creator = subject.model.creator(subject.process);
        let members = subject.model.members();
        let itself = usize::from(subject.process.is_alive());
        NamespaceKind::ALL.map(|kind| {
            let inode = inode(essentials, kind)?;
            let is_same = |other: Option<&Essentials>| Some(inode == self::inode(other?, kind)?);
            Some(Self {
                inode,
                creator: is_same(creator.and_then(|creator| creator.essentials.as_deref())),
                forktop: is_same(header.map(|header| &*header.own)),
                init: is_same(header.and_then(|header| header.init.as_deref())),
                others: members.count(kind, inode).saturating_sub(itself),
            })
        })
    }

    /// Whether nobody else is known to be in it.
    pub fn is_alone(&self) -> bool {
        self.others == 0
            && [self.creator, self.forktop, self.init]
                .iter()
                .all(|one| *one != Some(true))
    }

    /// In words.
    pub fn words(&self) -> String {
        let known = [
            (self.init, "pid 1"),
            (self.forktop, "forktop"),
            (self.creator, "its creator"),
        ];
        let mut with: Vec<_> = known
            .iter()
            .filter(|(shares, _)| *shares == Some(true))
            .map(|(_, who)| (*who).to_owned())
            .collect();
        match self.others {
            0 => {}
            others => with.push(format!("{others} of the tree")),
        }
        match with.as_slice() {
            [] => "its own".to_owned(),
            _ => format!("with {}", with.join(", ")),
        }
    }
}

fn inode(essentials: &Essentials, kind: NamespaceKind) -> Option<u64> {
    essentials.namespaces.of(kind).known().copied()
}
