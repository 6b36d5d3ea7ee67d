//! Where libraries may lie, each case checked against the loader of the machine.
use super::super::system::Layout;
use super::workshop::{Workshop, agreed, agreed_missing, as_the_loader_says, set_byte};
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const OLD: &str = "-Wl,--disable-new-dtags";
const NEW: &str = "-Wl,--enable-new-dtags";

/// Left out are programs that gain ids, whose loader does not list, and those of another loader than glibc's, which
/// lists in a form of its own.
#[test]
fn every_dynamic_program_of_the_machine_gets_what_its_loader_loads() {
    let mut compared = 0;
    for entry in fs::read_dir("/usr/bin").unwrap() {
        let program = entry.unwrap().path();
        let Ok(status) = program.metadata() else {
            continue;
        };
        let gains_ids = status.permissions().mode() & 0o6000 != 0;
        let is_elf = || fs::read(&program).unwrap().starts_with(b"\x7fELF");
        if !status.is_file() || gains_ids || !is_elf() {
            continue;
        }
        let Ok(needed) = needed(&program) else {
            // A broken program must be one to its loader, too.
            assert_eq!(as_the_loader_says(&program), None, "{}", program.display());
            continue;
        };
        let glibc = |loader: &PathBuf| loader.to_str().unwrap().contains("/ld-linux");
        if needed.files.first().is_some_and(glibc) {
            agreed(&program);
            compared += 1;
        }
    }
    assert!(compared > 50, "only {compared} programs were compared");
}

#[test]
fn rpath_and_runpath_begin_at_the_programs_own_folder() {
    for tags in [OLD, NEW] {
        for origin in ["$ORIGIN", "${ORIGIN}"] {
            let shop = Workshop::new();
            let own = shop.library("own/libown.so", &[]);
            let rpath = format!("-Wl,-rpath,{origin}/own");
            let program = shop.program("program", &["own/libown.so", tags, &rpath]);
            // gcc takes the path by which a library without a soname was given; -l takes its name.
            assert!(agreed_missing(&program).0.contains('/'));
            let program = shop.program("program", &["-Lown", "-lown", tags, &rpath]);
            assert!(agreed(&program).contains(&own), "{tags} {origin}");
        }
    }
}

#[test]
fn libraries_come_in_the_order_in_which_they_are_loaded() {
    let shop = Workshop::new();
    let deep = shop.library("own/libdeep.so", &[]);
    let first = shop.library("own/libfirst.so", &["-Lown", "-ldeep"]);
    let second = shop.library("own/libsecond.so", &[]);
    let options = [
        "-Lown",
        "-lfirst",
        "-lsecond",
        OLD,
        "-Wl,-rpath,$ORIGIN/own",
    ];
    let program = shop.program("program", &options);
    agreed(&program);
    let files = needed(&program).unwrap().files;
    let places = [&first, &second, &deep].map(|path| files.iter().position(|file| file == path));
    assert_eq!(places, [Some(1), Some(2), Some(4)], "{files:?}");
}

#[test]
fn rpath_is_inherited_and_runpath_is_not() {
    for (tags, found) in [(OLD, true), (NEW, false)] {
        let shop = Workshop::new();
        let deep = shop.library("own/libdeep.so", &[]);
        let own = shop.library("own/libown.so", &["-Lown", "-ldeep"]);
        let options = ["-Lown", "-lown", tags, "-Wl,-rpath,$ORIGIN/own"];
        let program = shop.program("program", &options);
        match found {
            true => assert!(agreed(&program).contains(&deep)),
            false => assert_eq!(agreed_missing(&program), ("libdeep.so".into(), own)),
        }
    }
}

