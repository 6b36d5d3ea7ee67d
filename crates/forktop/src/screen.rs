//! The terminal interface.
//!
//! [`App`] is all of its state. [`App::update`] alone changes it: an [`Input`](effect::Input) comes in, and what is to be
//! done comes out as values. `&App` draws itself: state in, cells out. Neither makes a system call or asks for the time.
//!
//! - [`history`] has the records, and the model of those that are shown: usually all of them.
//! - [`tree`] has what is the user's in the tree: folds, a filter, an order, the selection. Its rows are made anew at most
//!   once a frame, and only when something changed of which they are made.
//! - [`bindings`] is the one table of keys. An [`Action`](action::Action) is looked up there by what has the keys
//!   ([`Context`](bindings::Context)); the footer and the help are made of the same table.
//! - [`terminals`] has what the terminals beside the user's show: the command's, and each [`shell`]'s in a process.
//! - `app` has a file for each kind of thing that can be asked for, `view` one for each part of the screen, which tells also
//!   what a click on that part means. [`layout`] says where the parts are, to both.
//! - [`panes`] tells of the selected process in lines; they are framed and scrolled here.
pub mod action;
mod age;
mod app;
pub mod bindings;
mod charset;
pub mod effect;
pub mod filter;
pub mod history;
pub mod key;
pub mod layout;
pub mod panes;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod shell;
mod surroundings;
pub mod terminals;
mod text;
pub mod theme;
pub mod tree;
mod typed;
mod view;

pub use app::App;
pub use surroundings::Surroundings;

#[cfg(test)]
mod tests;
