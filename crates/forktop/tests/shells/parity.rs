//! The permissions of a shell are those of its process.
use crate::subject::{Subject, assert_refused, enter, stage};
use crate::support::{Stage, User};

/// What a process becomes, a word each, and lines that it then tells of itself, or the case is none.
type Case = (&'static str, &'static [&'static str]);

/// Shells are equal to these in every way that the kernel tells of.
const EQUAL: &[Case] = &[
    ("nice=0", &["uids: 0 0 0 0"]),
    ("uids=1000,1000,1000,1000", &["uids: 1000 1000 1000 1000"]),
    ("permit-not=-1", &["hostname: EPERM"]),
    ("permit-not=12 effect-not=21", &["hostname: EPERM"]),
    ("bound=none permit-not=-1", &["bounding:"]),
    ("bound=half uids=1000,1000,1000,1000", &[]),
    ("no-new-privs", &["no_new_privs: 1"]),
    ("no-new-privs permit-not=12", &[]),
    ("no-new-privs bound=half uids=1000,1000,1000,1000", &[]),
    ("inherit=12", &["ambient:"]),
    ("inherit=12 ambient=12", &["ambient: 12"]),
    ("inherit=12 ambient=12 no-new-privs", &[]),
    (
        "securebits=0x10 uids=1000,1000,1000,1000",
        &["securebits: 0x10"],
    ),
    (
        "securebits=0x10 uids=1000,1000,1000,1000 effect=-1 inherit=12 ambient=12",
        &["ambient: 12"],
    ),
    (
        "securebits=0x10 uids=1000,1000,1000,1000 effect=12 no-new-privs",
        &[],
    ),
    // Ambient capabilities that could not be raised again.
    (
        "inherit=12 ambient=12 securebits=0x40",
        &["ambient: 12", "securebits: 0x40"],
    ),
    (
        "securebits=0x51 uids=1000,1000,1000,1000 effect=-1",
        &["securebits: 0x51"],
    ),
    (
        "inherit=12 ambient=12 securebits=0x50 uids=1000,1000,1000,1000 effect=-1",
        &["ambient:"],
    ),
    ("securebits=0x1", &[]),
    ("securebits=0x2f", &["securebits: 0x2f"]),
    ("securebits=0x4 uids=1000,1000,1000,1000", &[]),
    (
        "bound=half permit-not=1 permit-not=3 permit-not=5 permit-not=7 permit-not=9 permit-not=11 permit-not=13 permit-not=15 \
      permit-not=17 permit-not=19 permit-not=21 permit-not=23 permit-not=25 permit-not=27 permit-not=29 permit-not=31 \
      permit-not=33 permit-not=35 permit-not=37 permit-not=39 nice=0",
        &[],
    ),
    ("uids=1000,0,0,0", &["uids: 1000 0 0 0"]),
    ("uids=1000,0,1000,0", &[]),
    ("uids=0,1000,0,1000", &[]),
    ("uids=0,1000,1000,1000", &[]),
    ("uids=1000,1000,0,1000", &["uids: 1000 1000 0 1000"]),
    ("uids=0,0,1000,0", &[]),
    ("uids=0,0,0,1000", &["uids: 0 0 0 1000"]),
    ("uids=1000,2000,0,2000", &[]),
    (
        "securebits=0x10 uids=1000,2000,3000,2000 effect=-1",
        &["uids: 1000 2000 3000 2000"],
    ),
    (
        "securebits=0x10 uids=1000,2000,2000,2000 effect=7 inherit=7 ambient=7",
        &["ambient: 7"],
    ),
    ("no-new-privs uids=1000,0,0,0", &["uids: 1000 0 0 0"]),
    ("no-new-privs uids=0,1000,0,1000", &[]),
    ("gids=1000,0,0,0", &["gids: 1000 0 0 0"]),
    ("gids=1000,2000,3000,2000", &[]),
    ("gids=0,0,0,5", &["gids: 0 0 0 5"]),
    ("groups=5,6,7", &["groups: 5 6 7"]),
    ("groups=5,6,7 gids=5,5,5,5 uids=6,6,6,6", &[]),
    ("dumpable=0", &["dumpable: 0"]),
    ("uids=1000,1000,1000,1000", &["dumpable: 0"]),
    ("uids=1000,1000,1000,1000 dumpable=1", &["dumpable: 1"]),
    ("limit=nofile,0,20000", &["limit nofile: 0 20000"]),
    ("limit=nofile,3,20000", &[]),
    ("limit=nofile,8,2000 uids=1000,1000,1000,1000", &[]),
    ("limit=fsize,1000000,2000000", &[]),
    ("limit=as,8000000,8000000", &[]),
    ("limit=data,0,-1", &[]),
    ("limit=stack,16384,-1", &["limit stack: 16384 -1"]),
    ("limit=stack,140000,-1 uids=1000,1000,1000,1000", &[]),
    ("limit=cpu,100,200", &[]),
    ("limit=nproc,0,0", &[]),
    ("limit=memlock,0,0", &[]),
    ("umask=077", &["umask: 77"]),
    ("chdir=/usr/lib", &[]),
    ("chroot=/usr/lib", &[]),
    ("chroot=/usr/lib chdir=/", &[]),
    ("nice=-5", &["priority: 25"]),
    ("nice=5", &["priority: 15"]),
    ("batch", &["policy: 3"]),
    ("affinity=1", &["affinity: 1"]),
    ("oom=500", &["oom: 500"]),
    ("slack=1000", &["timer slack: 1000"]),
    ("personality=0x8", &[]),
    ("personality=0x40000", &[]),
    ("personality=0x400000", &["personality: 0x400000"]),
    ("thp", &["thp disabled: 1"]),
    ("mdwe", &["mdwe: 1", "map: EACCES"]),
    (
        "landlock=/etc",
        &[
            "open /root: EACCES",
            "open /etc/passwd: let",
            "open /bin/sh: EACCES",
        ],
    ),
    (
        "landlock=/usr filter=99,5",
        &["open /etc/passwd: EACCES", "sysinfo: EIO"],
    ),
    ("filter=110,13", &["getppid: EACCES"]),
    (
        "filter=110,13 filter=99,5",
        &["getppid: EACCES", "sysinfo: EIO"],
    ),
    ("filter=110,13 uids=1000,1000,1000,1000", &[]),
    ("unshare=0x20000", &[]),
    ("unshare=0x8000000", &[]),
    ("unshare=0x4000000", &[]),
    ("unshare=0x40000000", &[]),
    ("unshare=0x2000000", &[]),
    ("unshare=0x80 fork", &[]),
    ("unshare=0x20000000 fork", &[]),
    ("user-namespace=0", &[]),
    ("user-namespace=1000", &["uids: 1000 1000 1000 1000"]),
    ("user-namespace=0 permit-not=12 inherit=3", &[]),
    (
        "user-namespace=1000 inherit=12 ambient=12 securebits=0x51",
        &[],
    ),
    ("uids=1000,1000,1000,1000 dumpable=1 user-namespace=0", &[]),
    ("ignore=17 ignore=2 ignore=31", &[]),
];

/// The same of an ordinary user's, whose forktop is his too.
const EQUAL_AS_TESTER: &[Case] = &[
    ("nice=0", &["uids: 1001 1001 1001 1001"]),
    ("no-new-privs", &["no_new_privs: 1"]),
    ("limit=nofile,0,2000", &[]),
    ("limit=as,8000000,8000000", &[]),
    ("limit=stack,16384,-1", &[]),
    ("landlock=/etc", &["open /bin/sh: EACCES"]),
    ("personality=0x400000", &[]),
    ("nice=5 umask=077 chdir=/usr/lib oom=500", &[]),
    ("user-namespace=0", &["uids: 0 0 0 0"]),
    ("user-namespace=0 permit-not=-1", &["hostname: EPERM"]),
    ("user-namespace=0 permit-not=12 inherit=3", &[]),
    ("user-namespace=0 bound=none permit-not=-1", &[]),
    ("user-namespace=0 securebits=0x2f", &["securebits: 0x2f"]),
    (
        "user-namespace=0 no-new-privs inherit=12 ambient=12",
        &["ambient: 12"],
    ),
    ("user-namespace=1000", &["uids: 1000 1000 1000 1000"]),
    ("user-namespace=1000 no-new-privs", &[]),
    ("user-namespace=1000 securebits=0x51", &[]),
    (
        "user-namespace=1000 inherit=12 ambient=12",
        &["ambient: 12"],
    ),
    ("user-namespace=0 unshare=0x4c020000", &[]),
    ("user-namespace=0 chroot=/usr/lib", &[]),
];

/// An exec takes this away, and nothing gives it back: it is told.
const LESS: &[(&str, &[&str], &str)] = &[
    (
        "bound=none",
        &["capabilities", "hostname"],
        "lost every capability (effective, permitted)",
    ),
    (
        "securebits=0xd0 uids=1000,1000,1000,1000 effect=12",
        &["capabilities"],
        "(effective, permitted)",
    ),
    (
        "securebits=0x3f bound=none permit-not=-1",
        &["keep capabilities", "securebits"],
        "securebits 0x3f → 0x2f",
    ),
    (
        "uids=1000,2000,3000,2000",
        &["uids"],
        "uid 3000 → 2000 (saved)",
    ),
    (
        "gids=1000,2000,3000,2000 uids=1000,1000,1000,1000",
        &["gids"],
        "gid 3000 → 2000 (saved)",
    ),
    (
        "uids=1000,1000,0,1000 permit-not=-1",
        &["uids"],
        "uid 0 → 1000 (saved)",
    ),
];

fn look(stage: &Stage, user: User, words: &str, lines: &[&str]) -> Vec<String> {
    let words: Vec<_> = words.split_whitespace().collect();
    let subject = Subject::start(stage, user, &words);
    let lacks_line = |line: &&&str| !subject.report.iter().any(|told| told == *line);
    let mut found: Vec<_> = lines
        .iter()
        .filter(lacks_line)
        .map(|line| format!("it is not {line}: {:#?}", subject.report))
        .collect();
    let told = enter(stage, user, &subject, &[]);
    let differing = match told.report.is_empty() {
        true => Vec::new(),
        false => told.differing(&subject),
    };
    found.extend(differing.iter().map(|name| format!("{name} differs")));
    found.extend(told.other.iter().cloned());
    // What its filters will refuse it is told all the same.
    let errors = told.errors();
    if !errors.is_empty() && !errors.contains("its filters say") {
        found.push(errors);
    }
    if told.output.status.code() != Some(0) {
        found.push(told.output.status.to_string());
    }
    subject.ends_well();
    found
}

fn assert_equal(user: User, cases: &[Case]) {
    let stage = stage();
    let mut all = Vec::new();
    for (words, lines) in cases {
        let found = look(&stage, user, words, lines);
        all.extend(found.into_iter().map(|it| format!("{words}: {it}")));
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn a_shell_may_do_what_its_process_may() {
    assert_equal(User::This, EQUAL);
}

#[test]
fn a_shell_of_an_ordinary_user_may_do_what_its_process_may() {
    assert_equal(User::Tester, EQUAL_AS_TESTER);
}

#[test]
fn what_an_exec_takes_away_for_good_is_told() {
    let stage = stage();
    for (words, differs, told) in LESS {
        let all: Vec<_> = words.split_whitespace().collect();
        let subject = Subject::start(&stage, User::This, &all);
        let shell = enter(&stage, User::This, &subject, &[]);
        assert_eq!(shell.differing(&subject), *differs, "{words}");
        assert!(shell.errors().contains(told), "{words}: {}", shell.errors());
        subject.ends_well();
    }
}

/// As root a process can be in the state in which the kernel gives more at an exec, whatever is done before and after it: its
/// real id is root's, nothing may be gained, and it may not change its ids.
#[test]
fn a_shell_that_would_have_more_does_not_begin() {
    let stage = stage();
    let words = ["no-new-privs", "uids=0,1000,1000,1000", "permit-not=-1"];
    let subject = Subject::start(&stage, User::This, &words);
    let told = enter(&stage, User::This, &subject, &[]);
    assert_eq!(told.report, [""; 0]);
    assert_refused(&told.output, "ended before its first instruction");
    assert_refused(&told.output, "uid 1000 → 0");
    subject.ends_well();
}
