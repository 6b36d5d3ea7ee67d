//! Real ELF files, made by gcc, and what their real loader says to them.
mod hostile;
mod kernel;
mod musl;
mod places;
mod workshop;

use super::*;
