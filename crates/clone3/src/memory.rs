//! How a child comes to its memory, as types: what the kernel, or memory safety, allows one child only is a method of
//! that one's builder.
mod sealed {
    pub trait Sealed {}
}

/// The child has a copy of the memory.
#[derive(Clone, Copy, Debug)]
pub struct CopiedMemory;

/// The child has a copy of the memory, and clocks of its own.
#[derive(Clone, Copy, Debug)]
pub struct CopiedMemoryNewTime;

/// The child has the parent's memory until it executes a program or exits.
#[derive(Clone, Copy, Debug)]
pub struct SharedMemory;

/// Memory that is the child's own: [`CopiedMemory`] or [`CopiedMemoryNewTime`].
pub trait OwnMemory: sealed::Sealed {}

impl sealed::Sealed for CopiedMemory {}
impl sealed::Sealed for CopiedMemoryNewTime {}
impl OwnMemory for CopiedMemory {}
impl OwnMemory for CopiedMemoryNewTime {}
