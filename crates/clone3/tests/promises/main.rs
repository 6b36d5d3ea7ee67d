//! What the crate promises, each promise against the kernel itself. A test that changes what a whole process has (signals,
//! handlers, directories) does it in a process of its own.
mod cgroup;
mod end;
mod handlers;
mod memory;
mod namespaces;
mod numbers;
mod parents;
mod process;
mod refusal;
mod sharing;
mod storage;
mod tracing;
