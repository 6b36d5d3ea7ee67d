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
        let mut all = NamespaceKind::ALL.map(|kind| {
            let inode = inode(essentials, kind)?;
            let is_same = |other: Option<&Essentials>| Some(inode == self::inode(other?, kind)?);
            Some(Self {
                inode,
                creator: is_same(creator.and_then(|creator| creator.essentials.as_deref())),
                forktop: is_same(header.map(|header| &*header.own)),
                init: is_same(header.and_then(|header| header.init.as_deref())),
                others: 0,
            })
        });
        // Once over all of them: there can be very many.
        for other in subject.model.processes().filter(|it| it.is_alive()) {
            let Some(essentials) = &other.essentials else {
                continue;
            };
            for (sharing, kind) in all.iter_mut().zip(NamespaceKind::ALL) {
                if let Some(sharing) = sharing
                    && other.id != subject.process.id
                    && inode(essentials, kind) == Some(sharing.inode)
                {
                    sharing.others += 1;
                }
            }
        }
        all
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
