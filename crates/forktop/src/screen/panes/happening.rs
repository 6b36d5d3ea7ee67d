//! Events in words, for reading.
use super::Subject;
use super::harmless::harmless;
use super::identity::Numbers;
use super::named::{duration, named, signal};
use super::page::Sign;
use super::quoted::command_line;
use super::unread::failure;
use super::visits::{entered, left, tried};
use crate::log::{
    Birth, Ending, Event, Execution, FrozenAt, Noticed, Origin, Record, Refusal, TakenAway,
};
use crate::model::{Cause, Process};
use crate::plan::Plan;
use privileges::{Difference, Essentials, Names};
use std::time::Duration;

/// What happened to the subject's process.
pub fn happening(subject: &Subject<'_>, record: &Record) -> String {
    match &record.event {
        Event::Opened(_) => "the log begins".to_owned(),
        Event::Born(birth) => born(subject, birth),
        Event::Executed(execution) => executed(subject.names, execution),
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
        Event::Refused(refusal) => refused(refusal),
        Event::Planned { plan, .. } => planned(plan),
        Event::Entered(entrance) => entered(entrance),
        Event::NotEntered { words, .. } => format!("cannot be entered: {}", harmless(words)),
        Event::Tried { calls, stay, .. } => tried(calls, stay),
        Event::Left(departure) => left(departure),
        Event::Looked { .. } => "looked at".to_owned(),
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
    if child.refusal.is_some() {
        return format!("has {}, which cannot be followed", named(child));
    }
    match child.origin {
        Some(Origin::Keeper) => {
            return format!(
                "is copied by forktop, to keep a shell from it: {}",
                child.pid
            );
        }
        Some(Origin::Shell) => {
            return format!("is copied by forktop, to be a shell: {}", child.pid);
        }
        _ => {}
    }
    let by = child.creator_tid.filter(|tid| *tid != subject.process.pid);
    let by = by.map_or(String::new(), |tid| format!(", by thread {tid}"));
    format!("makes {}{how}{by}", named(child))
}

fn born(subject: &Subject<'_>, birth: &Birth) -> String {
    let creator = birth.creator.and_then(|id| subject.model.process(id));
    let creator = creator.map_or("a process that is not followed".to_owned(), named);
    let how = match birth.origin {
        Origin::Started => "started by forktop".to_owned(),
        Origin::Seized => match birth.lived_us.map(Duration::from_micros) {
            Some(lived) => format!(
                "followed from here; it had been running for {}",
                duration(lived)
            ),
            None => "followed from here; it was running already".to_owned(),
        },
        Origin::Forked => format!("forked by {creator}"),
        Origin::Vforked => format!("vforked by {creator}"),
        Origin::Cloned => format!("cloned by {creator}"),
        Origin::Untraced => format!("found: {creator} made it hidden from tracing"),
        Origin::Keeper => format!("copied from {creator} by forktop, to keep a shell from it"),
        Origin::Shell => format!("copied from {creator} by forktop, to be a shell"),
    };
    let entrypoint = birth.entrypoint.as_deref().map(harmless);
    let entrypoint = entrypoint.map(|name| format!(" as the void of {name}"));
    let running = birth.running.as_deref();
    let running = running.map(|it| executed(subject.names, it));
    let running = running.map(|words| format!("; it {words}"));
    how + &entrypoint.unwrap_or_default() + &running.unwrap_or_default()
}

fn executed(names: &Names, execution: &Execution) -> String {
    let program = execution.program.as_deref().unwrap_or(&execution.name);
    let command = command_line(program, &execution.arguments);
    let thread = execution.former_tid.map(|tid| format!(", by thread {tid}"));
    let taken = execution
        .taken_away
        .map(|it| format!("; {}", taken_away(it, names)));
    let (thread, taken) = (thread.unwrap_or_default(), taken.unwrap_or_default());
    format!("executes {command}{thread}{taken}")
}

/// What an exec did not give.
pub fn taken_away(what: TakenAway, names: &Names) -> String {
    let what = match what {
        TakenAway::User(uid) => {
            format!(
                "user {} of its file is",
                Numbers::of_users(names).named(uid)
            )
        }
        TakenAway::Group(gid) => {
            format!(
                "group {} of its file is",
                Numbers::of_groups(names).named(gid)
            )
        }
        TakenAway::Capabilities => "the capabilities of its file are".to_owned(),
    };
    format!("{what} not given, as it is traced")
}

fn refused(refusal: &Refusal) -> String {
    let program = refusal.arguments.first().unwrap_or(&refusal.name);
    let command = match program.is_empty() {
        true => String::new(),
        false => format!("{}; ", command_line(program, &refusal.arguments)),
    };
    format!("{command}{}", not_followed(refusal))
}

/// Why a process is not followed.
pub fn not_followed(refusal: &Refusal) -> String {
    format!("cannot be followed: {}", harmless(&refusal.words))
}

fn planned(plan: &Plan) -> String {
    let names: Vec<_> = plan.entrypoints.keys().map(|name| harmless(name)).collect();
    format!("has planned voids: {}", names.join(", "))
}

/// What changed by this event of what the process may do, if something did.
pub fn change(subject: &Subject<'_>, record: &Record) -> Option<String> {
    let sentences = change_of_each_kind(subject, record);
    let words: Vec<_> = sentences.into_iter().map(|(_, words)| words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// The same, with a sentence for what was gained, one for what was lost, and one for the rest.
pub fn change_of_each_kind(subject: &Subject<'_>, record: &Record) -> Vec<(Sign, String)> {
    let is_of_it = |cause| match record.event {
        Event::Born(_) => matches!(cause, Cause::Birth),
        Event::Executed(_) => matches!(cause, Cause::Exec(_)),
        Event::Changed { .. } => matches!(cause, Cause::Before(_)),
        _ => false,
    };
    let mut steps = subject.process.steps.iter();
    let step = steps.find(|step| step.at == record.at && is_of_it(step.cause));
    let before = step.and_then(|step| Some((step.before.as_deref()?, &*step.after)));
    before.map_or_else(Vec::new, |(before, after)| {
        change_in_words(before, after, subject.names)
    })
}

/// What leads from one state to the other, in a sentence each for what is gained, what is lost, and the rest.
pub fn change_in_words(
    before: &Essentials,
    after: &Essentials,
    names: &Names,
) -> Vec<(Sign, String)> {
    let sentences = Difference::sentences_between(before, after, names).into_iter();
    sentences
        .map(|(direction, words)| (direction.into(), harmless(&words)))
        .collect()
}

const fn when(noticed: Noticed) -> &'static str {
    match noticed {
        Noticed::Creation => "when it made a process",
        Noticed::End => "at its end",
        Noticed::Look => "at a look",
        Noticed::Glance => "at a glance",
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

pub fn ended(ending: Ending) -> String {
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
