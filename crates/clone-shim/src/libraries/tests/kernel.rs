//! What the kernel does before any loader: scripts, interpreters, and refusals.
use super::workshop::{Workshop, set_byte};
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

fn files(program: &Path) -> Vec<PathBuf> {
    needed(program).unwrap().files
}

#[test]
fn a_script_needs_its_interpreter_and_what_that_needs() {
    let shop = Workshop::new();
    let found = files(&shop.script("script", "#! \t/bin/cat -n\nx"));
    assert_eq!(found[0], Path::new("/bin/cat"));
    assert_eq!(found[1..], files(Path::new("/bin/cat")));
    assert!(found.len() > 2);
}

#[test]
fn for_env_only_env_is_needed() {
    let shop = Workshop::new();
    let found = files(&shop.script("script", "#!/usr/bin/env python3\n"));
    assert_eq!(found[0], Path::new("/usr/bin/env"));
    assert_eq!(found[1..], files(Path::new("/usr/bin/env")));
}

#[test]
fn as_many_scripts_lead_to_one_another_as_the_kernel_follows() {
    let shop = Workshop::new();
    let mut last = PathBuf::from("/bin/true");
    for scripts in 1..=8 {
        last = shop.script(&format!("{scripts}"), &format!("#!{}\n", last.display()));
        // The kernel's answer: unlike a shell, std does not read what the kernel refuses as a script of its own.
        let runs = Command::new(&last).status().is_ok();
        match needed(&last) {
            Ok(_) => assert!(runs, "{scripts}"),
            Err(error) => assert!(
                !runs && matches!(error, LibrariesError::Nested),
                "{scripts}"
            ),
        }
    }
    let itself = shop.script("itself", &format!("#!{}\n", shop.path("itself").display()));
    assert!(matches!(needed(&itself), Err(LibrariesError::Nested)));
}

/// Lines after `#!`, and whether the kernel takes /bin/true from them.
#[test]
fn the_first_line_is_read_as_the_kernel_reads_it() {
    let shop = Workshop::new();
    let long = "x".repeat(300);
    let lines = [
        ("/bin/true".to_owned(), true),
        ("  \t /bin/true \t \n".to_owned(), true),
        ("/bin/true\0/x\n".to_owned(), true),
        (format!("/bin/true {long}\n"), true),
        (format!("{}/bin/true\n", " ".repeat(200)), true),
        (format!("{}/bin/true\n", " ".repeat(250)), false),
        ("/bin/true\r\n".to_owned(), false),
        ("/bin/true\x0b\n".to_owned(), false),
        ("\n/bin/true\n".to_owned(), false),
        (String::new(), false),
        (" \t ".to_owned(), false),
    ];
    for (index, (line, taken)) in lines.iter().enumerate() {
        let script = shop.script(&format!("{index}"), &format!("#!{line}"));
        assert_eq!(
            Command::new(&script).status().is_ok(),
            *taken,
            "kernel: {line:?}"
        );
        assert_eq!(needed(&script).is_ok(), *taken, "{line:?}");
    }
}

#[test]
fn an_interpreter_that_cannot_be_started_is_named() {
    let shop = Workshop::new();
    let reason = |program: &Path| match needed(program) {
        Err(LibrariesError::Interpreter { path, reason }) => (path, *reason),
        other => panic!("{other:?}"),
    };
    let (path, why) = reason(&shop.script("gone", "#!/no/such\n"));
    assert_eq!(path, Path::new("/no/such"));
    assert!(matches!(why, LibrariesError::NotFound));
    let (_, why) = reason(&shop.script("plain", "#!/etc/passwd\n"));
    assert!(matches!(why, LibrariesError::NotExecutable));
    let (_, why) = reason(&shop.script("relative", "#!cat\n"));
    assert!(matches!(why, LibrariesError::Relative));
    let (path, why) = reason(&shop.program("loader", &["-Wl,--dynamic-linker=/no/loader"]));
    assert_eq!(path, Path::new("/no/loader"));
    assert!(matches!(why, LibrariesError::NotFound));
    let text = shop.script("text", "no loader at all");
    let option = format!("-Wl,--dynamic-linker={}", text.display());
    let (_, why) = reason(&shop.program("loader", &[&option]));
    assert!(matches!(why, LibrariesError::NotAProgram));
}

#[test]
fn a_static_program_needs_nothing() {
    let shop = Workshop::new();
    fs::write(shop.path("program.c"), "void _start(void) {}").unwrap();
    for kind in ["-static", "-static-pie"] {
        assert_eq!(
            files(&shop.program("program", &["-nostdlib", kind])),
            Vec::<PathBuf>::new()
        );
    }
}

#[test]
fn what_cannot_be_started_says_why() {
    let shop = Workshop::new();
    let program = shop.program("program", &[]);
    let error = |path: &Path| needed(path).unwrap_err();
    assert!(matches!(
        error(Path::new("/no/such")),
        LibrariesError::NotFound
    ));
    assert!(matches!(
        error(Path::new("/etc/passwd/x")),
        LibrariesError::NotFound
    ));
    assert!(matches!(error(Path::new("/etc")), LibrariesError::Folder));
    assert!(matches!(
        error(Path::new("/etc/passwd")),
        LibrariesError::NotExecutable
    ));
    assert!(matches!(
        error(Path::new("bin/true")),
        LibrariesError::Relative
    ));
    assert!(matches!(
        error(Path::new("/dev/null")),
        LibrariesError::NotAProgram
    ));
    assert!(matches!(
        error(&shop.script("text", "text")),
        LibrariesError::NotAProgram
    ));
    assert!(
        error(Path::new("/no/such")).is_not_found() && !error(Path::new("/etc")).is_not_found()
    );
    // Of 32 bits, then of another processor.
    set_byte(&program, 4, 1);
    assert!(matches!(error(&program), LibrariesError::OtherMachine));
    set_byte(&program, 4, 2);
    set_byte(&program, 18, 40);
    assert!(matches!(error(&program), LibrariesError::OtherMachine));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(error(&program), LibrariesError::NotExecutable));
}

#[test]
fn a_program_that_a_symlink_names_lies_at_its_end() {
    let shop = Workshop::new();
    let program = shop.program("program", &[]);
    let link = shop.path("link");
    std::os::unix::fs::symlink(&program, &link).unwrap();
    assert_eq!(place_of(&link), program.canonicalize().unwrap());
    assert_eq!(place_of(&program), program);
}
