//! The general registers of a stopped thread, as far as a system call needs them (`NT_PRSTATUS`).
//!
//! On x86-64 a thread that runs 32-bit code has registers of another layout; which one it is can change at an exec.
use crate::check::check;
use crate::clone_flags::CloneFlags;
use crate::ptrace::Traced;
use rustix::io::Errno;

mod calls;

pub use calls::Abi;

/// The largest set of the architectures: 27 words on x86-64, 34 on aarch64.
const WORDS: usize = 34;
const NT_PRSTATUS: usize = 1;
const NT_ARM_SYSTEM_CALL: usize = 0x404;

/// General registers.
#[derive(Clone, Debug)]
pub struct Registers {
    words: [u64; WORDS],
    /// In bytes: it tells the layout.
    length: usize,
    /// The number of the call that the thread is to be in, where that is none of its registers (aarch64); -1 for none.
    call: Option<u32>,
}

impl Traced {
    /// Its general registers (`PTRACE_GETREGSET`).
    pub fn registers(self) -> Result<Registers, Errno> {
        let mut words = [0u64; WORDS];
        let length = transfer(libc::PTRACE_GETREGSET, self, NT_PRSTATUS, &mut words)?;
        Ok(Registers {
            words,
            length,
            call: None,
        })
    }

    /// Gives it these (`PTRACE_SETREGSET`).
    pub fn set_registers(self, registers: &Registers) -> Result<(), Errno> {
        let mut words = registers.words;
        let count = registers.length.div_ceil(size_of::<u64>()).min(WORDS);
        transfer(
            libc::PTRACE_SETREGSET,
            self,
            NT_PRSTATUS,
            &mut words[..count],
        )?;
        match registers.call {
            Some(number) => transfer(
                libc::PTRACE_SETREGSET,
                self,
                NT_ARM_SYSTEM_CALL,
                &mut [number],
            )
            .map(drop),
            None => Ok(()),
        }
    }
}

/// Reads or writes a set of registers. Gives how many bytes were transferred.
pub(crate) fn transfer<T: Word>(
    request: libc::c_uint,
    thread: Traced,
    set: usize,
    words: &mut [T],
) -> Result<usize, Errno> {
    let mut place = libc::iovec {
        iov_base: words.as_mut_ptr().cast(),
        iov_len: size_of_val(words),
    };
    let pid = thread.thread().as_raw_pid();
    // SAFETY: `place` is a live iovec of a live buffer of integers, no longer than that is.
    check(unsafe { libc::ptrace(request, pid, set, &raw mut place) })?;
    Ok(place.iov_len)
}

/// What sets of registers are made of.
pub(crate) trait Word {}
impl Word for u8 {}
impl Word for u32 {}
impl Word for u64 {}

