//! Path parameters: the kernel keeps them beneath their folder, and what is there is of the kind that was declared.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rustix::fs::{CWD, RenameFlags};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use support::{Launcher, Stage, launchers, shown, stderr, stdout};

/// clone-shim with one entrypoint of these fields and one parameter `p`, bound to `value`.
fn run(stage: &Stage, declaration: &Value, fields: &Value, value: &str) -> Output {
    act(stage, "run", declaration, fields, value)
}

fn act(stage: &Stage, act: &str, declaration: &Value, fields: &Value, value: &str) -> Output {
    let specification = json!({
        "version": 1,
        "parameters": { "p": declaration },
        "entrypoints": { "it": fields },
    });
    fs::write(stage.path("spec.json"), format!("{specification:#}\n")).unwrap();
    let set = format!("p={value}");
    stage
        .shim(&[act, "spec.json", "--set", &set])
        .output()
        .unwrap()
}

/// A shell that has what the parameter names at /p.
fn shell(access: &str, script: &str) -> Value {
    json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", script],
        "files": { "/p": { "host": "${p}", "access": access } },
        "stdout": "inherit",
        "stderr": "inherit",
    })
}

/// A program that has what the parameter names as descriptor 3, and prints it.
fn reader() -> Value {
    json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", "busybox cat <&3"],
        "descriptors": { "p": { "open": "${p}" } },
        "stdout": "inherit",
        "stderr": "inherit",
    })
}

/// A stage with a folder `root` and things in it, and a secret beside it.
fn stage(launcher: Launcher) -> Stage {
    let stage = Stage::new(launcher);
    stage.own_file("secret", "secret\n");
    stage.own_folder("root/sub");
    stage.own_file("root/file", "beneath\n");
    stage.own_file("root/sub/file", "deeper\n");
    let link = |target: &str, name: &str| symlink(target, stage.path("root").join(name)).unwrap();
    link(&stage.text("secret"), "absolute");
    link("../secret", "relative");
    link("..", "up");
    link("up/secret", "twice");
    link("sub/file", "within");
    link("sub/../sub", "within-folder");
    link(&stage.text("root/file"), "absolute-within");
    stage
}

fn beneath(stage: &Stage) -> Value {
    json!({ "type": "path", "beneath": stage.path("root") })
}

const OUT: [&str; 5] = [
    "absolute",
    "relative",
    "up/secret",
    "twice",
    "absolute-within",
];

#[test]
fn a_symlink_that_leads_out_is_refused() {
    for launcher in launchers() {
        let stage = stage(launcher);
        for name in OUT {
            let path = stage.text(&format!("root/{name}"));
            let uses = [
                shell("r", "busybox cat /p"),
                reader(),
                json!({ "program": "${p}" }),
                json!({ "program": "/bin/true", "stdout": { "open": "${p}", "access": "w" } }),
                json!({ "program": "/bin/true", "stdin": { "open": "${p}", "access": "rw" } }),
                json!({ "program": "/bin/true", "stderr": { "open": "${p}", "access": "a" } }),
            ];
            for fields in uses {
                let output = run(&stage, &beneath(&stage), &fields, &path);
                assert_eq!(
                    output.status.code(),
                    Some(125),
                    "{path}: {}",
                    shown(&output)
                );
                let said = stderr(&output);
                let root = stage.text("root");
                let title = format!(
                    "`{path}` leads out of `{root}`, beneath which the parameter `p` must lie"
                );
                assert!(said.contains(&title) && said.contains("(EXDEV)"), "{said}");
                assert!(said.contains("declared here"), "{said}");
            }
        }
        assert_eq!(
            fs::read_to_string(stage.path("secret")).unwrap(),
            "secret\n"
        );
    }
}

#[test]
fn a_symlink_that_stays_within_is_followed() {
    for launcher in launchers() {
        let stage = stage(launcher);
        for name in ["within", "sub/file", "within-folder/file"] {
            let path = stage.text(&format!("root/{name}"));
            for fields in [shell("r", "busybox cat /p"), reader()] {
                let output = run(&stage, &beneath(&stage), &fields, &path);
                assert_eq!(stdout(&output), "deeper\n", "{}", shown(&output));
            }
        }
    }
}

