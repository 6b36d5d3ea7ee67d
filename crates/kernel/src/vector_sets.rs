//! Vector registers that a thread keeps only until it makes a system call, so that a call which it does not make for itself
//! takes them away: on aarch64 what of them is longer than 128 bits (SVE), and that they are those of streaming mode (SME). On
//! x86-64 a call keeps all.
use crate::ptrace::Traced;
use crate::registers::transfer;
use rustix::io::Errno;

/// `NT_ARM_SVE` and `NT_ARM_SSVE`.
#[cfg(target_arch = "aarch64")]
const SETS: &[usize] = &[0x405, 0x40b];
#[cfg(not(target_arch = "aarch64"))]
const SETS: &[usize] = &[];

/// Where in a set it says whether it is in use (`user_sve_header.flags`, `SVE_PT_REGS_SVE`).
const FLAGS: usize = 12;
const IN_USE: u8 = 1;

/// More than any set of registers of today takes: 11 KiB with AMX of x86-64, and 9 KiB where they have 2048 bits.
const MOST: usize = 1 << 14;

/// Such sets, as far as they are in use, as the kernel lays them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VectorSets(Vec<(usize, Vec<u8>)>);

impl Traced {
    /// Those that it has in use.
    pub fn fleeting_vectors(self) -> VectorSets {
        let in_use = |set: &usize| {
            // Of a machine without them there are none.
            let bytes = self.set_of_registers(*set).ok()?;
            (bytes.get(FLAGS)? & IN_USE != 0).then_some((*set, bytes))
        };
        VectorSets(SETS.iter().filter_map(in_use).collect())
    }

    /// Gives it these, and has them be in use.
    pub fn set_fleeting_vectors(self, sets: &VectorSets) -> Result<(), Errno> {
        for (set, bytes) in &sets.0 {
            transfer(libc::PTRACE_SETREGSET, self, *set, &mut bytes.clone())?;
        }
        Ok(())
    }

    /// A set of registers as the kernel lays it out (`PTRACE_GETREGSET`).
    pub(crate) fn set_of_registers(self, set: usize) -> Result<Vec<u8>, Errno> {
        let mut bytes = vec![0u8; MOST];
        let length = transfer(libc::PTRACE_GETREGSET, self, set, &mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}
