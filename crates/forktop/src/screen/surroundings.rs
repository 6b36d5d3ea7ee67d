//! What a process is judged by, beside itself: the tree that it is in, and what is known of the machine.
use crate::model::{Model, Process};
use privileges::{Essentials, Names};

/// What a process is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The tree.
    pub model: &'a Model,
    /// The names of users and groups.
    pub names: &'a Names,
}

impl<'a> Surroundings<'a> {
    /// What forktop itself may do.
    #[must_use]
    pub fn own(&self) -> Option<&'a Essentials> {
        self.model.header().map(|header| &*header.own)
    }

    /// That with which what a process may do is compared: its creator's, or forktop's own where that is not followed.
    #[must_use]
    pub fn before(&self, process: &Process) -> Option<&'a Essentials> {
        match self.model.creator(process) {
            Some(creator) => creator.essentials.as_deref(),
            None => self.own(),
        }
    }
}
