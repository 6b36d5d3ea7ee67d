use super::*;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

fn paths(program: &str) -> Vec<PathBuf> {
    needed(Path::new(program)).unwrap().files
}

/// What the loader itself says that it would load: it lists, and ends before the program's own code, as for ldd(1).
fn as_the_loader_says(program: &Path) -> BTreeSet<PathBuf> {
    let output = Command::new(program)
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let path = |line: &str| {
        let path = line
            .split("=>")
            .nth(1)
            .unwrap_or(line)
            .trim()
            .split(" (")
            .next()?
            .to_owned();
        path.starts_with('/').then(|| PathBuf::from(path))
    };
    text.lines().filter_map(path).collect()
}

#[test]
fn every_dynamic_program_of_the_machine_gets_what_its_loader_loads() {
    let mut compared = 0;
    for entry in std::fs::read_dir("/usr/bin").unwrap() {
        let program = entry.unwrap().path();
        let Ok(file) = open(&program) else { continue };
        // The loader of a program that gains ids does not do as its variables say.
        let mode = file.metadata().unwrap().permissions().mode();
        if mode & 0o6000 != 0 {
            continue;
        }
        let Ok(Object {
            interpreter: Some(loader),
            ..
        }) = Object::read(&file)
        else {
            continue;
        };
        let found: BTreeSet<_> = needed(&program)
            .unwrap()
            .files
            .into_iter()
            .filter(|file| *file != loader)
            .collect();
        let mut expected = as_the_loader_says(&program);
        expected.remove(&loader);
        assert_eq!(found, expected, "{}", program.display());
        compared += 1;
    }
    assert!(compared > 50, "only {compared} programs were compared");
}

#[test]
fn a_script_needs_its_interpreter_and_what_that_needs() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(&script, "#! /bin/cat -n\n").unwrap();
    Command::new("chmod")
        .arg("+x")
        .arg(&script)
        .status()
        .unwrap();
    let found = paths(script.to_str().unwrap());
    assert!(found.contains(&PathBuf::from("/bin/cat")));
    assert!(found.len() > 2, "{found:?}");
}

#[test]
fn an_interpreter_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("itself");
    std::fs::write(&script, format!("#!{}\n", script.display())).unwrap();
    Command::new("chmod")
        .arg("+x")
        .arg(&script)
        .status()
        .unwrap();
    assert!(matches!(needed(&script), Err(LibrariesError::Nested)));
}

#[test]
fn a_static_program_needs_nothing() {
    assert_eq!(paths("/bin/busybox"), Vec::<PathBuf>::new());
}

#[test]
fn what_cannot_be_started_says_why() {
    assert!(matches!(
        needed(Path::new("/no/such")),
        Err(LibrariesError::NotFound)
    ));
    assert!(matches!(
        needed(Path::new("/etc")),
        Err(LibrariesError::Folder)
    ));
    assert!(matches!(
        needed(Path::new("/etc/passwd")),
        Err(LibrariesError::NotExecutable)
    ));
}

/// A program and a library that gcc makes, with the linker's options given.
fn build(folder: &Path, options: &[&str]) -> PathBuf {
    let library = folder.join("own/libown.so");
    std::fs::create_dir_all(folder.join("own")).unwrap();
    std::fs::write(folder.join("own.c"), "int own(void) { return 7; }").unwrap();
    std::fs::write(
        folder.join("main.c"),
        "int own(void); int main(void) { return own(); }",
    )
    .unwrap();
    let gcc = |arguments: &[&str]| {
        let status = Command::new("gcc")
            .current_dir(folder)
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    gcc(&["-shared", "-fPIC", "-o", library.to_str().unwrap(), "own.c"]);
    gcc(&[&["-o", "program", "main.c", "-Lown", "-lown"], options].concat());
    folder.join("program")
}

#[test]
fn rpath_and_runpath_are_followed_from_the_programs_own_folder() {
    for tags in ["--disable-new-dtags", "--enable-new-dtags"] {
        let folder = tempfile::tempdir().unwrap();
        let program = build(folder.path(), &[&format!("-Wl,{tags},-rpath,$ORIGIN/own")]);
        let found = needed(&program).unwrap().files;
        let own = folder.path().canonicalize().unwrap().join("own/libown.so");
        assert!(found.contains(&own), "{tags}: {found:?}");
    }
}

#[test]
fn a_missing_library_is_named_with_who_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = build(folder.path(), &[]);
    let Err(LibrariesError::Missing { name, by, searched }) = needed(&program) else {
        panic!("it was found")
    };
    assert_eq!((name.as_str(), by), ("libown.so", program));
    assert!(searched.contains(&PathBuf::from("/usr/lib")));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(200))]
    #[test]
    fn no_bytes_of_a_program_make_it_panic(changes in proptest::collection::vec((0usize..4096, proptest::num::u8::ANY), 1..40)) {
        let mut bytes = std::fs::read("/bin/true").unwrap();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed");
        std::fs::write(&path, bytes).unwrap();
        // Whatever comes of it, it comes back.
        let _ = Object::read(&std::fs::File::open(&path).unwrap());
    }

    #[test]
    fn no_bytes_of_a_cache_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), name: Vec<u8>) {
        let mut made = b"glibc-ld.so.cache1.1".to_vec();
        made.extend(bytes);
        let _ = cache::Cache::parse(made).find(&name);
    }
}
