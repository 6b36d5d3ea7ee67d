//! Processes are copied in the midst of whatever they do, and their copies are taken away, again and again: they notice
//! nothing, and nobody hangs, whoever dies meanwhile.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod dying;
mod filters;
#[cfg(target_arch = "x86_64")]
mod kinds;
mod noticing;
mod racing;
mod refusing;
mod visiting;

#[test]
fn the_same_holds_for_an_ordinary_user() {
    support::as_tester("the_same_holds_for_an_ordinary_user");
}
