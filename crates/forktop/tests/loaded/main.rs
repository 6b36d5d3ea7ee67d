//! Real servers under load: shells are opened and closed in them a hundred times, no request fails, and they have left nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod nginx;
mod postgresql;
mod redis;
mod servers;
#[path = "../support/mod.rs"]
mod support;
