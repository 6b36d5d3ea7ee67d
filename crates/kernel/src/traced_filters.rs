//! The seccomp filters of a stopped thread, as the kernel keeps them (`PTRACE_SECCOMP_GET_FILTER`, Linux 4.4).
use crate::check::check;
use crate::ptrace::Traced;
use rustix::io::Errno;

const PTRACE_SECCOMP_GET_FILTER: libc::c_uint = 0x420c;

/// One instruction of classic BPF (`sock_filter`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Instruction {
    /// What is done (`code`).
    pub code: u16,
    /// How many instructions are left out if a condition holds (`jt`).
    pub if_true: u8,
    /// How many if it does not (`jf`).
    pub if_false: u8,
    /// The operand (`k`).
    pub operand: u32,
}

const _: () = assert!(size_of::<Instruction>() == size_of::<libc::sock_filter>());

impl Traced {
    /// Its filters, the oldest first. It has to be stopped.
    ///
    /// # Errors
    /// `EACCES` without `CAP_SYS_ADMIN` in the first user namespace, or where this process itself has a filter; `EIO` from
    /// a kernel without the request; `EMEDIUMTYPE` if a filter is not of classic BPF.
    pub fn filters(self) -> Result<Vec<Vec<Instruction>>, Errno> {
        let mut filters = Vec::new();
        loop {
            match self.filter(filters.len()) {
                // There is no such one, or none at all.
                Err(Errno::NOENT) => return Ok(filters),
                Err(Errno::INVAL) if filters.is_empty() => return Ok(filters),
                filter => filters.push(filter?),
            }
        }
    }

    fn filter(self, index: usize) -> Result<Vec<Instruction>, Errno> {
        let pid = self.thread().as_raw_pid();
        let no_room = std::ptr::null_mut::<Instruction>();
        // SAFETY: with a null pointer the kernel only tells how many instructions there are.
        let count = check(unsafe { libc::ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, no_room) })?;
        let count = usize::try_from(count).map_err(|_| Errno::INVAL)?;
        let mut filter = vec![Instruction::default(); count];
        // SAFETY: filters never change, and are counted from the oldest: what other threads add to this one's
        // (`SECCOMP_FILTER_FLAG_TSYNC`) comes behind. So the kernel writes as many instructions as it has told.
        check(unsafe { libc::ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, filter.as_mut_ptr()) })?;
        Ok(filter)
    }
}
