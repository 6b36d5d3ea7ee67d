//! Whether the copy of a process would be where the process is: what it makes can be in other namespaces than it is itself.
use rustix::process::Pid;
use std::io::ErrorKind;

/// Why the copy of a thread would be elsewhere, if it would. In a pid namespace that waits for its first process it would be
/// that, and at its end no other could be made there; in a time namespace that waits, the clocks would be set by it.
pub(super) fn elsewhere(thread: Pid) -> Option<String> {
    ["pid", "time"]
        .into_iter()
        .find(|kind| differs(thread, kind))
        .map(|kind| {
            format!(
                "what it makes is in another {kind} namespace than it is itself (unshare(2), setns(2)), and so would a shell be: \
                 visit one of its children"
            )
        })
}

fn differs(thread: Pid, kind: &str) -> bool {
    let link = |name: &str| {
        std::fs::read_link(format!("/proc/{}/ns/{name}", thread.as_raw_pid()))
            .map_err(|error| error.kind())
    };
    match (link(kind), link(&format!("{kind}_for_children"))) {
        (Ok(own), Ok(for_children)) => own != for_children,
        // It waits for its first process; but what has ended is in no namespaces any more.
        (Ok(_), Err(ErrorKind::NotFound)) => link("mnt").is_ok(),
        // What cannot be read is not known to differ.
        _ => false,
    }
}
