//! Every example runs, as root and as an ordinary user.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use support::{Launcher, Stage, launchers, repository, shown, stderr, stdout};

/// clone-shim on an example's specification, in the stage's folder.
fn run(stage: &Stage, example: &str, flags: &[&str], trailing: &[&str]) -> Command {
    fs::copy(
        repository(&format!("examples/{example}/spec.json")),
        stage.path("spec.json"),
    )
    .unwrap();
    let arguments = [&["run", "spec.json"], flags, &["--"], trailing].concat();
    stage.shim(&arguments)
}

fn output(stage: &Stage, example: &str, flags: &[&str], trailing: &[&str]) -> Output {
    run(stage, example, flags, trailing).output().unwrap()
}

fn pass(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    output.stdout
}

#[test]
fn hello_says_so() {
    for launcher in launchers() {
        let output = output(&Stage::new(launcher), "hello", &[], &[]);
        assert!(
            stdout(&output).starts_with("Hello from nothing"),
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn gzip_and_gunzip_pass_a_tarball_through_standard_streams() {
    let tarball = Command::new("tar")
        .args(["-c", "-C", "/usr/share", "doc"])
        .output()
        .unwrap()
        .stdout;
    let tarball = &tarball[..tarball.len().min(8 << 20)];
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let packed = pass(&mut run(&stage, "gzip", &[], &["-1"]), tarball);
        assert!(
            packed.len() < tarball.len() * 9 / 10,
            "{} of {}",
            packed.len(),
            tarball.len()
        );
        assert!(
            pass(&mut run(&stage, "gzip", &[], &["-d"]), &packed) == tarball,
            "it comes back as it was"
        );
        // Files as streams, which the shim passes on.
        fs::write(stage.path("tarball"), tarball).unwrap();
        stage.own_file("packed", "");
        let (from, to) = (
            fs::File::open(stage.path("tarball")),
            fs::File::create(stage.path("packed")),
        );
        let status = run(&stage, "gzip", &[], &["-1"])
            .stdin(from.unwrap())
            .stdout(to.unwrap())
            .status()
            .unwrap();
        assert!(status.success() && fs::read(stage.path("packed")).unwrap() == packed);
    }
}

#[test]
fn sqlite_writes_a_database_that_is_granted_to_write() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let set = format!("--set=folder={}", stage.own_folder("data").display());
        let sql = |statement| output(&stage, "sqlite", &[&set], &[statement]);
        let made = sql("create table t(x); insert into t values (41), (1); select sum(x) from t;");
        assert_eq!(stdout(&made), "42\n", "{}", shown(&made));
        assert_eq!(stdout(&sql("select count(*) from t;")), "2\n");
        let text = fs::read_to_string(stage.path("spec.json")).unwrap();
        fs::write(stage.path("spec.json"), text.replace("\"rw\"", "\"r\"")).unwrap();
        let arguments = ["run", "spec.json", &set, "--", "insert into t values (7);"];
        let refused = stage.shim(&arguments).output().unwrap();
        assert!(
            !refused.status.success() && stderr(&refused).contains("readonly database"),
            "{}",
            shown(&refused)
        );
    }
}

#[test]
fn python_runs_a_script_that_is_granted_to_read() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let script = "import json, os, sys\nprint(json.dumps(sys.argv[1:]), os.environ.get('HOME'), os.path.exists('/etc'))\n";
        let set = format!(
            "--set=script={}",
            stage.own_file("script.py", script).display()
        );
        let output = output(&stage, "python", &[&set], &["a", "b"]);
        assert_eq!(
            stdout(&output),
            "[\"a\", \"b\"] None False\n",
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn busybox_has_the_working_directory_as_its_root() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let output = output(&stage, "busybox", &[], &["-c", "echo /*; echo x > /made"]);
        assert_eq!(stdout(&output), "/bin /clone-shim /spec.json\n");
        assert!(
            stderr(&output).contains("Read-only file system"),
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn bash_has_the_root_as_its_root() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let script = "echo $$; cat /etc/hostname > /dev/null && head -c 4 /dev/zero | wc -c; ls /proc | grep -c '^[0-9]'";
        let output = output(&stage, "bash", &[], &["-c", script]);
        assert!(stdout(&output).starts_with("2\n4\n"), "{}", shown(&output));
    }
}

#[test]
fn dnsmasq_reads_its_configuration_at_another_path() {
    for launcher in launchers() {
        let output = output(&Stage::new(launcher), "dnsmasq", &[], &[]);
        assert!(
            output.status.success() && stderr(&output).contains("syntax check OK"),
            "{}",
            shown(&output)
        );
    }
}

#[test]
fn two_entrypoints_cannot_see_each_other() {
    for launcher in launchers() {
        let output = output(&Stage::new(launcher), "two", &[], &[]);
        let mut lines: Vec<_> = stdout(&output).lines().map(str::to_owned).collect();
        lines.sort();
        let expected = [
            "left: its own file is left, its only process is 2",
            "right: its own file is right, its only process is 2",
        ];
        assert_eq!(lines, expected, "{}", shown(&output));
    }
}

#[test]
fn every_example_is_tested_and_has_five_lines_about_it() {
    let tested = [
        "activation",
        "bash",
        "busybox",
        "curl",
        "dns",
        "dnsmasq",
        "forward",
        "gzip",
        "hello",
        "http",
        "nginx",
        "postgresql",
        "python",
        "redis",
        "sqlite",
        "two",
    ];
    let mut there: Vec<_> = fs::read_dir(repository("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, tested);
    let stage = Stage::new(Launcher::Ourselves);
    for example in there {
        let readme =
            fs::read_to_string(repository(&format!("examples/{example}/README.md"))).unwrap();
        assert_eq!(readme.lines().count(), 5, "{example}");
        let specification = repository(&format!("examples/{example}/spec.json"));
        let output = stage
            .shim(&["check", specification.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{example}: {}", shown(&output));
    }
}
