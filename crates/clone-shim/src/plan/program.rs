//! The program and what it needs to start, as grants at their host paths.
use super::layout::{container, without_dots};
use crate::libraries::{LibrariesError, needed, place_of};
use crate::refusal::{NOT_EXECUTABLE, NOT_FOUND, Refusal};
use specification::application::{Entrypoint, Libraries};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use void::{Access, Grant, Subject};

const TO_EXECUTE: Access = Access {
    write: false,
    execute: true,
};

/// Adds the program and, unless the entrypoint has none, its libraries to `files`.
pub fn add(
    name: &str,
    entrypoint: &Entrypoint,
    files: &mut BTreeMap<PathBuf, Grant>,
) -> Result<(), Refusal> {
    let program = &entrypoint.program;
    let needed = match (needed(program), entrypoint.libraries) {
        (Ok(needed), Libraries::Auto) => needed.files,
        // What is missing on the host may be among the files that are granted.
        (Ok(_) | Err(LibrariesError::Missing { .. }), Libraries::None) => Vec::new(),
        (Err(error), _) => return Err(refusal(name, program, &error)),
    };
    add_program(program, files);
    for file in needed {
        add_one(&file, files);
    }
    Ok(())
}

/// A program that is named by a symlink lies where it really lies, with a symlink where it was named: its loader looks
/// for libraries beside the one, and it may look at the name by which it was started.
fn add_program(program: &Path, files: &mut BTreeMap<PathBuf, Grant>) {
    let real = place_of(program);
    let named =
        real != program && !files.contains_key(program) && !is_there_already(program, files);
    add_one(if named { &real } else { program }, files);
    if named {
        files.insert(program.to_owned(), Grant::Symlink(real));
    }
}

/// Unless something is granted there, or the same file is there by a grant of a folder that it lies in.
fn add_one(host: &Path, files: &mut BTreeMap<PathBuf, Grant>) {
    // A library may have been found at `$ORIGIN/../lib`.
    let path = without_dots(host);
    if files.contains_key(&path) || is_there_already(&path, files) {
        return;
    }
    let grant = Grant::Host {
        path: host.to_owned(),
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
        )) => access.execute && host == above,
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
