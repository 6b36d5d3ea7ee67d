//! With whom a process shares a namespace, as far as it is followed.
use super::Subject;
use privileges::{Essentials, NamespaceKind, Seen};

/// What a process is shown beside.
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// The tree of all that is followed: who is in its namespaces is known.
    Tree,
    /// A few that were looked at, and its parent at that time, if that is to be seen. Nothing is known of others.
    Looks(Option<&'a Parent>),
}

/// The process to which another belongs at the time of a look: it made it, or was given it when that which made it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its number.
    pub pid: u32,
    /// The inodes of its namespaces, in the order of [`NamespaceKind::ALL`]; [`Absent`](privileges::Why::Absent) if it has ended.
    pub namespaces: [Seen<u64>; 8],
}

impl Parent {
    /// The inode of its namespace of this kind.
    #[must_use]
    pub const fn of(&self, kind: NamespaceKind) -> &Seen<u64> {
        &self.namespaces[kind as usize]
    }
}

impl<'a> Beside<'a> {
    /// Its parent, at a look.
    pub const fn parent(self) -> Option<&'a Parent> {
        match self {
            Self::Tree => None,
            Self::Looks(parent) => parent,
        }
    }
}

/// Who else is in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// By which the kernel tells it apart.
    pub inode: u64,
    /// The process that made this one; `None` if that is not known.
    pub creator: Option<bool>,
    /// Its parent at a look; `None` if that is not known, or this is no look.
    pub parent: Option<bool>,
    /// forktop.
    pub forktop: Option<bool>,
    /// The first process of all.
    pub init: Option<bool>,
    /// How many others of the tree, or of those that are shown, that are alive.
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
        let parent = subject.beside.parent();
        let members = subject.model.members();
        let itself = usize::from(subject.process.is_alive());
        NamespaceKind::ALL.map(|kind| {
            let inode = inode(essentials, kind)?;
            let is_same = |other: Option<&Essentials>| Some(inode == self::inode(other?, kind)?);
            Some(Self {
                inode,
                creator: is_same(creator.and_then(|creator| creator.essentials.as_deref())),
                parent: parent.and_then(|parent| Some(inode == *parent.of(kind).known()?)),
                forktop: is_same(header.map(|header| &*header.own)),
                init: is_same(header.and_then(|header| header.init.as_deref())),
                others: members.count(kind, inode).saturating_sub(itself),
            })
        })
    }

    /// Whether nobody else is known to be in it.
    pub fn is_alone(&self) -> bool {
        self.others == 0
            && [self.creator, self.parent, self.forktop, self.init]
                .iter()
                .all(|one| *one != Some(true))
    }

    /// Whether whom it comes from is known to be in another.
    pub fn is_new(&self) -> bool {
        self.creator == Some(false) || self.parent == Some(false)
    }

    /// In words.
    pub fn words(&self, beside: Beside<'_>) -> String {
        let (of_whom, alone) = match beside {
            Beside::Tree => ("of the tree", "its own"),
            Beside::Looks(_) => ("of those shown", "with nobody known"),
        };
        let known = [
            (self.init, "pid 1"),
            (self.forktop, "forktop"),
            (self.creator, "its creator"),
            (self.parent, "its parent"),
        ];
        let mut with: Vec<_> = known
            .iter()
            .filter(|(shares, _)| *shares == Some(true))
            .map(|(_, who)| (*who).to_owned())
            .collect();
        match self.others {
            0 => {}
            others => with.push(format!("{others} {of_whom}")),
        }
        match with.as_slice() {
            [] => alone.to_owned(),
            _ => format!("with {}", with.join(", ")),
        }
    }
}

fn inode(essentials: &Essentials, kind: NamespaceKind) -> Option<u64> {
    essentials.namespaces.of(kind).known().copied()
}
