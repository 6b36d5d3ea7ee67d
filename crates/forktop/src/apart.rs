//! Standing apart: what a small process of forktop's own does first which is to outlive forktop, however that ends.
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Leaves the session, so that no key and no hang-up ends this process, and heeds no signal that asks for its end.
pub fn stand_apart() -> io::Result<()> {
    // A failure is that it leads a session already.
    let _ = rustix::process::setsid();
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU] {
        // A handler that only sets a flag that nobody reads: there is no way to ignore a signal without unsafe code.
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}
