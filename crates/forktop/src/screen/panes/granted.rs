//! What the process's void was granted by the specification, and where that and what it may do disagree.
use super::Subject;
use super::harmless::harmless;
use super::identity::Numbers;
use super::named::named;
use super::page::{Page, Sign};
use super::quoted::command_line;
use super::unread::{how_to_look, reason};
use crate::model::{Process, Void};
use crate::plan::{FileGrant, Finding, Grants, Plan, never_compared, unseen};
use privileges::{CapabilitySet, Why, capability_meaning, capability_name};
use ratatui::text::Line;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    match (subject.model.void(subject.process), &subject.process.plan) {
        (Some(void), _) => {
            heading(&mut page, subject, &void);
            grants(&mut page, subject, void.grants);
            agreement(&mut page, subject, &void);
        }
        (None, Some(plan)) => planned(&mut page, plan),
        (None, None) => page.note(
            "It is in no void: nothing was granted to it, and it may do whatever it came to. \
            Only voids of a clone-shim that is followed are known.",
        ),
    }
    page.lines()
}

fn planned(page: &mut Page<'_>, plan: &Plan) {
    page.note("It is a clone-shim, and in no void itself. These it has planned:");
    for (name, grants) in &plan.entrypoints {
        let program = command_line(&grants.program, &grants.arguments);
        page.say(Sign::Plain, format!("{}: {program}", harmless(name)));
    }
}

fn heading(page: &mut Page<'_>, subject: &Subject<'_>, void: &Void<'_>) {
    page.pair("void of", harmless(void.entrypoint));
    let is_first = void.first.id == subject.process.id;
    page.pair(
        "made by",
        match is_first {
            true => format!("{}; this is its first process", named(void.shim)),
            false => format!(
                "{}; its first process is {}",
                named(void.shim),
                named(void.first)
            ),
        },
    );
}

fn grants(page: &mut Page<'_>, subject: &Subject<'_>, grants: &Grants) {
    page.heading("What it was granted");
    page.pair("program", command_line(&grants.program, &grants.arguments));
    let identity = grants.identity;
    page.pair(
        "identity",
        format!(
            "uid {} and gid {} inside, {} and {} of the host",
            identity.uid,
            identity.gid,
            Numbers::of_users(subject.names).outside(identity.host_uid),
            Numbers::of_groups(subject.names).outside(identity.host_gid)
        ),
    );
    let network = &grants.network;
    let serve = network.serve.iter().map(ToString::to_string);
    let own = [
        (network.loopback, "a loopback of its own"),
        (network.unix, "AF_UNIX sockets among its own paths"),
    ];
    let own = own.iter().filter(|(granted, _)| *granted);
    let own = own.map(|(_, what)| (*what).to_owned());
    list(
        page,
        "files",
        grants.files.iter().map(|(path, grant)| file(path, grant)),
    );
    let descriptors = grants.descriptors.iter().enumerate();
    list(
        page,
        "descriptors",
        descriptors.map(|(number, words)| format!("{number}: {words}")),
    );
    list(page, "network", own);
    list(page, "serve", serve);
    list(page, "reach", network.reach.iter().cloned());
    let capabilities = grants.capabilities.iter().map(|name| meaning(name));
    list(page, "capabilities", capabilities);
    list(page, "system calls", grants.syscalls.iter().cloned());
}

/// One below the other.
fn list(page: &mut Page<'_>, label: &'static str, all: impl Iterator<Item = String>) {
    let mut all = all.peekable();
    if all.peek().is_none() {
        return page.pair(label, "none");
    }
    for (place, one) in all.enumerate() {
        page.pair(if place == 0 { label } else { "" }, harmless(&one));
    }
}

fn file(path: &str, grant: &FileGrant) -> String {
    match grant {
        FileGrant::Host {
            host,
            access,
            optional,
            ..
        } => {
            let may = match access.as_str() {
                "r" => "read",
                "rx" => "read and execute",
                "rw" => "read and write",
                "rwx" => "read, write and execute",
                other => other,
            };
            let from = if host == path { "" } else { host };
            let from = match from {
                "" => String::new(),
                host => format!(", {host} of the host"),
            };
            let missing = if *optional { ", if it is there" } else { "" };
            format!("{path}: {may}{from}{missing}")
        }
        other => format!("{path}: {other}"),
    }
}

/// `may bind ports below 1024 (CAP_NET_BIND_SERVICE)`
fn meaning(name: &str) -> String {
    let number = CapabilitySet::ALL
        .iter()
        .find(|number| capability_name(*number) == name);
    number.map_or_else(
        || name.to_owned(),
        |number| format!("may {}", capability_meaning(number)),
    )
}

fn agreement(page: &mut Page<'_>, subject: &Subject<'_>, void: &Void<'_>) {
    page.heading("What it holds");
    let findings = subject.model.findings(subject.process);
    for finding in &findings {
        page.say(Sign::from(finding), harmless(&finding.to_string()));
    }
    if !subject.model.is_made(subject.process) {
        return match subject.model.is_settled(subject.process) {
            true => first_process(page, &findings),
            false => page.note(
                "It makes the void, and has executed no program: \
                it holds what it needs for that, which is compared with nothing.",
            ),
        };
    }
    let unseen = unseen(subject.process);
    let words = in_short(void, subject.process, &findings);
    let as_seen = match unseen.is_empty() {
        true => "",
        false => ", as far as was seen",
    };
    page.say(Sign::Plain, format!("{words}{as_seen}"));
    if let Some((at, _)) = &subject.process.looked {
        page.note(format!("mounts, descriptors and sockets as of {at} s"));
    }
    for (what, why) in unseen {
        let why = match why {
            Why::NotRead if subject.process.essentials.is_some() => how_to_look(subject),
            why => reason(why),
        };
        page.note(format!("not compared: {what} ({why})"));
    }
    for what in never_compared(void.grants) {
        page.note(format!("never compared: {what}"));
    }
}

/// Of clone-shim's own, which waits for the end of what is in the void.
fn first_process(page: &mut Page<'_>, findings: &[Finding]) {
    let words = match findings.is_empty() {
        true => {
            "it waits for the end of what is in the void, and has given up all that it needed to make it"
        }
        false => "otherwise it has given up all that it needed to make the void",
    };
    page.say(Sign::Plain, words);
    page.note(
        "It is clone-shim's own, and of what the void was granted it is to hold nothing. Compared are who it is, its \
        capabilities and whether it can gain any, whether its system calls are filtered, and its namespaces but that of \
        the clocks, which is the program's alone; not its mounts, which are the program's too, and its descriptors.",
    );
}

/// What is so beside the findings. Of what a void's program was granted others may have given up what they like, which is
/// not told.
fn in_short(void: &Void<'_>, process: &Process, findings: &[Finding]) -> &'static str {
    let alarms = findings.iter().any(Finding::is_alarm);
    match (alarms, findings.is_empty(), void.is_program(process)) {
        (false, true, true) => {
            "of what is compared, it holds what it was granted, and nothing else"
        }
        (false, false, true) => {
            "of what is compared, it holds the rest of what it was granted, and nothing else"
        }
        (true, _, true) => "otherwise, of what is compared, it holds what it was granted",
        (false, _, false) => "of what is compared, it holds nothing but what its void was granted",
        (true, _, false) => {
            "otherwise, of what is compared, it holds nothing but what its void was granted"
        }
    }
}
