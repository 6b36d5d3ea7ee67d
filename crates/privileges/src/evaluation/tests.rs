use super::*;
use kernel::Instruction;
use std::collections::BTreeSet;

/// Code, jump if true, jump if false, operand.
type Raw = (u16, u8, u8, u32);

const ARCHITECTURE: u32 = 0xc000_003e;
const ALLOW: u32 = 0x7fff_0000;
const KILL: u32 = 0x8000_0000;
const ERRNO: u32 = 0x0005_0000;
const RETURN: u16 = 0x06;
const RETURN_ACCUMULATOR: Raw = (0x16, 0, 0, 0);
const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;

/// Offsets of the lower halves of arguments.
const FIRST: u32 = if cfg!(target_endian = "little") {
    16
} else {
    20
};
const SECOND: u32 = FIRST + 8;

fn filter(raw: &[Raw]) -> Vec<Instruction> {
    let instruction = |&(code, if_true, if_false, operand): &Raw| Instruction {
        code,
        if_true,
        if_false,
        operand,
    };
    raw.iter().map(instruction).collect()
}

fn filters(raw: &[&[Raw]]) -> Filters {
    let filters: Vec<_> = raw.iter().map(|raw| filter(raw)).collect();
    Filters::new(&filters)
}

fn verdict(raw: &[Raw]) -> Verdict {
    filters(&[raw]).verdict(SystemCall {
        architecture: ARCHITECTURE,
        number: 7,
        instruction_pointer: 0x1122_3344_5566_7788,
        arguments: [0x0102_0304_0506_0708, 0, 0, 0, 0, u64::MAX],
    })
}

/// Of a call of which nothing is known but its number.
fn verdicts(raw: &[&[Raw]]) -> Verdicts {
    filters(raw).verdicts(ExpectedCall::new(ARCHITECTURE, 7))
}

fn one_of(verdicts: &[Verdict]) -> Verdicts {
    Verdicts::OneOf(verdicts.iter().copied().collect())
}

#[test]
fn without_filters_every_call_is_carried_out() {
    assert_eq!(filters(&[]).verdict(call_of(1)), Verdict::Allow);
}

fn call_of(first: u64) -> SystemCall {
    SystemCall {
        architecture: ARCHITECTURE,
        number: 7,
        instruction_pointer: 0,
        arguments: [first, 0, 0, 0, 0, 0],
    }
}

#[test]
fn what_the_kernel_would_not_take_kills() {
    let taken: Raw = (RETURN, 0, 0, ALLOW);
    let long = vec![taken; 4097];
    let refused: [&[Raw]; 17] = [
        &[],
        &long,
        // It runs off its end, though not on this call's way.
        &[taken, (0x00, 0, 0, 1)],
        &[(0x05, 0, 0, 1), taken],
        &[(0x05, 0, 0, u32::MAX), taken],
        &[(EQUAL, 1, 0, 0), taken],
        &[(EQUAL, 0, 1, 0), taken],
        &[(LOAD, 0, 0, 2), taken],
        &[(LOAD, 0, 0, 64), taken],
        &[(0x02, 0, 0, 16), taken],
        // A word that has not been stored on every way.
        &[(0x60, 0, 0, 0), taken],
        &[(EQUAL, 1, 0, 0), (0x02, 0, 0, 3), (0x61, 0, 0, 3), taken],
        &[(0x34, 0, 0, 0), taken],
        &[(0x64, 0, 0, 32), taken],
        &[(0x94, 0, 0, 3), taken],
        &[(0x28, 0, 0, 0), taken],
        &[taken, (0xffff, 0, 0, 0), taken],
    ];
    for raw in refused {
        let shown = raw.iter().take(5).collect::<Vec<_>>();
        assert_eq!(verdict(raw), Verdict::KillProcess, "{shown:?}");
    }
    assert_eq!(verdict(&long[1..]), Verdict::Allow);
}

#[test]
fn a_division_by_zero_kills_the_thread() {
    let raw = [(0x3c, 0, 0, 0), (RETURN, 0, 0, ALLOW)];
    assert_eq!(verdict(&raw), Verdict::KillThread);
}

#[test]
fn a_distance_to_shift_counts_by_its_low_five_bits() {
    let shifted = [
        (0x01, 0, 0, 33),
        (0x00, 0, 0, 5),
        (0x6c, 0, 0, 0),
        (0x44, 0, 0, ERRNO),
        RETURN_ACCUMULATOR,
    ];
    assert_eq!(verdict(&shifted), Verdict::Errno(10));
}

#[test]
fn what_comes_from_arguments_that_are_not_known_comes_in_all_ways() {
    let flags: &[Raw] = &[
        (LOAD, 0, 0, FIRST),
        (EQUAL, 2, 0, 5),
        (0x45, 2, 0, 8),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ERRNO | 1),
        (RETURN, 0, 0, KILL),
    ];
    let all = [Verdict::Allow, Verdict::Errno(1), Verdict::KillProcess];
    assert_eq!(verdicts(&[flags]), one_of(&all));
    let known = ExpectedCall {
        arguments: [Some(5), None, None, None, None, None],
        ..ExpectedCall::new(ARCHITECTURE, 7)
    };
    let verdicts = filters(&[flags]).verdicts(known);
    assert_eq!(verdicts, one_of(&[Verdict::Errno(1)]));
}

