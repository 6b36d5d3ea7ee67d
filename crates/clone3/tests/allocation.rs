//! Nothing is allocated between the call and the child's end, in the parent or in the child.
use clone3::{Clone3, How, Namespaces, Stack};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Of this thread alone: the test harness has others.
    static ALLOCATIONS: Cell<u8> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: it is the system's allocator, and counts beside it without allocating.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get().saturating_add(1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn starting_and_waiting_allocates_nothing() {
    drop(Box::new(1));
    assert!(ALLOCATIONS.get() > 0, "allocations are counted");
    let mut stack = Stack::new(64 * 1024).unwrap();
    let clone = Clone3::new().namespaces(Namespaces::USER);

    ALLOCATIONS.set(0);
    // SAFETY: the child only reads a number.
    let copied = unsafe { clone.fork(|| ALLOCATIONS.get()) };
    // SAFETY: the child only reads a number, and drops nothing.
    let shared = unsafe { clone.share_memory().vfork(&mut stack, || ALLOCATIONS.get()) };
    let ended = [copied, shared].map(|child| child.and_then(|child| child.wait()));
    assert_eq!(ALLOCATIONS.get(), 0, "by the parent");
    for ended in ended {
        assert_eq!(ended.unwrap().how, How::Exited(0), "by the child");
    }
}
