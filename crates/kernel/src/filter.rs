//! Filters of system calls (seccomp(2)): a policy as data, compiled once into the kernel's program.
//!
//! The program is a search tree over the call's number. A chain of comparisons would be felt twice: by every call, and
//! when it is installed, where the kernel runs it for each number there is to find out which are always allowed.
use crate::check::check;
use crate::traced_filters::Instruction;
use rustix::io::Errno;

/// What becomes of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is carried out.
    Allow,
    /// It fails with this errno, at most 4095, and does nothing.
    Refuse(u16),
    /// The process is killed by `SIGSYS`.
    Kill,
    /// It waits for the answer of whoever holds the filter's listener; without one it fails with `ENOSYS`.
    Wait,
}

/// A test of one argument. Only its low 32 bits are looked at: for `int` and flag arguments the kernel ignores the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which argument, 0 to 5.
    pub argument: u8,
    /// The bits that count.
    pub mask: u32,
    /// They must be one of these.
    pub values: Vec<u32>,
}

/// A verdict on calls whose arguments meet all conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Then this is what becomes of the call.
    pub verdict: Verdict,
}

/// What becomes of one system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The same whatever its arguments.
    Always(Verdict),
    /// By the first rule that matches; where none does, the verdict at the end.
    First(Vec<Rule>, Verdict),
}

/// What becomes of every system call of this machine's own table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// By number, ascending.
    pub calls: Vec<(u32, Decision)>,
    /// For the numbers that are not listed, those of x32 among them.
    pub otherwise: Verdict,
    /// For calls through another architecture's table (i386 on x86-64).
    pub foreign: Verdict,
}

/// Why a policy cannot be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The kernel takes at most 4096 instructions.
    #[error("the filter has {0} instructions, more than the kernel takes")]
    TooLong(usize),
    /// The calls are not in ascending order.
    #[error("the filter's system calls are out of order")]
    OutOfOrder,
    /// More rules for one call than a jump can pass over.
    #[error("system call {0} has too many rules")]
    TooManyRules(u32),
}

/// A compiled policy.
#[derive(Debug)]
pub struct Filter(Box<[Instruction]>);

const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND: u16 = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP: u16 = 0x05; // BPF_JMP | BPF_JA
const JUMP_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_NOT_LESS: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

/// Offsets in the kernel's `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `AUDIT_ARCH_*` of this machine's own table.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

const MOST_INSTRUCTIONS: usize = 4096;

/// Where a range of numbers begins, and what becomes of its calls.
type Range<'a> = (u32, &'a Decision);

impl Verdict {
    fn value(self) -> u32 {
        match self {
            Self::Allow => libc::SECCOMP_RET_ALLOW,
            Self::Refuse(errno) => libc::SECCOMP_RET_ERRNO | u32::from(errno),
            Self::Kill => libc::SECCOMP_RET_KILL_PROCESS,
            Self::Wait => libc::SECCOMP_RET_USER_NOTIF,
        }
    }
}

impl Decision {
    /// The one verdict, if its arguments do not matter.
    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Always(verdict) => Some(*verdict),
            Self::First(..) => None,
        }
    }
}

impl Policy {
    /// Compiles the policy.
    pub fn compile(&self) -> Result<Filter, FilterError> {
        if !self
            .calls
            .is_sorted_by(|(number, _), (next, _)| number < next)
        {
            return Err(FilterError::OutOfOrder);
        }
        let mut program = vec![
            plain(LOAD, ARCHITECTURE),
            branch(JUMP_EQUAL, NATIVE, 1, 0),
            plain(RETURN, self.foreign.value()),
            plain(LOAD, NUMBER),
        ];
        emit_tree(
            &self.ranges(&Decision::Always(self.otherwise)),
            None,
            &mut program,
        )?;
        if program.len() > MOST_INSTRUCTIONS {
            return Err(FilterError::TooLong(program.len()));
        }
        Ok(Filter(program.into()))
    }

    /// The numbers from 0 up as ranges with one decision each: where it begins, and the decision.
    fn ranges<'a>(&'a self, otherwise: &'a Decision) -> Vec<Range<'a>> {
        let mut ranges: Vec<Range<'_>> = vec![(0, otherwise)];
        for (number, decision) in &self.calls {
            let number = *number;
            // The gap after the number before this one has no width.
            ranges.pop_if(|(begin, _)| *begin == number);
            ranges.push((number, decision));
            ranges.extend(number.checked_add(1).map(|next| (next, otherwise)));
        }
        ranges.dedup_by(|next, previous| next.1 == previous.1);
        ranges
    }
}

fn plain(code: u16, operand: u32) -> Instruction {
    branch(code, operand, 0, 0)
}

fn branch(code: u16, operand: u32, if_true: u8, if_false: u8) -> Instruction {
    Instruction {
        code,
        if_true,
        if_false,
        operand,
    }
}

