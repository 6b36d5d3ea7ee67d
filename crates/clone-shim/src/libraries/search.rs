//! Where the loader looks for a library, in its order.
use super::cache::Cache;
use super::object::Object;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// An object that has been loaded, and who loaded it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) object: Object,
    /// What `$ORIGIN` stands for: the folder of the program in its void, or of the library by its name.
    origin: PathBuf,
    /// The `DT_RPATH` folders of what loaded it, and of what loaded that, nearest first.
    inherited: Rc<Vec<PathBuf>>,
}

impl Loaded {
    pub(super) fn program(path: &Path, object: Object) -> Self {
        Self {
            path: path.to_owned(),
            object,
            origin: folder_of(&super::place_of(path)),
            inherited: Rc::default(),
        }
    }

    pub(super) fn loads(&self, path: PathBuf, object: Object) -> Self {
        let inherited = [self.rpath(), self.inherited.as_ref().clone()].concat();
        Self {
            origin: folder_of(&path),
            path,
            object,
            inherited: Rc::new(inherited),
        }
    }

    /// An object's own `DT_RPATH` counts only if it has no `DT_RUNPATH`.
    fn rpath(&self) -> Vec<PathBuf> {
        match (&self.object.rpath, &self.object.runpath) {
            (Some(rpath), None) => self.expand(rpath),
            _ => Vec::new(),
        }
    }

    fn runpath(&self) -> Vec<PathBuf> {
        self.object
            .runpath
            .as_ref()
            .map(|runpath| self.expand(runpath))
            .unwrap_or_default()
    }

    /// The folders of a list with colons, `$ORIGIN` and its like replaced. An empty one is the working directory, which a
    /// void does not share with the launcher, so it counts for nothing.
    fn expand(&self, list: &[u8]) -> Vec<PathBuf> {
        let folders = list
            .split(|byte| *byte == b':')
            .filter(|folder| !folder.is_empty());
        folders
            .filter_map(|folder| self.expand_tokens(&String::from_utf8_lossy(folder)))
            .collect()
    }

