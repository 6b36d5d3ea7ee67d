use super::*;

fn read(text: &str) -> Attempt {
    match Probe::all_of(text) {
        Ok(probes) if probes.len() == 1 => probes[0].attempt.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

fn mistake(text: &str) -> String {
    match Probe::all_of(text) {
        Ok(probes) => panic!("{text}: {probes:?}"),
        Err(mistake) => mistake.to_string(),
    }
}

fn written(probes: &[Probe]) -> Vec<&str> {
    probes.iter().map(Probe::words).collect()
}

#[test]
fn probes_stand_between_bars() {
    let text = r#"open '/a |b' r|read "/c \"d\"" |kill 1| exec /e\ f -g ''"#;
    let expected = [
        "open '/a |b' r",
        "read '/c \"d\"'",
        "kill 1",
        "exec '/e f' -g ''",
    ];
    assert_eq!(written(&Probe::all_of(text).unwrap()), expected);
    // What was written can be written again, and means the same.
    let again = expected.join("|");
    assert_eq!(Probe::all_of(&again), Probe::all_of(text));
}

#[test]
fn a_shell_may_have_split_them() {
    let words = ["open", "/a b", "w", "|", "kill", "1"];
    let text = "open '/a b' w | kill 1";
    let split = Probe::all_of_words(words).unwrap();
    assert_eq!(split, Probe::all_of(text).unwrap());
    assert_eq!(Probe::all_of_words([text]).unwrap(), split);
    assert_eq!(
        Probe::all_of_words(["open '/a b' w", "|", "kill", "1"]).unwrap(),
        split
    );
    // A bar within a word of its own is none between probes.
    let probes = Probe::all_of_words(["read", "a|b"]).unwrap();
    assert_eq!(written(&probes), ["read 'a|b'"]);
    assert_eq!(
        Probe::all_of_words(["exec", "/bin/sh", "-c", "a | b"])
            .unwrap()
            .len(),
        1
    );
}

/// Each verb, in all of its forms.
const EACH: [&str; 45] = [
    "open /a",
    "open /a r",
    "open /a w",
    "open /a rw",
    "open /a a",
    "open /a c",
    "open /a x",
    "open /a dir",
    "read a",
    "list .",
    "stat /",
    "write /a",
    "write /a text",
    "mkdir a",
    "rmdir a",
    "unlink a",
    "mknod a c 1 3",
    "mknod a b 8 0",
    "mknod a p",
    "connect tcp:10.0.0.1:80",
    "bind unix:@a",
    "socket inet stream",
    "socket 17 raw 768",
    "exec /bin/true",
    "exec /bin/echo a b",
    "mount none /a tmpfs",
    "mount /a /b bind",
    "umount /a",
    "chroot /",
    "unshare user",
    "unshare user,mount,0x400",
    "setns /proc/1/ns/net",
    "kill 1",
    "kill 1 9",
    "kill 1 TERM",
    "ptrace 1",
    "setuid 0",
    "setgid 0",
    "setgroups",
    "setgroups 1 2",
    "sethostname",
    "sethostname a",
    "call getpid",
    "call openat -100 /etc/passwd 0",
    "call uname room:390",
];

#[test]
fn every_form_can_be_read() {
    for text in EACH {
        read(text);
        // One word more is too many, but where there may be any number.
        let verb = text.split(' ').next().unwrap();
        if !["exec", "call", "setgroups"].contains(&verb) && text.split(' ').count() > 3 {
            assert!(
                mistake(&format!("{text} more")).contains("`more`: nothing more"),
                "{text}"
            );
        }
    }
    for form in Probe::forms() {
        let verb = form.split(' ').next().unwrap();
        assert!(
            EACH.iter().any(|text| text.split(' ').next() == Some(verb)),
            "{form}"
        );
    }
}

#[test]
fn arguments_of_calls_are_numbers_or_texts() {
    let call = |text: &str| match read(text) {
        Attempt::Raw(call) => call,
        other => panic!("{other:?}"),
    };
    let open = tracee::Call::new("openat");
    let expected = open
        .signed(-100)
        .at(tracee::Data::text("/etc/passwd"))
        .number(0);
    assert_eq!(call("call openat -100 /etc/passwd 0x0"), expected);
    let text = tracee::Call::new("unlink").at(tracee::Data::text("12"));
    assert_eq!(call("call unlink '12'"), text);
    let words = Probe::all_of_words(["call", "unlink", "\"12\""]).unwrap();
    assert_eq!(words[0].attempt, Attempt::Raw(text));
}

#[test]
fn mistakes_name_the_place_and_what_was_expected() {
    for (text, place, expected) in [
        ("", "", "a probe is missing"),
        ("open /a |", "", "a probe is missing"),
        ("| open /a", "", "a probe is missing"),
        ("open /a || kill 1", "", "a probe is missing"),
        (
            "open 'a",
            "in `open 'a`",
            "the ' that is opened here is not closed: `'a`",
        ),
        ("open a\0b", "in `", "NUL"),
        ("opne /a", "in `opne /a`, at `opne`", "there are open, read"),
        (
            "open",
            "in `open`, at its end",
            "a path is missing: it is written `open PATH [r|w|",
        ),
        ("open /a q", "at `q`", "r (to read), w (to write)"),
        (
            "kill 1 | open /a r w",
            "in `open /a r w`, at `w`",
            "nothing more",
        ),
        ("kill 0", "at `0`", "as the process itself sees it"),
        ("kill -1", "at `-1`", "number of a process"),
        ("kill 2147483648", "at `2147483648`", "number of a process"),
        ("kill 1 sigterm", "at `sigterm`", "15 or TERM"),
        ("setuid root", "at `root`", "other names"),
        ("setuid 4294967296", "at `4294967296`", "a number"),
        ("setgroups 1 x", "at `x`", "a number"),
        ("connect", "at its end", "an address is missing"),
        ("connect localhost", "at `localhost`", "tcp:10.0.0.1:80"),
        ("socket ipx stream", "at `ipx`", "unix, inet, inet6"),
        ("socket inet", "at its end", "a type is missing"),
        ("socket inet stream tcp", "at `tcp`", "a number"),
        ("mount a b", "at its end", "its type is missing"),
        ("unshare users", "at `users`", "user, mount"),
        ("unshare user,", "at `user,`", "user, mount"),
        ("mknod a c 1", "at its end", "missing"),
        ("mknod a d", "at `d`", "character device"),
        ("mknod a p 1 2", "at `1`", "nothing more"),
        ("call", "at its end", "the name of a system call is missing"),
        ("call opeen", "at `opeen`", "no system call of this name"),
        ("call read 1 2 3 4 5 6 7", "at `7`", "six arguments"),
        ("call read 0 room:0", "at `room:0`", "1 to 65536"),
        ("call read room:1 room:1", "at `room:1`", "once"),
        ("call read 0b1", "at `0b1`", "no number"),
    ] {
        let mistake = mistake(text);
        let place_is_named = mistake.starts_with("a probe") || mistake.contains(place);
        assert!(
            place_is_named && mistake.contains(expected),
            "{text}: {mistake}"
        );
    }
}

#[test]
fn every_verb_is_in_the_manual() {
    let page = include_str!("../../../../docs/manual/forktop-try.md").replace("\\|", "|");
    for form in Probe::forms() {
        assert!(page.contains(&format!("`{form}`")), "{form}");
    }
}
