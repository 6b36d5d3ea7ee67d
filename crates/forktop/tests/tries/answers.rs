//! The kernel's own answers.
use crate::asked::*;
use crate::support::Stage;
use forktop::log::Answer;
use rustix::io::Errno as E;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn files_are_opened_as_the_process_may() {
    let stage = Stage::new();
    let file = stage.write("file", "text");
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let (file, missing) = (file.to_str().unwrap(), stage.text("missing"));
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "open {file} | open {file} rw | open {missing} r | open {file} dir | open {file} x | read {file} | stat {missing} \
         | list {} | write {file} | write {file} more | open {missing} c | open {file} c | mkdir {missing} | rmdir {missing} \
         | mknod {missing} p | unlink {missing} | open /usr x",
        stage.text("")
    ));
    let again = "made, and taken away again";
    assert_eq!(
        answers,
        [
            done(""),
            done(""),
            refused("openat", E::NOENT),
            refused("openat", E::NOTDIR),
            // Nobody may execute it.
            refused("faccessat2", E::ACCESS),
            done("1 byte was read"),
            refused("statx", E::NOENT),
            done("file"),
            done("nothing was written"),
            done("4 bytes of 4 were written"),
            done(again),
            done("it was there"),
            done(again),
            refused("unlinkat", E::NOENT),
            done(again),
            refused("unlinkat", E::NOENT),
            done(""),
        ]
    );
    assert_eq!(fs::read_to_string(file).unwrap(), "textmore");
    assert!(!Path::new(&missing).exists());
}

#[test]
fn an_ordinary_user_is_refused_what_the_system_keeps() {
    let asked = Asked::of_tester();
    let probes = "open /etc/shadow r | open /etc/passwd r | open /etc/passwd w | list /root | mount none /mnt tmpfs \
                  | kill 1 | ptrace 1 | setuid 0 | setgroups 0 | chroot / | sethostname | mknod /tmp/forktop-node c 1 3 \
                  | bind tcp:127.0.0.1:81 | socket packet raw | unshare mount | umount / | open /proc/sys/kernel/hostname w";
    let answers = asked.tries(probes);
    let low = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let port = match low.trim().parse::<u32>().unwrap() {
        0..=81 => done(""),
        _ => refused("bind", E::ACCESS),
    };
    assert_eq!(
        answers,
        [
            refused("openat", E::ACCESS),
            done(""),
            refused("openat", E::ACCESS),
            refused("openat", E::ACCESS),
            refused("mount", E::PERM),
            refused("kill", E::PERM),
            refused("ptrace", E::PERM),
            refused("setuid", E::PERM),
            refused("setgroups", E::PERM),
            refused("chroot", E::PERM),
            refused("sethostname", E::PERM),
            refused("mknodat", E::PERM),
            port,
            refused("socket", E::PERM),
            refused("unshare", E::PERM),
            refused("umount2", E::PERM),
            refused("openat", E::ACCESS),
        ]
    );
}

#[test]
fn what_a_probe_changes_of_itself_the_next_does_not_find() {
    if !root_only("probes that change the user") {
        return;
    }
    let asked = Asked::waiting();
    let answers = asked.tries(
        "setuid 1 | setgid 1 | chroot /proc | unshare mount,net,user | open /etc/shadow r | setns /proc/self/ns/uts | setgroups 1 2 \
         | call exit_group 3 | call fork | sethostname | kill 1 0 | call getuid | mount none /mnt tmpfs | call getppid",
    );
    let number = asked.pid().as_raw_pid();
    assert_eq!(answers[..7].iter().filter(|it| **it == done("")).count(), 7);
    assert_eq!(answers[7], done("it has ended with code 3"));
    assert!(matches!(&answers[8], Answer::Done { words } if words.starts_with("= ")));
    assert_eq!(answers[9..11], [done(""), done("")]);
    assert_eq!(answers[11], done("= 0"));
    assert_eq!(answers[12], done("made, and taken away again"));
    assert_ne!(answers[13], done(&format!("= {number}")));
    assert!(
        !fs::read_to_string("/proc/mounts")
            .unwrap()
            .contains(" /mnt tmpfs")
    );
}