/// The search for the number: halves, until what is left is a run of one verdict with single exceptions in it. `end` is
/// where the last range ends. Conditional jumps reach 255.
fn emit_tree(
    ranges: &[Range<'_>],
    end: Option<u32>,
    program: &mut Vec<Instruction>,
) -> Result<(), FilterError> {
    if let [(number, decision)] = ranges {
        return emit_decision(*number, decision, program);
    }
    if let Some(run) = run_with_exceptions(ranges, end)? {
        program.extend(run);
        return Ok(());
    }
    let (low, high) = ranges.split_at(ranges.len() / 2);
    let middle = high[0].0;
    let mut below = Vec::new();
    emit_tree(low, Some(middle), &mut below)?;
    if let Ok(distance) = u8::try_from(below.len()) {
        program.push(branch(JUMP_NOT_LESS, middle, distance, 0));
    } else {
        let distance = u32::try_from(below.len()).map_err(|_| FilterError::TooLong(below.len()))?;
        program.extend([branch(JUMP_NOT_LESS, middle, 0, 1), plain(JUMP, distance)]);
    }
    program.extend(below);
    emit_tree(high, end, program)
}

/// One verdict, but for single numbers: a comparison each, in place of the two of a search. Nothing if the ranges are not
/// so, or too many for conditional jumps.
fn run_with_exceptions(
    ranges: &[Range<'_>],
    end: Option<u32>,
) -> Result<Option<Vec<Instruction>>, FilterError> {
    let Some(run) = ranges.iter().find_map(|(_, decision)| decision.verdict()) else {
        return Ok(None);
    };
    let ends = ranges.iter().skip(1).map(|(begin, _)| Some(*begin));
    let mut program = Vec::new();
    // Comparisons that still lack the place of their verdict.
    let mut open: Vec<(usize, Verdict)> = Vec::new();
    for ((number, decision), end) in ranges.iter().zip(ends.chain([end])) {
        match decision.verdict() {
            Some(verdict) if verdict == run => {}
            _ if end != number.checked_add(1) => return Ok(None),
            Some(verdict) => {
                open.push((program.len(), verdict));
                program.push(branch(JUMP_EQUAL, *number, 0, 0));
            }
            None => {
                let mut rules = Vec::new();
                emit_decision(*number, decision, &mut rules)?;
                let Ok(past) = u8::try_from(rules.len()) else {
                    return Ok(None);
                };
                program.push(branch(JUMP_EQUAL, *number, 0, past));
                program.extend(rules);
            }
        }
    }
    program.push(plain(RETURN, run.value()));
    Ok(close(open, &mut program).then_some(program))
}

/// Puts each verdict at the end, once, and has the comparisons lead there. False if one of them is too far away.
fn close(mut open: Vec<(usize, Verdict)>, program: &mut Vec<Instruction>) -> bool {
    while let Some((_, verdict)) = open.first().copied() {
        let place = program.len();
        program.push(plain(RETURN, verdict.value()));
        for (comparison, _) in open.extract_if(.., |(_, other)| *other == verdict) {
            let Ok(distance) = u8::try_from(place - comparison - 1) else {
                return false;
            };
            program[comparison].if_true = distance;
        }
    }
    true
}

fn emit_decision(
    number: u32,
    decision: &Decision,
    program: &mut Vec<Instruction>,
) -> Result<(), FilterError> {
    let (rules, last) = match decision {
        Decision::Always(verdict) => (&[][..], verdict),
        Decision::First(rules, last) => (rules.as_slice(), last),
    };
    for rule in rules {
        emit_rule(rule, program).ok_or(FilterError::TooManyRules(number))?;
    }
    program.push(plain(RETURN, last.value()));
    Ok(())
}

/// One rule: past its end where a condition does not hold. `None` if that is too far. One that can never match is
/// nothing.
fn emit_rule(rule: &Rule, program: &mut Vec<Instruction>) -> Option<()> {
    if rule
        .conditions
        .iter()
        .any(|condition| condition.values.is_empty())
    {
        return Some(());
    }
    let end = program.len() + rule.conditions.iter().map(length).sum::<usize>() + 1;
    for condition in &rule.conditions {
        program.push(plain(LOAD, argument(condition.argument)));
        if condition.mask != u32::MAX {
            program.push(plain(AND, condition.mask));
        }
        let past = u8::try_from(end - program.len() - condition.values.len()).ok()?;
        for (value, left) in condition
            .values
            .iter()
            .zip((0..condition.values.len()).rev())
        {
            let met = u8::try_from(left).ok()?;
            let not_met = if left == 0 { past } else { 0 };
            program.push(branch(JUMP_EQUAL, *value, met, not_met));
        }
    }
    program.push(plain(RETURN, rule.verdict.value()));
    Some(())
}

/// How many instructions a condition takes.
fn length(condition: &Condition) -> usize {
    let masked = usize::from(condition.mask != u32::MAX);
    1 + masked + condition.values.len()
}

/// Where the low half of an argument lies: the machines that we know are little-endian.
fn argument(index: u8) -> u32 {
    ARGUMENTS + 8 * u32::from(index)
}

impl Filter {
    /// Installs it for the calling thread and all that it starts, for good. It must have no_new_privs.
    pub(crate) fn install(&self) -> Result<(), Errno> {
        self.load(0).map(drop)
    }

    /// seccomp(2), with these flags.
    pub(crate) fn load(&self, flags: libc::c_ulong) -> Result<libc::c_long, Errno> {
        let program = libc::sock_fprog {
            len: u16::try_from(self.0.len()).map_err(|_| Errno::INVAL)?,
            filter: self.0.as_ptr().cast_mut().cast(),
        };
        // SAFETY: `program` and the instructions it points to are live and of the kernel's layout; the kernel copies
        // and never changes them.
        check(unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const program,
            )
        })
    }

    /// How many instructions it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none; a compiled policy always has some.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The kernel's interpreter, as far as our instructions go.
    fn run(filter: &Filter, architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let (mut at, mut accumulator) = (0, 0u32);
        loop {
            let Instruction {
                code,
                if_true,
                if_false,
                operand,
            } = filter.0[at];
            at += 1;
            match code {
                LOAD if operand == NUMBER => accumulator = number,
                LOAD if operand == ARCHITECTURE => accumulator = architecture,
                LOAD => {
                    let low = arguments[((operand - ARGUMENTS) / 8) as usize] & u64::from(u32::MAX);
                    accumulator = u32::try_from(low).unwrap();
                }
                AND => accumulator &= operand,
                JUMP => at += operand as usize,
                JUMP_EQUAL => {
                    at += usize::from(if accumulator == operand {
                        if_true
                    } else {
                        if_false
                    });
                }
                JUMP_NOT_LESS => {
                    at += usize::from(if accumulator >= operand {
                        if_true
                    } else {
                        if_false
                    });
                }
                RETURN => return operand,
                other => panic!("no such instruction: {other:#x}"),
            }
        }
    }

    fn judge(policy: &Policy, number: u32, arguments: [u64; 6]) -> Verdict {
        match policy.calls.iter().find(|(listed, _)| *listed == number) {
            None => policy.otherwise,
            Some((_, Decision::Always(verdict))) => *verdict,
            Some((_, Decision::First(rules, last))) => rules
                .iter()
                .find(|rule| {
                    rule.conditions.iter().all(|condition| {
                        let low =
                            arguments[usize::from(condition.argument)] & u64::from(condition.mask);
                        condition
                            .values
                            .iter()
                            .any(|value| low == u64::from(*value))
                    })
                })
                .map_or(*last, |rule| rule.verdict),
        }
    }

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![
            Just(Verdict::Allow),
            (1..200u16).prop_map(Verdict::Refuse),
            Just(Verdict::Kill),
            Just(Verdict::Wait)
        ]
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let condition = (
            0..6u8,
            prop_oneof![Just(u32::MAX), Just(0xffu32), any::<u32>()],
            prop::collection::vec(0..4u32, 0..4),
        )
            .prop_map(|(argument, mask, values)| Condition {
                argument,
                mask,
                values,
            });
        (prop::collection::vec(condition, 0..4), any_verdict()).prop_map(|(conditions, verdict)| {
            Rule {
                conditions,
                verdict,
            }
        })
    }

    fn any_decision() -> impl Strategy<Value = Decision> {
        prop_oneof![
            any_verdict().prop_map(Decision::Always),
            (prop::collection::vec(any_rule(), 0..5), any_verdict())
                .prop_map(|(rules, last)| Decision::First(rules, last)),
        ]
    }

    proptest! {
        #[test]
        fn the_compiled_filter_judges_as_its_policy(
            calls in prop::collection::btree_map(0..500u32, any_decision(), 0..80),
            otherwise in any_verdict(),
            probes in prop::collection::vec((prop_oneof![0..520u32, any::<u32>()], any::<[u64; 6]>(), 0..5u64), 200),
        ) {
            let policy = Policy { calls: calls.into_iter().collect(), otherwise, foreign: Verdict::Kill };
            let filter = policy.compile().unwrap();
            for (number, wide, small) in probes {
                for arguments in [wide, [small; 6], wide.map(|word| word << 32 | small)] {
                    prop_assert_eq!(run(&filter, NATIVE, number, arguments), judge(&policy, number, arguments).value());
                    prop_assert_eq!(run(&filter, 0x4000_0003, number, arguments), Verdict::Kill.value());
                }
            }
        }
    }

    #[test]
    fn a_policy_that_is_too_long_is_refused() {
        let condition = |value| Condition {
            argument: 0,
            mask: 1,
            values: vec![value],
        };
        let decision = |number| {
            let rules = vec![
                Rule {
                    conditions: vec![condition(0), condition(1)],
                    verdict: Verdict::Refuse(number)
                };
                2
            ];
            Decision::First(rules, Verdict::Allow)
        };
        let calls = (0..600u16)
            .map(|number| (number.into(), decision(number)))
            .collect();
        let policy = Policy {
            calls,
            otherwise: Verdict::Kill,
            foreign: Verdict::Kill,
        };
        assert!(matches!(policy.compile(), Err(FilterError::TooLong(_))));
    }
}
