//! A system call as data: its name, and its arguments with all that they lead to.
use kernel::{Abi, syscall_number, syscalls};

/// A system call that is to be made in another process.
///
/// ```
/// use tracee::{Call, Data};
///
/// let open = Call::new("openat").number(0xffff_ff9c).at(Data::text("/etc/passwd")).number(0);
/// assert_eq!(open.name(), "openat");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    name: &'static str,
    arguments: Vec<Word>,
}

/// An argument, or a word of a structure: as wide as a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A number.
    Number(u64),
    /// The address of this.
    At(Data),
}

/// Something in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A structure of words.
    Words(Vec<Word>),
    /// Room for so many bytes, which the call fills; at most one a call.
    Room(usize),
}

impl Data {
    /// A string with a NUL at its end.
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        let mut bytes = text.as_ref().to_vec();
        bytes.push(0);
        Self::Bytes(bytes)
    }

    /// A list of strings with a null pointer at its end, as of execve(2).
    pub fn texts<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter().map(|text| Word::At(Self::text(text)));
        Self::Words(texts.chain([Word::Number(0)]).collect())
    }
}

impl Call {
    /// The call of this name, as the kernel's table of this machine has it, without arguments.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            arguments: Vec::new(),
        }
    }

    /// The same, of a call whose name somebody has written, if it has one in the table.
    pub fn named(name: &str) -> Option<Self> {
        let known = syscalls().find(|(known, _)| *known == name);
        known.map(|(known, _)| Self::new(known))
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// With one more argument, a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.arguments.push(Word::Number(number));
        self
    }

    /// With one more argument, a number that may be negative.
    #[must_use]
    pub fn signed(self, number: i32) -> Self {
        self.number(i64::from(number).cast_unsigned())
    }

    /// With one more argument, the address of this.
    #[must_use]
    pub fn at(mut self, data: Data) -> Self {
        self.arguments.push(Word::At(data));
        self
    }

    /// The number of the call by these rules, if it has one there.
    pub fn number_in(&self, abi: Abi) -> Option<u32> {
        number(self.name, abi)
    }

    /// Its arguments where its data lies from `base` on, and that data.
    pub(crate) fn lay_out(&self, abi: Abi, base: u64) -> LaidOut {
        let mut laid = LaidOut {
            arguments: [0; 6],
            bytes: Vec::new(),
            room: None,
            base,
            pointer: abi.pointer(),
        };
        for (place, word) in self.arguments.iter().enumerate() {
            let value = laid.value(word);
            if let Some(argument) = laid.arguments.get_mut(place) {
                *argument = value;
            }
        }
        laid
    }

    /// Whether any argument leads to memory.
    pub(crate) fn needs_memory(&self) -> bool {
        let is_number = |word: &Word| matches!(word, Word::Number(_));
        !self.arguments.iter().all(is_number)
    }
}

/// A call's arguments, and what they lead to.
#[derive(Debug)]
pub(crate) struct LaidOut {
    pub(crate) arguments: [u64; 6],
    pub(crate) bytes: Vec<u8>,
    /// Where there is room, and how many bytes.
    pub(crate) room: Option<(u64, usize)>,
    base: u64,
    pointer: usize,
}

impl LaidOut {
    fn value(&mut self, word: &Word) -> u64 {
        match word {
            Word::Number(number) => *number,
            Word::At(data) => self.place(data),
        }
    }

    /// Puts something behind what is there, and gives its address.
    fn place(&mut self, data: &Data) -> u64 {
        let offset = self.bytes.len().next_multiple_of(16);
        let address = self.base.wrapping_add(offset as u64);
        match data {
            Data::Bytes(bytes) => {
                self.bytes.resize(offset, 0);
                self.bytes.extend(bytes);
            }
            Data::Room(length) => {
                self.bytes.resize(offset.saturating_add(*length), 0);
                self.room = Some((address, *length));
            }
            Data::Words(words) => {
                let length = words.len().saturating_mul(self.pointer);
                self.bytes.resize(offset.saturating_add(length), 0);
                for (index, word) in words.iter().enumerate() {
                    let value = self.value(word).to_ne_bytes();
                    let start = offset.saturating_add(index.saturating_mul(self.pointer));
                    let place = self.bytes.iter_mut().skip(start).take(self.pointer);
                    // Both machines are little-endian: the low bytes come first.
                    place.zip(value).for_each(|(place, byte)| *place = byte);
                }
            }
        }
        address
    }
}

