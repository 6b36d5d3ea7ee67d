//! From a copy to a shell that has not begun: the exec, and what it would change put right around it.
use super::capabilities::{keep_capabilities, put_capabilities_right};
use super::descriptors::{Handed, put_back};
use super::enter::{EnterError, Wish, make};
use super::ids::{even_out, put_ids_right};
use super::limits::narrow;
use super::parity::Before;
use crate::follow::{Program, Streams};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::time::Duration;
use tracee::{Call, CallError, Data, Errno, Inside, SignalSet};

const AT_EMPTY_PATH: u64 = 0x1000;
const PR_SET_DUMPABLE: u64 = 4;
/// `SUID_DUMP_USER`.
const DUMPABLE: u64 = 1;
const READ_IMPLIES_EXEC: u64 = 0x40_0000;

/// A program's file can be on a device that takes its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where programs are looked for, as login(1) has it.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All that it takes.
pub(super) struct Becoming<'a> {
    pub(super) wish: &'a Wish,
    pub(super) before: &'a Before,
    pub(super) handed: &'a Handed,
}

/// Has a copy execute the shell, and be as the process is, before the shell's first instruction.
pub(super) async fn become_shell(
    shell: &Inside,
    becoming: &Becoming<'_>,
) -> Result<(), EnterError> {
    let Becoming { before, handed, .. } = *becoming;
    heed_signals(shell, before.ignored).await?;
    keep_capabilities(shell, before).await;
    even_out(shell, before).await;
    execute(shell, becoming).await?;
    hide_what_is_hidden(shell, before).await?;
    put_ids_right(shell, before).await;
    put_capabilities_right(shell, before).await?;
    put_personality_right(shell, before).await;
    put_back(shell, before, handed).await?;
    narrow(shell, before).await?;
    // Last, as changes of ids and capabilities change it.
    match before.dumpable {
        Some(dumpable) => set_dumpable(shell, dumpable).await,
        None => Ok(()),
    }
}

/// A process that others of its user may not look into has what they may not have. An exec lets them: before anything else that is
/// taken back.
async fn hide_what_is_hidden(shell: &Inside, before: &Before) -> Result<(), EnterError> {
    match before.dumpable {
        Some(DUMPABLE) | None => Ok(()),
        Some(dumpable) => set_dumpable(shell, dumpable).await,
    }
}

/// Whether others of its user may look into it. What only root may look into (2, `fs.suid_dumpable`) cannot be set; nobody else
/// may either where it is 0.
async fn set_dumpable(shell: &Inside, dumpable: u64) -> Result<(), EnterError> {
    let set = Call::new("prctl")
        .number(PR_SET_DUMPABLE)
        .number(u64::from(dumpable == DUMPABLE));
    let what = "let it be looked into by whom the process may be";
    make(shell, what, &set).await.map(drop)
}

/// Takes away what is left in the shell of calls made in it: then it can begin.
pub(super) async fn give_back(shell: &Inside) -> Result<(), EnterError> {
    let tracer = |error| EnterError::Tracer("put it right before it begins", error);
    shell.set_mask(SignalSet::NONE).map_err(tracer)?;
    shell.give_back_memory().await.map_err(tracer)?;
    shell.restore().map_err(tracer)
}

/// A shell, and what it runs, is to heed the keys of its terminal: what the process ignores it does not. This is no permission.
async fn heed_signals(shell: &Inside, ignored: u64) -> Result<(), EnterError> {
    const SIG_DFL: [u8; 32] = [0; 32];
    for signal in (1..=64).filter(|signal| ignored >> (signal - 1) & 1 == 1) {
        let default = Call::new("rt_sigaction")
            .number(signal)
            .at(Data::Bytes(SIG_DFL.to_vec()))
            .number(0)
            .number(8);
        make(shell, "have it heed signals", &default).await?;
    }
    Ok(())
}

async fn execute(shell: &Inside, becoming: &Becoming<'_>) -> Result<(), EnterError> {
    let arguments = Data::texts(becoming.wish.arguments.iter().map(|it| it.as_bytes()));
    let environment = Data::texts(environment(becoming).iter().map(|it| it.as_bytes()));
    let (name, exec) = match &becoming.wish.program {
        Program::Carried { name, .. } => {
            let file = becoming.handed.program.ok_or(EnterError::Gone)?;
            let exec = Call::new("execveat").number(file).at(Data::text(""));
            (
                name,
                exec.at(arguments).at(environment).number(AT_EMPTY_PATH),
            )
        }
        Program::Inside(path) => {
            let exec = Call::new("execve").at(Data::text(path.as_os_str().as_bytes()));
            (path, exec.at(arguments).at(environment))
        }
    };
    let done = shell.execute(&exec, PATIENCE).await;
    done.map_err(|error| EnterError::Execute {
        program: name.display().to_string(),
        hint: hint(&becoming.wish.program, &error),
        error,
    })
}

fn hint(program: &Program, error: &CallError) -> &'static str {
    match (program, error) {
        (Program::Inside(_), CallError::Refused(Errno::NOENT | Errno::NOTDIR)) => {
            ": it, or the loader that it needs, is not there; leave --shell-inside out to carry one in"
        }
        (Program::Carried { .. }, CallError::Refused(Errno::ACCESS | Errno::PERM)) => {
            ": a security module, or vm.memfd_noexec, forbids it; --shell-inside executes one that is there"
        }
        _ => "",
    }
}

fn environment(becoming: &Becoming<'_>) -> Vec<OsString> {
    let Becoming { wish, handed, .. } = becoming;
    let mut all = vec![
        OsString::from(PATH),
        OsString::from("HOME=/"),
        OsString::from(format!("PS1={}:\\w\\$ ", wish.title)),
    ];
    if let Streams::Terminal {
        name: Some(name), ..
    } = &wish.streams
    {
        let mut term = OsString::from("TERM=");
        term.push(name);
        all.push(term);
    }
    for (stream, own) in handed.own_streams.iter().enumerate() {
        if let Some(own) = own {
            all.push(OsString::from(format!("FORKTOP_FD{stream}={own}")));
        }
    }
    if let Some(program) = handed.kept {
        all.push(OsString::from(format!("FORKTOP_SHELL={program}")));
    }
    // Nothing with a NUL byte can be handed to a program.
    all.retain(|entry| !entry.clone().into_vec().contains(&0));
    all
}

/// An exec takes READ_IMPLIES_EXEC away, whatever else the process runs by (personality(2)).
async fn put_personality_right(shell: &Inside, before: &Before) {
    let implies_exec = |personality: &u64| personality & READ_IMPLIES_EXEC != 0;
    if let Some(wanted) = before.personality.filter(implies_exec) {
        // What cannot be is lacking, which is seen later.
        let _ = shell.call(&Call::new("personality").number(wanted)).await;
    }
}
