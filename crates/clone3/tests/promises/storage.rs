//! Thread-local storage is what it was asked to be.
use crate::process::fork;
use clone3::{Clone3, How};
use std::arch::asm;

/// What a thread finds its storage by, and on x86-64 the first word of that.
#[cfg(target_arch = "x86_64")]
fn storage() -> u64 {
    let base;
    // SAFETY: the machine's convention keeps the storage's own address in its first word.
    unsafe { asm!("mov {}, fs:0", out(reg) base, options(nostack, readonly, preserves_flags)) };
    base
}

/// What a thread finds its storage by.
#[cfg(target_arch = "aarch64")]
fn storage() -> u64 {
    let base;
    // SAFETY: the register can be read by every thread.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) base, options(nostack, nomem, preserves_flags)) };
    base
}

#[test]
fn a_child_has_the_thread_local_storage_that_was_asked_for() {
    // Room for what the C library's functions may read: the guard of stacks, for one.
    let mut other = Box::new([0u64; 512]);
    let middle = &raw mut other[256];
    let address = middle.expose_provenance() as u64;
    other[256] = address;
    assert_ne!(storage(), address);
    // SAFETY: the child uses nothing of the C library but _exit(2), which reads at most the guard of stacks.
    let clone = unsafe { Clone3::new().tls(address) };
    let child = fork(&clone, || (storage() == address).into()).unwrap();
    assert_eq!(child.wait().unwrap().how, How::Exited(1));
}