#[test]
fn an_object_with_a_runpath_inherits_no_rpath() {
    let shop = Workshop::new();
    shop.library("own/libdeep.so", &[]);
    let own = shop.library(
        "own/libown.so",
        &["-Lown", "-ldeep", NEW, "-Wl,-rpath,/none"],
    );
    let options = ["-Lown", "-lown", OLD, "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    assert_eq!(agreed_missing(&program), ("libdeep.so".into(), own));
}

#[test]
fn a_library_finds_others_from_its_own_folder() {
    let shop = Workshop::new();
    shop.library("own/deep/libdeep.so", &[]);
    shop.library(
        "own/libown.so",
        &["-Lown/deep", "-ldeep", NEW, "-Wl,-rpath,$ORIGIN/deep"],
    );
    let program = shop.program(
        "bin/program",
        &["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/../own"],
    );
    assert!(agreed(&program).contains(&shop.path("bin/../own/deep/libdeep.so")));
}

#[test]
fn an_object_with_both_has_only_its_runpath() {
    const DT_DEBUG: u8 = 21;
    const DT_RUNPATH: u8 = 29;
    let shop = Workshop::new();
    shop.library("own/libown.so", &[]);
    let options = ["-Lown", "-lown", OLD, "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    agreed(&program);
    // No linker writes both: an entry that the loader does not read becomes an empty run path.
    let bytes = fs::read(&program).unwrap();
    let entry = [[DT_DEBUG].as_slice(), &[0; 15]].concat();
    let at = bytes
        .windows(16)
        .position(|window| window == entry)
        .unwrap();
    set_byte(&program, at, DT_RUNPATH);
    assert_eq!(agreed_missing(&program).0, "libown.so");
    // Nor do the libraries that it loads inherit the other.
    shop.library("own/libdeep.so", &[]);
    let user = shop.library("libuser.so", &["-Lown", "-ldeep"]);
    let options = [user.to_str().unwrap(), OLD, "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    agreed(&program);
    let bytes = fs::read(&program).unwrap();
    let at = bytes
        .windows(16)
        .position(|window| window == entry)
        .unwrap();
    set_byte(&program, at, DT_RUNPATH);
    assert_eq!(agreed_missing(&program), ("libdeep.so".into(), user));
}

#[test]
fn libraries_that_need_each_other_come_once() {
    let shop = Workshop::new();
    let one = shop.library("own/libone.so", &[]);
    let other = shop.library("own/libother.so", &["-Lown", "-lone"]);
    shop.library("own/libone.so", &["-Lown", "-lother"]);
    let options = ["-Lown", "-lone", OLD, "-Wl,-rpath,$ORIGIN/own"];
    let found = agreed(&shop.program("program", &options));
    assert!(found.contains(&one) && found.contains(&other));
}

#[test]
fn a_library_answers_to_the_name_that_it_gives_itself() {
    let shop = Workshop::new();
    shop.library("own/libreal.so", &[]);
    shop.library("own/libuser.so", &["-Lown", "-lreal"]);
    fs::remove_file(shop.path("own/libreal.so")).unwrap();
    // At link time it has no such name, so the program asks for it by the file's.
    shop.library("own/libalias.so", &[]);
    let options = ["-Lown", "-lalias", "-luser", OLD, "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    assert_eq!(agreed_missing(&program).0, "libreal.so");
    shop.library("own/libalias.so", &["-Wl,-soname,libreal.so"]);
    assert!(agreed(&program).contains(&shop.path("own/libalias.so")));
}

#[test]
fn a_library_under_two_names_is_needed_under_both() {
    let shop = Workshop::new();
    let one = shop.library("own/libone.so", &[]);
    let other = shop.path("own/libother.so");
    std::os::unix::fs::symlink("libone.so", &other).unwrap();
    let options = ["-Lown", "-lone", "-lother", "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    let files = needed(&program).unwrap().files;
    assert!(files.contains(&one) && files.contains(&other), "{files:?}");
    // The loader opens the second, and fails without it, but it lists only the first.
    fs::remove_file(&other).unwrap();
    assert_eq!(agreed_missing(&program).0, "libother.so");
}

#[test]
fn a_name_with_a_slash_is_a_path() {
    let shop = Workshop::new();
    let own = shop.library("own/libown.so", &[]);
    let program = shop.program("program", &[own.to_str().unwrap()]);
    assert!(agreed(&program).contains(&own));
    let program = shop.program("program", &["own/libown.so", "-Wl,-rpath,$ORIGIN"]);
    assert_eq!(agreed_missing(&program).0, "own/libown.so");
}

#[test]
fn the_loaders_words_for_folders_are_replaced() {
    let shop = Workshop::new();
    let lib = Layout::of_the_host().lib;
    let in_lib = shop.library(&format!("{lib}/libown.so"), &[]);
    let program = shop.program(
        "program",
        &[&format!("-L{lib}"), "-lown", "-Wl,-rpath,$ORIGIN/$LIB"],
    );
    assert!(agreed(&program).contains(&in_lib));
    // Which word stands for the platform is the loader's: it finds exactly one of these, and so must we.
    let shop = Workshop::new();
    shop.library("platform/libown.so", &[]);
    let options = ["-Lplatform", "-lown", "-Wl,-rpath,$ORIGIN/${PLATFORM}"];
    let program = shop.program("program", &options);
    let found = ["haswell", std::env::consts::ARCH]
        .into_iter()
        .filter(|word| {
            let folder = shop.path(word);
            fs::rename(shop.path("platform"), &folder).unwrap();
            let loads = as_the_loader_says(&program);
            if loads.is_some() {
                agreed(&program);
            }
            fs::rename(&folder, shop.path("platform")).unwrap();
            loads.is_some()
        });
    assert_eq!(found.count(), 1);
}

#[test]
fn subfolders_for_better_processors_come_first() {
    let shop = Workshop::new();
    shop.library("own/libown.so", &[]);
    let options = ["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/own"];
    let program = shop.program("program", &options);
    agreed(&program);
    for level in ["x86-64-v2", "x86-64-v3", "x86-64-v4"] {
        let better = shop.library(&format!("own/glibc-hwcaps/{level}/libown.so"), &[]);
        let found = agreed(&program);
        let supported = hardware::levels().contains(&level);
        assert_eq!(found.contains(&better), supported, "{level}");
    }
}

#[test]
fn without_default_folders_their_libraries_are_missing() {
    let shop = Workshop::new();
    let program = shop.program("program", &["-Wl,-z,nodefaultlib"]);
    assert_eq!(agreed_missing(&program).0, "libc.so.6");
}

#[test]
fn libraries_for_other_machines_are_passed_over() {
    const CLASS: usize = 4;
    const MACHINE: usize = 18;
    for (at, byte) in [(CLASS, 1), (MACHINE, 40)] {
        let shop = Workshop::new();
        let other = shop.library("other/libown.so", &[]);
        let own = shop.library("own/libown.so", &[]);
        let options = ["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/other:$ORIGIN/own"];
        let program = shop.program("program", &options);
        assert!(agreed(&program).contains(&other));
        set_byte(&other, at, byte);
        assert!(agreed(&program).contains(&own));
    }
}

#[test]
fn what_is_no_library_where_one_is_looked_for_is_refused() {
    let shop = Workshop::new();
    let own = shop.library("own/libown.so", &[]);
    let options = ["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/bad:$ORIGIN/own"];
    let program = shop.program("program", &options);
    assert!(agreed(&program).contains(&own));
    fs::create_dir(shop.path("bad")).unwrap();
    let bad = shop.path("bad/libown.so");
    let refused = |what: &str| {
        assert_eq!(as_the_loader_says(&program), None, "{what}");
        let error = needed(&program).unwrap_err();
        assert!(
            matches!(&error, LibrariesError::Library { path, .. } if *path == bad),
            "{error}"
        );
        fs::remove_file(&bad)
            .or_else(|_| fs::remove_dir(&bad))
            .unwrap();
    };
    fs::write(&bad, vec![b'x'; 200]).unwrap();
    refused("text");
    fs::write(&bad, "").unwrap();
    refused("an empty file");
    fs::create_dir(&bad).unwrap();
    refused("a folder");
    fs::copy(&own, &bad).unwrap();
    set_byte(&bad, 16, 2);
    refused("a program at fixed addresses");
}

#[test]
fn a_missing_library_is_named_with_who_needs_it_and_where_it_may_lie() {
    let shop = Workshop::new();
    shop.library("own/libown.so", &[]);
    let program = shop.program("program", &["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/gone"]);
    assert_eq!(
        agreed_missing(&program),
        ("libown.so".into(), program.clone())
    );
    let help = needed(&program).unwrap_err().help().unwrap();
    let gone = shop.path("gone");
    let begin = format!(
        "the loader looks for it in {}, /etc/ld.so.cache, ",
        gone.display()
    );
    assert!(
        help.starts_with(&begin) && help.ends_with("/usr/lib"),
        "{help}"
    );
}
