//! What others have open of the pipes and sockets of one process: found by where their links lead, so that all of a tree
//! can be asked.
use crate::{Descriptor, Object, Privileges, Process};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The pipes and sockets of one process, and the sockets at the other ends of these, to be found again in others. Who is at
/// which end [`Ends::of_counterparts`](crate::Ends::of_counterparts) then tells.
#[derive(Clone, Debug, Default)]
pub struct Counterparts {
    pipes: HashSet<u64>,
    sockets: HashSet<u64>,
    fifos: HashSet<PathBuf>,
}

impl Counterparts {
    /// Of what this process has open.
    #[must_use]
    pub fn of(process: &Privileges) -> Self {
        let mut counterparts = Self::default();
        for descriptor in process.descriptors.known().into_iter().flatten() {
            match &descriptor.object {
                Object::Pipe { inode, path: None } => {
                    counterparts.pipes.insert(*inode);
                }
                Object::Pipe {
                    path: Some(path), ..
                } => {
                    counterparts.fifos.insert(path.clone());
                }
                Object::Socket(socket) => {
                    let ends = [Some(socket.inode), socket.peer];
                    counterparts.sockets.extend(ends.into_iter().flatten());
                }
                _ => {}
            }
        }
        counterparts
    }

    /// Whether there are none: then others need not be asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pipes.is_empty() && self.sockets.is_empty() && self.fifos.is_empty()
    }

    /// Those that another process has open: of each the number, the access, and which it is. `None` if that cannot be read,
    /// or if the process has more than `left` descriptors open, from which those that are read are taken.
    #[must_use]
    pub fn among(&self, process: &Process, left: &mut usize) -> Option<Vec<Descriptor>> {
        crate::read::counterparts(process.folder(), self, left)
    }

    pub(crate) fn has(&self, object: &Object) -> bool {
        match object {
            Object::Pipe { inode, path: None } => self.pipes.contains(inode),
            Object::Pipe {
                path: Some(path), ..
            } => self.has_path(path),
            Object::Socket(socket) => self.sockets.contains(&socket.inode),
            _ => false,
        }
    }

    pub(crate) fn has_path(&self, path: &Path) -> bool {
        self.fifos.contains(path)
    }

    /// Whether one of them is a file of a file system, and has to be found by its path.
    pub(crate) fn have_paths(&self) -> bool {
        !self.fifos.is_empty()
    }
}
