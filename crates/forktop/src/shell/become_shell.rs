//! From a copy to a shell that has not begun: the exec, and what it would change put right around it.
use super::descriptors::{Handed, put_back};
use super::enter::{EnterError, Wish, call, make};
use super::parity::{Before, saved};
use crate::follow::{Program, Streams};
use crate::terminal::TERM;
use privileges::CapabilitySet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::time::Duration;
use tracee::{Call, CallError, Data, Errno, Inside, SignalSet};

const AT_EMPTY_PATH: u64 = 0x1000;
const PR_SET_DUMPABLE: u64 = 4;
const PR_SET_KEEPCAPS: u64 = 8;
const PR_CAP_AMBIENT: u64 = 47;
const PR_CAP_AMBIENT_RAISE: u64 = 2;
const PR_CAP_AMBIENT_CLEAR_ALL: u64 = 4;
/// `_LINUX_CAPABILITY_VERSION_3`.
const CAPABILITY_VERSION: u32 = 0x2008_0522;
/// `SECBIT_KEEP_CAPS`.
const KEEP_CAPS: u64 = 1 << 4;
/// An id that is left as it is (setresuid(2)).
const AS_IT_IS: u64 = 0xffff_ffff;

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
    execute(shell, becoming).await?;
    put_ids_right(shell, before).await;
    put_capabilities_right(shell, before).await?;
    put_back(shell, before, handed).await?;
    if let Some(dumpable @ 0..=1) = before.dumpable {
        let set = Call::new("prctl").number(PR_SET_DUMPABLE).number(dumpable);
        make(
            shell,
            "let it be looked into by whom the process may be",
            &set,
        )
        .await?;
    }
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

/// Has the exec leave it all capabilities that the process has: as ambient ones. What cannot be kept is lacking, which is seen
/// later.
async fn keep_capabilities(shell: &Inside, before: &Before) {
    let own = before.privileges.essentials.capabilities;
    if own.permitted.is_empty() {
        return;
    }
    let more = own.inheritable | own.permitted;
    if set_capabilities(shell, [own.permitted, own.permitted, more])
        .await
        .is_ok()
    {
        raise_ambient(shell, own.permitted).await;
    }
}

async fn raise_ambient(shell: &Inside, which: CapabilitySet) {
    for number in which.iter() {
        let raise = Call::new("prctl")
            .number(PR_CAP_AMBIENT)
            .number(PR_CAP_AMBIENT_RAISE)
            .number(number.into());
        // Securebits can forbid it.
        let _ = shell.call(&raise).await;
    }
}

/// Effective, permitted and inheritable ones (capset(2)).
async fn set_capabilities(shell: &Inside, sets: [CapabilitySet; 3]) -> Result<u64, EnterError> {
    let mut header = CAPABILITY_VERSION.to_le_bytes().to_vec();
    header.extend([0; 4]);
    let half =
        |shift: u32| sets.map(|CapabilitySet(bits)| (bits >> shift & 0xffff_ffff).to_le_bytes());
    let words = [half(0), half(32)];
    let words = words.as_flattened().iter();
    let data = words
        .flat_map(|word| word.iter().take(4).copied())
        .collect();
    let set = Call::new("capset")
        .at(Data::Bytes(header))
        .at(Data::Bytes(data));
    make(shell, "give it the capabilities of the process", &set).await
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
    if let Streams::Terminal(_) = wish.streams {
        all.push(OsString::from(format!("TERM={TERM}")));
    }
    for (stream, own) in handed.own_streams.iter().enumerate() {
        if let Some(own) = own {
            all.push(OsString::from(format!("FORKTOP_FD{stream}={own}")));
        }
    }
    // Nothing with a NUL byte can be handed to a program.
    all.retain(|entry| !entry.clone().into_vec().contains(&0));
    all
}

/// An exec makes the effective ids the saved ones. Those of the process can be had again where it may have them otherwise.
async fn put_ids_right(shell: &Inside, before: &Before) {
    let now = saved(shell).await;
    let calls = ["setresuid", "setresgid"];
    for ((name, wanted), now) in calls.into_iter().zip(before.saved).zip(now) {
        if let Some(wanted) = wanted.filter(|_| wanted != now) {
            let set = Call::new(name)
                .number(AS_IT_IS)
                .number(AS_IT_IS)
                .number(wanted.into());
            // What cannot be is lacking, which is seen later.
            let _ = shell.call(&set).await;
        }
    }
}

/// An exec gives root all capabilities, and us those that were kept as ambient ones.
async fn put_capabilities_right(shell: &Inside, before: &Before) -> Result<(), EnterError> {
    let own = before.privileges.essentials.capabilities;
    let now = super::enter::process(shell)?.essentials()?.capabilities;
    if now != own {
        let permitted = own.permitted & now.permitted;
        let effective = own.effective & permitted;
        set_capabilities(shell, [effective, permitted, own.inheritable]).await?;
        if now.ambient != own.ambient {
            let clear = Call::new("prctl")
                .number(PR_CAP_AMBIENT)
                .number(PR_CAP_AMBIENT_CLEAR_ALL);
            let cleared = shell.call(&clear).await;
            cleared.map_err(|error| call("take ambient capabilities away", "prctl", error))?;
            raise_ambient(shell, own.ambient).await;
        }
    }
    if before.securebits.is_some_and(|bits| bits & KEEP_CAPS != 0) {
        let keep = Call::new("prctl").number(PR_SET_KEEPCAPS).number(1);
        // SECBIT_KEEP_CAPS_LOCKED can forbid it.
        let _ = shell.call(&keep).await;
    }
    Ok(())
}