#[test]
fn sockets_reach_who_listens() {
    let stage = Stage::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let free = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (tcp, udp) = (tcp.local_addr().map(|it| (it, tcp)).unwrap(), udp);
    let path = stage.text("socket");
    let _unix = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
    let (new, missing) = (stage.text("new"), stage.text("missing"));
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "connect tcp:{tcp} | connect tcp:127.0.0.1:{closed} | connect udp:{udp} | connect unix:{path} | connect unix:{missing} \
         | connect unix:@forktop-nobody | connect unixgram:{path} | bind tcp:{tcp} | bind tcp:127.0.0.1:0 | bind udp:{udp} \
         | bind unix:{new} | bind unix:{path} | bind unix:@forktop-name | bind unixgram:@forktop-name | socket netlink raw \
         | socket inet stream | socket 99 stream | connect unixpacket:{path}",
        tcp = tcp.0,
        closed = free.port(),
        udp = udp.local_addr().unwrap(),
    ));
    let nothing_sent = "there is a way there; nothing was sent";
    assert_eq!(
        answers,
        [
            done(""),
            refused("connect", E::CONNREFUSED),
            done(nothing_sent),
            done(""),
            refused("connect", E::NOENT),
            refused("connect", E::CONNREFUSED),
            refused("connect", E::PROTOTYPE),
            refused("bind", E::ADDRINUSE),
            done(""),
            refused("bind", E::ADDRINUSE),
            done("made, and taken away again"),
            refused("bind", E::ADDRINUSE),
            done(""),
            done(""),
            done(""),
            done(""),
            refused("socket", E::AFNOSUPPORT),
            refused("connect", E::PROTOTYPE),
        ]
    );
    assert!(!Path::new(&new).exists() && Path::new(&path).exists());
}

#[test]
fn programs_are_executed_up_to_their_first_instruction() {
    let stage = Stage::new();
    let (made, plain) = (stage.text("made"), stage.write("plain", "#!/bin/sh\n"));
    let script = stage.write("script", "#!/nowhere/shell\n");
    fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let asked = Asked::waiting();
    let answers = asked.tries(&format!(
        "exec /bin/touch {made} | exec /bin/sh -c '>{made}' | exec {missing} | exec {plain} | exec {script} | exec /",
        missing = stage.text("missing"),
        plain = plain.display(),
        script = script.display(),
    ));
    assert_eq!(
        answers,
        [
            done(""),
            done(""),
            refused("execve", E::NOENT),
            refused("execve", E::ACCESS),
            refused("execve", E::NOENT),
            refused("execve", E::ACCESS),
        ]
    );
    assert!(!Path::new(&made).exists());
}

#[test]
fn what_does_not_answer_in_time_is_given_up() {
    let stage = Stage::new();
    let fifo = stage.text("fifo");
    crate::support::succeed(Command::new("mkfifo").arg(&fifo));
    let path = stage.text("socket");
    let program = program(&stage, "full");
    let (_full, port) = Asked::saying(program, &[&path]);
    let asked = Asked::waiting();
    let began = Instant::now();
    let probes = format!(
        "connect unix:{path} | connect tcp:127.0.0.1:{port} | call openat -100 {fifo} 0 | open {fifo} r | open {fifo} w \
         | call pause | open /etc/passwd r"
    );
    let answers = tries(asked.pid(), &probes, Duration::from_millis(300));
    let late = Answer::TimedOut;
    let expected = [
        late.clone(),
        late.clone(),
        late.clone(),
        done(""),
        refused("openat", E::NXIO),
        late,
        done(""),
    ];
    assert_eq!(answers, expected);
    assert!(began.elapsed() > Duration::from_millis(1200));
}

#[test]
fn filters_answer_as_they_are() {
    let stage = Stage::new();
    let program = program(&stage, "answers");
    let probes = "open /etc/passwd r | connect tcp:127.0.0.1:1 | kill 1 | call getpid";
    let killed = Answer::Killed { signal: 31 };
    for (action, answer) in [
        ("errno", None),
        ("kill", Some(killed.clone())),
        ("thread", Some(killed.clone())),
        ("trap", Some(Answer::Trapped)),
    ] {
        let (asked, _) = Asked::saying(&program, &[action, "openat", "socket", "kill"]);
        let answers = asked.tries(probes);
        let answer = |by| answer.clone().unwrap_or_else(|| refused(by, E::ACCESS));
        assert_eq!(
            answers[..3],
            ["openat", "socket", "kill"].map(answer),
            "{action}"
        );
        assert!(matches!(answers[3], Answer::Done { .. }), "{action}");
    }
    if !root_only("filters that let next to nothing through") {
        return;
    }
    let (asked, _) = Asked::saying(&program, &["kill", "-", "pause", "write", "read", "openat"]);
    let answers = asked.tries("open /etc/passwd r | open /etc/nothing r | exec /bin/true | list /");
    let none = refused("openat", E::NOENT);
    assert_eq!(answers, [done(""), none, killed.clone(), killed]);
}
