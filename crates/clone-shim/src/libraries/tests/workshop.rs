//! A folder in which gcc makes programs and libraries.
use super::*;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

pub struct Workshop(tempfile::TempDir);

impl Workshop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("library.c"), "int made_here;").unwrap();
        fs::write(
            folder.path().join("program.c"),
            "int main(void) { return 0; }",
        )
        .unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Links the libraries of `options` whether they are used or not, and does not look for the libraries of those.
    fn gcc(&self, output: &str, options: &[&str]) -> PathBuf {
        let path = self.path(output);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let status = Command::new("gcc")
            .current_dir(self.0.path())
            .args([
                "-w",
                "-o",
                output,
                "-Wl,--no-as-needed,--allow-shlib-undefined",
            ])
            .args(options)
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{output} {options:?}");
        path
    }

    pub fn library(&self, output: &str, options: &[&str]) -> PathBuf {
        let own = ["-shared", "-fPIC", "-nostdlib", "library.c"];
        self.gcc(output, &[&own, options].concat())
    }

    pub fn program(&self, output: &str, options: &[&str]) -> PathBuf {
        self.gcc(output, &[&["program.c"], options].concat())
    }

    pub fn script(&self, name: &str, line: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, line).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

/// Overwrites a byte of a file, as no linker would.
pub fn set_byte(path: &Path, at: usize, byte: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] = byte;
    fs::write(path, bytes).unwrap();
}

/// What the loader itself would load: it lists, and ends before the program's own code, as for ldd(1). Without the
/// loader's own path. None, if it fails or finds one missing.
pub fn as_the_loader_says(program: &Path) -> Option<BTreeSet<PathBuf>> {
    let output = Command::new(program)
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .current_dir("/")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() || text.contains("not found") {
        return None;
    }
    let path = |line: &str| {
        let path = line.split(" => ").nth(1).unwrap_or(line).trim();
        let path = PathBuf::from(path.split(" (").next()?);
        (path.is_absolute() && !is_loader(&path)).then_some(path)
    };
    Some(text.lines().filter_map(path).collect())
}

fn is_loader(path: &Path) -> bool {
    path.file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .starts_with("ld-linux")
}

/// The libraries found for a program, which must be those that its loader would load.
pub fn agreed(program: &Path) -> BTreeSet<PathBuf> {
    let files = needed(program).unwrap().files;
    let list = Path::new("/etc/ld.so.cache");
    let libraries = files
        .into_iter()
        .filter(|file| !is_loader(file) && file != list);
    let libraries: BTreeSet<_> = libraries.collect();
    assert_eq!(
        Some(&libraries),
        as_the_loader_says(program).as_ref(),
        "{}",
        program.display()
    );
    libraries
}

/// The name of the library that is missing, and who asks for it; the loader must say so, too.
pub fn agreed_missing(program: &Path) -> (String, PathBuf) {
    assert_eq!(as_the_loader_says(program), None);
    match needed(program) {
        Err(LibrariesError::Missing { name, by, .. }) => (name, by),
        other => panic!("{other:?}"),
    }
}
