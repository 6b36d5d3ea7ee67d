use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::process::Command;

/// A cache as ldconfig would write it, of `(name, path, hardware)`, with `levels` as the names of hardware.
pub(in super::super) fn cache(entries: &[(&str, &str, u64)], levels: &[&str]) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.to_vec();
    sorted.sort_by(|left, right| compare(right.0.as_bytes(), left.0.as_bytes()));
    let mut text = Vec::new();
    let text_at = HEADER + ENTRY * entries.len();
    let mut put = |string: &str| {
        let at = text_at + text.len();
        text.extend_from_slice(string.as_bytes());
        text.push(0);
        u32::try_from(at).unwrap().to_le_bytes()
    };
    let mut body = Vec::new();
    for (name, path, hardware) in sorted {
        body.extend_from_slice(&OF_THIS_MACHINE.to_le_bytes());
        body.extend_from_slice(&put(name));
        body.extend_from_slice(&put(path));
        body.extend_from_slice(&[0; 4]);
        body.extend_from_slice(&hardware.to_le_bytes());
    }
    let names: Vec<_> = levels.iter().map(|level| put(level)).collect();
    finish(&body, &text, &names, entries.len())
}

fn finish(body: &[u8], text: &[u8], names: &[[u8; 4]], entries: usize) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let extension = HEADER + body.len() + text.len();
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&number(entries));
    bytes.extend_from_slice(&number(text.len()));
    bytes.extend_from_slice(&[2, 0, 0, 0]);
    bytes.extend_from_slice(&number(extension));
    bytes.resize(HEADER, 0);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(text);
    bytes.extend_from_slice(&EXTENSION_MAGIC.to_le_bytes());
    bytes.extend_from_slice(&number(1));
    bytes.extend_from_slice(&HARDWARE_NAMES.to_le_bytes());
    bytes.extend_from_slice(&number(0));
    bytes.extend_from_slice(&number(extension + 24));
    bytes.extend_from_slice(&number(names.len() * 4));
    bytes.extend(names.concat());
    bytes
}

fn level(index: u64) -> u64 {
    u64::from(NAMED) << 32 | index
}

#[test]
fn the_best_library_for_the_processor_is_found() {
    let entries = [
        ("libz.so.1", "/lib/libz.so.1", 0),
        (
            "libz.so.1",
            "/lib/glibc-hwcaps/x86-64-v2/libz.so.1",
            level(0),
        ),
        (
            "libz.so.1",
            "/lib/glibc-hwcaps/x86-64-v3/libz.so.1",
            level(1),
        ),
        ("libz.so.1", "/lib/haswell/libz.so.1", 4),
        ("liba.so", "/lib/glibc-hwcaps/x86-64-v3/liba.so", level(1)),
    ];
    let cache = Cache::parse(cache(&entries, &["x86-64-v2", "x86-64-v3"])).unwrap();
    let found = |name: &str, levels: &[&str]| cache.find(name.as_bytes(), levels);
    assert_eq!(found("libz.so.1", &[]), Some("/lib/libz.so.1".into()));
    assert_eq!(
        found("libz.so.1", &["x86-64-v2"]),
        Some(entries[1].1.into())
    );
    let both = ["x86-64-v4", "x86-64-v3", "x86-64-v2"];
    assert_eq!(found("libz.so.1", &both), Some(entries[2].1.into()));
    assert_eq!(found("liba.so", &["x86-64-v2"]), None);
    assert_eq!(found("libz.so", &both), None);
}

#[test]
fn a_library_marked_for_a_level_in_an_ordinary_folder_is_an_ordinary_one() {
    let bytes = cache(&[("liba.so", "/lib/liba.so", 2 << 32)], &[]);
    let cache = Cache::parse(bytes).unwrap();
    assert_eq!(cache.find(b"liba.so", &[]), Some("/lib/liba.so".into()));
}

#[test]
fn the_newer_format_is_found_after_the_older() {
    let mut bytes = OLD_MAGIC.to_vec();
    bytes.extend_from_slice(&1u32.to_le_bytes());
    bytes.resize((OLD_HEADER + OLD_ENTRY).next_multiple_of(8), 0);
    bytes.extend(cache(&[("liba.so", "/lib/liba.so", 0)], &[]));
    let cache = Cache::parse(bytes).unwrap();
    assert_eq!(cache.find(b"liba.so", &[]), Some("/lib/liba.so".into()));
}

#[test]
fn a_cache_of_another_byte_order_or_format_is_none() {
    let good = cache(&[], &[]);
    assert!(Cache::parse(good.clone()).is_some());
    for (at, byte) in [(28, 3), (18, b'2'), (0, b'G'), (20, 1), (23, 255)] {
        let mut bad = good.clone();
        bad.truncate(HEADER);
        bad[at] = byte;
        assert!(Cache::parse(bad).is_none(), "{at}");
    }
}

#[test]
fn names_stand_in_the_order_of_their_numbers() {
    let rising = [
        "liba",
        "liba.so.2",
        "liba.so.2b",
        "liba.so.10",
        "liba0",
        "libb",
    ];
    for (index, left) in rising.iter().enumerate() {
        for (other, right) in rising.iter().enumerate() {
            let order = compare(left.as_bytes(), right.as_bytes());
            assert_eq!(order, index.cmp(&other), "{left} {right}");
        }
    }
}

#[test]
fn every_library_that_ldconfig_lists_is_found_in_the_hosts_cache() {
    let output = ["ldconfig", "/sbin/ldconfig"]
        .iter()
        .find_map(|program| Command::new(program).arg("-p").output().ok())
        .expect("ldconfig comes with glibc");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut listed = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains("(libc6,x86-64)")) {
        let (name, path) = (line.split_whitespace().next(), line.split("=> ").nth(1));
        listed.entry(name.unwrap()).or_insert(path.unwrap());
    }
    let cache = Cache::of_the_host();
    for (name, path) in &listed {
        assert_eq!(
            cache.find(name.as_bytes(), &[]),
            Some(path.into()),
            "{name}"
        );
    }
    assert!(
        cfg!(not(target_arch = "x86_64")) || listed.len() > 10,
        "{listed:?}"
    );
}

proptest! {
    #[test]
    fn no_bytes_of_a_cache_make_it_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..20),
        length: proptest::sample::Index,
    ) {
        let entries = [("liba.so", "/lib/liba.so", 0), ("libb.so", "/lib/libb.so", level(0))];
        let mut bytes = cache(&entries, &["x86-64-v2"]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length.index(bytes.len() + 1));
        if let Some(cache) = Cache::parse(bytes) {
            for (name, _, _) in entries {
                let path = cache.find(name.as_bytes(), &["x86-64-v2"]);
                prop_assert!(path.is_none_or(|path| path.as_os_str().len() < 1024));
            }
        }
    }

    #[test]
    fn the_order_of_names_is_the_same_from_both_sides(left: Vec<u8>, right: Vec<u8>) {
        prop_assert_eq!(compare(&left, &right), compare(&right, &left).reverse());
    }
}