#[test]
fn files_are_made_beneath_the_folder_and_nowhere_else() {
    for launcher in launchers() {
        let stage = stage(launcher);
        stage.own_folder("root");
        symlink("../made", stage.path("root/dangling")).unwrap();
        symlink("sub/made", stage.path("root/dangling-within")).unwrap();
        let writer = |access: &str| {
            json!({
                "program": "/bin/busybox",
                "args": ["echo", "written"],
                "stdout": { "open": "${p}", "access": access },
            })
        };
        for access in ["w", "a"] {
            let path = stage.text("root/dangling");
            let output = run(&stage, &beneath(&stage), &writer(access), &path);
            assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
            assert!(!stage.path("made").exists());
        }
        for (access, name, made) in [("w", "dangling-within", "sub/made"), ("a", "new", "new")] {
            let path = stage.text(&format!("root/{name}"));
            let output = run(&stage, &beneath(&stage), &writer(access), &path);
            assert!(output.status.success(), "{}", shown(&output));
            let made = stage.path("root").join(made);
            assert_eq!(fs::read_to_string(made).unwrap(), "written\n");
        }
    }
}

#[test]
fn the_folder_itself_lies_beneath_itself() {
    for launcher in launchers() {
        let stage = stage(launcher);
        let root = stage.text("root");
        let output = run(
            &stage,
            &beneath(&stage),
            &shell("r", "busybox cat /p/file"),
            &root,
        );
        assert_eq!(stdout(&output), "beneath\n", "{}", shown(&output));
        let output = run(
            &stage,
            &beneath(&stage),
            &shell("r", "busybox cat /p/file"),
            &format!("{root}/./"),
        );
        assert_eq!(stdout(&output), "beneath\n", "{}", shown(&output));
    }
}

#[test]
fn what_follows_a_parameter_lies_beneath_its_folder_too() {
    for launcher in launchers() {
        let stage = stage(launcher);
        fs::write(stage.path("root.secret"), "secret\n").unwrap();
        let root = stage.text("root");
        let file = |host: &str| {
            json!({
                "program": "/bin/busybox",
                "args": ["cat", "/f"],
                "files": { "/f": host },
                "stdout": "inherit",
            })
        };
        let output = run(&stage, &beneath(&stage), &file("${p}/sub/file"), &root);
        assert_eq!(stdout(&output), "deeper\n", "{}", shown(&output));
        let output = run(&stage, &beneath(&stage), &file("${p}/relative"), &root);
        assert!(
            stderr(&output).contains("leads out of"),
            "{}",
            shown(&output)
        );
        let output = run(&stage, &beneath(&stage), &file("${p}.secret"), &root);
        assert!(
            stderr(&output).contains(".secret` is not beneath")
                && stderr(&output).contains("declared here"),
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn what_lies_beside_the_program_lies_beneath_its_folder_too() {
    let stage = stage(Launcher::Ourselves);
    fs::copy("/bin/busybox", stage.path("root/program")).unwrap();
    symlink("../secret", stage.path("root/program.conf")).unwrap();
    let fields =
        json!({ "program": "${p}", "args": ["true"], "files": { "/f": "${program}.conf" } });
    let output = run(
        &stage,
        &beneath(&stage),
        &fields,
        &stage.text("root/program"),
    );
    assert!(
        stderr(&output).contains("leads out of"),
        "{}",
        shown(&output)
    );
}

#[test]
fn links_of_proc_lead_nowhere() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let declaration = json!({ "type": "path", "beneath": "/proc" });
        for value in [
            "/proc/self/root/etc/passwd",
            "/proc/self/exe",
            "/proc/self/fd/0",
            "/proc/self/cwd/spec.json",
        ] {
            let output = run(&stage, &declaration, &shell("r", "true"), value);
            let said = stderr(&output);
            assert!(
                said.contains("leads out of `/proc`")
                    && said.contains("(ELOOP)")
                    && said.contains("links of /proc"),
                "{said}"
            );
        }
        let output = run(
            &stage,
            &declaration,
            &shell("r", "busybox cat /p"),
            "/proc/sys/kernel/ostype",
        );
        assert_eq!(stdout(&output), "Linux\n", "{}", shown(&output));
    }
}

#[test]
fn a_kind_is_what_is_there() {
    for launcher in launchers() {
        let stage = stage(launcher);
        symlink("sub", stage.path("root/link")).unwrap();
        let outcome = |kind: &str, name: &str| {
            let declaration = json!({ "type": "path", "kind": kind });
            let value = stage.text(&format!("root/{name}"));
            run(&stage, &declaration, &shell("r", "[ -e /p ]"), &value)
        };
        for (kind, name) in [
            ("file", "file"),
            ("file", "within"),
            ("directory", "sub"),
            ("directory", "link"),
            ("any", "sub"),
        ] {
            let output = outcome(kind, name);
            assert!(output.status.success(), "{kind} {name}: {}", shown(&output));
        }
        for (kind, name, words) in [
            (
                "file",
                "sub",
                "is a directory, and the parameter `p` must be a file",
            ),
            (
                "file",
                "link",
                "is a directory, and the parameter `p` must be a file",
            ),
            (
                "directory",
                "file",
                "is no directory, and the parameter `p` must be one",
            ),
            (
                "directory",
                "within",
                "is no directory, and the parameter `p` must be one",
            ),
        ] {
            let output = outcome(kind, name);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(125), "{said}");
            assert!(
                said.contains(words) && said.contains("declared here"),
                "{said}"
            );
        }
    }
}

