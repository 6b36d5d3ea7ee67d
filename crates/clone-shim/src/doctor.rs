//! What this kernel and its settings allow, found out by trying, and how to allow the rest.
use crate::event::Log;
use crate::failure::explain;
use crate::group::Controller;
use crate::launcher::Launcher;
use crate::outcome::Outcome;
use crate::plan::{Streams, plan};
use crate::refusal::Refusal;
use crate::supervise::{Patience, supervise};
use crate::voice;
use kernel::Landlock;
use serde_json::{Value, json};
use specification::{Bindings, Builtins, Document};
use std::fmt::Write;
use std::fs;
use std::time::Duration;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// As it should be.
    Good,
    /// Missing, and only some grants need it.
    Limited,
    /// Missing, and no void can be made without it.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Sign {
    what: &'static str,
    standing: Standing,
    seen: String,
    remedy: Option<String>,
}

/// Looks at everything, says it, and fails if no void can be made.
pub fn examine() -> Outcome {
    let signs = [
        kernel_version(),
        user_namespaces(),
        a_void(),
        landlock(),
        proc(),
        layers(),
        network(),
        echo_requests(),
        names(),
        groups(),
        limits("limits of memory", Controller::Memory),
        limits("limits of root's processes", Controller::Processes),
    ];
    let mut text = String::new();
    for sign in &signs {
        let mark = match sign.standing {
            Standing::Good => "ok     ",
            Standing::Limited => "limited",
            Standing::Bad => "missing",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark}  {}: {}", sign.what, sign.seen);
        if let Some(remedy) = &sign.remedy {
            let _ = writeln!(text, "         {remedy}");
        }
    }
    match voice::print(&text) {
        Outcome::Exited(0) if signs.iter().any(|sign| sign.standing == Standing::Bad) => {
            Outcome::Failed(crate::refusal::FAILED)
        }
        outcome => outcome,
    }
}

impl Sign {
    fn good(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            what,
            standing: Standing::Good,
            seen: seen.into(),
            remedy: None,
        }
    }

    fn not(
        what: &'static str,
        standing: Standing,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            what,
            standing,
            seen: seen.into(),
            remedy: Some(remedy.into()),
        }
    }
}

fn kernel_version() -> Sign {
    let name = rustix::system::uname();
    Sign::good(
        "kernel",
        format!("Linux {}", name.release().to_string_lossy()),
    )
}