/// A system call of a stopped thread that has come back with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedCall {
    /// Its number. Of which architecture's table it is does not show here: see [`Traced::syscall_stop`].
    pub number: u64,
    /// Its arguments, where the layout's own calls have them. A call of 32-bit code that was made from the wide one has
    /// them elsewhere.
    pub arguments: [u64; 6],
    /// The errno.
    pub errno: i32,
    /// How its thread makes calls, as far as the layout of registers tells. From x86-64 calls of 32-bit code can be made too
    /// (`int 0x80`).
    pub abi: Abi,
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Abi, CloneFlags, FailedCall, Registers};

    /// How long `syscall`, `sysenter`'s stand-in and `int 0x80` are.
    const INSTRUCTION: u64 = 2;

    impl Registers {
        /// The system call that has just come back with an error, if there is one.
        pub fn failed_call(&self) -> Option<FailedCall> {
            let (abi, places) = self.rules()?;
            let number = self.signed(abi, places.original?);
            let result = self.signed(abi, places.result);
            // Without a call the number is -1; an error is the last page of numbers.
            let failed = number >= 0 && (-4095..0).contains(&result);
            failed.then(|| FailedCall {
                number: number.unsigned_abs(),
                arguments: places.arguments.map(|place| self.word(abi, place)),
                errno: i32::try_from(-result).unwrap_or(0),
                abi,
            })
        }

        /// Has the call that has come back be made again: the thread goes on at its instruction, with the number where
        /// the result was. Gives where that is.
        #[must_use]
        pub fn call_again(&mut self) -> Option<u64> {
            let (abi, places) = self.rules()?;
            let number = self.word(abi, places.original?);
            let instruction = self.word(abi, places.instruction).wrapping_sub(INSTRUCTION);
            self.set(abi, places.result, number);
            self.set(abi, places.instruction, instruction);
            Some(instruction)
        }

        /// Takes [`Registers::call_again`] back: the call has come back with `errno`. `None`, and nothing is changed,
        /// unless they are as that left them, about to make the call `number` at `instruction`.
        #[must_use]
        pub fn call_came_back(&mut self, instruction: u64, number: u64, errno: i32) -> Option<()> {
            let (abi, places) = self.rules()?;
            let unchanged = self.word(abi, places.instruction) == instruction
                && self.word(abi, places.result) == number;
            if !unchanged {
                return None;
            }
            self.set(abi, places.result, i64::from(-errno).cast_unsigned());
            self.set(
                abi,
                places.instruction,
                instruction.wrapping_add(INSTRUCTION),
            );
            Some(())
        }

        /// The flags with which the thread has just made another one, at the event of that: those of clone(2), and those
        /// that fork(2) and vfork(2) stand for. `None` of a call that is not known, and of clone3(2), whose flags are not in
        /// registers but in memory: other threads can change that, or have it be of a file that a process serves, and
        /// reading it waits.
        pub fn clone_flags(&self) -> Option<CloneFlags> {
            let (abi, places) = self.rules()?;
            let number = i64::try_from(self.word(abi, places.original?)).ok()?;
            let argument = self.word(abi, places.arguments[0]);
            match (abi, number) {
                (Abi::X86_64, libc::SYS_fork) => Some(CloneFlags::empty()),
                (Abi::X86_64, libc::SYS_vfork) => Some(CloneFlags::VFORK | CloneFlags::MEMORY),
                (Abi::X86_64, libc::SYS_clone) => Some(CloneFlags::of_argument(argument)),
                _ => None,
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn how_a_thread_was_made_is_known_where_registers_tell() {
            let made = |number: libc::c_long| {
                let mut registers = interrupted(Abi::X86_64);
                let (abi, places) = registers.rules().unwrap();
                registers.set(abi, places.original.unwrap(), number.unsigned_abs());
                // With SIGCHLD, and what the kernel does not look at.
                registers.set(abi, places.arguments[0], 1 << 32 | 0x2000_8011);
                registers.clone_flags()
            };
            let vfork = CloneFlags::VFORK | CloneFlags::MEMORY;
            let asked = CloneFlags::PARENT | CloneFlags::NEW_PID;
            assert_eq!(made(libc::SYS_fork), Some(CloneFlags::empty()));
            assert_eq!(made(libc::SYS_vfork), Some(vfork));
            assert_eq!(made(libc::SYS_clone), Some(asked));
            assert_eq!(made(libc::SYS_clone3), None);
            assert_eq!(made(libc::SYS_read), None);
        }

        fn interrupted(abi: Abi) -> Registers {
            let length = if abi == Abi::X86_64 { 216 } else { 68 };
            let mut registers = Registers {
                words: [0x5555_5555_5555_5555; super::super::WORDS],
                length,
                call: None,
            };
            let (_, places) = registers.rules().unwrap();
            registers.set(abi, places.original.unwrap(), 232);
            registers.set(abi, places.result, (-4i64).cast_unsigned());
            registers.set(abi, places.instruction, 0x1002);
            for (place, value) in places.arguments.into_iter().zip(7..13) {
                registers.set(abi, place, value);
            }
            registers
        }

        #[test]
        fn a_call_that_failed_is_seen_in_either_layout() {
            for abi in [Abi::X86_64, Abi::I386] {
                let call = interrupted(abi).failed_call().unwrap();
                let expected = FailedCall {
                    number: 232,
                    arguments: [7, 8, 9, 10, 11, 12],
                    errno: 4,
                    abi,
                };
                assert_eq!(call, expected);
            }
        }

        #[test]
        fn making_a_call_again_and_taking_that_back_leaves_all_as_it_was() {
            for abi in [Abi::X86_64, Abi::I386] {
                let before = interrupted(abi);
                let mut registers = before.clone();
                assert_eq!(registers.call_again(), Some(0x1000));
                assert_eq!(registers.failed_call(), None);
                assert_eq!(registers.call_came_back(0x2000, 232, 4), None);
                registers.call_came_back(0x1000, 232, 4).unwrap();
                assert_eq!(registers.words, before.words);
            }
        }

        #[test]
        fn outside_of_a_call_nothing_has_failed() {
            let mut registers = interrupted(Abi::X86_64);
            let (abi, places) = registers.rules().unwrap();
            registers.set(abi, places.original.unwrap(), u64::MAX);
            assert_eq!(registers.failed_call(), None);
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use super::{CloneFlags, FailedCall, Registers};

    /// The size of `user_pt_regs`; the registers of 32-bit code are 72 bytes.
    const LENGTH: usize = 272;

    /// Where a call has its first argument, and then its result.
    const FIRST: usize = 0;
    const NUMBER: usize = 8;

    impl Registers {
        /// Not known here: the result of a call lies where its first argument was, which the kernel keeps but shows of a
        /// thread only that is in a call, and this one is not any more. Telling the kernel that it is
        /// (`NT_ARM_SYSTEM_CALL`) and reading `/proc/PID/syscall` then gives the argument of the last call; but that need
        /// not be this one: a handler can have come back since (rt_sigreturn(2)), and then `EINTR` is the thread's own.
        /// So it is not made again.
        pub fn failed_call(&self) -> Option<FailedCall> {
            None
        }

        /// See [`Registers::failed_call`].
        #[must_use]
        pub fn call_again(&mut self) -> Option<u64> {
            None
        }

        /// See [`Registers::failed_call`].
        #[must_use]
        pub fn call_came_back(&mut self, _: u64, _: u64, _: i32) -> Option<()> {
            None
        }

        /// The flags of clone(2) with which the thread has just made another one, at the event of that. `None` of 32-bit
        /// code, and of clone3(2), whose flags are not in registers but in memory: other threads can change that, or have it
        /// be of a file that a process serves, and reading it waits.
        pub fn clone_flags(&self) -> Option<CloneFlags> {
            let number = i64::try_from(self.words[NUMBER]).ok()?;
            let clone = self.length == LENGTH && number == libc::SYS_clone;
            clone.then(|| CloneFlags::of_argument(self.words[FIRST]))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn made(number: libc::c_long, length: usize) -> Option<CloneFlags> {
            let mut words = [0x5555_5555_5555_5555; super::super::WORDS];
            words[NUMBER] = number.unsigned_abs();
            // With SIGCHLD, and what the kernel does not look at.
            words[FIRST] = 1 << 32 | 0x2000_8011;
            let call = None;
            let registers = Registers {
                words,
                length,
                call,
            };
            registers.clone_flags()
        }

        #[test]
        fn how_a_thread_was_made_is_known_where_registers_tell() {
            let asked = CloneFlags::PARENT | CloneFlags::NEW_PID;
            assert_eq!(made(libc::SYS_clone, LENGTH), Some(asked));
            assert_eq!(made(libc::SYS_clone3, LENGTH), None);
            assert_eq!(made(libc::SYS_read, LENGTH), None);
            assert_eq!(made(libc::SYS_clone, 72), None);
        }
    }
}
