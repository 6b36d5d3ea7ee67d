//! What `forktop try` tells.
use crate::asked::*;
use crate::support::Stage;
use std::process::Command;

#[test]
fn the_command_tells_what_came_of_it() {
    let stage = Stage::new();
    let asked = Asked::waiting();
    let pid = asked.pid().to_string();
    let before = traces(asked.pid());
    let run = |arguments: &[&str]| {
        let output = stage.forktop(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let let_through = run(&["try", &pid, "--", "open / dir | exec /bin/true"]);
    let lines = "open / dir: let\nexec /bin/true: let\n";
    assert_eq!(let_through, (Some(0), lines.to_owned(), String::new()));
    let refused = run(&[
        "try", &pid, "--", "open", "/a b", "r", "|", "call", "getpid",
    ]);
    let line = "open '/a b' r: refused by openat: No such file or directory (ENOENT)\n";
    assert!(
        refused.0 == Some(1) && refused.1.starts_with(line),
        "{refused:?}"
    );
    let json = run(&["try", "--json", &pid, "--", "kill 1 | read /nowhere"]);
    let value: serde_json::Value = serde_json::from_str(&json.1).unwrap();
    assert_eq!(
        (&value["pid"].to_string(), &value["calls"][1]["errno"]),
        (&pid, &2.into())
    );
    assert!(
        value["held_us"].as_u64() > Some(0) && value.get("differs").is_none(),
        "{value}"
    );
    let mistaken = run(&["try", &pid, "--", "connect tcp:localhost:80"]);
    assert!(
        mistaken.0 == Some(125) && mistaken.2.contains("not looked up"),
        "{mistaken:?}"
    );
    let absent = run(&["try", "2147483646", "--", "kill 1"]);
    assert!(
        absent.0 == Some(125) && absent.2.starts_with("forktop: "),
        "{absent:?}"
    );
    assert_eq!(traces(asked.pid()), before);
}

/// What `forktop try --json` says of a process.
fn told(asked: &Asked) -> serde_json::Value {
    let mut forktop = Command::new(env!("CARGO_BIN_EXE_forktop"));
    let pid = asked.pid().as_raw_pid().to_string();
    forktop.args(["try", "--json", &pid, "--", "call getpid"]);
    serde_json::from_slice(&forktop.output().unwrap().stdout).unwrap()
}

#[test]
fn what_was_not_compared_is_told() {
    // So much that reading it would hold the process for long.
    let script = "for n in {10..900}; do eval \"exec $n</dev/null\"; done; echo ready; read line";
    let (asked, _) = Asked::saying("/bin/bash", &["-c", script]);
    let told = told(&asked);
    let uncompared = serde_json::json!(["its descriptors", "its mappings"]);
    assert_eq!(told["uncompared"], uncompared, "{told}");
    assert!(told.get("differs").is_none(), "{told}");
}

#[test]
fn of_a_small_process_all_is_compared_each_time() {
    let asked = Asked::waiting();
    for _ in 0..10 {
        let told = told(&asked);
        assert!(told["held_us"].as_u64() > Some(0), "{told}");
        assert!(told.get("uncompared").is_none(), "{told}");
    }
}
