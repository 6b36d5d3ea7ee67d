//! Calls that are tried in a copy of a process: as they are written, and as the kernel is asked.

/// Something that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// As it was written.
    pub words: String,
}