fn number(name: &str, abi: Abi) -> Option<u32> {
    match abi {
        Abi::X86_64 | Abi::Aarch64 => syscall_number(name),
        Abi::I386 => {
            let known = I386.iter().find(|(known, _)| *known == name);
            known.map(|(_, number)| *number)
        }
    }
}

/// The calls of 32-bit code on x86-64 that are made by us (arch/x86/entry/syscalls/syscall_32.tbl), each with 32-bit ids and
/// 64-bit offsets where there are several.
const I386: [(&str, u32); 60] = [
    ("accept4", 364),
    ("bind", 361),
    ("capset", 185),
    ("chroot", 61),
    ("clone", 120),
    ("close", 6),
    ("close_range", 436),
    ("connect", 362),
    ("dup3", 330),
    ("execve", 11),
    ("execveat", 358),
    ("exit_group", 252),
    ("faccessat", 307),
    ("faccessat2", 439),
    ("fcntl", 221),
    ("fsopen", 430),
    ("getdents64", 220),
    ("getresgid", 211),
    ("getresuid", 209),
    ("getsockopt", 365),
    ("ioctl", 54),
    ("kill", 37),
    ("listen", 363),
    ("memfd_create", 356),
    ("mkdirat", 296),
    ("mknodat", 297),
    ("mmap", 192),
    ("mount", 21),
    ("munmap", 91),
    ("openat", 295),
    ("personality", 136),
    ("pidfd_open", 434),
    ("poll", 168),
    ("prctl", 172),
    ("prlimit64", 340),
    ("ptrace", 26),
    ("read", 3),
    ("recvmsg", 372),
    ("rt_sigaction", 174),
    ("sendto", 369),
    ("setfsgid", 216),
    ("setfsuid", 215),
    ("setgid", 214),
    ("setgroups", 206),
    ("sethostname", 74),
    ("setns", 346),
    ("setresgid", 210),
    ("setresuid", 208),
    ("setsid", 66),
    ("setsockopt", 366),
    ("setuid", 213),
    ("socket", 359),
    ("socketpair", 360),
    ("statx", 383),
    ("umount2", 52),
    ("uname", 122),
    ("unlinkat", 301),
    ("unshare", 310),
    ("wait4", 114),
    ("write", 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_laid_out_behind_each_other_with_pointers_of_the_right_width() {
        let call = Call::new("execve")
            .at(Data::text("/x"))
            .at(Data::texts(["a", "bc"]))
            .signed(-1);
        for (abi, width) in [(Abi::X86_64, 8), (Abi::I386, 4)] {
            let laid = call.lay_out(abi, 0x1000);
            assert_eq!(laid.arguments, [0x1000, 0x1010, u64::MAX, 0, 0, 0]);
            assert_eq!(&laid.bytes[..3], b"/x\0");
            let word = |index: usize| {
                let start = 16 + index * width;
                let mut bytes = [0; 8];
                bytes[..width].copy_from_slice(&laid.bytes[start..start + width]);
                usize::try_from(u64::from_le_bytes(bytes)).unwrap()
            };
            let text = |index| &laid.bytes[word(index) - 0x1000..][..2];
            assert_eq!((text(0), text(1)), (&b"a\0"[..], &b"bc"[..]));
            assert_eq!(word(2), 0);
        }
    }

    #[test]
    fn room_is_told() {
        let call = Call::new("read").number(3).at(Data::Room(100)).number(100);
        let laid = call.lay_out(Abi::X86_64, 0x2000);
        assert_eq!(laid.room, Some((0x2000, 100)));
        assert!(call.needs_memory() && !Call::new("read").number(3).needs_memory());
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn calls_of_narrow_code_are_found() {
        assert!(I386.is_sorted());
        assert_eq!(number("clone", Abi::I386), Some(120));
        assert_eq!(number("wait4", Abi::I386), Some(114));
        assert_eq!(number("unknown", Abi::I386), None);
        assert_eq!(Call::named("openat"), Some(Call::new("openat")));
        assert_eq!(Call::named("open_at"), None);
        for (name, _) in I386 {
            assert!(number(name, Abi::X86_64).is_some(), "{name}");
        }
    }
}
