//! Loading without loading: all libraries of a program, breadth first as loaders go, each only as its headers.
use super::dynamic::Dynamic;
use super::glibc::Glibc;
use super::musl::{self, Musl};
use super::object::{Object, ObjectError};
use super::program::Elf;
use super::{LibrariesError, Needed};
use crate::pieces::Pieces;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

// Bounds far above any real program's, so that made-up headers come to an end.
const MOST_LIBRARIES: usize = 1024;
const MOST_TRIES: usize = 100_000;
const MOST_MEMORY: usize = 16 << 20;

/// An object that is loaded, with the folders in which it has its libraries looked for.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) dynamic: Dynamic,
    /// What `$ORIGIN` stands for in it.
    pub(super) origin: Option<PathBuf>,
    /// From its `DT_RPATH`, and from its `DT_RUNPATH`.
    pub(super) rpath: Vec<PathBuf>,
    pub(super) runpath: Vec<PathBuf>,
    /// The object that first asked for this one.
    loader: Option<usize>,
}

/// All that is loaded, in order; the program is the first.
#[derive(Debug, Default)]
pub(super) struct Objects(Vec<Loaded>);

impl Objects {
    /// An object, what loaded it, what loaded that, and so on to the program.
    pub(super) fn chain(&self, index: usize) -> impl Iterator<Item = &Loaded> {
        let start = self.0.get(index);
        std::iter::successors(start, |loaded| {
            loaded.loader.and_then(|index| self.0.get(index))
        })
    }
}

/// A library, under the path by which the loader opens it.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) object: Object,
}

/// The two loaders there are, which look in different places and know what is loaded by different names.
enum Loader {
    Glibc(Glibc),
    Musl(Musl),
}

/// Adds the libraries of `program` to what is needed.
pub(super) fn all(program: Elf, loader: &Elf, needed: &mut Needed) -> Result<(), LibrariesError> {
    let kind = match musl::architecture(&loader.path) {
        Some(architecture) => Loader::Musl(Musl::new(&loader.path, architecture)),
        None => Loader::Glibc(Glibc::new()),
    };
    Loading::new(program, loader, kind)?.run(needed)
}

/// As `all`, with a loader whose host is made up.
#[cfg(test)]
pub(super) fn with_glibc(
    glibc: Glibc,
    program: Elf,
    loader: &Elf,
    needed: &mut Needed,
) -> Result<(), LibrariesError> {
    Loading::new(program, loader, Loader::Glibc(glibc))?.run(needed)
}

struct Loading {
    objects: Objects,
    loader: Loader,
    /// What is loaded already. A file under a second name is opened again, and all that it needs is known then.
    names: BTreeSet<Vec<u8>>,
    tries: Tries,
    memory_left: usize,
}

impl Loading {
    fn new(program: Elf, loader: &Elf, kind: Loader) -> Result<Self, LibrariesError> {
        let origin = program.origin();
        let mut loading = Self {
            objects: Objects::default(),
            loader: kind,
            names: BTreeSet::from([loader.path.as_os_str().as_bytes().to_vec()]),
            tries: Tries(MOST_TRIES),
            memory_left: MOST_MEMORY,
        };
        loading.know(loader.object.dynamic.soname.clone());
        loading.know(program.object.dynamic.soname.clone());
        loading.load(program.path, program.object.dynamic, origin, None)?;
        Ok(loading)
    }

    fn run(mut self, needed: &mut Needed) -> Result<(), LibrariesError> {
        let mut next = 0;
        while let Some(asking) = self.objects.0.get_mut(next) {
            for name in std::mem::take(&mut asking.dynamic.needed) {
                self.need(&name, next, needed)?;
            }
            next += 1;
        }
        if let Some(list) = self.loader.list_that_is_needed() {
            needed.add(list);
        }
        Ok(())
    }

    fn need(&mut self, name: &[u8], by: usize, needed: &mut Needed) -> Result<(), LibrariesError> {
        if self.names.contains(name) || self.loader.is_built_in(name) {
            return Ok(());
        }
        let Some(found) = self.loader.find(name, &self.objects, by, &mut self.tries)? else {
            return Err(self.missing(name, by));
        };
        self.names.insert(name.to_vec());
        needed.add(found.path.clone());
        self.know(found.object.dynamic.soname.clone());
        let origin = found.path.parent().map(Path::to_owned);
        self.load(found.path, found.object.dynamic, origin, Some(by))
    }

    /// glibc answers to the name that a library gives itself; musl does not.
    fn know(&mut self, soname: Option<Vec<u8>>) {
        if let (Loader::Glibc(_), Some(soname)) = (&self.loader, soname) {
            self.names.insert(soname);
        }
    }

