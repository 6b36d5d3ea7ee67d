//! How good this processor is, in the words of glibc's folders for better ones (`glibc-hwcaps`, `$PLATFORM`).

/// The folders below `glibc-hwcaps` whose libraries this processor runs, best first.
#[cfg(target_arch = "x86_64")]
pub(super) fn levels() -> &'static [&'static str] {
    const ALL: [&str; 3] = ["x86-64-v4", "x86-64-v3", "x86-64-v2"];
    let v2 = is_x86_feature_detected!("cmpxchg16b")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("sse3")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1")
        && is_x86_feature_detected!("sse4.2");
    let v3 = v2
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("movbe");
    let v4 = v3
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512cd")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (v4, v3, v2) {
        (true, _, _) => &ALL,
        (_, true, _) => &ALL[1..],
        (_, _, true) => &ALL[2..],
        _ => &[],
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn levels() -> &'static [&'static str] {
    &[]
}

/// What `$PLATFORM` may stand for, most special first. Which of them it is depends on the loader's version; a program
/// that starts on the host has the folder of its loader's word, and hardly another's.
pub(super) fn platforms() -> &'static [&'static str] {
    const ALL: [&str; 2] = ["haswell", std::env::consts::ARCH];
    // glibc gives the word to every processor that has what the third level asks for.
    match levels().contains(&"x86-64-v3") {
        true => &ALL,
        false => &ALL[1..],
    }
}
