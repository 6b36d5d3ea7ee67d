//! What a socket's own file says of it (`system.sockprotoname`): for those that are in no table, because they are bound to
//! nothing yet, or are of a family that has none.
use super::folder::Folder;

/// The kernel's name of the protocol of a descriptor that is this socket, as the tables have it.
pub(crate) fn protocol(process: &Folder, number: u32, inode: u64) -> Option<String> {
    const ATTRIBUTE: &str = "system.sockprotoname";
    // The process may have opened something else there, whose file system would be asked, and need not answer.
    let socket = process.hold(&format!("fd/{number}")).ok()?;
    if socket.link().ok()?.as_os_str() != format!("socket:[{inode}]").as_str() {
        return None;
    }
    let mut name = [0; 64];
    let name = socket.attribute(ATTRIBUTE, &mut name).ok()?;
    let name = name.split(|byte| *byte == 0).next()?;
    Some(as_tables(&String::from_utf8_lossy(name)))
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
