//! Text made on the stack: the path by which a process reaches one of its own descriptors.
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd};

const PREFIX: &[u8] = b"/proc/self/fd/";

/// `/proc/self/fd/N` without an allocation.
pub(crate) struct DescriptorPath([u8; 32]);

impl DescriptorPath {
    pub(crate) fn new(fd: BorrowedFd<'_>) -> Self {
        let mut digits = [0u8; 10];
        let mut number = fd.as_raw_fd().unsigned_abs();
        let mut count = 0;
        while count == 0 || number > 0 {
            digits[count] = b"0123456789"[(number % 10) as usize];
            number /= 10;
            count += 1;
        }
        let mut text = [0u8; 32];
        text[..PREFIX.len()].copy_from_slice(PREFIX);
        for (place, digit) in text[PREFIX.len()..]
            .iter_mut()
            .zip(digits[..count].iter().rev())
        {
            *place = *digit;
        }
        Self(text)
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        // 14 + 10 bytes at most of 32 are written, so a NUL follows.
        CStr::from_bytes_until_nul(&self.0).unwrap_or(c"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn the_path_of_a_descriptor_leads_to_its_file() {
        let file = std::fs::File::open("/proc/self/status").unwrap();
        let path = DescriptorPath::new(file.as_fd());
        let expected = format!("/proc/self/fd/{}", file.as_raw_fd());
        assert_eq!(path.as_c_str().to_str().unwrap(), expected);
    }
}
