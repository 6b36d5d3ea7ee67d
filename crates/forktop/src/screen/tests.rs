//! The interface as its user meets it.
mod keys;
mod mouse;
mod pictures;
mod steady;
mod time;
