//! `/proc/PID/cgroup` (cgroups(7)): a line a hierarchy, `4:memory:/path`.
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Each hierarchy's controllers, none for version 2, and the path. Lines that are not understood are passed over.
pub(crate) fn parse(text: &[u8]) -> Vec<(String, PathBuf)> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter_map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<(String, PathBuf)> {
    let mut fields = line.splitn(3, |byte| *byte == b':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let controllers = String::from_utf8_lossy(controllers).into_owned();
    Some((controllers, OsString::from_vec(path.to_vec()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_hierarchy() {
        let groups = parse(b"4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/x y\xff\nsenseless\n");
        let expected = [
            ("cpu,cpuacct", &b"/a:b"[..]),
            ("name=systemd", b"/"),
            ("", b"/x y\xff"),
        ];
        let expected = expected
            .map(|(names, path)| (names.to_owned(), OsString::from_vec(path.to_vec()).into()));
        assert_eq!(groups, expected);
    }
}
