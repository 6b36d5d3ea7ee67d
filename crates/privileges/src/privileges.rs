//! All that can be said about what a process may do.
use crate::disassembly::disassemble;
use crate::{Descriptor, Essentials, Limit, Mount, NamespaceOwner, Seen};
use kernel::Instruction;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// What a process may do, read at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privileges {
    /// Its number in the reader's pid namespace.
    pub pid: u32,
    /// Its numbers in each pid namespace from the reader's to its own.
    pub pids: Vec<u32>,
    /// Its parent's number now, 0 if that is not in the reader's namespace.
    pub parent: u32,
    /// Its short name (`comm`).
    pub name: String,
    /// Of its leader.
    pub essentials: Essentials,
    /// Its threads that differ from the leader, and in what.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub threads: Vec<Thread>,
    /// How many threads there are.
    pub thread_count: usize,
    /// To whom its namespaces belong, in the order of [`NamespaceKind::ALL`](crate::NamespaceKind::ALL).
    pub owners: [Seen<NamespaceOwner>; 8],
    /// Its root, as the reader's mounts have it; `/` may be another one: compare mount namespaces.
    #[serde(with = "crate::written")]
    pub root: Seen<PathBuf>,
    /// Its current directory.
    #[serde(with = "crate::written")]
    pub directory: Seen<PathBuf>,
    /// The file that it executes.
    #[serde(with = "crate::written")]
    pub program: Seen<PathBuf>,
    /// Its mounts; those of several processes that were read together may be one table.
    pub mounts: Seen<Arc<Vec<Mount>>>,
    /// What it has open.
    pub descriptors: Seen<Vec<Descriptor>>,
    /// Its control groups, likewise: each hierarchy's controllers (empty for version 2), and the path.
    #[serde(with = "crate::written")]
    pub cgroups: Seen<Arc<Vec<(String, PathBuf)>>>,
    /// Its limits, likewise.
    pub limits: Seen<Arc<Vec<Limit>>>,
    /// Its security label (`attr/current`); `None` where no security module gives one.
    pub label: Seen<Option<String>>,
    /// Its filters, oldest first, each as its instructions in words.
    pub filters: Seen<Vec<Vec<String>>>,
}

/// A thread that may do something else than its leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its number in the reader's pid namespace.
    pub tid: u32,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub essentials: Essentials,
}

impl Privileges {
    /// The same with its filters, oldest first, which its tracer asks for (`PTRACE_SECCOMP_GET_FILTER`).
    #[must_use]
    pub fn with_filters(self, filters: &[Vec<Instruction>]) -> Self {
        let filters = filters.iter().map(|filter| disassemble(filter)).collect();
        Self {
            filters: Seen::Known(filters),
            ..self
        }
    }
}