    fn expand_tokens(&self, text: &str) -> Option<PathBuf> {
        let origin = self.origin.to_str()?;
        let mut text = text.to_owned();
        for (token, value) in [
            ("ORIGIN", origin),
            ("LIB", LIB),
            ("PLATFORM", std::env::consts::ARCH),
        ] {
            text = text
                .replace(&format!("${{{token}}}"), value)
                .replace(&format!("${token}"), value);
        }
        let path = PathBuf::from(text);
        path.is_absolute().then_some(path)
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}

#[cfg(target_arch = "x86_64")]
const LIB: &str = "lib/x86_64-linux-gnu";
#[cfg(target_arch = "aarch64")]
const LIB: &str = "lib/aarch64-linux-gnu";

#[cfg(target_arch = "x86_64")]
const DEFAULT: [&str; 6] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];
#[cfg(target_arch = "aarch64")]
const DEFAULT: [&str; 6] = [
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// One loader's way of finding libraries.
#[derive(Debug)]
pub(super) struct Searcher {
    loader: PathBuf,
    /// Folders of the musl loader; nothing for glibc's.
    musl: Option<Vec<PathBuf>>,
    /// Read when it is first needed.
    cache: Option<Cache>,
    /// The subfolders for processors like this one, best first.
    hardware: Vec<&'static str>,
}

impl Searcher {
    pub(super) fn new(loader: &Path) -> Self {
        let name = loader
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let musl = name
            .strip_prefix("ld-musl-")
            .map(|rest| musl_folders(rest.trim_end_matches(".so.1")));
        Self {
            loader: loader.to_owned(),
            musl,
            cache: None,
            hardware: hardware(),
        }
    }

    /// Whether a library is the loader itself: musl's is its C library too, and glibc's is loaded already.
    pub(super) fn is_the_loader(&self, name: &[u8]) -> bool {
        let c_library = name == b"libc.so" || name.starts_with(b"libc.musl-");
        let loader = self
            .loader
            .file_name()
            .is_some_and(|loader| loader.as_bytes() == name);
        loader || (self.musl.is_some() && c_library)
    }

    pub(super) fn find(&mut self, name: &[u8], by: &Loaded) -> Option<(PathBuf, Object)> {
        let name = OsStr::from_bytes(name);
        if name.as_bytes().contains(&b'/') {
            let path = by.expand_tokens(&name.to_string_lossy())?;
            return load(&path);
        }
        let with_hardware = self.musl.is_none();
        let own = self.own_folders(by).into_iter();
        own.flat_map(|folder| self.variants(&folder, with_hardware))
            .find_map(|folder| load(&folder.join(name)))
            .or_else(|| self.find_in_cache(name, by))
            .or_else(|| {
                self.default_folders(by)
                    .into_iter()
                    .find_map(|folder| load(&folder.join(name)))
            })
    }

    /// All folders that were looked in, for a message.
    pub(super) fn folders(&self, by: &Loaded) -> Vec<PathBuf> {
        let mut folders = self.own_folders(by);
        folders.extend(match &self.musl {
            Some(folders) => folders.clone(),
            None => DEFAULT.iter().map(PathBuf::from).collect(),
        });
        folders
    }

    fn own_folders(&self, by: &Loaded) -> Vec<PathBuf> {
        let rpath = [by.rpath(), by.inherited.as_ref().clone()].concat();
        match (&self.musl, by.object.runpath.is_some()) {
            // musl takes both lists for the same thing, and inherits them.
            (Some(_), _) => [by.runpath(), rpath].concat(),
            (None, true) => by.runpath(),
            (None, false) => rpath,
        }
    }

    fn find_in_cache(&mut self, name: &OsStr, by: &Loaded) -> Option<(PathBuf, Object)> {
        if self.musl.is_some() {
            return None;
        }
        let cache = self.cache.get_or_insert_with(Cache::of_the_host);
        let in_default = |path: &PathBuf| DEFAULT.iter().any(|folder| path.starts_with(folder));
        let fits = |path: &PathBuf| match hardware_of(path) {
            Some(level) => self.hardware.contains(&level),
            None => true,
        };
        let found = cache.find(name.as_bytes()).into_iter();
        found
            .filter(|path| !(by.object.no_default && in_default(path)))
            .filter(fits)
            .find_map(|path| load(&path))
    }

    fn default_folders(&self, by: &Loaded) -> Vec<PathBuf> {
        match &self.musl {
            Some(folders) => folders.clone(),
            None if by.object.no_default => Vec::new(),
            None => DEFAULT
                .iter()
                .flat_map(|folder| self.variants(Path::new(folder), true))
                .collect(),
        }
    }

    /// A folder, after its subfolders for better processors.
    fn variants(&self, folder: &Path, with_hardware: bool) -> Vec<PathBuf> {
        let levels = if with_hardware {
            self.hardware.as_slice()
        } else {
            &[]
        };
        let better = levels
            .iter()
            .map(|level| folder.join("glibc-hwcaps").join(level));
        better.chain([folder.to_owned()]).collect()
    }
}

/// The library and its headers, if there is one for this machine: others are passed over.
fn load(path: &Path) -> Option<(PathBuf, Object)> {
    let object = Object::read(&File::open(path).ok()?).ok()?;
    Some((path.to_owned(), object))
}

/// `NAME` of a path `…/glibc-hwcaps/NAME/…`.
fn hardware_of(path: &Path) -> Option<&str> {
    let mut components = path.components().map(std::path::Component::as_os_str);
    components.find(|component| *component == "glibc-hwcaps")?;
    components.next()?.to_str()
}

#[cfg(target_arch = "x86_64")]
fn hardware() -> Vec<&'static str> {
    let v2 = is_x86_feature_detected!("sse4.2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("ssse3");
    let v3 = v2
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("movbe");
    let v4 = v3
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512cd")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    let levels = [("x86-64-v4", v4), ("x86-64-v3", v3), ("x86-64-v2", v2)];
    levels
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(level, _)| level)
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn hardware() -> Vec<&'static str> {
    Vec::new()
}

/// Those of /etc/ld-musl-ARCH.path, a line or a colon between them, or else musl's own.
fn musl_folders(architecture: &str) -> Vec<PathBuf> {
    let list =
        std::fs::read_to_string(format!("/etc/ld-musl-{architecture}.path")).unwrap_or_default();
    let folders: Vec<_> = list
        .split([':', '\n'])
        .filter(|folder| folder.starts_with('/'))
        .map(PathBuf::from)
        .collect();
    match folders.is_empty() {
        true => ["/lib", "/usr/local/lib", "/usr/lib"]
            .map(PathBuf::from)
            .into(),
        false => folders,
    }
}
