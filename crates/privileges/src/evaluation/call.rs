//! A system call as filters see it (`struct seccomp_data`): sixteen words of 32 bits, of which some may not be known.

/// A system call about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SystemCall {
    /// Whose table the number is of (`AUDIT_ARCH_*` of linux/audit.h).
    pub architecture: u32,
    /// Its number, with the bit of x32 where it has that.
    pub number: u32,
    /// The address behind the instruction that calls.
    pub instruction_pointer: u64,
    /// Its arguments, as the registers have them.
    pub arguments: [u64; 6],
}

/// A system call as far as it is known before it is made.
///
/// ```
/// use privileges::ExpectedCall;
///
/// let mount = ExpectedCall::new(0xc000_003e, 165);
/// let read_only = ExpectedCall { arguments: [None, None, None, Some(1), None, None], ..mount };
/// assert_eq!(read_only.instruction_pointer, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExpectedCall {
    /// Whose table the number is of (`AUDIT_ARCH_*` of linux/audit.h).
    pub architecture: u32,
    /// Its number, with the bit of x32 where it has that.
    pub number: u32,
    /// The address behind the instruction that calls, if it is known.
    pub instruction_pointer: Option<u64>,
    /// Those of its arguments that are known.
    pub arguments: [Option<u64>; 6],
}

/// How many words a filter can load.
pub(super) const FIELDS: u8 = 16;

/// The words, `None` where they are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields([Option<u32>; FIELDS as usize]);

impl ExpectedCall {
    /// Of which no more is known than the table and the number in it.
    pub const fn new(architecture: u32, number: u32) -> Self {
        Self {
            architecture,
            number,
            instruction_pointer: None,
            arguments: [None; 6],
        }
    }
}

impl From<SystemCall> for ExpectedCall {
    fn from(call: SystemCall) -> Self {
        Self {
            architecture: call.architecture,
            number: call.number,
            instruction_pointer: Some(call.instruction_pointer),
            arguments: call.arguments.map(Some),
        }
    }
}

impl Fields {
    pub fn of(call: ExpectedCall) -> Self {
        let mut fields = [Some(call.number), Some(call.architecture)]
            .into_iter()
            .chain(halves(call.instruction_pointer))
            .chain(call.arguments.into_iter().flat_map(halves));
        Self([(); FIELDS as usize].map(|()| fields.next().flatten()))
    }

    pub fn word(&self, field: u8) -> Option<u32> {
        self.0.get(usize::from(field)).copied().flatten()
    }
}

/// The words of a number in the order in which memory has them.
fn halves(number: Option<u64>) -> [Option<u32>; 2] {
    let [low, high] = [0, 32].map(|distance| {
        let half = number?.wrapping_shr(distance) & u64::from(u32::MAX);
        u32::try_from(half).ok()
    });
    if cfg!(target_endian = "little") {
        [low, high]
    } else {
        [high, low]
    }
}
