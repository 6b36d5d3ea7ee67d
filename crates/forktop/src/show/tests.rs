//! What is shown of two processes that are connected, of which one cannot be read wholly.
use super::*;
use crate::sample;
use privileges::{Access, Descriptor, Object, Privileges, Strings, Why};

fn look(privileges: Privileges, arguments: &[&str]) -> Look {
    Look {
        privileges,
        state: 'S',
        arguments: Seen::Known(Strings::new(arguments.join("\0").into(), false)),
    }
}

/// A void's server, and a shell that reads from its pipe and is root's.
fn looks() -> Vec<Look> {
    let server = sample::looked();
    let mut shell = server.clone();
    (shell.pid, shell.pids, shell.parent) = (4200, vec![4200], 1);
    shell.essentials = sample::user();
    shell.threads.clear();
    shell.descriptors = Seen::Known(vec![Descriptor {
        number: 0,
        object: Object::Pipe {
            inode: 55_100,
            path: None,
        },
        access: Access::Read,
        close_on_exec: false,
    }]);
    shell.mounts = Seen::Unreadable {
        unreadable: Why::NotPermitted,
    };
    shell.name = sample::HOSTILE.to_owned();
    vec![
        look(server, &["nginx", "-g", "daemon off;"]),
        look(shell, &[]),
    ]
}

fn header() -> Header {
    let first = sample::everything().swap_remove(0);
    match first.event {
        Event::Opened(header) => *header,
        other => panic!("{other:?}"),
    }
}

#[test]
fn processes_are_shown_to_people() {
    let mut shown = Vec::new();
    let names = sample::names();
    text(&mut shown, header(), looks(), &names, Palette::Plain, 100).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    insta::assert_snapshot!("text", shown);
    assert!(shown.contains("4200"), "who is at the other end");
    let harmed = shown.chars().any(|it| it.is_control() && it != '\n');
    assert!(!harmed && !shown.contains('\u{202e}'));
}

#[test]
fn processes_are_shown_to_programs() {
    let mut shown = Vec::new();
    json(&mut shown, looks()).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    insta::assert_snapshot!("json", shown);
    let shown: Vec<serde_json::Value> = serde_json::from_str(&shown).unwrap();
    let privileges: Privileges = serde_json::from_value(shown[0]["privileges"].clone()).unwrap();
    assert_eq!(privileges, sample::looked());
}
