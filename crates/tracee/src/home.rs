//! Who a new process is, told without reading anything of it: it needs not be kept waiting for that.
use crate::status::Identity;
use kernel::CloneFlags;
use rustix::fs::CWD;
use rustix::process::Pid;
use std::mem::MaybeUninit;

/// What is made with one of these has another number of its own than we see, is no process, or has another parent than its
/// creator.
const OTHERWISE: CloneFlags = CloneFlags::NEW_PID
    .union(CloneFlags::THREAD)
    .union(CloneFlags::PARENT);

/// What the kernel writes for a pid namespace is shorter.
type Room = [MaybeUninit<u8>; 32];

/// The pid namespace of the tracer.
#[derive(Debug)]
pub(crate) struct Home(Option<Vec<u8>>);

impl Home {
    pub(crate) fn of_this_process() -> Self {
        let mut room: Room = [MaybeUninit::uninit(); 32];
        Self(link("/proc/self/ns/pid", &mut room).map(<[u8]>::to_vec))
    }

    /// Who a process is that a thread has made with these flags, and has not gone on since; `None` if it must be asked for.
    pub(crate) fn child(
        &self,
        creator: Pid,
        of: Pid,
        new: Pid,
        flags: Option<CloneFlags>,
    ) -> Option<Identity> {
        if flags?.intersects(OTHERWISE) {
            return None;
        }
        let mut room: Room = [MaybeUninit::uninit(); 32];
        let place = format!("/proc/{}/ns/pid_for_children", creator.as_raw_pid());
        let is_here = link(&place, &mut room)? == self.0.as_deref()?;
        is_here.then(|| Identity {
            process: new,
            parent: of.as_raw_pid(),
            pids: vec![new.as_raw_pid()],
        })
    }
}

fn link<'room>(path: &str, room: &'room mut Room) -> Option<&'room [u8]> {
    let (text, _) = rustix::fs::readlinkat_raw(CWD, path, room.as_mut_slice()).ok()?;
    Some(text)
}
