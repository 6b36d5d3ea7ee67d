//! All that the files of a process say of what it may do; of its sockets only which they are.
use super::descriptors;
use super::essentials::{essentials, of_thread};
use super::facts::of_living;
use super::folder::Folder;
use super::shared::{Found, Shared};
use super::status::Status;
use crate::{Essentials, Privileges, ReadError, Seen, Thread, Why};
use rustix::io::Errno;
use rustix::process::Pid;

/// The privileges of the process that this folder is of, and its status.
pub(crate) fn privileges(
    pid: Pid,
    folder: &Folder,
    reader: Option<u64>,
    shared: &mut Shared,
) -> Result<(Privileges, Status), ReadError> {
    let links = ["root", "cwd", "exe"].map(|link| folder.link(link));
    let descriptors = descriptors::descriptors(folder, &mut shared.files);
    let cgroups = shared.cgroups(folder);
    let limits = shared.limits(folder);
    let label = label(folder, shared);
    // After these, to know whether what is lacking of them is so because the process has ended.
    let (essentials, status) = essentials(folder, reader, None)?;
    let mounts = shared.mounts(folder, &essentials.namespaces);
    let owners = shared.owners.of(folder, &essentials.namespaces);
    let threads = threads(pid, folder, &essentials, &status)?;
    super::essentials::is_there(folder)?;
    let (mounts, status) = match mounts {
        Found::Known(mounts) => (mounts, status),
        // The same of these.
        Found::Asked(mounts) => (mounts, super::essentials::status(folder)?),
    };
    let [root, directory, program] = links.map(Seen::from);
    let privileges = Privileges {
        pid: pid.as_raw_pid().cast_unsigned(),
        owners,
        threads,
        thread_count: status.thread_count,
        mounts: of_living(&status, mounts),
        descriptors: of_living(&status, descriptors),
        filters: filters(&essentials),
        pids: status.pids.clone(),
        parent: status.parent,
        name: status.name.clone(),
        essentials,
        root,
        directory,
        program,
        cgroups: cgroups.into(),
        limits: limits.into(),
        label,
    };
    Ok((privileges, status))
}

/// Where nothing is filtered, no tracer is needed to know the filters.
fn filters(essentials: &Essentials) -> Seen<Vec<Vec<String>>> {
    match essentials.seccomp.mode {
        crate::SeccompMode::Filter => Why::NeedsTracing.into(),
        _ => Seen::Known(Vec::new()),
    }
}

/// Those that differ from the leader; one that ends meanwhile is left out.
fn threads(
    pid: Pid,
    folder: &Folder,
    leader: &Essentials,
    status: &Status,
) -> Result<Vec<Thread>, ReadError> {
    if status.thread_count == 1 {
        return Ok(Vec::new());
    }
    let refused = |errno| ReadError::new("task", errno);
    let task = folder.folder("task").map_err(refused)?;
    let others = task.numbers().map_err(refused)?.into_iter();
    let others = others.filter(|tid| *tid != pid.as_raw_pid().cast_unsigned());
    Ok(others
        .filter_map(|tid| differing_thread(&task, tid, leader))
        .collect())
}

fn differing_thread(task: &Folder, tid: u32, leader: &Essentials) -> Option<Thread> {
    let folder = task.folder(&tid.to_string()).ok()?;
    let (essentials, status) = of_thread(&folder, leader).ok()?;
    (essentials != *leader).then_some(Thread {
        tid,
        name: status.name,
        essentials,
    })
}

fn label(folder: &Folder, shared: &mut Shared) -> Seen<Option<String>> {
    match shared.has_labels() {
        true => label_in(folder),
        false => Seen::Known(None),
    }
}

/// `attr/current`: without a security module there is no such file, or it refuses to be read with `EINVAL`.
fn label_in(folder: &Folder) -> Seen<Option<String>> {
    let text = match folder.piece("attr/current") {
        Ok(text) => text,
        Err(Errno::NOENT | Errno::INVAL) => return Seen::Known(None),
        Err(errno) => return Why::new(errno).into(),
    };
    Seen::Known(parse_label(&text))
}

/// Some modules end it with a newline or a NUL, some with both.
fn parse_label(text: &[u8]) -> Option<String> {
    let label = text.strip_suffix(b"\n").unwrap_or(text);
    let label = label.strip_suffix(b"\0").unwrap_or(label);
    let label = String::from_utf8_lossy(label).into_owned();
    Some(label).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{label_in, parse_label};
    use crate::read::Folder;
    use crate::{Seen, Why};
    use std::fs;

    #[test]
    fn a_label_is_what_the_file_says_and_there_is_none_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let opened = Folder::open(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(label_in(&opened), Seen::Known(None));
        fs::create_dir(folder.path().join("attr")).unwrap();
        assert_eq!(label_in(&opened), Seen::Known(None));
        let file = folder.path().join("attr/current");
        for (text, label) in [
            (
                "docker-default (enforce)\n",
                Some("docker-default (enforce)"),
            ),
            ("\n", None),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(label_in(&opened), Seen::Known(label.map(str::to_owned)));
        }
        fs::remove_file(&file).unwrap();
        // What cannot be read is not passed off as none.
        fs::create_dir(&file).unwrap();
        let why = Why::new(rustix::io::Errno::ISDIR);
        assert_eq!(label_in(&opened), why.into());
    }

    #[test]
    fn a_label_is_told_without_its_end() {
        for (text, label) in [
            (&b"unconfined\n"[..], Some("unconfined")),
            (
                b"system_u:system_r:init_t:s0\0",
                Some("system_u:system_r:init_t:s0"),
            ),
            (b"both\0\n", Some("both")),
            (b"/usr/bin/man (enforce)\n", Some("/usr/bin/man (enforce)")),
            (b"neither", Some("neither")),
            (b"two\n\n", Some("two\n")),
            (b"\xff\n", Some("\u{fffd}")),
            (b"\n", None),
            (b"\0", None),
            (b"\0\n", None),
            (b"", None),
        ] {
            assert_eq!(parse_label(text).as_deref(), label, "{text:?}");
        }
    }
}
