//! What the process may do, in words.
use super::Subject;
use super::happening::change_in_words;
use super::harmless::{harmless, harmless_path};
use super::identity::{Numbers, is_root_inside, who};
use super::named::count;
use super::page::{Page, Sign};
use super::sharing::{Beside, Sharing};
use super::unread::{how_to_look, or_why};
use crate::log::{Header, TakenAway};
use privileges::{
    CapabilityKind, CapabilitySet, Essentials, Names, NamespaceKind, Privileges, SeccompMode, Seen,
    Thread, capability_meaning,
};
use ratatui::text::Line;

/// More capabilities than these are told by what is missing.
const MANY: usize = 30;

pub fn lines<'a>(subject: &Subject<'a>) -> Vec<Line<'a>> {
    let mut page = Page::of(subject);
    match subject.process.essentials.as_deref() {
        None => page.note("what it may do is not known"),
        Some(essentials) => tell(&mut page, subject, essentials),
    }
    surroundings(&mut page, subject);
    page.lines()
}

fn tell<'a>(page: &mut Page<'a>, subject: &Subject<'a>, essentials: &Essentials) {
    page.heading("Who it is");
    page.pair(
        "user",
        who(
            Numbers::of_users(subject.names),
            &essentials.uid,
            essentials.uid_map.as_ref(),
        ),
    );
    page.pair(
        "group",
        who(
            Numbers::of_groups(subject.names),
            &essentials.gid,
            essentials.gid_map.as_ref(),
        ),
    );
    page.pair("also in", groups(subject, &essentials.groups));
    page.heading("What it may do");
    root(page, subject, essentials);
    capabilities(page, essentials);
    page.heading("What it may come to");
    gains(page, subject, essentials);
    page.heading("What it is kept from");
    system_calls(page, essentials);
    namespaces(page, subject);
    page.heading("Its capability sets");
    for set in CapabilityKind::ALL {
        page.pair(set.name(), essentials.capabilities.of(set).summary());
    }
}

fn groups(subject: &Subject<'_>, groups: &[u32]) -> String {
    let numbers: Vec<_> = groups
        .iter()
        .map(|gid| Numbers::of_groups(subject.names).named(*gid))
        .collect();
    match numbers.as_slice() {
        [] => "none".to_owned(),
        _ => format!("gid {}", numbers.join(", ")),
    }
}

/// The user alone, whatever the capabilities: whose files are its own.
fn root(page: &mut Page<'_>, subject: &Subject<'_>, essentials: &Essentials) {
    let ids = super::identity::four(&essentials.uid);
    if essentials.uid.effective == 0 {
        page.say(Sign::Warning, "is root: what belongs to root is its own");
    } else if ids.contains(&0) {
        page.say(Sign::Warning, "is not root now, but may become it again");
    } else {
        let user = Numbers::of_users(subject.names).outside(essentials.uid.effective);
        page.say(
            Sign::Plain,
            format!("is not root: only what belongs to {user} is its own"),
        );
    }
}

fn capabilities(page: &mut Page<'_>, essentials: &Essentials) {
    let effective = essentials.capabilities.effective;
    match effective.len() {
        0 => {
            return page.say(
                Sign::Plain,
                "may do nothing that an ordinary user may not (no capabilities)",
            );
        }
        many if many > MANY => nearly_all(page, effective),
        _ => {
            for capability in effective.iter() {
                let words = format!("may {}", capability_meaning(capability));
                page.say(Sign::Warning, words);
            }
        }
    }
    page.say(
        Sign::Plain,
        match (
            &essentials.uid_map,
            essentials.namespaces.of(NamespaceKind::User),
        ) {
            (None, _) => "This holds for everything that belongs to forktop's user namespace.",
            (Some(_), Seen::Known(_)) => {
                "This holds only for what belongs to its own user namespace."
            }
            (Some(_), Seen::Unreadable { .. }) => {
                "This holds for what belongs to its user namespace, which may be forktop's: forktop may not read which it is."
            }
        },
    );
}

fn nearly_all(page: &mut Page<'_>, set: CapabilitySet) {
    let missing = CapabilitySet::ALL - set;
    if missing.is_empty() {
        return page.say(
            Sign::Warning,
            "may do everything that root may (all 41 capabilities)",
        );
    }
    page.say(Sign::Warning, "may do everything that root may, except:");
    for capability in missing.iter() {
        page.say(Sign::Plain, format!("  {}", capability_meaning(capability)));
    }
}

/// What it has not, and can get.
fn gains(page: &mut Page<'_>, subject: &Subject<'_>, essentials: &Essentials) {
    let sets = &essentials.capabilities;
    let idle = sets.permitted - sets.effective;
    if !idle.is_empty() {
        let names = idle.summary();
        page.say(Sign::Warning, format!("may take up at any time: {names}"));
    }
    let is_root = is_root_inside(&essentials.uid, essentials.uid_map.as_ref());
    let more = sets.bounding - sets.permitted;
    if is_root && !essentials.no_new_privs && !more.is_empty() {
        let names = more.summary();
        page.say(
            Sign::Warning,
            format!("gains by any exec, as it is root inside: {names}"),
        );
    }
    // In a user namespace of its own something else may hold.
    let is_kept_from = subject.process.is_followed()
        && essentials.uid_map.is_none()
        && subject.model.header().is_some_and(Header::takes_away);
    exec(page, essentials, is_kept_from);
    if let Some(taken) = subject.process.taken_away {
        not_given(page, subject, taken);
    }
}

