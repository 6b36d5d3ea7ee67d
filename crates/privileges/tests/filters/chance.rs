//! Filters and calls by chance, the same for the same seed.
use crate::plain;
use privileges::{ExpectedCall, Instruction, SystemCall};

/// SplitMix64.
pub struct Chance(u64);

/// That the kernel takes, of all classes.
const CODES: [u16; 36] = [
    0x20, 0x20, 0x20, 0x20, 0x20, 0x80, 0x00, 0x60, 0x81, 0x01, 0x61, 0x02, 0x03, 0x07, 0x87, 0x84,
    0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c,
    0xa4, 0xac, 0x07, 0x06,
];

const JUMPS: [u16; 9] = [0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d];

const ACTIONS: [u32; 10] = [
    0x7fff_0000,
    0x7fff_0000,
    0x7ffc_0000,
    0x7ff0_0001,
    0x7fc0_0000,
    0x0006_0000,
    0x0005_0001,
    0x0003_0000,
    0x0000_0000,
    0x8000_0000,
];

/// So that numbers meet.
const OFTEN: [u32; 9] = [
    0,
    1,
    2,
    3,
    31,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

/// What the instruction has put into the accumulator, told as an errno: twelve bits from there.
pub fn told(instruction: Instruction, shift: u32) -> Vec<Instruction> {
    let told = [(0x74, shift), (0x54, 0xfff), (0x44, 0x0005_0000), (0x16, 0)];
    let told = told.map(|(code, operand)| plain(code, operand));
    std::iter::once(instruction).chain(told).collect()
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below<T: TryFrom<u64>>(&mut self, end: u64) -> T {
        T::try_from(self.next() % end).ok().unwrap()
    }

    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let choice = self.below::<usize>(choices.len() as u64);
        &choices[choice]
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below::<u64>(count) == 0
    }

    fn number(&mut self) -> u32 {
        match self.below::<u8>(8) {
            0 => (self.next() >> 32) as u32,
            1 => self.below(64),
            _ => *self.of(&OFTEN),
        }
    }

    pub fn arguments(&mut self) -> [u64; 6] {
        [(); 6].map(|()| u64::from(self.number()) << 32 | u64::from(self.number()))
    }

    /// The same call, with some of it not known.
    pub fn forget(&mut self, call: SystemCall) -> ExpectedCall {
        let mut expected = ExpectedCall::from(call);
        for argument in &mut expected.arguments {
            argument.take_if(|_| self.one_in(2));
        }
        expected.instruction_pointer.take_if(|_| self.one_in(2));
        expected
    }

    /// Some words in memory, instructions of all kinds, and an end that tells the accumulator or does something else.
    pub fn body(&mut self) -> Vec<Instruction> {
        let mut body = vec![plain(0x20, 16), plain(0x02, 0), plain(0x03, 1)];
        let length = 2 + self.below::<u64>(20);
        for place in 0..length {
            let behind = length - place;
            body.push(self.instruction(behind));
        }
        if self.one_in(2) {
            let end = *self.of(&ACTIONS);
            body.push(plain(0x06, end));
        } else {
            let shift = *self.of(&[0, 10, 20]);
            body.extend(told(plain(0xa4, 0), shift));
        }
        body
    }

    /// Which has so many instructions behind it.
    fn instruction(&mut self, behind: u64) -> Instruction {
        if self.one_in(120) {
            return self.strange();
        }
        if self.one_in(3) {
            let mut distance = || self.below::<u8>(behind.min(5));
            let (if_true, if_false) = (distance(), distance());
            let code = *self.of(&JUMPS);
            let operand = match code {
                0x05 => if_true.into(),
                _ => self.number(),
            };
            return Instruction {
                code,
                if_true,
                if_false,
                operand,
            };
        }
        let code = *self.of(&CODES);
        plain(code, self.operand(code))
    }

    fn operand(&mut self, code: u16) -> u32 {
        match code {
            0x06 => *self.of(&ACTIONS),
            0x20 => self.below::<u32>(16) * 4,
            // Of the words of memory the third is not always stored.
            0x60 | 0x61 | 0x02 | 0x03 => self.below(3),
            0x34 => self.number().max(1),
            0x64 | 0x74 => self.below(32),
            _ => self.number(),
        }
    }

    /// What the kernel may refuse.
    fn strange(&mut self) -> Instruction {
        let code = match self.below::<u8>(3) {
            0 => (self.next() & 0xff) as u16,
            1 => *self.of(&[
                0x94, 0x9c, 0x34, 0x64, 0x74, 0x60, 0x61, 0x02, 0x20, 0x28, 0x05,
            ]),
            _ => *self.of(&JUMPS),
        };
        Instruction {
            code,
            if_true: self.below(30),
            if_false: self.below(30),
            operand: self.below(70),
        }
    }
}
