//! What is said of filters is what the kernel does: it judges calls under the same instructions (`filter-subject.c`).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "filters/chance.rs"]
mod chance;
#[path = "filters/kernel.rs"]
mod kernel;
mod support;

use chance::Chance;
use kernel::{Case, Kernel, Outcome};
use privileges::{Filters, Instruction, SystemCall, Verdict, Verdicts, disassemble};
use support::Stage;

const ALLOW: u32 = 0x7fff_0000;

/// Calls that ignore their arguments, return a positive number, and are made by nothing else in the program.
#[cfg(target_arch = "x86_64")]
const CALLS: [u32; 2] = [110, 111];
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "x86_64")]
const OTHER_CALL: u32 = 231;
#[cfg(target_arch = "aarch64")]
const CALLS: [u32; 2] = [173, 178];
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;
#[cfg(target_arch = "aarch64")]
const OTHER_CALL: u32 = 94;

const fn plain(code: u16, operand: u32) -> Instruction {
    Instruction {
        code,
        if_true: 0,
        if_false: 0,
        operand,
    }
}

/// A filter that is only asked of those calls, and lets all others through.
fn asked(body: Vec<Instruction>) -> Vec<Instruction> {
    let skip = |if_true, number| Instruction {
        if_true,
        ..plain(0x15, number)
    };
    let head = [
        plain(0x20, 0),
        skip(2, CALLS[0]),
        skip(1, CALLS[1]),
        plain(0x06, ALLOW),
    ];
    head.into_iter().chain(body).collect()
}

fn returning(value: u32) -> Vec<Instruction> {
    asked(vec![plain(0x06, value)])
}

/// What is said, in the words that the kernel's judgement is told in.
fn said(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Allow | Verdict::Log => Outcome::CarriedOut,
        // Nobody listens.
        Verdict::Notify => Outcome::Errno(38),
        Verdict::Errno(number) => Outcome::Errno(number),
        Verdict::Trace => Outcome::Traced,
        Verdict::Trap => Outcome::Trapped,
        Verdict::KillThread => Outcome::ThreadKilled,
        Verdict::KillProcess => Outcome::ProcessKilled,
    }
}

fn call(origin: u64, number: u32, arguments: [u64; 6]) -> SystemCall {
    SystemCall {
        architecture: NATIVE,
        number,
        instruction_pointer: origin,
        arguments,
    }
}

/// What the kernel does under filters that return these values, the oldest first, is what is said.
fn judged(kernel: &mut Kernel, values: &[u32]) -> Outcome {
    let filters: Vec<_> = values.iter().map(|value| returning(*value)).collect();
    let call = call(kernel.origin, CALLS[0], [0; 6]);
    let outcomes = kernel.judge(&Case {
        filters: filters.clone(),
        calls: vec![call],
    });
    let verdict = Filters::new(&filters).verdict(call);
    assert_eq!(outcomes, [said(verdict)], "of {values:x?}");
    outcomes[0]
}

#[test]
fn each_action_does_what_is_said() {
    let stage = Stage::new();
    let mut kernel = Kernel::start(&stage);
    for (value, outcome) in [
        (ALLOW, Outcome::CarriedOut),
        (0x7ffc_0000, Outcome::CarriedOut),
        (0x7ff0_0007, Outcome::Traced),
        (0x7fc0_0000, Outcome::Errno(38)),
        (0x0005_0001, Outcome::Errno(1)),
        (0x0005_0000, Outcome::Errno(0)),
        (0x0005_1000, Outcome::Errno(4095)),
        (0x0003_0007, Outcome::Trapped),
        (0x0000_0000, Outcome::ThreadKilled),
        (0x8000_0000, Outcome::ProcessKilled),
        // Not known to the kernel.
        (0x7ffe_0000, Outcome::ProcessKilled),
        (0xffff_0000, Outcome::ProcessKilled),
        (0x0001_0000, Outcome::ProcessKilled),
    ] {
        assert_eq!(judged(&mut kernel, &[value]), outcome, "of {value:x}");
    }
}

