//! A shell in a process is the process: it may do what that may, no more and no less, and leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

#[path = "shells/descriptors.rs"]
mod descriptors;
#[path = "shells/ends.rs"]
mod ends;
#[path = "shells/freezer.rs"]
mod freezer;
#[path = "shells/frozen.rs"]
mod frozen;
#[path = "shells/late.rs"]
mod late;
#[path = "shells/many.rs"]
mod many;
#[path = "shells/open.rs"]
mod open;
#[path = "shells/parity.rs"]
mod parity;
#[path = "shells/refusals.rs"]
mod refusals;
#[path = "shells/stillness.rs"]
mod stillness;
#[path = "shells/subject.rs"]
mod subject;
#[path = "shells/voids.rs"]
mod voids;
