//! Where musl's loader looks for a library. The loader is its C library, too, and knows no cache.
use super::LibrariesError;
use super::load::{Found, Loaded, Objects, Tries};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const DEFAULT: [&str; 3] = ["/lib", "/usr/local/lib", "/usr/lib"];
/// Of the file that lists folders.
const MOST_BYTES: u64 = 64 << 10;

/// `ARCH` of a loader named `ld-musl-ARCH.so.1`: only musl's is named so.
pub(super) fn architecture(loader: &Path) -> Option<&str> {
    let name = loader.file_name()?.to_str()?.strip_prefix("ld-musl-")?;
    name.strip_suffix(".so.1")
}

/// Whether a name stands for the C library, which the loader is. Old programs have its parts as libraries of their own.
pub(super) fn is_built_in(name: &[u8]) -> bool {
    const PARTS: [&[u8]; 7] = [b"c", b"pthread", b"rt", b"m", b"dl", b"util", b"xnet"];
    let part = name
        .strip_prefix(b"lib")
        .and_then(|name| name.split(|byte| *byte == b'.').next());
    name.contains(&b'.') && part.is_some_and(|part| PARTS.contains(&part))
}

/// The folders of a list with colons or lines. musl replaces `$ORIGIN` alone, and takes no folder of a list that has
/// another dollar sign, or whose origin it does not know.
pub(super) fn folders(list: &[u8], origin: Option<&Path>) -> Vec<PathBuf> {
    let Some(list) = expand(list, origin) else {
        return Vec::new();
    };
    let folders = list.split(|byte| matches!(byte, b':' | b'\n'));
    let folders = folders.map(|folder| PathBuf::from(OsStr::from_bytes(folder)));
    // One that begins without `/` lies in the working directory, which a void does not share with the launcher.
    folders.filter(|folder| folder.is_absolute()).collect()
}

fn expand(list: &[u8], origin: Option<&Path>) -> Option<Vec<u8>> {
    let mut parts = list.split(|byte| *byte == b'$');
    let mut expanded = parts.next()?.to_vec();
    for part in parts {
        let rest = part
            .strip_prefix(b"ORIGIN")
            .or_else(|| part.strip_prefix(b"{ORIGIN}"))?;
        expanded.extend_from_slice(origin?.as_os_str().as_bytes());
        expanded.extend_from_slice(rest);
        if expanded.len() > MOST_EXPANDED {
            return None;
        }
    }
    Some(expanded)
}

/// Bytes of a list with its tokens replaced.
const MOST_EXPANDED: usize = 1 << 20;

/// One loader, with what the host tells it.
#[derive(Debug)]
pub(super) struct Musl {
    /// /etc/ld-musl-ARCH.path, if it is there: its folders stand for the default ones.
    list: Option<PathBuf>,
    system: Vec<PathBuf>,
    list_is_needed: bool,
}

impl Musl {
    /// The list lies in `etc` beside the loader's folder.
    pub(super) fn new(loader: &Path, architecture: &str) -> Self {
        let prefix = loader
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new("/"));
        let list = prefix.join(format!("etc/ld-musl-{architecture}.path"));
        let mut bytes = Vec::new();
        match File::open(&list).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Self {
                list: None,
                system: DEFAULT.map(PathBuf::from).into(),
                list_is_needed: false,
            },
            // A list that cannot be read is an empty one.
            _ => Self {
                list: Some(list),
                system: listed(&bytes),
                list_is_needed: false,
            },
        }
    }

    pub(super) fn find(
        &mut self,
        name: &[u8],
        objects: &Objects,
        by: usize,
        tries: &mut Tries,
    ) -> Result<Option<Found>, LibrariesError> {
        let Some(asking) = objects.chain(by).next() else {
            return Ok(None);
        };
        if name.contains(&b'/') {
            let path = Path::new(OsStr::from_bytes(name));
            return match path.is_absolute() {
                true => tries.library(path, &asking.path),
                false => Ok(None),
            };
        }
        for loaded in objects.chain(by) {
            let found = tries.first(own_folders(loaded).iter().cloned(), name, &asking.path)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let found = tries.first(self.system.iter().cloned(), name, &asking.path)?;
        let folder = found.as_ref().and_then(|found| found.path.parent());
        let needs_list =
            |folder: &Path| !DEFAULT.iter().any(|default| folder == Path::new(default));
        self.list_is_needed |= folder.is_some_and(needs_list);
        Ok(found)
    }

    pub(super) fn looks_in(&self, objects: &Objects, by: usize) -> Vec<PathBuf> {
        let own = objects.chain(by).flat_map(own_folders);
        own.chain(&self.system).cloned().collect()
    }

    pub(super) fn list_that_is_needed(&self) -> Option<PathBuf> {
        self.list.clone().filter(|_| self.list_is_needed)
    }
}

fn listed(bytes: &[u8]) -> Vec<PathBuf> {
    let folders = bytes.split(|byte| matches!(byte, b':' | b'\n'));
    let folders = folders.map(|folder| PathBuf::from(OsStr::from_bytes(folder)));
    folders.filter(|folder| folder.is_absolute()).collect()
}

/// To musl both lists are one: `DT_RUNPATH` in place of `DT_RPATH`, and inherited like that.
fn own_folders(loaded: &Loaded) -> &[PathBuf] {
    match loaded.dynamic.runpath.is_some() {
        true => &loaded.runpath,
        false => &loaded.rpath,
    }
}
