//! Programs that the shim itself runs for a moment, as any program of the launcher's.
use rustix::process::Signal;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the kernel kill what `command` starts when the thread that starts it ends (`PR_SET_PDEATHSIG`), so that nothing of
/// the shim's outlives it.
pub fn dies_with_us(command: &mut Command) -> &mut Command {
    let die = || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        Ok(())
    };
    // SAFETY: between fork and exec only one system call is made, which takes integers; nothing is allocated.
    unsafe { command.pre_exec(die) }
}
