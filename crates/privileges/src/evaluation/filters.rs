//! The filters of one thread, ready to judge calls.
use super::call::Fields;
use super::exploration::explore;
use super::program::Program;
use super::{ExpectedCall, SystemCall, Verdict, Verdicts};
use kernel::Instruction;

/// The filters of one thread. What they say is what the kernel does, with two exceptions: of a filter that it would not have
/// taken this says that it kills, and it does not know of uretprobe(2), which newer kernels always let through.
///
/// ```
/// use privileges::{ExpectedCall, Filters, Instruction, SystemCall, Verdict};
///
/// // Opens files (257, openat) for reading only.
/// let plain = |code, operand| Instruction { code, operand, ..Instruction::default() };
/// let filter = vec![
///     plain(0x20, 0),
///     Instruction { if_false: 2, ..plain(0x15, 257) },
///     plain(0x20, 32),
///     Instruction { if_true: 1, ..plain(0x45, 3) },
///     plain(0x06, 0x7fff_0000),
///     plain(0x06, 0x0005_0001),
/// ];
/// let filters = Filters::new(&[filter]);
///
/// let openat = ExpectedCall::new(0xc000_003e, 257);
/// let verdicts = filters.verdicts(openat);
/// assert_eq!(verdicts.lets_through(), None);
/// assert_eq!(verdicts.to_string(), "is carried out; or it fails with EPERM");
///
/// let (architecture, number, instruction_pointer) = (0xc000_003e, 257, 0x40_0000);
/// let arguments = [3, 0x7fff_0000, 1, 0, 0, 0];
/// let write = SystemCall { architecture, number, instruction_pointer, arguments };
/// assert_eq!(filters.verdict(write), Verdict::Errno(1));
/// ```
#[derive(Clone, Debug)]
pub struct Filters(Vec<Option<Program>>);

impl Filters {
    /// Of the instructions that they are made of, the oldest first.
    pub fn new(filters: &[Vec<Instruction>]) -> Self {
        let programs = filters.iter().map(|filter| Program::check(filter));
        Self(programs.collect())
    }

    /// What becomes of a call.
    pub fn verdict(&self, call: SystemCall) -> Verdict {
        let verdict = self.verdicts(call.into()).only();
        verdict.unwrap_or(Verdict::KillProcess)
    }

    /// What may become of a call of which not everything is known beforehand.
    pub fn verdicts(&self, call: ExpectedCall) -> Verdicts {
        explore(&self.0, &Fields::of(call))
    }
}
