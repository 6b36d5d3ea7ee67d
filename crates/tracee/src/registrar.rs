//! Who a thread is that is new: asked of the kernel in the quickest way that there is.
use crate::status::{Identity, Status};
use kernel::{Errno, Kin, OwnPidNamespace};
use rustix::process::Pid;

/// Tells who threads are.
#[derive(Debug)]
pub(crate) struct Registrar {
    /// None where the kernel does not tell by a pidfd.
    namespace: Option<OwnPidNamespace>,
}

impl Registrar {
    pub(crate) fn new() -> Self {
        Self {
            namespace: OwnPidNamespace::new().ok(),
        }
    }

    /// `None` if there is no such thread any more.
    pub(crate) fn identify(&mut self, thread: Pid) -> Option<Identity> {
        match self.namespace.map(|namespace| namespace.find(thread)) {
            Some(Ok(Some(Kin { process, parent }))) => Some(Identity {
                process,
                parent: parent.as_raw_pid(),
                pids: vec![thread.as_raw_pid()],
            }),
            Some(Err(Errno::INVAL | Errno::NOTTY | Errno::NOSYS)) => {
                self.namespace = None;
                from_status(thread)
            }
            // It has numbers of other namespaces too, or a parent outside of ours.
            _ => from_status(thread),
        }
    }
}

fn from_status(thread: Pid) -> Option<Identity> {
    Status::read(thread).ok()?.identity()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_tells_the_same() {
        let told = |mut registrar: Registrar| registrar.identify(rustix::thread::gettid());
        let slow = told(Registrar { namespace: None });
        assert_eq!(
            slow.as_ref().map(|who| who.process),
            Some(rustix::process::getpid())
        );
        assert_eq!(told(Registrar::new()), slow);
    }
}
