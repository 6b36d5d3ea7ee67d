//! What all living processes are together: with how many a namespace is shared, and who has which pipe. It is gathered when it
//! is first asked for after a record, once for all processes that are told of then.
use super::{Model, Process};
use crate::log::ProcessId;
use privileges::{Ends, NamespaceKind};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What was gathered.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    members: OnceLock<Members>,
    connections: OnceLock<Connections>,
}

/// How many processes are in each namespace, by its number.
#[derive(Clone, Debug, Default)]
pub struct Members([HashMap<u64, usize>; 8]);

/// The ends of what the processes have open that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    ends: Ends,
    processes: HashMap<u32, ProcessId>,
    unlooked: usize,
}

impl Members {
    fn of<'a>(processes: impl Iterator<Item = &'a Process>) -> Self {
        let mut members = Self::default();
        // Those that follow each other are in the same ones nearly always, and are counted before they are entered.
        let mut runs = [(0, 0); 8];
        for essentials in processes.filter_map(|process| process.essentials.as_deref()) {
            let inodes = essentials.namespaces.own.iter();
            for ((run, inode), of_kind) in runs.iter_mut().zip(inodes).zip(&mut members.0) {
                match inode.known() {
                    Some(inode) if *inode == run.0 => run.1 += 1,
                    Some(inode) => enter(of_kind, std::mem::replace(run, (*inode, 1))),
                    None => {}
                }
            }
        }
        for (of_kind, run) in members.0.iter_mut().zip(runs) {
            enter(of_kind, run);
        }
        members
    }

    /// How many are in this one.
    #[must_use]
    pub fn count(&self, kind: NamespaceKind, inode: u64) -> usize {
        let count = self.0[kind as usize].get(&inode);
        count.copied().unwrap_or_default()
    }
}

fn enter(members: &mut HashMap<u64, usize>, (inode, count): (u64, usize)) {
    if count > 0 {
        *members.entry(inode).or_default() += count;
    }
}

impl Connections {
    fn of<'a>(processes: impl Iterator<Item = &'a Process> + Clone) -> Self {
        let looked = |process: &'a Process| Some(&*process.looked.as_ref()?.1);
        Self {
            ends: Ends::among(processes.clone().filter_map(looked)),
            // Of several with one number the latest counts.
            processes: processes.clone().map(|it| (it.pid, it.id)).collect(),
            unlooked: processes.filter(|it| it.looked.is_none()).count(),
        }
    }

    /// The ends.
    #[must_use]
    pub const fn ends(&self) -> &Ends {
        &self.ends
    }

    /// How many processes were not looked at, whose ends are not known.
    #[must_use]
    pub const fn unlooked(&self) -> usize {
        self.unlooked
    }
}

impl Model {
    fn living(&self) -> impl Iterator<Item = &Process> + Clone {
        self.processes.values().filter(|it| it.is_alive())
    }

    /// How many living processes are in each namespace.
    pub fn members(&self) -> &Members {
        let members = &self.together.members;
        members.get_or_init(|| Members::of(self.living()))
    }

    /// The ends of what living processes have open.
    pub fn connections(&self) -> &Connections {
        let connections = &self.together.connections;
        connections.get_or_init(|| Connections::of(self.living()))
    }

    /// The living process with this number.
    #[must_use]
    pub fn numbered(&self, pid: u32) -> Option<&Process> {
        self.process(*self.connections().processes.get(&pid)?)
    }
}