/// A file of one number under /proc/sys; nothing where the kernel has no such setting.
fn setting(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/{name}"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn user_namespaces() -> Sign {
    let what = "user namespaces";
    let forbidding = [
        (
            "user/max_user_namespaces",
            0,
            "sysctl user.max_user_namespaces=15000",
        ),
        (
            "kernel/unprivileged_userns_clone",
            0,
            "sysctl kernel.unprivileged_userns_clone=1",
        ),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            1,
            "give clone-shim an AppArmor profile with `userns,`, or sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ];
    let root = rustix::process::geteuid().is_root();
    for (name, forbidden, remedy) in forbidding {
        let only_ordinary = name.starts_with("kernel/");
        if setting(name) == Some(forbidden) && !(root && only_ordinary) {
            return Sign::not(
                what,
                Standing::Bad,
                format!("forbidden by {}", name.replace('/', ".")),
                remedy,
            );
        }
    }
    let most = setting("user/max_user_namespaces")
        .map_or("any number".to_owned(), |most| most.to_string());
    Sign::good(what, format!("{most} allowed"))
}

/// Makes a void with these grants and runs this very program in it.
fn try_void(files: &Value, network: &Value) -> Result<(), Refusal> {
    let refuse =
        |cause: String| Refusal::new("doctor", void::Subject::Void, "cannot make a void", cause);
    let program = std::env::current_exe().map_err(|error| refuse(error.to_string()))?;
    let entrypoint = json!({
        "program": program.to_string_lossy(),
        "args": ["--version"],
        "files": files,
        "network": network,
    });
    let text = json!({ "version": 1, "entrypoints": { "doctor": entrypoint } }).to_string();
    let first = |findings: Vec<specification::Finding>| {
        refuse(findings.into_iter().map(|finding| finding.title).collect())
    };
    let specification = Document::parse(&text)
        .and_then(|document| document.check())
        .map_err(first)?;
    let application = specification
        .bind(&Bindings::default(), &Builtins::default())
        .map_err(first)?;
    let launcher = Launcher::of_this_process();
    let first = |refusals: Vec<Refusal>| {
        refusals
            .into_iter()
            .next()
            .unwrap_or_else(|| refuse(String::new()))
    };
    let plan = plan(application, &launcher, &Streams::of_this_process()).map_err(first)?;
    let patience = Patience {
        grace: Duration::ZERO,
    };
    match supervise(&plan, Vec::new(), patience, &mut Log::default()) {
        Ok(Outcome::Exited(0)) => Ok(()),
        Ok(outcome) => Err(refuse(format!("its program ended with {}", outcome.code()))),
        Err(failed) => Err(explain(&failed, &launcher)),
    }
}

fn tried(what: &'static str, standing: Standing, good: &str, files: &Value, remedy: &str) -> Sign {
    judge(what, standing, good, try_void(files, &json!({})), remedy)
}

fn judge(
    what: &'static str,
    standing: Standing,
    good: &str,
    outcome: Result<(), Refusal>,
    remedy: &str,
) -> Sign {
    match outcome {
        Ok(()) => Sign::good(what, good),
        Err(refusal) => {
            let seen = format!("{}: {}", refusal.title, refusal.cause);
            Sign::not(
                what,
                standing,
                seen,
                refusal.help.unwrap_or_else(|| remedy.to_owned()),
            )
        }
    }
}

fn a_void() -> Sign {
    let remedy = "clone-shim needs Linux 5.14 or later, and user namespaces";
    tried(
        "a void",
        Standing::Bad,
        "can be made, and runs a program",
        &json!({}),
        remedy,
    )
}

fn proc() -> Sign {
    let remedy =
        "the kernel gives a new /proc only where no part of the old is covered, as containers do";
    tried(
        "the grant `proc`",
        Standing::Limited,
        "can be given",
        &json!({ "/proc": { "proc": true } }),
        remedy,
    )
}

fn layers() -> Sign {
    let files = json!({ "/": "/", "/clone-shim doctor": { "content": "" } });
    let remedy = "grants beneath a read-only folder need a place in it; a layer over it needs Linux 6.13 and overlayfs";
    tried(
        "layers over folders",
        Standing::Limited,
        "can be made",
        &files,
        remedy,
    )
}

fn network() -> Sign {
    // Nothing is bound: the program does not ask for it.
    let served = try_void(
        &json!({}),
        &json!({ "serve": [{ "tcp": 1, "host": "127.0.0.1:1024" }] }),
    );
    judge(
        "network grants",
        Standing::Limited,
        "can be given",
        served,
        "system calls that wait for an answer, and threads by descriptor, need Linux 6.9",
    )
}

fn echo_requests() -> Sign {
    use rustix::net::{AddressFamily, SocketType, ipproto};
    let what = "echo requests (`icmp:`)";
    match rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, Some(ipproto::ICMP)) {
        Ok(_) => Sign::good(what, "can be sent"),
        Err(errno) => Sign::not(
            what,
            Standing::Limited,
            crate::refusal::describe(errno),
            "sysctl net.ipv4.ping_group_range='0 2147483647' allows them to every group",
        ),
    }
}

fn names() -> Sign {
    let what = "names of hosts";
    match crate::lookup::ask("localhost") {
        Ok(_) => Sign::good(what, "are looked up by getent"),
        Err(error) => Sign::not(
            what,
            Standing::Limited,
            crate::outcome::chain(&error),
            "install getent, on Debian in the package libc-bin, or name addresses",
        ),
    }
}

fn landlock() -> Sign {
    let what = "Landlock";
    match Landlock::version() {
        0 => Sign::not(
            what,
            Standing::Bad,
            "absent",
            "it must be built in, and be named in `lsm=` on the kernel's command line",
        ),
        version @ 1..=5 => Sign::not(
            what,
            Standing::Limited,
            format!("version {version}"),
            "TCP is judged from version 4 (Linux 6.7), signals and abstract sockets from version 6 (Linux 6.12)",
        ),
        version => Sign::good(what, format!("version {version}")),
    }
}

fn groups() -> Sign {
    let what = "supplementary groups";
    match Launcher::of_this_process().groups_dropped {
        true => Sign::good(what, "a void has none"),
        false => Sign::not(
            what,
            Standing::Limited,
            "a void keeps the launcher's: what they may read, it may read where it is granted",
            "only a privileged launcher can drop them",
        ),
    }
}

/// Where the control groups can be made that some limits need.
fn limits(what: &'static str, controller: Controller) -> Sign {
    match controller.place() {
        Ok(place) => Sign::good(
            what,
            format!("by control groups in `{}`", place.folder().display()),
        ),
        Err(reason) => Sign::not(
            what,
            Standing::Limited,
            format!("{reason}; a specification that has them is refused, not run without"),
            reason.remedy(),
        ),
    }
}
