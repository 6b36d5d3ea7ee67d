//! Memory for a child that shares all other memory.
use crate::check;
use std::io;
use std::ptr::NonNull;

/// A stack with a page below it that cannot be touched: whoever needs more is killed, and overwrites nothing.
#[derive(Debug)]
pub struct Stack {
    /// The guard page, and above it the stack.
    base: NonNull<libc::c_void>,
    length: usize,
}

// SAFETY: the mapping belongs to the value alone, and no thread has a pointer into it while nothing runs on it.
unsafe impl Send for Stack {}

impl Stack {
    /// Room for at least `size` bytes. Pages are only taken when they are used.
    pub fn new(size: usize) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let too_large = || io::Error::from_raw_os_error(libc::ENOMEM);
        let length = size
            .checked_next_multiple_of(page)
            .and_then(|size| size.checked_add(page))
            .ok_or_else(too_large)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
        // SAFETY: an anonymous mapping at an address of the kernel's choice replaces nothing.
        let base =
            unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
        let base = NonNull::new(base)
            .filter(|_| base != libc::MAP_FAILED)
            .ok_or_else(io::Error::last_os_error)?;
        let stack = Self { base, length };
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let usable = base.as_ptr().wrapping_byte_add(page);
        // SAFETY: the range is the mapping above without its first page, and nobody else knows it.
        check(unsafe { libc::mprotect(usable, length - page, protection) }.into())?;
        Ok(stack)
    }

    /// The lowest address that can be used, and how many bytes from there.
    pub(crate) fn range(&mut self) -> (u64, u64) {
        let page = rustix::param::page_size();
        (
            self.base.addr().get() as u64 + page as u64,
            (self.length - page) as u64,
        )
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and no child runs on it: `vfork` returns when that has left it.
        unsafe { libc::munmap(self.base.as_ptr(), self.length) };
    }
}
