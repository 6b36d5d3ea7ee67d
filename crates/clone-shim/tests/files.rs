//! Files that are granted statically: each kind of grant, as root and as an ordinary user.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use support::{Launcher, Stage, launchers, shown, stderr, stdout};

/// A shell in a void with these files.
fn shell(stage: &Stage, files: &Value, script: &str) -> std::process::Output {
    let entrypoint = json!({
        "program": "/bin/busybox",
        "args": ["sh", "-c", script],
        "files": files,
        "stdout": "inherit",
        "stderr": "inherit",
    });
    stage.run(&entrypoint, &[])
}

/// What the script prints, for each launcher; it must succeed.
fn prints(files: impl Fn(&Stage) -> Value, script: &str, expected: &str) {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let files = files(&stage);
        let output = shell(&stage, &files, script);
        assert_eq!(
            (stdout(&output).as_str(), output.status.code()),
            (expected, Some(0)),
            "{launcher:?}: {}",
            shown(&output)
        );
    }
}

/// The script fails, and says this, for each launcher.
fn fails(files: impl Fn(&Stage) -> Value, script: &str, expected: &str) {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let files = files(&stage);
        let output = shell(&stage, &files, script);
        assert!(!output.status.success(), "{launcher:?}: {}", shown(&output));
        assert!(
            stderr(&output).contains(expected),
            "{launcher:?}: {}",
            shown(&output)
        );
    }
}

#[test]
fn a_file_is_at_another_path() {
    prints(
        |stage| json!({ "/config": stage.own_file("original", "granted\n") }),
        "busybox cat /config; echo /*",
        "granted\n/bin /config\n",
    );
}

#[test]
fn a_folder_is_granted_whole() {
    let files = |stage: &Stage| {
        stage.own_folder("folder/below");
        stage.own_file("folder/below/file", "deep\n");
        json!({ "/a/b": stage.path("folder") })
    };
    prints(files, "busybox cat /a/b/below/file", "deep\n");
}

#[test]
fn what_is_granted_to_read_cannot_be_written() {
    let files = |stage: &Stage| json!({ "/file": stage.own_file("file", "") });
    fails(files, "echo x > /file", "Read-only file system");
}

#[test]
fn what_is_granted_to_write_is_written_on_the_host_as_the_launcher() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("folder");
        let files = json!({ "/data": { "host": folder, "access": "rw" } });
        let output = shell(
            &stage,
            &files,
            "echo made > /data/file; busybox mkdir /data/more",
        );
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "made\n");
        let owner = |path: &str| {
            std::os::unix::fs::MetadataExt::uid(&fs::metadata(stage.path(path)).unwrap())
        };
        assert_eq!(owner("folder/file"), owner("folder"));
    }
}

#[test]
fn nothing_is_executed_without_x() {
    let files = |stage: &Stage| {
        support::succeed(
            std::process::Command::new("cp")
                .arg("/bin/busybox")
                .arg(stage.path("program")),
        );
        json!({ "/program": stage.path("program") })
    };
    fails(files, "/program true", "Permission denied");
    let files =
        |stage: &Stage| json!({ "/program": { "host": stage.path("clone-shim"), "access": "rx" } });
    prints(
        files,
        "/program --version",
        concat!("clone-shim ", env!("CARGO_PKG_VERSION"), "\n"),
    );
}

#[test]
fn setuid_and_devices_mean_nothing() {
    let files = |_: &Stage| json!({ "/dev": "/dev" });
    fails(files, "busybox cat /dev/urandom", "Permission denied");
}

#[test]
fn the_working_directory_can_be_the_root() {
    let files = |stage: &Stage| {
        stage.own_file("here", "in the directory\n");
        json!({ "/": "${pwd}" })
    };
    prints(files, "busybox cat /here", "in the directory\n");
}

