//! Specifications that lie beside what is said of them, and what the command line says of itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Launcher, Stage, launchers, repository, shown, stderr, stdout, succeed};

/// To write down what is said now, after reading it: `BLESS=1 cargo nextest run specifications`.
#[test]
fn a_bad_specification_is_refused_in_the_words_beside_it() {
    let stage = Stage::new(Launcher::Ourselves);
    let mut wrong = Vec::new();
    let folder = repository("tests/specifications/bad");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.retain(|name| specification::Format::of_path(Path::new(name)).is_some());
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let expected = folder.join(&name).with_extension("stderr");
        let output = stage
            .shim(&["check", name.to_str().unwrap()])
            .current_dir(&folder)
            .output()
            .unwrap();
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &output.stderr).unwrap();
        }
        if output.status.code() != Some(125)
            || stderr(&output) != fs::read_to_string(&expected).unwrap_or_default()
        {
            wrong.push(format!("{name:?}: {}", shown(&output)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_good_specification_is_accepted_in_silence() {
    let stage = Stage::new(Launcher::Ourselves);
    for entry in fs::read_dir(repository("tests/specifications/good")).unwrap() {
        let path = entry.unwrap().path();
        let output = stage
            .shim(&["check", path.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(
            (output.status.code(), shown(&output).trim()),
            (Some(0), "exit status: 0")
        );
    }
}

const PARAMETERS: &str = r#"{ "version": 1,
  "parameters": { "word": { "type": "string", "max_length": 5, "default": "none" }, "n": { "type": "integer", "max": 9, "default": 1 } },
  "entrypoints": { "it": { "program": "/bin/echo", "args": ["${word}", "${n}", "${trailing}"], "stdout": "inherit" } } }"#;

#[test]
fn parameters_are_bound_by_set_then_runtime_then_environment() {
    let stage = Stage::new(Launcher::Ourselves);
    stage.own_file("spec.json", PARAMETERS);
    stage.own_file("runtime.json", r#"{ "word": "file", "n": 2 }"#);
    let run = |arguments: &[&str], variable: Option<&str>| {
        let mut command = stage.shim(&[&["run", "spec.json"], arguments].concat());
        command.envs(variable.map(|value| ("CLONE_SHIM_WORD", value)));
        stdout(&command.output().unwrap())
    };
    assert_eq!(run(&[], None), "none 1\n");
    assert_eq!(run(&["--", "a", "b c"], Some("env")), "env 1 a b c\n");
    assert_eq!(run(&["--runtime", "runtime.json"], Some("env")), "file 2\n");
    assert_eq!(
        run(
            &["--runtime", "runtime.json", "--set", "word=set"],
            Some("env")
        ),
        "set 2\n"
    );
}

#[test]
fn a_binding_that_does_not_fit_is_refused_where_the_parameter_is_declared() {
    let stage = Stage::new(Launcher::Ourselves);
    stage.own_file("spec.json", PARAMETERS);
    let refused = |set: &str, words: &str| {
        let output = stage
            .shim(&["run", "spec.json", "--set", set])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(125));
        let said = stderr(&output);
        assert!(
            said.contains(words) && said.contains("spec.json:2:"),
            "{said}"
        );
    };
    refused("word=too long", "it has 8 bytes, and 5 are the most");
    refused("n=10", "10 is more than 9, the greatest");
    refused("wrd=x", "did you mean `word`?");
}

/// Declarations of each type with each bound, a value within it, one without, and what is said of that.
const TYPES: [(&str, &str, &str, &str); 9] = [
    (
        r#""port": { "type": "port", "min": 1024, "max": 2000 }"#,
        "1600",
        "80",
        "80 is less than 1024, the least",
    ),
    (
        r#""any-port": { "type": "port" }"#,
        "65535",
        "65536",
        "65536 is more than 65535, the greatest",
    ),
    (
        r#""integer": { "type": "integer", "max": 9 }"#,
        "-3",
        "1x",
        "`1x` is not a whole number",
    ),
    (
        r#""path": { "type": "path", "beneath": "/etc" }"#,
        "/etc/hosts",
        "/usr/hosts",
        "it is not beneath /etc",
    ),
    (
        r#""climbing": { "type": "path" }"#,
        "/etc/hosts",
        "/etc/../root",
        "it contains `..`",
    ),
    (
        r#""choice": { "type": "string", "one_of": ["a", "b"] }"#,
        "b",
        "c",
        "`c` is not one of its values",
    ),
    (
        r#""short": { "type": "string", "max_length": 5 }"#,
        "éé",
        "ééé",
        "it has 6 bytes, and 5 are the most",
    ),
    (
        r#""address": { "type": "address", "within": "2001:db8::/32" }"#,
        "2001:db8::1",
        "10.0.0.1",
        "10.0.0.1 is not in 2001:db8::/32",
    ),
    (
        r#""boolean": { "type": "boolean" }"#,
        "true",
        "yes",
        "`yes` is neither `true` nor `false`",
    ),
];

/// In each way, so that each way is seen to look at the bounds.
#[test]
fn a_parameter_of_each_type_is_bound_within_its_bounds() {
    let stage = Stage::new(Launcher::Ourselves);
    for (declaration, good, bad, words) in TYPES {
        let name = declaration.split('"').nth(1).unwrap();
        let specification = format!(
            "{{ \"version\": 1, \"entrypoints\": {{ \"it\": {{\n\
             \"program\": \"/bin/echo\", \"args\": [\"${{{name}}}\"], \"stdout\": \"inherit\" }} }}, \"parameters\": {{\n\
             {declaration} }} }}\n"
        );
        stage.own_file("spec.json", &specification);
        let run = |way: &str, value: &str| {
            let mut command = stage.shim(&["run", "spec.json"]);
            match way {
                "--set" => command.arg(format!("--set={name}={value}")),
                "--runtime" => {
                    let file = serde_json::json!({ name: value }).to_string();
                    stage.own_file("runtime.json", &file);
                    command.args(["--runtime", "runtime.json"])
                }
                _ => {
                    let variable = name.to_uppercase().replace('-', "_");
                    command.env(format!("CLONE_SHIM_{variable}"), value)
                }
            };
            command.output().unwrap()
        };
        for way in ["--set", "--runtime", "the environment"] {
            let bound = run(way, good);
            assert_eq!(stdout(&bound), format!("{good}\n"), "{}", shown(&bound));
            let refused = run(way, bad);
            assert_eq!(refused.status.code(), Some(125), "{}", shown(&refused));
            let said = stderr(&refused);
            for words in [words, declaration, "spec.json:3:"] {
                assert!(said.contains(words), "{way}: {words}: {said}");
            }
        }
    }
}

const FLAGS: &str = "void --print-spec --file /etc/hosts:/h:r --tmpfs /t:1M --env A=$b --stdio --uid 7
    --limit open_files=9 --symlink /l:/h --proc --devices null,zero --syscall chroot --no-init --umask 077
    --hostname h --directory /t --content /c=text --open x=/etc/hosts --listen y=unix:s$ --activation z=tcp:[::1]:80 --capability CAP_CHOWN --restart never
    --libraries auto --argv0 zero -- /bin/echo $x";

#[test]
fn the_flags_of_void_stand_for_a_specification() {
    let stage = Stage::new(Launcher::Ourselves);
    let flags: Vec<_> = FLAGS.split_whitespace().collect();
    let printed = stage.shim(&flags).output().unwrap();
    assert!(printed.status.success(), "{}", shown(&printed));
    let path = stage.own_file("printed.json", &stdout(&printed));
    let output = stage
        .shim(&["check", path.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    let plan = |arguments: &[&str]| {
        let output = stage.shim(arguments).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["entrypoints"]["void"]
            .clone()
    };
    let plan = plan(&["plan", "--json", path.to_str().unwrap()]);
    assert_eq!(plan["arguments"], serde_json::json!(["zero", "$x"]));
    let environment = ["A=$b", "LISTEN_FDNAMES=y:z", "LISTEN_FDS=2", "LISTEN_PID=1"];
    assert_eq!(plan["environment"], serde_json::json!(environment));
    let path = stage.path("s$");
    let listens = format!("`y`, a socket that listens at unix:{}", path.display());
    assert_eq!(plan["descriptors"][3], listens);
    assert_eq!(plan["identity"]["uid"], 7);
    assert!(plan["steps"].as_array().unwrap().len() > 50);
}

#[test]
fn a_void_by_flags_counts_lines() {
    let stage = Stage::new(Launcher::Ourselves);
    let lines = fs::read_to_string("/etc/hosts").unwrap().lines().count();
    let output = stage
        .shim(&[
            "void",
            "--file",
            "/etc/hosts",
            "--stdio",
            "--",
            "wc",
            "-l",
            "/etc/hosts",
        ])
        .output()
        .unwrap();
    assert_eq!(
        stdout(&output),
        format!("{lines} /etc/hosts\n"),
        "{}",
        shown(&output)
    );
}

#[test]
fn a_mistake_on_the_command_line_is_125() {
    let stage = Stage::new(Launcher::Ourselves);
    let wrong: [&[&str]; 6] = [
        &[],
        &["rum"],
        &["run"],
        &["run", "/no/such/file"],
        &["void", "--tmpfs", "/tmp", "--", "true"],
        &["void", "--", "no-such-program-anywhere"],
    ];
    for arguments in wrong {
        let output = stage.shim(arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(125),
            "{arguments:?}: {}",
            shown(&output)
        );
        assert!(!output.stderr.is_empty());
    }
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["run", "--help"],
        &["void", "--help"],
    ] {
        assert_eq!(
            stage.shim(arguments).output().unwrap().status.code(),
            Some(0),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_schema_is_one_and_doctor_is_content_here() {
    let stage = Stage::new(Launcher::Ourselves);
    let schema: serde_json::Value =
        serde_json::from_slice(&stage.shim(&["schema"]).output().unwrap().stdout).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let output = stage.shim(&["doctor"]).output().unwrap();
    let said = stdout(&output);
    for good in [
        "ok       a void: can be made",
        "ok       network grants: can be given",
        "ok       names of hosts: are looked up",
    ] {
        assert!(said.contains(good), "{}", shown(&output));
    }
    assert!(output.status.success(), "{}", shown(&output));
}

#[test]
fn a_privilege_of_the_program_is_refused() {
    if launchers().len() < 2 {
        return;
    }
    let stage = Stage::new(Launcher::Tester);
    let program = stage.path("clone-shim");
    for privilege in [["chmod", "u+s"], ["chmod", "u-s,g+s"]] {
        succeed(Command::new(privilege[0]).arg(privilege[1]).arg(&program));
        let output = stage.shim(&["void", "--", "/bin/true"]).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(125),
            "{privilege:?}: {}",
            shown(&output)
        );
        assert!(
            stderr(&output).contains("installed setuid"),
            "{}",
            shown(&output)
        );
    }
    succeed(Command::new("chmod").arg("g-s").arg(&program));
    succeed(Command::new("setcap").arg("cap_net_admin+ep").arg(&program));
    assert_eq!(
        stage
            .shim(&["void", "--", "/bin/true"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(125)
    );
    succeed(Command::new("setcap").arg("-r").arg(&program));
    assert_eq!(
        stage
            .shim(&["void", "--", "/bin/true"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(0)
    );
}

/// What is left to run time is one host or one port.
#[test]
fn no_value_widens_a_network_grant() {
    let stage = Stage::new(Launcher::Ourselves);
    let specification = serde_json::json!({
        "version": 1,
        "parameters": { "host": { "type": "string" } },
        "entrypoints": { "it": { "program": "/bin/true", "network": { "reach": ["tcp:${host}:80"] } } },
    });
    fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    let plan = |value: &str| {
        let set = format!("--set=host={value}");
        stage.shim(&["plan", "spec.json", &set]).output().unwrap()
    };
    for value in ["192.0.2.1", "localhost"] {
        let output = plan(value);
        assert!(output.status.success(), "{}", shown(&output));
    }
    for value in ["*", "10.0.0.0/8", "1-9", "192.0.2.1:1-", "[::]"] {
        let output = plan(value);
        assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
        let title = format!("error: `{value}` for the parameter `host` would widen this grant");
        assert!(stderr(&output).starts_with(&title), "{}", shown(&output));
    }
}
