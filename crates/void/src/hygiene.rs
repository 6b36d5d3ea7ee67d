//! What a process has without having asked for it, beside namespaces and files: credentials, session, keyring, limits.
//! The order matters, and each function says why.
use crate::description::Void;
use crate::step::{Steps, Subject};
use kernel::{Capabilities, Operation, Resource, Slot, Slots};
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

/// capabilities(7)' securebits, each with its lock: uid 0 means nothing, ids change no capability, and no ambient one can
/// be raised. `KEEP_CAPS` is left alone: it keeps what there is, and programs like ping(8) ask for it and give up without.
const SECUREBITS: u32 = 0xcf;

/// The session first: until then the launcher's process group and terminal are the void's too.
pub(crate) fn leave_the_launcher(steps: &mut Steps) {
    steps.always(
        Operation::NewSession,
        "leave the launcher's session and process group",
    );
    steps.always(
        Operation::NewSessionKeyring,
        "leave the launcher's session keyring",
    );
}

/// Before anything is used that the groups are to count.
pub(crate) fn join_groups(steps: &mut Steps, groups: Vec<OwnedFd>, slots: &mut Slots) {
    if groups.is_empty() {
        return;
    }
    for group in groups {
        let join = Operation::WriteSlot {
            slot: slots.hold(group),
            content: b"0".to_vec(),
        };
        steps.push(join, &Subject::Limits, "join its control group");
    }
    steps.always(
        Operation::UnshareCgroup,
        "leave the launcher's cgroup namespace",
    );
}

/// The bounding set and the securebits need `CAP_SETPCAP`, so they come before the capabilities go; the ambient set
/// before the securebits, which forbid it.
pub(crate) fn drop_capabilities(steps: &mut Steps, keep: Capabilities) {
    steps.always(
        Operation::AmbientSet(keep),
        "clear the ambient capabilities",
    );
    steps.always(
        Operation::BoundingSet(keep),
        "clear the bounding set of capabilities",
    );
    steps.always(Operation::SecureBits(SECUREBITS), "lock the securebits");
    steps.always(Operation::Hold(keep), "drop all capabilities");
    steps.always(
        Operation::NoNewPrivileges,
        "gain no privilege by executing a program",
    );
}

/// After the last change of credentials, which would clear the signal.
pub(crate) fn die_with_the_shim(steps: &mut Steps, shim: Slot) {
    steps.always(Operation::DieWith { parent: shim }, "die with the shim");
}

/// What the program's process has of its own.
pub(crate) fn start_afresh(steps: &mut Steps, void: &Void) {
    steps.always(
        Operation::DefaultPersonality,
        "have the default personality",
    );
    steps.always(Operation::DefaultTimerSlack, "have the default timer slack");
    steps.always(
        Operation::Umask(void.umask),
        format!("make the file mode creation mask {:03o}", void.umask),
    );
    limit(steps, void);
    let directory = CString::new(void.directory.as_os_str().as_bytes()).unwrap_or_default();
    let words = format!(
        "change to the folder `{}` of the void",
        void.directory.display()
    );
    steps.push(
        Operation::ChangeDirectory(directory),
        &Subject::Directory,
        words,
    );
}

/// Core files are off, hard: where the host hands them to a program of its own, that would get the void's memory.
fn limit(steps: &mut Steps, void: &Void) {
    steps.always(
        Operation::Limit(Resource::CoreSize, 0),
        "leave no core files",
    );
    let limits = void.limits;
    if let (Some(usual), None) = (limits.usual_open_files, limits.open_files) {
        let words = format!("have at most {usual} open files unless it asks for more");
        steps.always(Operation::SoftLimit(Resource::OpenFiles, usual), words);
    }
    // Pid 1 counts too, where it is ours.
    let processes = limits
        .processes
        .map(|most| most.saturating_add(u64::from(void.init)));
    let bounds = [
        (Resource::Processes, processes, "processes"),
        (Resource::OpenFiles, limits.open_files, "open files"),
        (
            Resource::Cpu,
            limits.cpu_seconds,
            "seconds of processor time",
        ),
        (Resource::FileSize, limits.file_size, "bytes a file"),
    ];
    for (resource, most, what) in bounds {
        if let Some(most) = most {
            let words = format!("have at most {most} {what}");
            steps.push(Operation::Limit(resource, most), &Subject::Limits, words);
        }
    }
}