    fn load(
        &mut self,
        path: PathBuf,
        dynamic: Dynamic,
        origin: Option<PathBuf>,
        loader: Option<usize>,
    ) -> Result<(), LibrariesError> {
        let folders = |list: &Option<Vec<u8>>| match list {
            Some(list) => self.loader.folders(list, origin.as_deref()),
            None => Vec::new(),
        };
        let (rpath, runpath) = (folders(&dynamic.rpath), folders(&dynamic.runpath));
        let folders = rpath.iter().chain(&runpath);
        let memory: usize = folders
            .map(|folder| folder.as_os_str().len() + size_of::<PathBuf>())
            .sum();
        let left = self.memory_left.checked_sub(memory);
        self.memory_left = left.ok_or(LibrariesError::Endless)?;
        if self.objects.0.len() > MOST_LIBRARIES {
            return Err(LibrariesError::Endless);
        }
        self.objects.0.push(Loaded {
            path,
            dynamic,
            origin,
            rpath,
            runpath,
            loader,
        });
        Ok(())
    }

    fn missing(&self, name: &[u8], by: usize) -> LibrariesError {
        let searched = match name.contains(&b'/') {
            true => Vec::new(),
            false => self.loader.looks_in(&self.objects, by),
        };
        LibrariesError::Missing {
            name: String::from_utf8_lossy(name).into_owned(),
            by: self.objects.0[by].path.clone(),
            searched,
        }
    }
}

impl Loader {
    fn find(
        &mut self,
        name: &[u8],
        objects: &Objects,
        by: usize,
        tries: &mut Tries,
    ) -> Result<Option<Found>, LibrariesError> {
        match self {
            Self::Glibc(glibc) => glibc.find(name, objects, by, tries),
            Self::Musl(musl) => musl.find(name, objects, by, tries),
        }
    }

    fn folders(&self, list: &[u8], origin: Option<&Path>) -> Vec<PathBuf> {
        match self {
            Self::Glibc(glibc) => glibc.folders(list, origin),
            Self::Musl(_) => musl::folders(list, origin),
        }
    }

    fn looks_in(&self, objects: &Objects, by: usize) -> Vec<PathBuf> {
        match self {
            Self::Glibc(glibc) => glibc.looks_in(objects, by),
            Self::Musl(musl) => musl.looks_in(objects, by),
        }
    }

    fn is_built_in(&self, name: &[u8]) -> bool {
        match self {
            Self::Glibc(_) => false,
            Self::Musl(_) => musl::is_built_in(name),
        }
    }

    fn list_that_is_needed(&self) -> Option<PathBuf> {
        match self {
            Self::Glibc(glibc) => glibc.list_that_is_needed(),
            Self::Musl(musl) => musl.list_that_is_needed(),
        }
    }
}

/// How many more folders and paths may be tried.
#[derive(Debug)]
pub(super) struct Tries(usize);

impl Tries {
    pub(super) fn spend(&mut self) -> Result<(), LibrariesError> {
        self.0 = self.0.checked_sub(1).ok_or(LibrariesError::Endless)?;
        Ok(())
    }

    /// The library at a path. None where a loader goes on to the next path: if nothing is there that it may open, or
    /// something for another machine. Anything else there stops it.
    pub(super) fn library(
        &mut self,
        path: &Path,
        by: &Path,
    ) -> Result<Option<Found>, LibrariesError> {
        self.spend()?;
        let unfit = |reason: LibrariesError| LibrariesError::Library {
            path: path.to_owned(),
            by: by.to_owned(),
            reason: Box::new(reason),
        };
        let file = match Pieces::open(path) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => return Ok(None),
            Err(Errno::ISDIR) => return Err(unfit(LibrariesError::Folder)),
            Err(errno) => return Err(unfit(LibrariesError::Unreadable(errno.into()))),
        };
        match Object::read(&file) {
            Ok(object) if object.is_library() => Ok(Some(Found {
                path: path.to_owned(),
                object,
            })),
            Ok(_) => Err(unfit(LibrariesError::Malformed)),
            Err(ObjectError::OtherMachine) => Ok(None),
            Err(error) => Err(unfit(error.into())),
        }
    }

    pub(super) fn first(
        &mut self,
        folders: impl IntoIterator<Item = PathBuf>,
        name: &[u8],
        by: &Path,
    ) -> Result<Option<Found>, LibrariesError> {
        for folder in folders {
            let found = self.library(&folder.join(OsStr::from_bytes(name)), by)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