#[test]
fn what_has_been_compared_is_kept_in_mind_for_the_filters_that_follow() {
    let only_five: fn(u32) -> [Raw; 4] = |otherwise| {
        [
            (LOAD, 0, 0, FIRST),
            (EQUAL, 0, 1, 5),
            (RETURN, 0, 0, ALLOW),
            (RETURN, 0, 0, otherwise),
        ]
    };
    // That the argument is 5 for one of them and not for the other cannot be.
    let both = verdicts(&[&only_five(ERRNO | 1), &only_five(KILL)]);
    assert_eq!(both, one_of(&[Verdict::Allow, Verdict::KillProcess]));
    // Neither can a number be below 3 and above 9.
    let bounds: &[Raw] = &[
        (LOAD, 0, 0, FIRST),
        (0x35, 2, 0, 3),
        (0x25, 0, 1, 9),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ];
    assert_eq!(verdicts(&[bounds]), one_of(&[Verdict::Allow]));
}

#[test]
fn a_number_that_is_all_that_is_left_is_known() {
    let raw: &[Raw] = &[
        (LOAD, 0, 0, FIRST),
        (EQUAL, 1, 0, 5),
        (RETURN, 0, 0, ALLOW),
        (0x44, 0, 0, ERRNO),
        RETURN_ACCUMULATOR,
    ];
    assert_eq!(
        verdicts(&[raw]),
        one_of(&[Verdict::Allow, Verdict::Errno(5)])
    );
}

#[test]
fn a_division_by_what_is_not_known_may_be_by_zero() {
    let raw: &[Raw] = &[
        (LOAD, 0, 0, FIRST),
        (0x07, 0, 0, 0),
        (0x3c, 0, 0, 0),
        (RETURN, 0, 0, ALLOW),
    ];
    let both = [Verdict::Allow, Verdict::KillThread];
    assert_eq!(verdicts(&[raw]), one_of(&both));
}

#[test]
fn what_no_argument_can_change_is_known() {
    let raw: &[Raw] = &[
        (LOAD, 0, 0, SECOND),
        (0x54, 0, 0, 0),
        (0x44, 0, 0, ERRNO | 3),
        RETURN_ACCUMULATOR,
    ];
    assert_eq!(verdicts(&[raw]), one_of(&[Verdict::Errno(3)]));
}

#[test]
fn what_depends_on_a_number_that_is_returned_cannot_be_said() {
    let raw: &[Raw] = &[(LOAD, 0, 0, FIRST), RETURN_ACCUMULATOR];
    let unsaid = verdicts(&[raw]);
    assert_eq!(unsaid, Verdicts::Unsaid);
    assert_eq!((unsaid.lets_through(), unsaid.kills()), (None, None));
}

#[test]
fn too_many_ways_are_not_followed() {
    // Each bit forks anew.
    let bits: Vec<Raw> = (0..32).map(|bit| (0x45, 0, 0, 1 << bit)).collect();
    let mut raw = vec![(LOAD, 0, 0, FIRST)];
    raw.extend(bits);
    raw.push((RETURN, 0, 0, ALLOW));
    assert_eq!(verdicts(&[&raw]), Verdicts::Unsaid);
    // Of a call that is known there is but one way, however long: these are as many filters as a thread can have.
    let mut long = vec![(0x04, 0, 0, 1); 4095];
    long.push((RETURN, 0, 0, ALLOW));
    let many = filters(&[long.as_slice(); 8]);
    assert_eq!(many.verdict(call_of(1)), Verdict::Allow);
}

#[test]
fn a_long_list_of_numbers_is_told_apart() {
    let mut raw = vec![(LOAD, 0, 0, FIRST)];
    raw.extend((0..1000).flat_map(|number| [(EQUAL, 0, 1, number * 2), (RETURN, 0, 0, ERRNO)]));
    raw.push((RETURN, 0, 0, ALLOW));
    let both = [Verdict::Allow, Verdict::Errno(0)];
    assert_eq!(verdicts(&[&raw]), one_of(&both));
}

#[test]
fn verdicts_agree_or_it_depends() {
    for (verdicts, lets_through, kills) in [
        (
            one_of(&[Verdict::Allow, Verdict::Log]),
            Some(true),
            Some(false),
        ),
        (
            one_of(&[Verdict::KillThread, Verdict::KillProcess]),
            Some(false),
            Some(true),
        ),
        (one_of(&[Verdict::Allow, Verdict::KillProcess]), None, None),
        (
            one_of(&[Verdict::Trace, Verdict::Notify, Verdict::Trap]),
            Some(false),
            Some(false),
        ),
    ] {
        assert_eq!(verdicts.lets_through(), lets_through, "{verdicts:?}");
        assert_eq!(verdicts.kills(), kills, "{verdicts:?}");
    }
}

#[test]
fn verdicts_are_told_in_words() {
    let all = BTreeSet::from([
        Verdict::KillProcess,
        Verdict::Errno(517),
        Verdict::Errno(13),
    ]);
    assert_eq!(
        Verdicts::OneOf(all).to_string(),
        "fails with EACCES; or it fails with errno 517; or it kills the process"
    );
    assert_eq!(
        Verdict::Errno(0).to_string(),
        "is not carried out, but seems to succeed"
    );
}
