//! A shell has open what its process has open, and the keeper nothing: when they end, nothing holds it.
use crate::subject::{Subject, enter, keeper_and_shell, stage};
use crate::support::process::{children, is_over};
use crate::support::{Stage, User, soon, wait};
use std::io::Write as _;
use std::process::{Child, Stdio};

/// What a process has open, in words, and a line that it then tells.
const OPEN: [(&str, &str); 9] = [
    ("streams=8 close=0", "descriptor 8: "),
    ("streams=8 open=0,0,5,/etc/passwd", "descriptor 0: "),
    ("streams=8 close=0 close=1", "descriptor 8: "),
    ("streams=8 open=0,0x80000,5,/etc/passwd", "descriptor 0: "),
    (
        "open=5,0x80000,7,/etc/passwd open=6,2,3,/dev/null",
        "descriptor 5: ",
    ),
    ("fill=7", "descriptor 7: "),
    ("fill=1000", "descriptor 1000: "),
    ("fill=20 limit=nofile,3,2000", "descriptor 20: "),
    (
        "fill=20 open=21,0,9,/etc/passwd limit=nofile,0,2000",
        "descriptor 21: ",
    ),
];

#[test]
fn a_shell_has_open_what_its_process_has_under_the_same_numbers() {
    let stage = stage();
    for user in [User::This, User::Tester] {
        for (words, line) in OPEN {
            let all: Vec<_> = words.split_whitespace().collect();
            let subject = Subject::start(&stage, user, &all);
            let has = subject.report.iter().any(|told| told.starts_with(line));
            assert!(has, "{words}: {:#?}", subject.report);
            let told = enter(&stage, user, &subject, &[]);
            assert_eq!(told.differing(&subject), [""; 0], "{words}");
            assert_eq!(told.other, [""; 0], "{words}");
            assert_eq!(told.errors(), "", "{words}");
            subject.ends_well();
        }
    }
}

/// A shell to type at, by a pipe, that is open.
fn open(stage: &Stage, subject: &Subject) -> (Child, [u32; 2]) {
    let mut command = stage.forktop_of(User::This, &["shell", &subject.pid()]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let shell = command.spawn().unwrap();
    let both = soon("a shell", || keeper_and_shell(subject.process));
    (shell, both)
}

fn position(process: u32, number: u32) -> String {
    let info = std::fs::read_to_string(format!("/proc/{process}/fdinfo/{number}")).unwrap();
    info.lines().next().unwrap().to_owned()
}

#[test]
fn where_a_file_is_read_is_the_same_place_for_both() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["open=5,0,7,/etc/passwd"]);
    assert_eq!(position(subject.process, 5), "pos:\t7");
    let mut shell = stage
        .forktop_of(User::This, &["shell", &subject.pid()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = shell.stdin.take().unwrap();
    input.write_all(b"read -r -n 4 x <&5\n").unwrap();
    drop(input);
    shell.wait().unwrap();
    assert_eq!(position(subject.process, 5), "pos:\t11");
    subject.ends_well();
}

fn open_count(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .count()
}

#[test]
fn the_keeper_has_nothing_open_and_the_shell_no_more_than_was_handed_in() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["fill=30"]);
    let before = open_count(subject.process);
    let (mut shell, [keeper, inside]) = open(&stage, &subject);
    wait("the shell's first instruction", || {
        let name = std::fs::read_to_string(format!("/proc/{inside}/comm"));
        name.is_ok_and(|name| name.trim() != "forktop-keeper")
    });
    assert_eq!(open_count(keeper), 0);
    // Its three streams are handed in; the process's own are beside them.
    assert_eq!(open_count(inside), before + 3);
    drop(shell.stdin.take());
    shell.wait().unwrap();
    assert_eq!(open_count(subject.process), before);
    subject.ends_well();
}

/// A process that holds a lock and listens at a port is killed while a shell is open in it: both are free then.
#[test]
fn what_a_process_holds_is_free_when_it_ends_though_a_shell_was_open_in_it() {
    let stage = stage();
    let lock = stage.write("lock", "");
    let script = "import fcntl, socket, sys\n\
                  lock = open(sys.argv[1]); fcntl.flock(lock, fcntl.LOCK_EX)\n\
                  port = socket.create_server(('127.0.0.1', 8393)); print('ready', flush=True); sys.stdin.read()";
    let mut python = stage.command("/usr/bin/python3", &["-c", script]);
    python
        .arg(&lock)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let subject = Subject::of(&mut python);
    let (mut shell, both) = open(&stage, &subject);
    let held = || {
        !stage
            .command("flock", &["-n", "lock", "true"])
            .status()
            .unwrap()
            .success()
    };
    assert!(held());
    subject.kill();
    wait("the end of the shell", || both.into_iter().all(is_over));
    assert!(!held());
    drop(std::net::TcpListener::bind(("127.0.0.1", 8393)).unwrap());
    drop(shell.stdin.take());
    assert_eq!(shell.wait().unwrap().code(), Some(125));
}

/// A shell holds what its process does: so that others wait for its end too. After it nobody does.
#[test]
fn a_pipe_ends_when_the_shell_and_the_process_do() {
    let stage = stage();
    let subject = Subject::start(&stage, User::This, &["nice=0"]);
    let (mut shell, _) = open(&stage, &subject);
    drop(shell.stdin.take());
    assert_eq!(shell.wait().unwrap().code(), Some(0));
    assert_eq!(children(subject.process), [0; 0]);
    subject.kill();
    let mut subject = subject;
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut subject.output, &mut rest).unwrap();
    assert_eq!(rest, "");
}
