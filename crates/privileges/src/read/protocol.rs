//! What a socket's own file says of it (`system.sockprotoname`): for those that are in no table, because they are bound to
//! nothing yet, or are of a family that has none.
use super::folder::Folder;
use std::os::fd::{AsFd, AsRawFd};

/// The kernel's name of the protocol of a descriptor that is this socket, as the tables have it.
pub(crate) fn protocol(process: &Folder, number: u32, inode: u64) -> Option<String> {
    const ATTRIBUTE: &str = "system.sockprotoname";
    let folder = process.as_fd().as_raw_fd();
    let path = format!("/proc/thread-self/fd/{folder}/fd/{number}");
    let mut name = [0; 64];
    let length = rustix::fs::getxattr(path, ATTRIBUTE, name.as_mut_slice()).ok()?;
    // The process may have opened something else there.
    let link = process.link(&format!("fd/{number}")).ok()?;
    let is_same = link.as_os_str() == format!("socket:[{inode}]").as_str();
    let name = name.get(..length)?.split(|byte| *byte == 0).next()?;
    is_same.then(|| as_tables(&String::from_utf8_lossy(name)))
}

/// `TCPv6` is `tcp6` in the tables, `UDP-Lite` is `udplite`, `UNIX-STREAM` is `unix`.
fn as_tables(name: &str) -> String {
    let name = name.to_lowercase();
    match name.as_str() {
        "unix-stream" | "unix" => "unix".to_owned(),
        _ => name
            .replace("udp-lite", "udplite")
            .replace("udplitev6", "udplite6")
            .replace("v6", "6"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_named_as_the_tables_are() {
        let names = [
            "TCP",
            "TCPv6",
            "UDP-Lite",
            "UDPLITEv6",
            "UNIX-STREAM",
            "AF_VSOCK",
            "PACKET",
        ];
        let expected = [
            "tcp", "tcp6", "udplite", "udplite6", "unix", "af_vsock", "packet",
        ];
        assert_eq!(names.map(as_tables), expected);
    }
}
