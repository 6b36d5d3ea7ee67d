//! Numbers as they are written in C: decimal, `0x` for sixteen, a leading `0` for eight, with a sign.

/// A number as wide as an argument of a system call; one below zero as the kernel takes it.
pub(super) fn number(text: &str) -> Option<u64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits.get(1..)?, 8),
        None => (digits, 10),
    };
    // The library takes a sign here too.
    let value = match digits.starts_with(['+', '-']) {
        true => None,
        false => u64::from_str_radix(digits, radix).ok(),
    }?;
    match negative {
        true if value > 1 << 63 => None,
        true => Some(value.wrapping_neg()),
        false => Some(value),
    }
}

/// A number of so many bits, and none below zero.
pub(super) fn small<T: TryFrom<u64>>(text: &str) -> Option<T> {
    let is_negative = text.starts_with('-');
    number(text)
        .filter(|_| !is_negative)
        .and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_c() {
        for (text, value) in [
            ("0", Some(0)),
            ("100", Some(100)),
            ("0x1F", Some(31)),
            ("0644", Some(0o644)),
            ("-100", Some(u64::MAX - 99)),
            ("-0x8000000000000000", Some(1 << 63)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-0x8000000000000001", None),
            ("", None),
            ("-", None),
            ("0x", None),
            ("08", None),
            ("+1", None),
            ("--1", None),
            ("0x-1", None),
            ("1k", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
        assert_eq!(small::<u32>("4294967295"), Some(u32::MAX));
        assert_eq!(small::<u32>("4294967296"), None);
        assert_eq!(small::<u32>("-1"), None);
    }
}
