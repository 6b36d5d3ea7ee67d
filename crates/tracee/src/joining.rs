//! Copies that were made on our account, told of and followed like any other process.
use crate::error::Error;
use crate::event::Origin;
use crate::inside::Inside;
use crate::machine::{Kind, Report};
use crate::seize::identity;
use crate::tracer::Tracer;

impl Tracer {
    /// Tells of a copy, its birth now and its end when it comes, as of any process ([`Origin::Copied`]). It stays as it is, for
    /// calls to be made in. Whether it is still there.
    pub fn tell_of(&mut self, copy: &Inside) -> Result<bool, Error> {
        let who = identity(copy.process()).filter(|_| copy.ended().is_none());
        let Some(who) = who else {
            return Ok(false);
        };
        self.adopt_with_leader(who, Origin::Copied);
        self.act()?;
        Ok(true)
    }

    /// Follows what a copy has become by executing a program, like any other: its birth is told ([`Origin::Copied`]), and then
    /// that it has executed the program, where it is held. Whether it is still there.
    ///
    /// With `carried`, the number by which it has the program open that was carried in: where it, or what it makes, executes
    /// /proc/self/exe, it executes that. Then all system calls of these are stopped at, which makes them slower.
    pub fn follow(&mut self, copy: Inside, carried: Option<u64>) -> Result<bool, Error> {
        let process = copy.process();
        if let Some(descriptor) = carried {
            self.carried.add(process, descriptor);
        }
        let who = identity(process).filter(|_| copy.ended().is_none());
        self.captives.remove(process);
        drop(copy);
        let Some(who) = who else {
            return Ok(false);
        };
        self.adopt_with_leader(who, Origin::Copied);
        self.machine.on(Report {
            thread: process,
            at: self.now(),
            kind: Kind::Executed { former: None },
            identity: None,
            stale: false,
        });
        self.act()?;
        Ok(true)
    }
}