fn exec(page: &mut Page<'_>, essentials: &Essentials, is_kept_from: bool) {
    let (sign, words) = match (essentials.no_new_privs, essentials.capabilities.bounding.0) {
        (true, _) => (Sign::Plain, "cannot gain privileges by exec (no_new_privs)"),
        (false, 0) => (
            Sign::Changed,
            "may become another user by exec of a set-user-ID program, but without capabilities",
        ),
        (false, _) => (
            Sign::Warning,
            "may gain privileges by exec of a set-user-ID program or of a file with capabilities",
        ),
    };
    match is_kept_from && !essentials.no_new_privs {
        false => page.say(sign, words),
        true => page.say(
            sign,
            format!("{words}, but not while it is followed: forktop has no CAP_SYS_PTRACE"),
        ),
    }
}

fn not_given(page: &mut Page<'_>, subject: &Subject<'_>, taken: TakenAway) {
    let (users, groups) = (
        Numbers::of_users(subject.names),
        Numbers::of_groups(subject.names),
    );
    let what = match taken {
        TakenAway::User(uid) => format!("user {}", users.named(uid)),
        TakenAway::Group(gid) => format!("group {}", groups.named(gid)),
        TakenAway::Capabilities => "the capabilities".to_owned(),
    };
    let words = format!("did not get {what} of its program's file, as it is traced");
    page.say(Sign::Warning, words);
}

fn system_calls(page: &mut Page<'_>, essentials: &Essentials) {
    match (essentials.seccomp.mode, essentials.seccomp.filters) {
        (SeccompMode::Off, _) => {
            page.say(Sign::Warning, "nothing: its system calls are not filtered");
        }
        (SeccompMode::Strict, _) => {
            page.say(
                Sign::Plain,
                "all system calls but read, write, _exit and sigreturn (strict seccomp)",
            );
        }
        (SeccompMode::Filter, filters) => {
            let filters = filters.map_or("filters".to_owned(), |filters| {
                count(filters as usize, "filter")
            });
            page.say(
                Sign::Plain,
                format!("its system calls are filtered by {filters} (see Seccomp)"),
            );
        }
    }
}

/// The kinds of namespaces, by with whom it shares them.
fn namespaces(page: &mut Page<'_>, subject: &Subject<'_>) {
    let all = Sharing::of_all(subject);
    let of = |wanted: &dyn Fn(&Sharing) -> bool| {
        let kinds = NamespaceKind::ALL.into_iter().zip(&all);
        let wanted = kinds.filter(|(_, sharing)| sharing.as_ref().is_some_and(wanted));
        let words = wanted.map(|(kind, _)| kind.words());
        words.collect::<Vec<_>>().join(", ")
    };
    let say = |page: &mut Page<'_>, sign, words: &str, kinds: String| {
        if !kinds.is_empty() {
            page.say(sign, format!("{words}: {kinds}"));
        }
    };
    let is_open = |sharing: &Sharing| sharing.init == Some(true) || sharing.forktop == Some(true);
    let (alone, together) = match subject.beside {
        Beside::Tree => (
            "is alone in its namespaces",
            "is in namespaces that only the tree shares",
        ),
        Beside::Looks(_) => (
            "is with nobody known in its namespaces",
            "shares namespaces with its parent or others shown",
        ),
    };
    say(page, Sign::Plain, alone, of(&Sharing::is_alone));
    let among = |sharing: &Sharing| !sharing.is_alone() && !is_open(sharing);
    say(page, Sign::Plain, together, of(&among));
    say(
        page,
        Sign::Warning,
        "shares namespaces with forktop or pid 1",
        of(&is_open),
    );
}

/// What only a look tells.
fn surroundings<'a>(page: &mut Page<'a>, subject: &Subject<'a>) {
    page.heading("Where it is");
    let Some((at, privileges)) = &subject.process.looked else {
        return page.note(how_to_look(subject));
    };
    page.note(format!("as of {at} s"));
    page.pair(
        "program",
        or_why(&privileges.program, |path| harmless_path(path)),
    );
    page.pair("root", or_why(&privileges.root, |path| harmless_path(path)));
    page.pair(
        "directory",
        or_why(&privileges.directory, |path| harmless_path(path)),
    );
    page.pair(
        "label",
        or_why(&privileges.label, |label| {
            label.as_deref().map_or("none".to_owned(), harmless)
        }),
    );
    page.pair("cgroup", cgroups(privileges));
    page.pair(
        "descriptors",
        or_why(&privileges.descriptors, |all| format!("{} open", all.len())),
    );
    page.pair(
        "mounts",
        or_why(&privileges.mounts, |all| count(all.len(), "mount")),
    );
    page.pair("threads", privileges.thread_count.to_string());
    for thread in &privileges.threads {
        page.say(
            Sign::Changed,
            other_thread(subject.names, &privileges.essentials, thread),
        );
    }
}

fn cgroups(privileges: &Privileges) -> String {
    or_why(&privileges.cgroups, |all| {
        let each = all
            .iter()
            .map(|(controllers, path)| match controllers.as_str() {
                "" => harmless_path(path),
                controllers => format!("{}:{}", harmless(controllers), harmless_path(path)),
            });
        each.collect::<Vec<_>>().join(" ")
    })
}

fn other_thread(names: &Names, leader: &Essentials, thread: &Thread) -> String {
    let sentences = change_in_words(leader, &thread.essentials, names).into_iter();
    let words: Vec<_> = sentences.map(|(_, words)| words).collect();
    let (tid, name) = (thread.tid, harmless(&thread.name));
    format!("thread {tid} {name} differs: {}", words.join("; "))
}
