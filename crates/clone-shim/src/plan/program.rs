//! The program and what it needs to start, as grants at their host paths.
use super::host;
use super::layout::{container, without_dots};
use crate::launcher::Launcher;
use crate::libraries::{LibrariesError, needed, place_of};
use crate::refusal::{NOT_EXECUTABLE, NOT_FOUND, Refusal};
use specification::application::{self, Entrypoint, Libraries};
use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use void::{Access, Grant, HostPath, Subject};

const TO_EXECUTE: Access = Access {
    write: false,
    execute: true,
};

/// Adds the program and, unless the entrypoint has none, its libraries to `files`.
pub fn add(
    name: &str,
    entrypoint: &Entrypoint,
    launcher: &Launcher,
    files: &mut BTreeMap<PathBuf, Grant>,
) -> Result<(), Refusal> {
    check_bounds(name, &entrypoint.program, launcher)?;
    let program = &entrypoint.program.path;
    let needed = match (needed(program), entrypoint.libraries) {
        (Ok(needed), Libraries::Auto) => needed.files,
        // What is missing on the host may be among the files that are granted.
        (Ok(_) | Err(LibrariesError::Missing { .. }), Libraries::None) => Vec::new(),
        (Err(error), _) => return Err(refusal(name, program, &error)),
    };
    add_program(&host::of_the_void(&entrypoint.program), files);
    for file in needed {
        add_one(without_dots(&file), file.into(), files);
    }
    Ok(())
}

/// What the parameter that a program's path begins with demands; without one, that it can be started is all.
fn check_bounds(
    name: &str,
    program: &application::HostPath,
    launcher: &Launcher,
) -> Result<(), Refusal> {
    if program.bound.is_none() {
        return Ok(());
    }
    let void = host::of_the_void(program);
    let kept = host::find(&void).and_then(|found| void.kind.check(found.as_fd()));
    let Err(errno) = kept else { return Ok(()) };
    let refusal = host::unreachable(name, Subject::Program, program, errno, launcher);
    match refusal.declaration {
        Some(_) => Err(refusal),
        // That it cannot be reached is said as it is of every program.
        None => Ok(()),
    }
}

/// A program that is named by a symlink lies where it really lies, with a symlink where it was named: its loader looks
/// for libraries beside the one, and it may look at the name by which it was started.
fn add_program(host: &HostPath, files: &mut BTreeMap<PathBuf, Grant>) {
    let program = &host.path;
    let real = place_of(program);
    let named =
        real != *program && !files.contains_key(program) && !is_there_already(program, files);
    let place = without_dots(if named { &real } else { program });
    add_one(place, host.clone(), files);
    if named {
        files.insert(program.clone(), Grant::Symlink(real));
    }
}

/// Unless something is granted there, or the same file is there by a grant of a folder that it lies in.
fn add_one(path: PathBuf, host: HostPath, files: &mut BTreeMap<PathBuf, Grant>) {
    if files.contains_key(&path) || is_there_already(&path, files) {
        return;
    }
    let grant = Grant::Host {
        path: host,
        access: TO_EXECUTE,
        optional: false,
        layered: false,
    };
    files.insert(path, grant);
}

fn is_there_already(path: &Path, files: &BTreeMap<PathBuf, Grant>) -> bool {
    match container(files, path) {
        Some((
            above,
            Grant::Host {
                path: host, access, ..
            },
        )) => access.execute && host.path == above,
        _ => false,
    }
}

fn refusal(name: &str, program: &Path, error: &LibrariesError) -> Refusal {
    let title = format!(
        "cannot start `{}` as entrypoint `{name}`",
        program.display()
    );
    let code = match error {
        error if error.is_not_found() => NOT_FOUND,
        _ => NOT_EXECUTABLE,
    };
    let cause = crate::outcome::chain(error);
    let refusal = Refusal::new(name, Subject::Program, title, cause).with_code(code);
    match error.help() {
        Some(help) => refusal.with_help(help),
        None => refusal,
    }
}
