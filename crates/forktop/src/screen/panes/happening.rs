//! Events in words, for reading.
use super::Subject;
use super::facet::{changes, summary};
use super::harmless::harmless;
use super::named::{duration, named, signal};
use super::unread::failure;
use crate::log::{Birth, Ending, Event, Execution, FrozenAt, Noticed, Origin, Record, TakenAway};
use crate::model::{Cause, Process};
use std::time::Duration;

/// What happened to the subject's process.
pub fn happening(subject: &Subject<'_>, record: &Record) -> String {
    match &record.event {
        Event::Opened(_) => "the log begins".to_owned(),
        Event::Born(birth) => born(subject, birth),
        Event::Executed(execution) => executed(execution),
        Event::ExecFailed { path, errno, .. } => {
            format!("could not execute {}: {}", harmless(path), failure(*errno))
        }
        Event::ThreadBorn { tid, creator, .. } => match creator {
            Some(creator) => format!("thread {tid} begins, made by {creator}"),
            None => format!("thread {tid} was there"),
        },
        Event::ThreadEnded { tid, .. } => format!("thread {tid} ends"),
        Event::Changed { tid, noticed, .. } => {
            let who = tid.map_or(String::new(), |tid| format!("thread {tid} "));
            format!("{who}had changed by itself, noticed {}", when(*noticed))
        }
        Event::Ended {
            ending,
            user_us,
            system_us,
            peak_kib,
            ..
        } => {
            format!(
                "{}; {}",
                ended(*ending),
                used(*user_us, *system_us, *peak_kib)
            )
        }
        Event::Stopped { signal: number, .. } => format!("stopped by {}", signal(*number)),
        Event::Continued { .. } => "runs again".to_owned(),
        Event::Frozen { at, .. } => format!("held still {}", frozen(*at)),
        Event::Released { .. } => "let go: it goes on unseen".to_owned(),
        Event::Looked { .. } => "looked at".to_owned(),
        Event::Planned { .. } => "is a clone-shim, with a plan for its voids".to_owned(),
    }
}

/// A process was made by the subject's.
pub fn made(subject: &Subject<'_>, child: &Process) -> String {
    let how = match child.origin {
        Some(Origin::Vforked) => " (vfork)",
        Some(Origin::Cloned) => " (clone)",
        Some(Origin::Untraced) => " (clone, hidden from tracing)",
        Some(Origin::Seized) => " (before it was followed)",
        _ => "",
    };
    let by = child.creator_tid.filter(|tid| *tid != subject.process.pid);
    let by = by.map_or(String::new(), |tid| format!(", by thread {tid}"));
    format!("makes {}{how}{by}", named(child))
}

fn born(subject: &Subject<'_>, birth: &Birth) -> String {
    let creator = birth.creator.and_then(|id| subject.model.process(id));
    let creator = creator.map_or("a process that is not followed".to_owned(), named);
    match birth.origin {
        Origin::Started => "started by forktop".to_owned(),
        Origin::Seized => "followed from here; it was running already".to_owned(),
        Origin::Forked => format!("forked by {creator}"),
        Origin::Vforked => format!("vforked by {creator}"),
        Origin::Cloned => format!("cloned by {creator}"),
        Origin::Untraced => format!("found: {creator} made it hidden from tracing"),
    }
}

fn executed(execution: &Execution) -> String {
    let program = execution.program.as_deref().unwrap_or(&execution.name);
    let arguments = execution.arguments.iter().skip(1).map(String::as_str);
    let command: Vec<_> = std::iter::once(program)
        .chain(arguments)
        .map(harmless)
        .collect();
    let thread = execution.former_tid.map(|tid| format!(", by thread {tid}"));
    let taken = execution.taken_away.map(|taken| {
        let what = match taken {
            TakenAway::User(uid) => format!("user {uid}"),
            TakenAway::Group(gid) => format!("group {gid}"),
            TakenAway::Capabilities => "the capabilities".to_owned(),
        };
        format!("; {what} of its file is not given, as it is traced")
    });
    let (thread, taken) = (thread.unwrap_or_default(), taken.unwrap_or_default());
    format!("executes {}{thread}{taken}", command.join(" "))
}

/// What changed by this event of what the process may do, if something did.
pub fn change(subject: &Subject<'_>, record: &Record) -> Option<String> {
    let is_of_it = |cause| match record.event {
        Event::Born(_) => matches!(cause, Cause::Birth),
        Event::Executed(_) => matches!(cause, Cause::Exec(_)),
        Event::Changed { .. } => matches!(cause, Cause::Before(_)),
        _ => false,
    };
    let mut steps = subject.process.steps.iter();
    let step = steps.find(|step| step.at == record.at && is_of_it(step.cause))?;
    let changes = changes(step.before.as_deref()?, &step.after);
    (!changes.is_empty()).then(|| summary(&changes))
}

const fn when(noticed: Noticed) -> &'static str {
    match noticed {
        Noticed::Creation => "when it made a process",
        Noticed::End => "at its end",
        Noticed::Look => "at a look",
    }
}

const fn frozen(at: FrozenAt) -> &'static str {
    match at {
        FrozenAt::Request => "on request",
        FrozenAt::Birth => "before its first instruction",
        FrozenAt::Exec => "before its program's first instruction",
        FrozenAt::Exit => "about to end",
        FrozenAt::Change => "as it may do something else than before",
    }
}

fn ended(ending: Ending) -> String {
    match ending {
        Ending::Code(code) => format!("ends with code {code}"),
        Ending::Signal(number) => format!("killed by {}", signal(number)),
        Ending::Core(number) => format!("killed by {}, leaving a core dump", signal(number)),
    }
}

fn used(user_us: u64, system_us: u64, peak_kib: u64) -> String {
    let (user, system) = (
        Duration::from_micros(user_us),
        Duration::from_micros(system_us),
    );
    let memory = match peak_kib {
        kib @ 0..1024 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib / 1024),
    };
    format!(
        "used {} user, {} system, {memory}",
        duration(user),
        duration(system)
    )
}
