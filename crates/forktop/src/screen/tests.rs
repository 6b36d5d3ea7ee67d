//! The interface as its user meets it.
mod keys;
mod language;
mod mouse;
mod pictures;
mod refused;
mod shells;
mod states;
mod steady;
mod time;
mod tree;
