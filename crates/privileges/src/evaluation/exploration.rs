//! All ways that a call can take through the filters.
use super::call::Fields;
use super::comparison::Comparison;
use super::operation::{Arithmetic, Operation, Register, Source};
use super::path::{Path, Word};
use super::program::Program;
use super::{Verdict, Verdicts};
use std::collections::BTreeSet;

/// Of all paths together. The filters of one thread have at most half as many instructions (`MAX_INSNS_PER_PATH`), so
/// that a call that is known is always judged.
const MOST_STEPS: usize = 65_536;

/// How often paths may fork. Each of them is kept until it has been followed, at a few kilobytes.
const MOST_FORKS: usize = 8_192;

/// What a filter returns that divides by zero: to kill the thread.
const DIVIDED_BY_ZERO: u32 = 0;

/// What a filter is taken to return that the kernel would not have taken (`SECCOMP_RET_KILL_PROCESS`).
const REFUSED: u32 = 0x8000_0000;

/// What is under way.
struct Exploration<'a> {
    /// The newest first, in which order the kernel runs them.
    programs: Vec<Option<&'a Program>>,
    call: &'a Fields,
    pending: Vec<Path>,
    steps_left: usize,
    forks_left: usize,
}

/// What may become of the call; `programs` are the oldest first, `None` where the kernel would have refused one.
pub(super) fn explore(programs: &[Option<Program>], call: &Fields) -> Verdicts {
    let mut exploration = Exploration {
        programs: programs.iter().rev().map(Option::as_ref).collect(),
        call,
        pending: vec![Path::start()],
        steps_left: MOST_STEPS,
        forks_left: MOST_FORKS,
    };
    let mut found = BTreeSet::new();
    while let Some(path) = exploration.pending.pop() {
        match exploration.follow(path) {
            Some(returned) => found.insert(Verdict::of(returned)),
            None => return Verdicts::Unsaid,
        };
    }
    Verdicts::OneOf(found)
}

impl Exploration<'_> {
    /// To its end, which is what the filters return; `None` if that cannot be said. Where it forks, the other path is left
    /// for later.
    fn follow(&mut self, mut path: Path) -> Option<u32> {
        while let Some(program) = self.programs.get(path.filter) {
            self.steps_left = self.steps_left.checked_sub(1)?;
            let operation = program.and_then(|program| program.operation(path.place));
            path = match operation {
                Some(operation) => self.step(path, operation)?,
                None => path.conclude(REFUSED),
            };
        }
        Some(path.returned())
    }

    fn step(&mut self, mut path: Path, operation: Operation) -> Option<Path> {
        path.place = path.place.saturating_add(1);
        match operation {
            Operation::Load(to, from) => path.load(to, from, self.call),
            Operation::Store(from, slot) => path.store(from, slot),
            Operation::Negate => path.negate(),
            Operation::Compute(Arithmetic::Divide, by) => return self.divide(path, by),
            Operation::Compute(arithmetic, with) => {
                path.compute(arithmetic, path.word(with, self.call));
            }
            Operation::Jump(to) => path.place = to,
            Operation::Branch {
                comparison,
                with,
                met,
                unmet,
            } => {
                let (left, right) = (
                    path.register(Register::Accumulator),
                    path.word(with, self.call),
                );
                let [holding, other] = path.split(comparison, left, right);
                return self.go_on([
                    holding.map(|path| path.at(met)),
                    other.map(|path| path.at(unmet)),
                ]);
            }
            Operation::Return(source) => {
                let returned = path.known(path.word(source, self.call))?;
                return Some(path.conclude(returned));
            }
        }
        Some(path)
    }

    fn divide(&mut self, path: Path, by: Source) -> Option<Path> {
        let by = path.word(by, self.call);
        let [zero, other] = path.split(Comparison::Equal, by, Word::Known(0));
        let divided = other.map(|mut path| {
            path.compute(Arithmetic::Divide, by);
            path
        });
        self.go_on([zero.map(|path| path.conclude(DIVIDED_BY_ZERO)), divided])
    }

    /// With one of them, and with the other later.
    fn go_on(&mut self, paths: [Option<Path>; 2]) -> Option<Path> {
        let (first, second) = match paths {
            [Some(first), Some(second)] => (first, second),
            [first, second] => return first.or(second),
        };
        self.forks_left = self.forks_left.checked_sub(1)?;
        self.pending.push(second);
        Some(first)
    }
}
