//! Calls that are tried in a copy of a process: as they are written, and as the kernel is asked.

/// Something that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// As it was written.
    pub words: String,
}

use crate::log::Tried;
use std::time::Duration;
use tracee::{Filters, Inside};

pub async fn try_all(
    _copy: &Inside,
    _probes: &[Probe],
    _filters: Filters,
    _patience: Duration,
) -> Vec<Tried> {
    Vec::new()
}