#[test]
fn of_several_filters_the_strictest_counts_and_of_equal_ones_the_newest() {
    let stage = Stage::new();
    let mut kernel = Kernel::start(&stage);
    let ordered = [
        0x8000_0000,
        0x0000_0000,
        0x0001_0000,
        0x0003_0000,
        0x0005_0001,
        0x0005_0002,
        0x0006_0000,
        0x7fc0_0000,
        0x7ff0_0000,
        0x7ffc_0000,
        ALLOW,
    ];
    for older in ordered {
        for newer in ordered {
            judged(&mut kernel, &[older, newer]);
        }
    }
    let newest = judged(&mut kernel, &[0x0005_0001, 0x0005_0002]);
    assert_eq!(newest, Outcome::Errno(2));
    // An action that is not known kills, but not where one is heeded before it.
    let known = judged(&mut kernel, &[0x0006_0000, 0x0005_0002, 0x0006_0000]);
    assert_eq!(known, Outcome::Errno(2));
}

#[test]
fn every_word_of_a_call_is_loaded_as_the_kernel_has_it() {
    let stage = Stage::new();
    let mut kernel = Kernel::start(&stage);
    let arguments = [0, 1, 2, 3, 4, 5].map(|n| 0x0123_4567_89ab_cdef_u64.rotate_left(n * 4));
    let call = call(kernel.origin, CALLS[1], arguments);
    for (offset, shift) in (0..64).step_by(4).flat_map(|o| [(o, 0), (o, 12), (o, 20)]) {
        let filters = vec![asked(chance::told(plain(0x20, offset), shift))];
        let verdict = Filters::new(&filters).verdict(call);
        let calls = vec![call];
        let outcomes = kernel.judge(&Case { filters, calls });
        assert_eq!(outcomes, [said(verdict)], "of the word at {offset}");
    }
}

/// Of whatever instructions: where the kernel refuses a filter, this says that it kills; where it takes it, the verdict is
/// the kernel's, and among those that may come when arguments are not known.
#[test]
fn chance_filters_do_what_is_said() {
    let stage = Stage::new();
    let mut kernel = Kernel::start(&stage);
    let (mut refused, mut open) = (0, 0);
    for seed in 0..CASES {
        let mut chance = Chance::new(seed);
        let filters: Vec<_> = (0..=chance.below::<u8>(3))
            .map(|_| asked(chance.body()))
            .collect();
        let calls: Vec<_> = (0..3)
            .map(|_| call(kernel.origin, *chance.of(&CALLS), chance.arguments()))
            .collect();
        let case = Case { filters, calls };
        for (call, outcome) in case.calls.iter().zip(kernel.judge(&case)) {
            let words: Vec<_> = case.filters.iter().map(|f| disassemble(f)).collect();
            let context = format!("seed {seed}, {call:x?}, {words:#?}");
            let filters = Filters::new(&case.filters);
            if outcome == Outcome::Refused {
                let harmless = SystemCall {
                    number: OTHER_CALL,
                    ..*call
                };
                assert_eq!(filters.verdict(harmless), Verdict::KillProcess, "{context}");
                refused += 1;
                continue;
            }
            let verdict = filters.verdict(*call);
            assert_eq!(outcome, said(verdict), "{context}");
            let possible = filters.verdicts(chance.forget(*call));
            open += i32::from(possible.lets_through().is_none());
            assert!(
                may_come(&possible, verdict),
                "{possible:?} without {verdict}, {context}"
            );
        }
    }
    // Else the chance is a poor one.
    let judged = i32::try_from(CASES).unwrap() * 3;
    assert!(
        (judged / 20..judged / 2).contains(&refused),
        "{refused} refused of {judged}"
    );
    assert!(
        open > judged / 20,
        "{open} depend on what is not known of {judged}"
    );
}

const CASES: u64 = 600;

fn may_come(verdicts: &Verdicts, verdict: Verdict) -> bool {
    match verdicts {
        Verdicts::OneOf(verdicts) => verdicts.contains(&verdict),
        Verdicts::Unsaid => true,
    }
}
