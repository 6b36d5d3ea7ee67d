//! musl's rules. Its loader need not be on the machine: what counts is the name of the program's interpreter.
use super::workshop::Workshop;
use super::*;
use std::fs;

/// A system with musl below the workshop's folder, and a program that needs `libown.so` and musl's own.
struct System {
    shop: Workshop,
    loader: PathBuf,
}

impl System {
    fn new() -> Self {
        let shop = Workshop::new();
        let loader = shop.library("lib/ld-musl-x86_64.so.1", &["-Wl,-soname,libc.so"]);
        shop.library("own/libown.so", &["-Llib", "-l:ld-musl-x86_64.so.1"]);
        Self { shop, loader }
    }

    fn program(&self, options: &[&str]) -> PathBuf {
        let loader = format!("-Wl,--dynamic-linker={}", self.loader.display());
        fs::write(self.shop.path("program.c"), "void _start(void) {}").unwrap();
        let own = [
            "-nostdlib",
            "-Lown",
            "-lown",
            "-Llib",
            "-l:ld-musl-x86_64.so.1",
            &loader,
        ];
        self.shop.program("program", &[&own, options].concat())
    }

    fn list(&self, text: &str) -> PathBuf {
        let list = self.shop.path("etc/ld-musl-x86_64.path");
        fs::create_dir_all(list.parent().unwrap()).unwrap();
        fs::write(&list, text).unwrap();
        list
    }
}

#[test]
fn the_c_library_is_the_loader() {
    let system = System::new();
    let program = system.program(&["-Wl,-rpath,$ORIGIN/own"]);
    let own = system.shop.path("own/libown.so");
    assert_eq!(
        needed(&program).unwrap().files,
        [system.loader.clone(), own]
    );
}

#[test]
fn runpath_is_inherited_as_rpath_is() {
    for tags in ["-Wl,--disable-new-dtags", "-Wl,--enable-new-dtags"] {
        let system = System::new();
        let deep = system.shop.library("own/libdeep.so", &[]);
        system.shop.library("own/libown.so", &["-Lown", "-ldeep"]);
        let program = system.program(&[tags, "-Wl,-rpath,$ORIGIN/own"]);
        assert!(needed(&program).unwrap().files.contains(&deep), "{tags}");
    }
}

#[test]
fn the_list_of_folders_stands_for_the_default_ones_and_is_needed_then() {
    let system = System::new();
    let program = system.program(&[]);
    let searched = |error| match error {
        LibrariesError::Missing { searched, .. } => searched,
        other => panic!("{other:?}"),
    };
    let default = ["/lib", "/usr/local/lib", "/usr/lib"].map(PathBuf::from);
    assert_eq!(searched(needed(&program).unwrap_err()), default);
    let list = system.list("");
    assert_eq!(
        searched(needed(&program).unwrap_err()),
        Vec::<PathBuf>::new()
    );
    system.list(&format!(
        "/none\n{}:/other\n",
        system.shop.path("own").display()
    ));
    let files = needed(&program).unwrap().files;
    assert!(files.contains(&system.shop.path("own/libown.so")) && files.contains(&list));
}

#[test]
fn a_list_with_another_token_than_origin_counts_for_nothing() {
    let system = System::new();
    let program = system.program(&["-Wl,-rpath,$ORIGIN/own:/$LIB"]);
    assert!(matches!(
        needed(&program),
        Err(LibrariesError::Missing { .. })
    ));
}

#[test]
fn parts_of_the_c_library_are_built_in_and_others_are_not() {
    use super::super::musl::is_built_in;
    for name in [
        "libc.so",
        "libc.musl-x86_64.so.1",
        "libpthread.so.0",
        "libm.so.6",
        "libdl.so.2",
    ] {
        assert!(is_built_in(name.as_bytes()), "{name}");
    }
    for name in ["libcap.so.2", "libmagic.so.1", "libc", "c.so", "libz.so"] {
        assert!(!is_built_in(name.as_bytes()), "{name}");
    }
}
