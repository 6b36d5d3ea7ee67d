//! What is shown of two processes that are connected, of which one cannot be read wholly.
use super::*;
use crate::sample;
use privileges::{Access, Descriptor, Object, Strings, Why};

fn facts(name: &str, arguments: &[&str]) -> Facts {
    Facts {
        name: name.to_owned(),
        state: 'S',
        parent: 1,
        pids: vec![4104],
        tracer: 0,
        thread_count: 1,
        arguments: Seen::Known(Strings::new(arguments.join("\0").into(), false)),
        environment: Seen::Known(Strings::default()),
        program: Seen::Known("/usr/sbin/nginx".into()),
        directory: Seen::Unreadable {
            unreadable: Why::NotPermitted,
        },
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
    vec![
        Look {
            facts: facts("nginx", &["nginx", "-g", "daemon off;"]),
            privileges: server,
        },
        Look {
            facts: facts(sample::HOSTILE, &[]),
            privileges: shell,
        },
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
    let shown = text(header(), &looks(), Palette::Plain, 100);
    insta::assert_snapshot!("text", shown);
    assert!(shown.contains("4200"), "who is at the other end");
    let harmed = shown.chars().any(|it| it.is_control() && it != '\n');
    assert!(!harmed && !shown.contains('\u{202e}'));
}

#[test]
fn processes_are_shown_to_programs() {
    let shown = String::from_utf8(json(&looks()).unwrap()).unwrap();
    insta::assert_snapshot!("json", shown);
    let shown: Vec<serde_json::Value> = serde_json::from_str(&shown).unwrap();
    let privileges: Privileges = serde_json::from_value(shown[0]["privileges"].clone()).unwrap();
    assert_eq!(privileges, sample::looked());
}
