use super::super::cache::tests::cache;
use super::super::program::{Elf, loader};
use super::super::{Needed, load, program};
use super::*;

/// What is needed for /bin/cat, if the cache has its C library at `path`.
fn needed_with_cache(path: &Path) -> Vec<PathBuf> {
    let mut glibc = Glibc::new();
    let bytes = cache(&[("libc.so.6", path.to_str().unwrap(), 0)], &[]);
    glibc.cache = Cache::parse(bytes);
    let mut needed = Needed::default();
    let cat: Elf = program::follow_scripts(Path::new("/bin/cat"), &mut needed).unwrap();
    let loader = loader(&cat).unwrap().unwrap();
    load::with_glibc(glibc, cat, &loader, &mut needed).unwrap();
    needed.files
}

#[test]
fn the_cache_is_needed_only_for_what_lies_in_no_default_folder() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("libc.so.6");
    let usual = super::super::needed(Path::new("/bin/cat")).unwrap().files;
    let usual = usual
        .iter()
        .find(|file| file.ends_with("libc.so.6"))
        .unwrap();
    std::fs::copy(usual, &elsewhere).unwrap();
    let list = PathBuf::from(cache::PATH);
    assert!(!needed_with_cache(usual).contains(&list));
    let files = needed_with_cache(&elsewhere);
    assert!(
        files.contains(&elsewhere) && files.contains(&list),
        "{files:?}"
    );
}

#[test]
fn what_the_cache_names_and_is_gone_is_found_in_the_default_folders() {
    let files = needed_with_cache(Path::new("/gone/libc.so.6"));
    assert!(
        files.iter().any(|file| file.ends_with("libc.so.6")),
        "{files:?}"
    );
    assert!(!files.contains(&cache::PATH.into()));
}

#[test]
fn the_default_folders_and_levels_are_those_that_the_loader_says() {
    let usual = super::super::needed(Path::new("/bin/cat")).unwrap().files;
    let output = std::process::Command::new(&usual[0])
        .arg("--help")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let first_words = |ending: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.ends_with(ending));
        let words = lines.filter_map(|line| line.split_whitespace().next());
        words.map(str::to_owned).collect()
    };
    let glibc = Glibc::new();
    assert_eq!(glibc.layout.folders, first_words("(system search path)"));
    let levels = first_words("(supported, searched)");
    let levels: Vec<_> = levels
        .iter()
        .filter(|level| level.starts_with("x86-64-v"))
        .collect();
    assert_eq!(glibc.levels.iter().collect::<Vec<_>>(), levels);
}
