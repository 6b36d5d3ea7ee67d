//! `/proc/PID/mountinfo` (proc_pid_mountinfo(5)): a line a mount, with blanks in paths escaped.
use super::folder::number;
use crate::Mount;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The mounts in the file's order. Lines that are not understood are passed over.
pub(crate) fn parse(text: &[u8]) -> Vec<Mount> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter_map(parse_line).collect()
}

/// The mount of this number.
pub(crate) fn one(text: &[u8], id: u64) -> Option<Mount> {
    let first = format!("{id} ");
    let mut lines = text.split(|byte| *byte == b'\n');
    parse_line(lines.find(|line| line.starts_with(first.as_bytes()))?)
}

/// `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/sda rw`. A source can be empty, so that two spaces follow each
/// other.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let mut field = || fields.next();
    let (id, parent) = (number(field()?)?, number(field()?)?);
    let device = text(field()?);
    let (root, point) = (path(field()?), path(field()?));
    let options = words(field()?);
    let propagation = fields.by_ref().take_while(|field| *field != b"-");
    let propagation = propagation.map(text).collect();
    let mut field = || fields.next();
    Some(Mount {
        id,
        parent,
        device,
        root,
        point,
        options,
        propagation,
        file_system: text(field()?),
        source: text(field()?),
        super_options: words(field()?),
    })
}

fn words(field: &[u8]) -> Vec<String> {
    let words = field.split(|byte| *byte == b',');
    words.map(text).collect()
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(&unescape(field)).into_owned()
}

fn path(field: &[u8]) -> PathBuf {
    OsString::from_vec(unescape(field)).into()
}

/// The kernel writes blanks, newlines, backslashes and `#` as three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        let digits = behind.split_first_chunk();
        match digits.and_then(|(digits, behind)| Some((octal(*digits)?, behind))) {
            Some((byte, behind)) if first == b'\\' => {
                plain.push(byte);
                rest = behind;
            }
            _ => plain.push(first),
        }
    }
    plain
}

fn octal(digits: [u8; 3]) -> Option<u8> {
    if !digits.iter().all(|digit| (b'0'..b'8').contains(digit)) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_line_is_a_mount() {
        let line = b"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n";
        let [mount] = parse(line).try_into().unwrap();
        assert_eq!(one(line, 36), Some(mount.clone()));
        assert_eq!((one(line, 3), one(line, 35)), (None, None));
        assert_eq!(
            (mount.id, mount.parent, mount.device.as_str()),
            (36, 35, "98:0")
        );
        assert_eq!((mount.root, mount.point), ("/mnt1".into(), "/mnt2".into()));
        assert_eq!(mount.options, ["rw", "noatime"]);
        assert_eq!(mount.propagation, ["master:1", "shared:7"]);
        assert_eq!(
            (mount.file_system.as_str(), mount.source.as_str()),
            ("ext3", "/dev/root")
        );
        assert_eq!(mount.super_options, ["rw", "errors=continue"]);
    }

    #[test]
    fn odd_paths_and_empty_sources_are_read_as_they_are() {
        let line = b"1 2 0:3 / /a\\040b\\012\\134\\043\xff\\9\\04 ro - tmpfs  rw";
        let [mount] = parse(line).try_into().unwrap();
        assert_eq!(mount.point.as_os_str().as_bytes(), b"/a b\n\\#\xff\\9\\04");
        assert_eq!(mount.propagation, Vec::<String>::new());
        assert_eq!(
            (mount.file_system.as_str(), mount.source.as_str()),
            ("tmpfs", "")
        );
    }

    #[test]
    fn senseless_lines_are_passed_over() {
        for line in [
            &b""[..],
            b" ",
            b"1 2",
            b"x y z",
            b"1 2 0:3 / /a ro",
            b"1 2 0:3 / /a ro -",
            b"\xff\\\\\\0",
        ] {
            assert_eq!(parse(line), []);
        }
        assert_eq!(unescape(b"\\777\\"), b"\\777\\");
    }
}
