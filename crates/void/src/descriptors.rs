//! The descriptors that a void's program starts with, and how those that the void opens itself are opened.
use crate::description::Source;
use crate::host::{HostPath, c_path};
use crate::prepare::PrepareError;
use crate::step::{Steps, Subject};
use crate::tree::node;
use kernel::{Arrangement, MountFlags, Operation, Slot, Slots};
use std::ffi::CString;
use std::os::fd::OwnedFd;

/// Descriptors being put in order.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    arrangement: Arrangement,
    /// The mounts that some are opened through, and what they are copies of.
    mounts: Vec<(Slot, CString)>,
    /// The null device, once it is needed.
    null: Option<Slot>,
}

impl Descriptors {
    /// `given` is for those that the description leaves open, in its order.
    pub(crate) fn open(
        sources: &[Source],
        given: Vec<OwnedFd>,
        steps: &mut Steps,
        slots: &mut Slots,
    ) -> Result<Self, PrepareError> {
        let mut descriptors = Self::default();
        let mut given = given.into_iter();
        for (number, source) in sources.iter().enumerate() {
            let slot = match source {
                Source::Given => slots.hold(given.next().ok_or(PrepareError::Descriptor)?),
                Source::Null => descriptors.null(steps, slots),
                Source::Read(path) => descriptors.read(number, path, steps, slots),
            };
            descriptors.arrangement.give(slot);
        }
        Ok(descriptors)
    }

    /// The null device, through a mount that is read-only: writing to it passes, changing its mode does not, not even
    /// for a launcher who owns it.
    fn null(&mut self, steps: &mut Steps, slots: &mut Slots) -> Slot {
        if let Some(null) = self.null {
            return null;
        }
        let (mount, slot) = (slots.reserve(), slots.reserve());
        steps.always(node("null", mount), "find the null device");
        let open = Operation::OpenMount {
            mount,
            write: true,
            slot,
        };
        steps.always(open, "open the null device");
        self.mounts.push((mount, c"/dev/null".to_owned()));
        self.null = Some(slot);
        slot
    }

    /// Through a mount that is read-only, so that the descriptor cannot change mode, owner or times either.
    fn read(
        &mut self,
        number: usize,
        host: &HostPath,
        steps: &mut Steps,
        slots: &mut Slots,
    ) -> Slot {
        let (mount, slot) = (slots.reserve(), slots.reserve());
        let subject = Subject::Descriptor(number);
        let (origin, path) = host.origin();
        let copy = Operation::CopyTree {
            origin,
            path,
            flags: MountFlags::READ_ONLY | MountFlags::NO_SUID | MountFlags::NO_EXEC,
            optional: false,
            kind: host.kind,
            slot: mount,
        };
        steps.push(copy, &subject, format!("find {}", host.words()));
        let open = Operation::OpenMount {
            mount,
            write: false,
            slot,
        };
        let words = format!("open `{}` to read", host.path.display());
        steps.push(open, &subject, words);
        self.mounts.push((mount, c_path(&host.path)));
        slot
    }

    /// The mounts go with the launcher's root. Only once nothing more is copied from there: they lie over what they are
    /// copies of.
    pub(crate) fn leave_mounts_behind(self, steps: &mut Steps) -> Arrangement {
        for (mount, path) in self.mounts {
            steps.always(
                Operation::LeaveBehind { mount, path },
                "leave the mount of a descriptor behind",
            );
        }
        self.arrangement
    }
}
