//! The terminal interface: inputs come in, [`App::update`](app) changes the state and says what is to be done, and the
//! view draws what there is. Neither makes a system call.
pub mod effect;
pub mod panes;
pub mod theme;
