//! What is shown of two processes that are connected, of which one cannot be read wholly.
use super::*;
use crate::sample;
use crate::screen::panes::Parent;
use privileges::{Access, Descriptor, NamespaceKind, Object, Privileges, Strings, Why};

fn shown(privileges: Privileges, arguments: &[&str], parent: [Seen<u64>; 8]) -> Shown {
    Shown {
        parent: Some(Arc::new(Parent {
            pid: privileges.parent,
            namespaces: parent,
        })),
        look: Look {
            privileges,
            state: 'S',
            arguments: Seen::Known(Strings::new(arguments.join("\0").into(), false)),
        },
    }
}

/// A void's server, of whose namespaces its parent is in two, and a shell that reads from its pipe, and whose parent may not be
/// read.
fn looks() -> Vec<Shown> {
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
    let mut parent = shell.essentials.namespaces.own;
    for kind in [NamespaceKind::Network, NamespaceKind::Time] {
        parent[kind as usize] = *server.essentials.namespaces.of(kind);
    }
    vec![
        shown(server, &["nginx", "-g", "daemon off;"], parent),
        shown(shell, &[], [Why::NotPermitted.into(); 8]),
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
    json(&mut shown, &header(), looks()).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    insta::assert_snapshot!("json", shown);
    let shown: Vec<serde_json::Value> = serde_json::from_str(&shown).unwrap();
    let privileges: Privileges = serde_json::from_value(shown[0]["privileges"].clone()).unwrap();
    assert_eq!(privileges, sample::looked());
}
