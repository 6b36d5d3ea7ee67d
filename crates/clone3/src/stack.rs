//! Memory for a child that shares all other memory.
use crate::check;
use std::io;
use std::ptr::NonNull;

/// A stack with a page below it that cannot be touched: a child that needs more is killed, and overwrites nothing. It can
/// be used again and again.
#[derive(Debug)]
pub struct Stack {
    /// The guard page, and above it the stack.
    base: NonNull<libc::c_void>,
    length: usize,
}

// SAFETY: the mapping belongs to the value alone, and no thread has a pointer into it while nothing runs on it.
unsafe impl Send for Stack {}

impl Stack {
    /// Room for at least `size` bytes, and at least a page. Pages are only taken when they are used.
    pub fn new(size: usize) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let too_large = || io::Error::from_raw_os_error(libc::ENOMEM);
        let length = size
            .max(1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_whole_pages_and_at_least_one() {
        let page = rustix::param::page_size();
        for (asked, given) in [(0, page), (1, page), (page, page), (page + 1, 2 * page)] {
            let (_, size) = Stack::new(asked).unwrap().range();
            assert_eq!(size, given as u64, "asked for {asked}");
        }
        let error = Stack::new(usize::MAX).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOMEM));
    }
}
