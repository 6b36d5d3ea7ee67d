//! Files that were made to do harm: whatever they say, an answer comes, and soon.
use super::workshop::Workshop;
use super::*;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_fifo_where_a_library_is_looked_for_does_not_hold_the_launch_up() {
    let shop = Workshop::new();
    let own = shop.library("own/libown.so", &[]);
    let program = shop.program("program", &["-Lown", "-lown", "-Wl,-rpath,$ORIGIN/own"]);
    fs::remove_file(&own).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &own,
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    assert!(matches!(
        needed(&program),
        Err(LibrariesError::Library { .. })
    ));
}

#[test]
fn folders_without_end_are_refused() {
    let shop = Workshop::new();
    let libraries = ["one", "two", "three", "four", "five", "six"];
    let names: Vec<_> = libraries.iter().map(|name| format!("-l{name}")).collect();
    for name in libraries {
        shop.library(&format!("own/lib{name}.so"), &[]);
    }
    let rpath = |folders: usize| format!("-Wl,-rpath,{}$ORIGIN/own", "/:".repeat(folders));
    let program = |folders| {
        let rpath = rpath(folders);
        let mut options = vec!["-Lown", &rpath];
        options.extend(names.iter().map(String::as_str));
        shop.program("program", &options)
    };
    assert_eq!(
        needed(&program(100)).unwrap().files.len(),
        2 + libraries.len()
    );
    assert!(matches!(
        needed(&program(30_000)),
        Err(LibrariesError::Endless)
    ));
    assert!(matches!(
        needed(&program(40_000)),
        Err(LibrariesError::Malformed)
    ));
}

/// A real program, some of whose bytes are others, and its end perhaps missing. Most changes fall where headers lie.
fn changed(
    original: &[u8],
    changes: &[(bool, prop::sample::Index, u8)],
    cut: Option<prop::sample::Index>,
) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let dynamic = bytes.len() / 2;
    for (headers, at, byte) in changes {
        let at = match headers {
            true => at.index(1024),
            false => at.index(bytes.len() - dynamic) + dynamic,
        };
        bytes[at] = *byte;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_bytes_of_a_program_make_it_panic(
        changes in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>(), any::<u8>()), 0..30),
        cut: Option<prop::sample::Index>,
    ) {
        static ORIGINAL: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
            let shop = Workshop::new();
            shop.library("own/libown.so", &[]);
            let options = ["-Lown", "-lown", "-Wl,-rpath,/none:$ORIGIN/${LIB}/$PLATFORM", "-s"];
            fs::read(shop.program("program", &options)).unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, changed(&ORIGINAL, &changes, cut)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let begun = std::time::Instant::now();
        if let Ok(needed) = needed(&path) {
            prop_assert!(needed.files.iter().all(|file| file.is_absolute()));
        }
        prop_assert!(begun.elapsed().as_secs() < 5);
    }
}