#[test]
fn an_optional_grant_may_be_absent_and_nothing_else() {
    for launcher in launchers() {
        let stage = stage(launcher);
        let root = stage.text("root");
        let fields = json!({
            "program": "/bin/busybox",
            "args": ["sh", "-c", "[ ! -e /p ]"],
            "files": { "/p": { "host": "${p}", "optional": true } },
        });
        let declaration = json!({ "type": "path", "beneath": root, "kind": "directory" });
        let absent = run(&stage, &declaration, &fields, &format!("{root}/none"));
        assert!(absent.status.success(), "{}", shown(&absent));
        for name in ["relative", "file"] {
            let output = run(&stage, &declaration, &fields, &format!("{root}/{name}"));
            assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
        }
    }
}

/// The folder is its author's, so symlinks that lead to it are too.
#[test]
fn the_folder_may_be_named_by_a_symlink_but_must_be_one() {
    for launcher in launchers() {
        let stage = stage(launcher);
        symlink("root", stage.path("named")).unwrap();
        let refused = |folder: &str, errno: &str| {
            let declaration = json!({ "type": "path", "beneath": stage.path(folder) });
            let output = run(
                &stage,
                &declaration,
                &shell("r", "true"),
                &stage.text(&format!("{folder}/file")),
            );
            let said = stderr(&output);
            assert!(
                said.contains("cannot open the folder")
                    && said.contains(errno)
                    && said.contains("declared here"),
                "{said}"
            );
        };
        refused("nowhere", "(ENOENT)");
        refused("secret", "(ENOTDIR)");
        let declaration = json!({ "type": "path", "beneath": stage.path("named") });
        let output = run(
            &stage,
            &declaration,
            &shell("r", "busybox cat /p"),
            &stage.text("named/within"),
        );
        assert_eq!(stdout(&output), "deeper\n", "{}", shown(&output));
        let output = run(
            &stage,
            &declaration,
            &shell("r", "busybox cat /p"),
            &stage.text("named/relative"),
        );
        assert!(
            stderr(&output).contains("leads out of"),
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn a_program_may_be_named_by_a_symlink_within() {
    for launcher in launchers() {
        let stage = stage(launcher);
        support::succeed(
            std::process::Command::new("cp")
                .arg("/bin/busybox")
                .arg(stage.path("root/sub/busybox")),
        );
        symlink("sub/busybox", stage.path("root/echo")).unwrap();
        let fields = json!({ "program": "${p}", "args": ["started"], "stdout": "inherit" });
        let declaration = json!({ "type": "path", "beneath": stage.path("root"), "kind": "file" });
        let output = run(&stage, &declaration, &fields, &stage.text("root/echo"));
        assert_eq!(stdout(&output), "started\n", "{}", shown(&output));
        symlink("/bin/busybox", stage.path("root/cat")).unwrap();
        let output = run(&stage, &declaration, &fields, &stage.text("root/cat"));
        assert_eq!(output.status.code(), Some(125), "{}", shown(&output));
    }
}

/// Whether a layer is laid over it or everything in it is granted by itself, as where it has mounts.
#[test]
fn a_folder_that_needs_places_stays_beneath_itself() {
    for launcher in launchers() {
        let stage = stage(launcher);
        let granted = |folder: &str, script: &str| {
            let mut fields = shell("r", script);
            fields["files"]["/p/no/place"] = json!({ "content": "made\n" });
            let declaration = json!({ "type": "path", "beneath": folder });
            let output = run(&stage, &declaration, &fields, folder);
            (stdout(&output), shown(&output))
        };
        let (printed, all) = granted(&stage.text("root"), "busybox cat /p/no/place /p/file");
        assert_eq!(printed, "made\nbeneath\n", "{all}");
        let (printed, all) = granted("/dev", "[ -e /p/null ] && busybox cat /p/no/place");
        assert_eq!(printed, "made\n", "{all}");
        let plan = stage
            .shim(&["plan", "spec.json", "--set", "p=/dev"])
            .output()
            .unwrap();
        assert!(
            stdout(&plan).contains("/dev/null beneath /dev (r)"),
            "{}",
            shown(&plan)
        );
    }
}

#[test]
fn the_plan_says_beneath_what() {
    let stage = stage(Launcher::Ourselves);
    let (root, path) = (stage.text("root"), stage.text("root/file"));
    let mut fields = shell("r", "true");
    fields["descriptors"] = json!({ "d": { "open": "${p}" } });
    let declaration = json!({ "type": "path", "beneath": root, "kind": "file" });
    let text = stdout(&act(&stage, "plan", &declaration, &fields, &path));
    assert!(
        text.contains(&format!("  {path} beneath {root} (r)\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("3  {path} beneath {root}, to read\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("open `{path}` beneath `{root}` to read\n")),
        "{text}"
    );
    let set = format!("p={path}");
    let output = stage
        .shim(&["plan", "--json", "spec.json", "--set", &set])
        .output()
        .unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let grant = &plan["entrypoints"]["it"]["files"]["/p"];
    assert_eq!(
        (&grant["host"], &grant["beneath"], &grant["kind"]),
        (&json!(path), &json!(root), &json!("file"))
    );
}

const REFUSAL: &str = "\
error: `ROOT/relative` leads out of `ROOT`, beneath which the parameter `config` must lie
 --> spec.json:3:75
  |
2 |   \"parameters\": { \"config\": { \"type\": \"path\", \"beneath\": \"ROOT\" } },
  |                                                          ----QUOTED declared here
3 |   \"entrypoints\": { \"web\": { \"program\": \"/bin/true\", \"files\": { \"/config\": \"${config}\" } } } }
  |                                                                           ^^^^^^^^^^^ Invalid cross-device link (EXDEV), reaching it as uid UID
  |
help: symlinks there must be relative and stay in the folder: bind the path that is meant
";

#[test]
fn a_refusal_shows_the_grant_and_the_declaration() {
    let stage = stage(Launcher::Ourselves);
    let root = stage.text("root");
    let specification = format!(
        r#"{{ "version": 1,
  "parameters": {{ "config": {{ "type": "path", "beneath": "{root}" }} }},
  "entrypoints": {{ "web": {{ "program": "/bin/true", "files": {{ "/config": "${{config}}" }} }} }} }}
"#
    );
    stage.own_file("spec.json", &specification);
    let set = format!("config={root}/relative");
    let output = stage
        .shim(&["run", "spec.json", "--set", &set])
        .output()
        .unwrap();
    let expected = REFUSAL
        .replace("----QUOTED", &"-".repeat(root.len() + 2))
        .replace("ROOT", &root)
        .replace("UID", &rustix::process::geteuid().as_raw().to_string());
    assert_eq!(stderr(&output), expected);
}

/// What is at two paths, changing places as fast as it can.
struct Swapping {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
}

impl Swapping {
    fn between(one: PathBuf, other: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut swaps = 0;
            while !stopped.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
                swaps += 1;
            }
            swaps
        });
        let thread = Some(thread);
        Self { stop, thread }
    }

    /// How often they have.
    fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