#[test]
fn the_root_can_be_the_root_with_its_mounts_and_more() {
    let files = |stage: &Stage| json!({ "/": { "host": "/", "access": "rx" }, "/proc": { "proc": true }, "/no/such/place": stage.own_file("f", "new\n") });
    let script = "busybox cat /no/such/place; [ -e /etc/passwd ] && [ -e /dev/null ] && echo whole; /bin/ls / | busybox grep -c ^usr$$";
    prints(files, script, "new\nwhole\n1\n");
    fails(files, "echo x > /etc/x", "Read-only file system");
    fails(files, "busybox umount /dev", "Operation not permitted");
}

#[test]
fn grants_nest_in_any_order() {
    let files = |stage: &Stage| {
        stage.own_folder("outer/sub");
        stage.own_file("outer/sub/file", "outer\n");
        stage.own_folder("inner");
        stage.own_file("inner/file", "inner\n");
        json!({
            "/z/sub": { "host": stage.path("inner"), "access": "rw" },
            "/z": stage.path("outer"),
            "/z/sub/note": { "tmpfs": "64K" },
            "/a": { "tmpfs": "64K" },
            "/a/outer": stage.path("outer"),
        })
    };
    // `note` has no place in a folder that is granted to write.
    fails(files, "true", "there is no place for it");
    let files = |stage: &Stage| {
        stage.own_folder("inner/note");
        files(stage)
    };
    let script = "busybox cat /z/sub/file /a/outer/sub/file; echo x > /z/sub/note/x && echo x > /z/sub/new && echo ok; echo x > /z/x";
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let files = files(&stage);
        let output = shell(&stage, &files, script);
        assert_eq!(stdout(&output), "inner\nouter\nok\n", "{}", shown(&output));
        assert!(stderr(&output).contains("/z/x: Read-only file system"));
        assert!(stage.path("inner/new").exists() && !stage.path("inner/note/x").exists());
    }
}

#[test]
fn a_grant_lies_below_one_that_is_only_read() {
    let files = |stage: &Stage| {
        stage.own_folder("folder");
        stage.own_file("folder/there", "there\n");
        json!({
            "/f": stage.path("folder"),
            "/f/not/there": { "content": "made\n" },
            "/f/link": { "symlink": "there" },
            "/f/room": { "tmpfs": "64K" },
        })
    };
    prints(
        files,
        "busybox cat /f/there /f/not/there /f/link; echo x > /f/room/x; busybox cat /f/room/x",
        "there\nmade\nthere\nx\n",
    );
    fails(files, "echo x > /f/not/there", "Read-only file system");
}

#[test]
fn a_symlink_in_a_host_path_is_the_launchers() {
    let files = |stage: &Stage| {
        stage.own_file("target", "found\n");
        symlink("target", stage.path("link")).unwrap();
        json!({ "/file": stage.path("link") })
    };
    prints(files, "busybox cat /file", "found\n");
}

#[test]
fn a_symlink_in_a_granted_folder_cannot_lead_out() {
    let files = |stage: &Stage| {
        stage.own_folder("folder");
        symlink("/etc/passwd", stage.path("folder/absolute")).unwrap();
        symlink(
            "../../../../../../etc/passwd",
            stage.path("folder/relative"),
        )
        .unwrap();
        json!({ "/folder": stage.path("folder"), "/etc/passwd": { "content": "the void's own\n" } })
    };
    prints(
        files,
        "busybox cat /folder/absolute /folder/relative",
        "the void's own\nthe void's own\n",
    );
}

#[test]
fn a_file_system_in_memory_has_its_size() {
    let files = |_: &Stage| json!({ "/tmp": { "tmpfs": "1M" } });
    prints(
        files,
        "busybox dd if=/bin/busybox of=/tmp/a bs=1000k count=1 2>&1 && busybox rm /tmp/a && echo fits",
        "0+0 records in\n0+0 records out\nfits\n"
            .replace("0+0", "1+0")
            .as_str(),
    );
    fails(
        files,
        "busybox dd if=/bin/busybox of=/tmp/a bs=1500k count=1",
        "No space left",
    );
    fails(
        files,
        "busybox cp /bin/busybox /tmp/a; i=0; while [ $$i -lt 3000 ]; do echo > /tmp/$$i || exit 1; i=$$((i+1)); done",
        "No space left",
    );
    fails(
        files,
        "echo '#!/bin/busybox sh' > /tmp/a; busybox chmod +x /tmp/a; /tmp/a",
        "Permission denied",
    );
}

