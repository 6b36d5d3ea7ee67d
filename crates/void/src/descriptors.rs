//! The descriptors that a void's program starts with, and how those that the void opens itself are opened.
use crate::description::Source;
use crate::prepare::PrepareError;
use crate::step::{Steps, Subject};
use crate::tree::node;
use kernel::{Arrangement, FileKind, MountFlags, Operation, Origin, Slot, Slots};
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
    fn read(&mut self, number: usize, path: &Path, steps: &mut Steps, slots: &mut Slots) -> Slot {
        let (mount, slot) = (slots.reserve(), slots.reserve());
        let subject = Subject::Descriptor(number);
        let original = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        let copy = Operation::CopyTree {
            origin: Origin::Launcher,
            path: original.clone(),
            flags: MountFlags::READ_ONLY | MountFlags::NO_SUID | MountFlags::NO_EXEC,
            optional: false,
            kind: FileKind::Any,
            slot: mount,
        };
        steps.push(copy, &subject, format!("find `{}`", path.display()));
        let open = Operation::OpenMount {
            mount,
            write: false,
            slot,
        };
        steps.push(open, &subject, format!("open `{}` to read", path.display()));
        self.mounts.push((mount, original));
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