/// Launches voids while `root/file` and `root/other` change places. What the good one of them gives is seen, what the
/// other would give never is, and launches that met the other are refused.
fn race(launcher: Launcher, declaration: &Value, fields: &Value, other: impl Fn(&Stage)) {
    const VOIDS: usize = 100;
    let stage = stage(launcher);
    other(&stage);
    let mut declaration = declaration.clone();
    declaration["beneath"] = json!(stage.path("root"));
    let swapping = Swapping::between(stage.path("root/file"), stage.path("root/other"));
    let outputs: Vec<_> = (0..VOIDS)
        .map(|_| run(&stage, &declaration, fields, &stage.text("root/file")))
        .collect();
    let swaps = swapping.end();
    let mut granted = 0;
    for output in &outputs {
        let said = shown(output);
        match output.status.code() {
            Some(125) => assert!(said.contains("declared here"), "{said}"),
            _ => {
                assert_eq!(stdout(output), "beneath\n", "{said}");
                granted += 1;
            }
        }
    }
    eprintln!("{launcher:?}: {swaps} swaps, {granted} of {VOIDS} voids were made");
    assert!(granted > 0 && granted < VOIDS, "{granted}");
}

fn link_to_the_secret(stage: &Stage) {
    symlink("../secret", stage.path("root/other")).unwrap();
}

