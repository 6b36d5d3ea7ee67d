//! The parents of what is shown. Of those that are not shown themselves only the namespaces are wanted, and read once.
use super::read::{LookError, open};
use crate::screen::panes::Parent;
use privileges::{Look, OpenError, ReadError, Seen, Survey, Why};
use std::collections::HashMap;
use std::sync::Arc;

/// Those that are known, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Parents(HashMap<u32, Arc<Parent>>);

impl Parents {
    /// What was looked at may be the parent of others, and need not be read again.
    pub fn meet(&mut self, look: &Look) {
        let privileges = &look.privileges;
        let (pid, namespaces) = (privileges.pid, privileges.essentials.namespaces.own);
        self.0.insert(pid, Arc::new(Parent { pid, namespaces }));
    }

    /// The parent of what was looked at just now, if there is one in the reader's pid namespace.
    pub fn of(&mut self, look: &Look, survey: &Survey) -> Option<Arc<Parent>> {
        let pid = Some(look.privileges.parent).filter(|pid| *pid != 0)?;
        let read = || {
            let namespaces = namespaces(survey, pid);
            Arc::new(Parent { pid, namespaces })
        };
        Some(self.0.entry(pid).or_insert_with(read).clone())
    }
}

fn namespaces(survey: &Survey, pid: u32) -> [Seen<u64>; 8] {
    let process = open(survey, pid);
    match process.map(|process| process.essentials()) {
        Ok(Ok(essentials)) => essentials.namespaces.own,
        Ok(Err(ReadError::Gone)) | Err(LookError::Open(OpenError::Gone(_))) => {
            [Why::Absent.into(); 8]
        }
        Ok(Err(ReadError::Refused { errno, .. }))
        | Err(LookError::Open(OpenError::Refused(_, errno))) => [Err(errno).into(); 8],
        _ => [Why::NotRead.into(); 8],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_has_ended_is_told_apart_from_one_that_is_read() {
        let survey = Survey::default();
        let own = namespaces(&survey, std::process::id());
        assert!(own.iter().all(|inode| inode.known().is_some()), "{own:?}");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let gone = namespaces(&survey, child.id());
        assert_eq!(gone, [Why::Absent.into(); 8]);
    }
}
