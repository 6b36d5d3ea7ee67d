//! What a probe is for.
use super::endpoint::Endpoint;
use rustix::fs::OFlags;
use tracee::Call;

/// Something that can be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// A file is opened.
    Open { path: Vec<u8>, how: OFlags },
    /// A file is opened to write, and made if it is not there.
    Create(Vec<u8>),
    /// A byte is read from a file.
    Read(Vec<u8>),
    /// A folder is listed.
    List(Vec<u8>),
    /// Text is put at the end of a file; if there is none, nothing is written.
    Write { path: Vec<u8>, text: Vec<u8> },
    /// It is asked what lies there.
    Stat(Vec<u8>),
    /// Something is made, and taken away again.
    Make { make: Call, away: Call },
    /// A socket is connected.
    Connect(Endpoint),
    /// A socket is bound, and listens where it can.
    Bind(Endpoint),
    /// A program is executed, until before its first instruction.
    Execute {
        path: Vec<u8>,
        arguments: Vec<Vec<u8>>,
    },
    /// A namespace is entered by a file.
    Join(Vec<u8>),
    /// The host name is set to what it is.
    KeepHostName,
    /// One call is made that says no more than whether it is let.
    One(Call),
    /// One call is made, and what it comes back with told.
    Raw(Call),
}