#[test]
fn a_symlink_that_takes_the_files_place_in_between_is_not_followed_by_a_grant() {
    for launcher in launchers() {
        let declaration = json!({ "type": "path" });
        let fields = shell("r", "busybox cat /p");
        race(launcher, &declaration, &fields, link_to_the_secret);
    }
}

#[test]
fn a_symlink_that_takes_the_files_place_in_between_is_not_followed_by_a_descriptor() {
    for launcher in launchers() {
        let declaration = json!({ "type": "path" });
        race(launcher, &declaration, &reader(), link_to_the_secret);
        let mut fields = reader();
        fields["descriptors"]["p"]["access"] = json!("rw");
        race(launcher, &declaration, &fields, link_to_the_secret);
    }
}

#[test]
fn a_symlink_that_takes_the_programs_place_in_between_is_not_executed() {
    for launcher in launchers() {
        let declaration = json!({ "type": "path" });
        let fields = json!({
            "program": "${p}",
            "argv0": "busybox",
            "args": ["echo", "beneath"],
            "stdout": "inherit",
            "stderr": "inherit",
        });
        race(launcher, &declaration, &fields, |stage| {
            let copy = ["/bin/busybox", &stage.text("root/file")];
            support::succeed(std::process::Command::new("cp").args(copy));
            support::succeed(std::process::Command::new("chmod").arg("755").arg(copy[1]));
            // Another program, which says something else, and that it failed.
            symlink("../clone-shim", stage.path("root/other")).unwrap();
        });
    }
}

#[test]
fn a_folder_that_takes_the_files_place_in_between_is_not_attached() {
    for launcher in launchers() {
        let declaration = json!({ "type": "path", "kind": "file" });
        let fields = shell("r", "[ -d /p ] && echo a folder; busybox cat /p");
        race(launcher, &declaration, &fields, |stage| {
            stage.own_folder("root/other");
        });
    }
}

/// The kernel gives up a way that goes up through `..` when anything is renamed meanwhile.
#[test]
fn a_symlink_that_goes_up_is_followed_while_others_rename() {
    for launcher in launchers() {
        let stage = stage(launcher);
        let up = "sub/../".repeat(20);
        symlink(format!("{up}file"), stage.path("root/winding")).unwrap();
        fs::write(stage.path("one"), "").unwrap();
        fs::write(stage.path("other"), "").unwrap();
        let swapping = Swapping::between(stage.path("one"), stage.path("other"));
        let path = stage.text("root/winding");
        let fields = shell("r", "busybox cat /p");
        let outputs: Vec<_> = (0..50)
            .map(|_| run(&stage, &beneath(&stage), &fields, &path))
            .collect();
        swapping.end();
        for output in outputs {
            assert_eq!(stdout(&output), "beneath\n", "{}", shown(&output));
        }
    }
}
