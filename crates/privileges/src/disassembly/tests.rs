use super::*;

/// Code, jump if true, jump if false, operand.
type Raw = (u16, u8, u8, u32);

fn disassemble(filter: &[Raw]) -> Vec<String> {
    let filter: Vec<_> = filter.iter().copied().map(instruction).collect();
    super::disassemble(&filter)
}

const fn instruction((code, if_true, if_false, operand): Raw) -> Instruction {
    Instruction {
        code,
        if_true,
        if_false,
        operand,
    }
}

const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
const ALLOW: Raw = (RETURN, 0, 0, 0x7fff_0000);

fn number(name: &str) -> u32 {
    kernel::syscall_number(name).unwrap()
}

#[test]
fn a_call_is_compared_by_name() {
    let lines = disassemble(&[
        (LOAD, 0, 0, 0),
        (EQUAL, 2, 0, number("clone3")),
        (0x35, 0, 1, number("openat")),
        ALLOW,
        (RETURN, 0, 0, 0x0005_0026),
    ]);
    let openat = number("openat");
    let expected = [
        "ld [nr]".to_owned(),
        "jeq clone3 → 4".to_owned(),
        format!("jge {openat} (openat) else → 4"),
        "return allow".to_owned(),
        "return errno ENOSYS".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_number_has_no_name_where_it_may_be_something_else() {
    let clone3 = number("clone3");
    let lines = disassemble(&[
        (LOAD, 0, 0, 0),
        (EQUAL, 1, 0, 7),
        (LOAD, 0, 0, 16),
        // Either the number or an argument.
        (EQUAL, 0, 0, clone3),
        (LOAD, 0, 0, 0),
        (0x54, 0, 0, 0xff),
        // Not the number any more.
        (EQUAL, 0, 0, clone3),
        ALLOW,
    ]);
    assert_eq!(lines[3], format!("jeq {clone3} → 4"));
    assert_eq!(lines[5], "and 255");
    assert_eq!(lines[6], format!("jeq {clone3} → 7"));
}

#[test]
fn a_number_of_a_foreign_table_has_no_name() {
    let lines = disassemble(&[
        (LOAD, 0, 0, 4),
        (EQUAL, 0, 2, 0x4000_0029),
        (LOAD, 0, 0, 0),
        (EQUAL, 0, 0, 120),
        (LOAD, 0, 0, 4),
        (EQUAL, 0, 1, NATIVE),
        (LOAD, 0, 0, 0),
        ALLOW,
    ]);
    assert_eq!(lines[1], "jeq 0x40000029 else → 4");
    assert_eq!(lines[3], "jeq 120 → 4");
}

#[test]
fn every_verdict_has_words() {
    let verdicts = [
        (0x8000_0000, "kill process"),
        (0, "kill thread"),
        (0x0003_0001, "trap"),
        (0x0005_0001, "errno EPERM"),
        (0x0005_0007, "errno E2BIG"),
        (0x0005_0fff, "errno 4095"),
        (0x7fc0_0000, "notify"),
        (0x7ff0_0002, "trace 2"),
        (0x7ffc_0000, "log"),
        (0x7fff_0000, "allow"),
        (0x1234_0000, "kill process (0x12340000)"),
    ];
    for (value, words) in verdicts {
        let expected = [format!("return {words}")];
        assert_eq!(disassemble(&[(RETURN, 0, 0, value)]), expected);
    }
}

#[test]
fn every_other_instruction_has_words() {
    let instructions = [
        ((0x20, 0, 0, 16), "ld [arg0]"),
        ((0x20, 0, 0, 60), "ld [arg5 high]"),
        ((0x20, 0, 0, 8), "ld [ip]"),
        ((0x20, 0, 0, 17), "ld [17]"),
        ((0x20, 0, 0, 64), "ld [64]"),
        ((0x80, 0, 0, 0), "ld length"),
        ((0x00, 0, 0, 5), "ld 5"),
        ((0x61, 0, 0, 3), "ldx memory 3"),
        ((0x02, 0, 0, 3), "st memory 3"),
        ((0x5c, 0, 0, 0), "and x"),
        ((0x84, 0, 0, 0), "neg"),
        ((0xa4, 0, 0, 0x4000_0000), "xor 0x40000000"),
        ((0x1d, 0, 4, 0), "jeq x else → 5"),
        ((0x45, 1, 2, 3), "jset 3 → 2 else → 3"),
        ((0x05, 0, 0, 9), "jump → 10"),
        ((0x16, 0, 0, 0), "return a"),
        ((0x87, 0, 0, 0), "txa"),
        ((0xb4, 0, 0, 1), "0x00b4 0 0 0x1"),
        ((0x40, 1, 2, 3), "0x0040 1 2 0x3"),
        ((0xffff, 1, 2, 3), "0xffff 1 2 0x3"),
    ];
    for (instruction, words) in instructions {
        assert_eq!(disassemble(&[instruction]), [words], "{instruction:?}");
    }
}

#[test]
fn nothing_makes_it_panic() {
    assert!(disassemble(&[]).is_empty());
    let mut seed = 1u64;
    for length in 0..300 {
        let garbage: Vec<Raw> = (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let bytes = seed.to_le_bytes();
                let code = u16::from(bytes[7]) | u16::from(bytes[6] & 1) << 8;
                let far = if bytes[5] & 1 == 0 {
                    u32::MAX
                } else {
                    bytes[4].into()
                };
                (code, bytes[3], bytes[2], far)
            })
            .collect();
        assert_eq!(disassemble(&garbage).len(), length);
    }
}
