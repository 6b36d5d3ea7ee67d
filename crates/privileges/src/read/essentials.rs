//! The essentials of a process or thread: one file and ten links.
use super::folder::{Folder, number};
use super::namespaces::{namespaces, namespaces_since};
use super::status::Status;
use crate::{Essentials, IdMap, NamespaceKind, Namespaces, ReadError, Seen, Why};
use rustix::io::Errno;

/// Those of the process, or thread, that this folder is of, and its status. `reader` is the user namespace of who reads;
/// `before` what it could do when it was last read, unless a program has been executed since.
pub(crate) fn essentials(
    folder: &Folder,
    reader: Option<u64>,
    before: Option<&Essentials>,
) -> Result<(Essentials, Status), ReadError> {
    // The status comes last: where it can be read, the process was there all the time, and what links lacked was
    // lacking because it had ended.
    let namespaces = namespaces_now(folder, before);
    let own = namespaces.of(NamespaceKind::User).known().copied();
    let foreign = own.is_none() || own != reader;
    let map = |name| foreign.then(|| id_map(folder, name));
    let (uid_map, gid_map) = (map("uid_map"), map("gid_map"));
    let status = status(folder)?;
    let essentials = Essentials {
        uid_map,
        gid_map,
        ..from_status(&status, namespaces)
    };
    Ok((essentials, status))
}

/// The namespaces of one that could do this `before`; read only as far as they can have changed.
fn namespaces_now(folder: &Folder, before: Option<&Essentials>) -> Namespaces {
    let known = before.and_then(|before| namespaces_since(folder, before));
    known.unwrap_or_else(|| namespaces(folder, before.map(|before| &before.namespaces)))
}

const FILE: &str = "status";

/// Succeeds as long as it has not been reaped.
pub(crate) fn is_there(folder: &Folder) -> Result<(), ReadError> {
    folder
        .has(FILE)
        .map_err(|errno| ReadError::new(FILE, errno))
}

/// The status of the process, or thread, that this folder is of.
pub(crate) fn status(folder: &Folder) -> Result<Status, ReadError> {
    let parsed = folder.with_piece(FILE, parse_status);
    parsed.map_err(|errno| ReadError::new(FILE, errno))?
}

/// What a text of it says.
fn parse_status(text: &[u8]) -> Result<Status, ReadError> {
    Status::parse(text).map_err(|line| ReadError::NotUnderstood { file: FILE, line })
}

/// Those of a thread of a process whose leader is known: threads share the user namespace.
pub(crate) fn of_thread(
    folder: &Folder,
    leader: &Essentials,
) -> Result<(Essentials, Status), ReadError> {
    let namespaces = namespaces(folder, Some(&leader.namespaces));
    let status = status(folder)?;
    let essentials = Essentials {
        uid_map: leader.uid_map.clone(),
        gid_map: leader.gid_map.clone(),
        ..from_status(&status, namespaces)
    };
    Ok((essentials, status))
}

fn from_status(status: &Status, namespaces: Namespaces) -> Essentials {
    Essentials {
        uid: status.uid,
        gid: status.gid,
        groups: status.groups.clone(),
        capabilities: status.capabilities,
        no_new_privs: status.no_new_privs,
        seccomp: status.seccomp,
        namespaces,
        uid_map: None,
        gid_map: None,
    }
}

fn id_map(folder: &Folder, name: &str) -> Seen<Vec<IdMap>> {
    match folder.read(name) {
        Ok(text) => match parse_map(&text) {
            Some(map) => Seen::Known(map),
            None => Why::Failed(Errno::ILSEQ.raw_os_error()).into(),
        },
        Err(errno) => Why::new(errno).into(),
    }
}

/// Lines of three numbers.
fn parse_map(text: &[u8]) -> Option<Vec<IdMap>> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    lines.map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<IdMap> {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    Some(IdMap {
        inside: number(words.next()?)?,
        outside: number(words.next()?)?,
        count: number(words.next()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_lines_of_three_numbers() {
        let map = |inside, outside, count| IdMap {
            inside,
            outside,
            count,
        };
        let text = b"         0       1000          1\n         1 4294967295      65536\n";
        assert_eq!(
            parse_map(text),
            Some(vec![map(0, 1000, 1), map(1, u32::MAX, 65536)])
        );
        assert_eq!(parse_map(b""), Some(vec![]));
        assert_eq!(parse_map(b"0 1\n"), None);
        assert_eq!(parse_map(b"\xff\xfe 1 1\n"), None);
    }
}
