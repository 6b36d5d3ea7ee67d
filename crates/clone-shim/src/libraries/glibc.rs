//! Where glibc's loader looks for a library (ld.so(8)), without the environment.
use super::LibrariesError;
use super::cache::{self, Cache};
use super::hardware;
use super::load::{Found, Objects, Tries};
use super::system::Layout;
use super::tokens::{self, Values};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One loader, with what it has found out about the host.
#[derive(Debug)]
pub(super) struct Glibc {
    layout: Layout,
    /// Read when it is first needed.
    cache: Option<Cache>,
    /// Whether a library was found that only the cache leads to.
    cache_is_needed: bool,
    /// The subfolders for processors like this one, best first.
    levels: &'static [&'static str],
    /// Of a folder that was looked in: itself, after those of its subfolders that are there. None, if it is not there.
    folders: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Glibc {
    pub(super) fn new() -> Self {
        Self {
            layout: Layout::of_the_host(),
            cache: None,
            cache_is_needed: false,
            levels: hardware::levels(),
            folders: BTreeMap::new(),
        }
    }

    /// The folders of a list with colons, tokens replaced. One that begins without `/`, and so an empty one, lies in
    /// the working directory, which a void does not share with the launcher: it counts for nothing.
    pub(super) fn folders(&self, list: &[u8], origin: Option<&Path>) -> Vec<PathBuf> {
        let folders = list.split(|byte| *byte == b':');
        folders
            .flat_map(|folder| self.paths(folder, origin))
            .collect()
    }

    /// The path that a text stands for; more than one, if it is not known which.
    fn paths(&self, text: &[u8], origin: Option<&Path>) -> impl Iterator<Item = PathBuf> {
        let platforms = hardware::platforms();
        let platforms = if tokens::names_platform(text) {
            platforms
        } else {
            &platforms[..1]
        };
        let expanded = platforms.iter().filter_map(move |platform| {
            let values = Values {
                origin: origin.map(|origin| origin.as_os_str().as_bytes()),
                lib: self.layout.lib,
                platform,
            };
            tokens::expand(text, values)
        });
        let paths = expanded.map(|path| PathBuf::from(OsStr::from_bytes(&path)));
        paths.filter(|path| path.is_absolute())
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
            let paths: Vec<_> = self.paths(name, asking.origin.as_deref()).collect();
            return first_path(&paths, &asking.path, tries);
        }
        for folder in own_folders(objects, by) {
            tries.spend()?;
            let found = tries.first(self.variants(folder), name, &asking.path)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let no_default = asking.dynamic.no_default;
        if let Some(found) = self.find_in_cache(name, no_default, &asking.path, tries)? {
            return Ok(Some(found));
        }
        let default = if no_default {
            &[][..]
        } else {
            self.layout.folders
        };
        for folder in default {
            let found = tries.first(self.variants(Path::new(folder)), name, &asking.path)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_in_cache(
        &mut self,
        name: &[u8],
        no_default: bool,
        by: &Path,
        tries: &mut Tries,
    ) -> Result<Option<Found>, LibrariesError> {
        let cache = self.cache.get_or_insert_with(Cache::of_the_host);
        let Some(path) = cache
            .find(name, self.levels)
            .filter(|path| path.is_absolute())
        else {
            return Ok(None);
        };
        let is_default = path.parent().is_some_and(|folder| self.layout.has(folder));
        if is_default && no_default {
            return Ok(None);
        }
        let found = tries.library(&path, by)?;
        self.cache_is_needed |= found.is_some() && !is_default;
        Ok(found)
    }

    /// A folder after its subfolders for better processors, as far as they are there: most are not, and a loader looks
    /// only once, too.
    fn variants(&mut self, folder: &Path) -> Vec<PathBuf> {
        if let Some(known) = self.folders.get(folder) {
            return known.clone();
        }
        let better = folder.join("glibc-hwcaps");
        let levels = if better.is_dir() { self.levels } else { &[] };
        let better = levels
            .iter()
            .map(|level| better.join(level))
            .filter(|folder| folder.is_dir());
        let itself = folder.is_dir().then(|| folder.to_owned());
        let variants: Vec<_> = better.chain(itself).collect();
        self.folders.insert(folder.to_owned(), variants.clone());
        variants
    }

    pub(super) fn looks_in(&self, objects: &Objects, by: usize) -> Vec<PathBuf> {
        let own = own_folders(objects, by).map(Path::to_owned);
        let no_default = objects.chain(by).any(|asking| asking.dynamic.no_default);
        let default = if no_default {
            &[][..]
        } else {
            self.layout.folders
        };
        let after = [cache::PATH].into_iter().chain(default.iter().copied());
        own.chain(after.map(PathBuf::from)).collect()
    }

    pub(super) fn list_that_is_needed(&self) -> Option<PathBuf> {
        self.cache_is_needed.then(|| cache::PATH.into())
    }
}

/// What an object's `DT_RUNPATH` names; without one, what its `DT_RPATH` names and those of the objects that led to it.
/// A `DT_RPATH` beside a `DT_RUNPATH` counts for nothing.
fn own_folders(objects: &Objects, by: usize) -> impl Iterator<Item = &Path> {
    let runpath = objects.chain(by).take(1).flat_map(|asking| &asking.runpath);
    let has_runpath = objects
        .chain(by)
        .take(1)
        .any(|asking| asking.dynamic.runpath.is_some());
    let inheriting = objects.chain(by).take_while(move |_| !has_runpath);
    let rpath = inheriting.filter(|loaded| loaded.dynamic.runpath.is_none());
    let folders = runpath.chain(rpath.flat_map(|loaded| &loaded.rpath));
    folders.map(PathBuf::as_path)
}

fn first_path(
    paths: &[PathBuf],
    by: &Path,
    tries: &mut Tries,
) -> Result<Option<Found>, LibrariesError> {
    for path in paths {
        let found = tries.library(path, by)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
