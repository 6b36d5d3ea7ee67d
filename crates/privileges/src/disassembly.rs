//! Seccomp programs (classic BPF, seccomp(2)) as lines that a person can read.
mod flow;

use crate::errno;
use flow::{Flow, Loaded};
use kernel::Instruction;
use std::collections::HashMap;

/// The instructions in words, a line each. `→` leads to the line of that number, the first being 0; where a condition leads
/// to only one place, the next line is the other.
///
/// Any instructions will do: those that a kernel would refuse are shown as numbers.
///
/// ```
/// use privileges::Instruction;
///
/// let plain = |code, operand| Instruction { code, operand, ..Instruction::default() };
/// let equal = Instruction { if_true: 1, ..plain(0x15, 0xc000_003e) };
/// let filter = [plain(0x20, 4), equal, plain(0x06, 0x8000_0000), plain(0x06, 0x0005_0001)];
/// let lines = ["ld [arch]", "jeq x86_64 → 3", "return kill process", "return errno EPERM"];
/// assert_eq!(privileges::disassemble(&filter), lines);
/// ```
pub fn disassemble(filter: &[Instruction]) -> Vec<String> {
    let names = kernel::syscalls()
        .map(|(name, number)| (number, name))
        .collect();
    let mut flow = Flow::new(filter.len());
    let lines = filter.iter().enumerate();
    lines
        .map(|(place, instruction)| {
            let before = flow.step(place, *instruction);
            Line {
                place,
                before,
                names: &names,
            }
            .words(*instruction)
        })
        .collect()
}

/// `AUDIT_ARCH_*` (linux/audit.h).
const ARCHITECTURES: [(u32, &str); 9] = [
    (0xc000_003e, "x86_64"),
    (0x4000_0003, "i386"),
    (0xc000_00b7, "aarch64"),
    (0x4000_0028, "arm"),
    (0xc000_00f3, "riscv64"),
    (0x8000_0016, "s390x"),
    (0xc000_0015, "ppc64le"),
    (0xc000_0102, "loongarch64"),
    (0xc000_0008, "mips64el"),
];

#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

const ALU_OPERATIONS: [&str; 11] = [
    "add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor",
];

/// What an instruction's words depend on.
struct Line<'a> {
    place: usize,
    before: flow::State,
    names: &'a HashMap<u32, &'static str>,
}

impl Line<'_> {
    fn words(&self, instruction: Instruction) -> String {
        let Instruction {
            code,
            if_true,
            if_false,
            operand,
        } = instruction;
        match code {
            0x20 => format!("ld [{}]", field(operand)),
            0x80 => "ld length".to_owned(),
            0x00 => format!("ld {}", value(operand)),
            0x60 => format!("ld memory {operand}"),
            0x81 => "ldx length".to_owned(),
            0x01 => format!("ldx {}", value(operand)),
            0x61 => format!("ldx memory {operand}"),
            0x02 => format!("st memory {operand}"),
            0x03 => format!("stx memory {operand}"),
            0x07 => "tax".to_owned(),
            0x87 => "txa".to_owned(),
            0x05 => format!("jump → {}", flow::target(self.place, operand)),
            0x06 => format!("return {}", verdict(operand)),
            0x16 => "return a".to_owned(),
            _ => self
                .jump(code, if_true, if_false, operand)
                .or_else(|| arithmetic(code, operand))
                .unwrap_or_else(|| format!("{code:#06x} {if_true} {if_false} {operand:#x}")),
        }
    }

    /// A jump on a condition: class 5, with the operand or the index register.
    fn jump(&self, code: u16, if_true: u8, if_false: u8, operand: u32) -> Option<String> {
        let name = match code & !0x08 {
            0x15 => "jeq",
            0x25 => "jgt",
            0x35 => "jge",
            0x45 => "jset",
            _ => return None,
        };
        let operand = match code & 0x08 {
            0 => self.compared(name, operand),
            _ => "x".to_owned(),
        };
        let to = |distance: u8| flow::target(self.place, distance.into());
        Some(match (if_true, if_false) {
            (_, 0) => format!("{name} {operand} → {}", to(if_true)),
            (0, _) => format!("{name} {operand} else → {}", to(if_false)),
            _ => format!("{name} {operand} → {} else → {}", to(if_true), to(if_false)),
        })
    }

    /// What a number is compared with, by name where it is known to be a name's. A system call has one only in the table
    /// of this machine's architecture, which is taken to be meant where the program has not asked.
    fn compared(&self, jump: &str, operand: u32) -> String {
        let is_native = self.before.architecture.is_none_or(|known| known == NATIVE);
        match self.before.loaded {
            Loaded::Number if is_native => match self.names.get(&operand) {
                Some(name) if jump == "jeq" => (*name).to_owned(),
                Some(name) if jump != "jset" => format!("{operand} ({name})"),
                _ => value(operand),
            },
            Loaded::Architecture => ARCHITECTURES
                .iter()
                .find(|(known, _)| *known == operand)
                .map_or_else(|| value(operand), |(_, name)| (*name).to_owned()),
            _ => value(operand),
        }
    }
}

/// Class 4, with the operand or the index register.
fn arithmetic(code: u16, operand: u32) -> Option<String> {
    const ALU: u16 = 0x04;
    if code > 0xff || code & 0x07 != ALU {
        return None;
    }
    let name = ALU_OPERATIONS.get(usize::from(code >> 4))?;
    Some(match (*name, code & 0x08) {
        ("neg", _) => "neg".to_owned(),
        (name, 0) => format!("{name} {}", value(operand)),
        (name, _) => format!("{name} x"),
    })
}

/// A field of `seccomp_data`, by its offset; the machines that we know are little-endian.
fn field(offset: u32) -> String {
    match offset {
        0 => "nr".to_owned(),
        4 => "arch".to_owned(),
        8 => "ip".to_owned(),
        12 => "ip high".to_owned(),
        16..64 if offset.is_multiple_of(8) => format!("arg{}", (offset / 8).saturating_sub(2)),
        16..64 if offset % 8 == 4 => format!("arg{} high", (offset / 8).saturating_sub(2)),
        other => other.to_string(),
    }
}

/// Small numbers are counts, big ones are flags and masks.
fn value(number: u32) -> String {
    const SMALL: u32 = 1024;
    if number < SMALL {
        number.to_string()
    } else {
        format!("{number:#x}")
    }
}

/// What becomes of the call: the upper half is the action, the lower one its data. What the kernel does not know, it takes
/// as the order to kill.
fn verdict(value: u32) -> String {
    let data = value & 0xffff;
    match value & 0xffff_0000 {
        0x8000_0000 => "kill process".to_owned(),
        0x0000_0000 => "kill thread".to_owned(),
        0x0003_0000 => "trap".to_owned(),
        0x0005_0000 => match errno::name(data) {
            Some(name) => format!("errno {name}"),
            None => format!("errno {data}"),
        },
        0x7fc0_0000 => "notify".to_owned(),
        0x7ff0_0000 => format!("trace {data}"),
        0x7ffc_0000 => "log".to_owned(),
        0x7fff_0000 => "allow".to_owned(),
        _ => format!("kill process ({value:#x})"),
    }
}

#[cfg(test)]
mod tests;
