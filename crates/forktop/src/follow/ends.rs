//! Who of the tree is at the other end of what a process has open.
use super::Follower;
use crate::log::{Held, OtherEnds, Others, ProcessId, Relation};
use privileges::{Counterparts, Descriptor, End, Ends, Privileges};
use std::collections::HashMap;

/// So many processes are asked at most: nothing is told of any meanwhile, and each takes some tens of microseconds.
const MOST_PROCESSES: usize = 4_000;
/// So many descriptors of theirs are read at most.
const MOST_DESCRIPTORS: usize = 100_000;
/// So many that belong to one descriptor are told; the others are counted.
const TOLD: usize = 20;

impl Follower<'_> {
    /// Asks all processes that are followed, but for this one, of which `own` is known.
    pub(super) fn other_ends(&mut self, id: ProcessId, own: &Privileges) -> OtherEnds {
        let sought = Counterparts::of(own);
        if sought.is_empty() {
            return OtherEnds::default();
        }
        let mut all = self.ledger.processes.all();
        all.retain(|(other, _)| *other != id);
        let mut unread = all.len().saturating_sub(MOST_PROCESSES);
        let (mut left, mut open) = (MOST_DESCRIPTORS, Vec::new());
        for (other, pid) in all.into_iter().take(MOST_PROCESSES) {
            let folder = self.ledger.processes.folder(pid);
            match folder.and_then(|folder| sought.among(&folder, &mut left)) {
                Some(found) if found.is_empty() => {}
                Some(found) => open.push((other, super::reading::number(pid), found)),
                None => unread += 1,
            }
        }
        OtherEnds {
            found: found(id, own, &open),
            unread,
        }
    }
}

fn found(
    id: ProcessId,
    own: &Privileges,
    others: &[(ProcessId, u32, Vec<Descriptor>)],
) -> Vec<Others> {
    let open = others.iter().map(|(_, pid, open)| (*pid, &open[..]));
    let ends = Ends::of_counterparts(own, open);
    let mut ids: HashMap<_, _> = others.iter().map(|(id, pid, _)| (*pid, *id)).collect();
    ids.insert(own.pid, id);
    let mut found = Vec::new();
    for descriptor in own.descriptors.known().into_iter().flatten() {
        let number = descriptor.number;
        let opposite = ends.of(own.pid, descriptor);
        let same = ends.sharing(own.pid, descriptor);
        for (are, ends) in [(Relation::Opposite, opposite), (Relation::Same, same)] {
            let held = |end: End| {
                let process = *ids.get(&end.pid)?;
                let number = end.number;
                Some(Held { process, number })
            };
            let descriptors: Vec<_> = ends.iter().take(TOLD).filter_map(held).collect();
            if !descriptors.is_empty() {
                found.push(Others {
                    number,
                    are,
                    more: ends.len() - descriptors.len(),
                    descriptors,
                });
            }
        }
    }
    found
}