#[test]
fn content_and_symlinks_are_as_written() {
    let files = |_: &Stage| json!({ "/etc/name": { "content": "${entrypoint} costs $$5\n" }, "/link": { "symlink": "/etc/name" } });
    prints(
        files,
        "busybox cat /link; busybox readlink /link",
        "it costs $5\n/etc/name\n",
    );
    fails(files, "echo x > /etc/name", "Read-only file system");
    fails(files, "busybox rm /link", "Read-only file system");
}

#[test]
fn proc_shows_only_the_void() {
    let files = |_: &Stage| json!({ "/proc": { "proc": true } });
    prints(
        files,
        "cd /proc; echo [0-9]*; [ -e /proc/1 ] || echo no pid 1; [ -e /proc/sys ] || echo no settings",
        "2\nno pid 1\nno settings\n",
    );
}

#[test]
fn devices_are_those_that_are_named() {
    let files = |_: &Stage| json!({ "/dev": { "devices": ["null", "zero", "full", "random", "urandom", "pts"] } });
    let script = "echo /dev/*; echo x > /dev/null && busybox head -c 3 /dev/zero | busybox wc -c; \
        busybox head -c 5 /dev/urandom | busybox wc -c; busybox chmod 600 /dev/null || echo mode stays; \
        echo x > /dev/full || echo full";
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let output = shell(&stage, &files(&stage), script);
        let expected = "/dev/full /dev/null /dev/ptmx /dev/pts /dev/random /dev/urandom /dev/zero\n3\n5\nmode stays\nfull\n";
        assert_eq!(stdout(&output), expected, "{}", shown(&output));
        let mode = fs::metadata("/dev/null").unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o666, "the host's own");
    }
}

#[test]
fn a_host_path_that_is_missing_is_named_unless_it_is_optional() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let output = shell(
            &stage,
            &json!({ "/a": "/no/such/file", "/b": "/no/other" }),
            "true",
        );
        assert_eq!(output.status.code(), Some(125));
        let said = stderr(&output);
        assert!(
            said.contains("cannot grant `/no/such/file`")
                && said.contains("cannot grant `/no/other`"),
            "{said}"
        );
        assert!(
            said.contains("spec.json:1:") && said.contains("No such file or directory (ENOENT)"),
            "{said}"
        );
        let optional = json!({ "/a": { "host": "/no/such/file", "optional": true } });
        assert_eq!(stdout(&shell(&stage, &optional, "echo /*")), "/bin\n");
    }
}

#[test]
fn what_the_launcher_may_not_read_its_void_may_not() {
    let stage = Stage::new(Launcher::Tester);
    if launchers().len() < 2 {
        return;
    }
    fs::write(stage.path("secret"), "root's\n").unwrap();
    fs::set_permissions(stage.path("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let output = shell(
        &stage,
        &json!({ "/secret": stage.path("secret") }),
        "busybox cat /secret",
    );
    assert!(
        stderr(&output).contains("Permission denied"),
        "{}",
        shown(&output)
    );
    fs::create_dir(stage.path("closed")).unwrap();
    fs::write(stage.path("closed/file"), "").unwrap();
    fs::set_permissions(stage.path("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    let output = shell(
        &stage,
        &json!({ "/file": stage.path("closed/file") }),
        "true",
    );
    let said = stderr(&output);
    assert!(
        said.contains("Permission denied (EACCES)") && said.contains("no more than its launcher"),
        "{said}"
    );
}

#[test]
fn nothing_appears_on_the_host() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let folder = stage.own_folder("folder");
        let files = json!({ "/f": { "host": folder, "access": "rw" }, "/g": folder, "/g/made/here": { "content": "" } });
        assert!(shell(&stage, &files, "true").status.success());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
}
