//! The memory of a stopped process: where in it an instruction lies that makes a system call, and reading and writing what is
//! its own copy.
//!
//! A page may be of a file that another process serves, or be waited for by one (userfaultfd(2)), and then reading it lasts as
//! long as that wants. What is not known to be a copy that was made for us is read with patience only.
use super::patience::patiently;
use kernel::{Abi, Errno};
use rustix::process::Pid;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// An instruction that makes a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) address: u64,
    pub(crate) abi: Abi,
}

/// At most so much is looked through for an instruction.
const MOST: usize = 1 << 20;

impl Door {
    /// One in the vDSO (vdso(7)), which the kernel maps into every process; where there is none, in any code.
    pub(crate) fn find(process: Pid, abi: Abi) -> Option<Self> {
        let maps = std::fs::read(format!("/proc/{}/maps", process.as_raw_pid())).ok()?;
        let maps = String::from_utf8_lossy(&maps);
        let all: Vec<_> = maps.lines().filter_map(Mapping::parse).collect();
        let own = all.iter().find(|mapping| mapping.name == "[vdso]");
        if let Some(door) = own.and_then(|vdso| vdso.door(process, abi).ok().flatten()) {
            return Some(door);
        }
        let code = all.iter().filter(|mapping| mapping.name != "[vsyscall]");
        for mapping in code {
            match mapping.door(process, abi) {
                Ok(None) => {}
                Ok(door) => return door,
                // Its owner may have made any number of such.
                Err(Errno::TIMEDOUT) => return None,
                Err(_) => {}
            }
        }
        None
    }

    /// Whether it is there still: a process that has executed a program has another memory.
    pub(crate) fn is_in(self, process: Pid) -> bool {
        let instruction = self.abi.instruction();
        let found = read_patiently(process, self.address, instruction.len());
        found.is_ok_and(|found| found == instruction)
    }
}

/// A line of /proc/PID/maps (proc_pid_maps(5)) that can be executed.
struct Mapping<'a> {
    start: u64,
    length: usize,
    name: &'a str,
}

impl<'a> Mapping<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.splitn(6, ' ');
        let (start, end) = fields.next()?.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (start, end) = (number(start)?, number(end)?);
        let access = fields.next()?;
        (access.starts_with('r') && access.contains('x')).then_some(())?;
        Some(Self {
            start,
            length: usize::try_from(end.checked_sub(start)?).ok()?.min(MOST),
            name: fields.nth(3).unwrap_or_default().trim(),
        })
    }

    fn door(&self, process: Pid, abi: Abi) -> Result<Option<Door>, Errno> {
        let code = read_patiently(process, self.start, self.length)?;
        let mut found = memchr::memmem::find_iter(&code, abi.instruction());
        let offset = found.find(|at| at.is_multiple_of(abi.alignment()));
        let address = offset.and_then(|offset| self.start.checked_add(u64::try_from(offset).ok()?));
        Ok(address.map(|address| Door { address, abi }))
    }
}

/// What lies there, in memory that cannot keep who reads it waiting.
pub(crate) fn read(process: Pid, address: u64, length: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; length];
    memory(process, false)?
        .read_exact_at(&mut bytes, address)
        .map_err(|error| errno(&error))?;
    Ok(bytes)
}

/// The same of any memory.
pub(crate) fn read_patiently(process: Pid, address: u64, length: usize) -> Result<Vec<u8>, Errno> {
    patiently(move || read(process, address, length))
}

/// Puts bytes there, in a copy that is nobody's but ours.
pub(crate) fn write(process: Pid, address: u64, bytes: &[u8]) -> Result<(), Errno> {
    let memory = memory(process, true)?;
    memory
        .write_all_at(bytes, address)
        .map_err(|error| errno(&error))
}

fn memory(process: Pid, write: bool) -> Result<File, Errno> {
    File::options()
        .read(true)
        .write(write)
        .open(format!("/proc/{}/mem", process.as_raw_pid()))
        .map_err(|error| errno(&error))
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_has_an_instruction_that_makes_calls() {
        let this = rustix::process::getpid();
        let abi = Abi::NATIVE;
        let door = Door::find(this, abi).unwrap();
        let code = read(this, door.address, abi.instruction().len()).unwrap();
        assert_eq!(code, abi.instruction());
        assert_eq!(read(this, 8, 8), Err(Errno::IO));
        assert_eq!(read_patiently(this, 8, 8), Err(Errno::IO));
    }

    #[test]
    fn only_what_can_be_read_and_executed_is_looked_through() {
        let name = |line| {
            Mapping::parse(line).map(|mapping| (mapping.start, mapping.length, mapping.name))
        };
        let vdso = "7ffd1000-7ffd3000 r-xp 00000000 00:00 0                          [vdso]";
        assert_eq!(name(vdso), Some((0x7ffd_1000, 0x2000, "[vdso]")));
        let library =
            "7f10-7f20 r-xp 00001000 08:01 123                        /lib/a b.so (deleted)";
        assert_eq!(name(library), Some((0x7f10, 16, "/lib/a b.so (deleted)")));
        assert_eq!(name("7f10-7f20 r--p 00001000 08:01 123   /lib/a.so"), None);
        assert_eq!(name("7f10-7f20 --xp 00001000 08:01 123   /lib/a.so"), None);
        assert_eq!(name("garbage"), None);
    }
}
