//! `clone-shim void`: from flags to the specification that they stand for.
use crate::arguments::VoidFlags;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A flag that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum FlagError {
    #[error("--{flag} takes {form}, and `{value}` is not that")]
    Form {
        flag: &'static str,
        form: &'static str,
        value: String,
    },
    #[error("cannot find the program `{0}` in the folders of PATH")]
    NotFound(String),
    #[error("`{}` cannot be written in a specification: it is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    #[error("cannot find out the working directory")]
    Directory(#[source] std::io::Error),
}

/// The specification, with the program's arguments written out.
pub fn specification(flags: &VoidFlags) -> Result<Value, FlagError> {
    let arguments = flags.program();
    let (program, args) = arguments
        .split_first()
        .ok_or(FlagError::NotFound(String::new()))?;
    let mut entrypoint = Map::new();
    let name = program.clone();
    entrypoint.insert(
        "program".into(),
        literal(find(program)?.into_os_string())?.into(),
    );
    if !args.is_empty() {
        let args = args
            .iter()
            .cloned()
            .map(literal)
            .collect::<Result<Vec<_>, _>>()?;
        entrypoint.insert("args".into(), args.into());
    }
    let argv0 = flags
        .one("argv0")
        .map_or_else(|| literal(name), |name| Ok(escape(name)))?;
    entrypoint.insert("argv0".into(), argv0.into());
    insert(&mut entrypoint, "environment", environment(flags)?);
    insert(&mut entrypoint, "files", files(flags)?);
    insert(&mut entrypoint, "descriptors", descriptors(flags)?);
    insert(&mut entrypoint, "network", network(flags)?);
    insert(&mut entrypoint, "limits", limits(flags)?);
    streams(flags, &mut entrypoint)?;
    identity(flags, &mut entrypoint);
    for (flag, field) in [("capability", "capabilities"), ("syscall", "syscalls")] {
        let names: Vec<_> = flags.all(flag).collect();
        if !names.is_empty() {
            entrypoint.insert(field.into(), json!(names));
        }
    }
    for field in ["libraries", "directory", "hostname", "umask", "restart"] {
        if let Some(value) = flags.one(field) {
            entrypoint.insert(field.into(), escape(value).into());
        }
    }
    if flags.has("no-init") {
        entrypoint.insert("init".into(), false.into());
    }
    Ok(json!({ "version": 1, "entrypoints": { "void": entrypoint } }))
}

fn insert(entrypoint: &mut Map<String, Value>, field: &str, values: Map<String, Value>) {
    if !values.is_empty() {
        entrypoint.insert(field.into(), values.into());
    }
}

fn form(flag: &'static str, form: &'static str, value: &str) -> FlagError {
    FlagError::Form {
        flag,
        form,
        value: value.to_owned(),
    }
}

fn environment(flags: &VoidFlags) -> Result<Map<String, Value>, FlagError> {
    let mut variables = Map::new();
    for text in flags.all("env") {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| form("env", "NAME=VALUE", text))?;
        variables.insert(name.to_owned(), escape(value).into());
    }
    Ok(variables)
}

fn files(flags: &VoidFlags) -> Result<Map<String, Value>, FlagError> {
    let mut files = Map::new();
    for (flag, optional) in [("file", false), ("file-if-any", true)] {
        for text in flags.all(flag) {
            let (path, grant) = host_file(text, optional)?;
            files.insert(escape(&path), grant);
        }
    }
    for text in flags.all("tmpfs") {
        let (path, size) = text
            .rsplit_once(':')
            .ok_or_else(|| form("tmpfs", "PATH:SIZE", text))?;
        files.insert(escape(path), json!({ "tmpfs": size }));
    }
    for text in flags.all("content") {
        let (path, content) = text
            .split_once('=')
            .ok_or_else(|| form("content", "PATH=TEXT", text))?;
        files.insert(escape(path), json!({ "content": escape(content) }));
    }
    for text in flags.all("symlink") {
        let (path, target) = text
            .split_once(':')
            .ok_or_else(|| form("symlink", "PATH:TARGET", text))?;
        files.insert(escape(path), json!({ "symlink": escape(target) }));
    }
    for path in flags.all("proc") {
        files.insert(escape(path), json!({ "proc": true }));
    }
    let devices: Vec<_> = flags
        .all("devices")
        .flat_map(|names| names.split(','))
        .collect();
    if !devices.is_empty() {
        files.insert("/dev".to_owned(), json!({ "devices": devices }));
    }
    Ok(files)
}

/// `HOST[:PATH[:ACCESS]]`. A relative host path begins in the working directory, as for any program.
fn host_file(text: &str, optional: bool) -> Result<(String, Value), FlagError> {
    let mut parts = text.splitn(3, ':');
    let host = parts.next().unwrap_or_default();
    let absolute = std::path::absolute(host).map_err(FlagError::Directory)?;
    let absolute = absolute
        .to_str()
        .ok_or_else(|| FlagError::NotUtf8(absolute.clone()))?;
    let path = parts
        .next()
        .filter(|path| !path.is_empty())
        .unwrap_or(absolute);
    let mut grant = Map::from_iter([("host".to_owned(), escape(absolute).into())]);
    if let Some(access) = parts.next() {
        grant.insert("access".to_owned(), access.into());
    }
    if optional {
        grant.insert("optional".to_owned(), true.into());
    }
    Ok((path.to_owned(), grant.into()))
}

fn descriptors(flags: &VoidFlags) -> Result<Map<String, Value>, FlagError> {
    let mut descriptors = Map::new();
    for (flag, activation) in [("listen", false), ("activation", true)] {
        for text in flags.all(flag) {
            let (name, address) = text
                .split_once('=')
                .ok_or_else(|| form(flag, "NAME=KIND:ADDRESS", text))?;
            let mut grant = Map::from_iter([("listen".to_owned(), listening(address)?.into())]);
            if activation {
                grant.insert("activation".to_owned(), true.into());
            }
            descriptors.insert(name.to_owned(), grant.into());
        }
    }
    for text in flags.all("open") {
        let (name, file) = text
            .split_once('=')
            .ok_or_else(|| form("open", "NAME=FILE[:ACCESS]", text))?;
        descriptors.insert(name.to_owned(), opened(file, "r")?);
    }
    Ok(descriptors)
}

/// `KIND:ADDRESS`. A relative path begins in the working directory.
fn listening(text: &str) -> Result<String, FlagError> {
    match text.split_once(':') {
        Some((kind, path)) if kind.starts_with("unix") && !path.starts_with('@') => {
            let absolute = std::path::absolute(path).map_err(FlagError::Directory)?;
            let absolute = absolute
                .to_str()
                .ok_or_else(|| FlagError::NotUtf8(absolute.clone()))?;
            Ok(format!("{kind}:{}", escape(absolute)))
        }
        _ => Ok(escape(text)),
    }
}

/// `FILE[:ACCESS]`
fn opened(text: &str, default: &str) -> Result<Value, FlagError> {
    let (file, access) = text.rsplit_once(':').unwrap_or((text, default));
    let absolute = std::path::absolute(file).map_err(FlagError::Directory)?;
    let absolute = absolute
        .to_str()
        .ok_or_else(|| FlagError::NotUtf8(absolute.clone()))?;
    Ok(json!({ "open": escape(absolute), "access": access }))
}

fn streams(flags: &VoidFlags, entrypoint: &mut Map<String, Value>) -> Result<(), FlagError> {
    for (stream, access) in [("stdin", "r"), ("stdout", "w"), ("stderr", "w")] {
        let value = match flags.one(stream) {
            Some(word @ ("null" | "inherit")) => word.into(),
            Some(file) => opened(file, access)?,
            None if flags.has("stdio") => "inherit".into(),
            None => continue,
        };
        entrypoint.insert(stream.to_owned(), value);
    }
    Ok(())
}

fn network(flags: &VoidFlags) -> Result<Map<String, Value>, FlagError> {
    let mut network = Map::new();
    for field in ["loopback", "unix"] {
        if flags.has(field) {
            network.insert(field.to_owned(), true.into());
        }
    }
    let reach: Vec<_> = flags.all("reach").map(escape).collect();
    if !reach.is_empty() {
        network.insert("reach".to_owned(), reach.into());
    }
    let serve = flags.all("serve").map(served);
    let serve = serve.collect::<Result<Vec<_>, _>>()?;
    if !serve.is_empty() {
        network.insert("serve".to_owned(), serve.into());
    }
    Ok(network)
}

/// `KIND:PORTS=ADDRESS:PORTS`
fn served(text: &str) -> Result<Value, FlagError> {
    let parts = text
        .split_once('=')
        .and_then(|(inside, host)| Some((inside.split_once(':')?, host)));
    match parts {
        Some(((kind @ ("tcp" | "udp"), ports), host)) => {
            Ok(json!({ kind: escape(ports), "host": escape(host) }))
        }
        _ => Err(form("serve", "KIND:PORTS=ADDRESS:PORTS", text)),
    }
}

fn identity(flags: &VoidFlags, entrypoint: &mut Map<String, Value>) {
    let numbers = ["uid", "gid"]
        .into_iter()
        .filter_map(|field| Some((field.to_owned(), flags.number(field)?.into())));
    insert(entrypoint, "identity", numbers.collect());
}

fn limits(flags: &VoidFlags) -> Result<Map<String, Value>, FlagError> {
    let mut limits = Map::new();
    for text in flags.all("limit") {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| form("limit", "NAME=VALUE", text))?;
        // A number stays one; a size such as 64M is a string.
        let value = serde_json::from_str(value)
            .ok()
            .filter(Value::is_number)
            .unwrap_or_else(|| value.into());
        limits.insert(name.to_owned(), value);
    }
    Ok(limits)
}

/// A name without a slash is looked for in the launcher's PATH, as a shell does.
pub fn find(program: &OsString) -> Result<PathBuf, FlagError> {
    let path = Path::new(program);
    if path.components().count() > 1 || path.is_absolute() {
        return std::path::absolute(path).map_err(FlagError::Directory);
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let is_executable = |file: &PathBuf| {
        file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
    };
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(path))
        .find(is_executable);
    let found = found.ok_or_else(|| FlagError::NotFound(path.display().to_string()))?;
    std::path::absolute(found).map_err(FlagError::Directory)
}

/// Text that stands for itself in a specification.
fn escape(text: &str) -> String {
    text.replace('$', "$$")
}

fn literal(text: OsString) -> Result<String, FlagError> {
    text.into_string()
        .map(|text| escape(&text))
        .map_err(|text| FlagError::NotUtf8(text.into()))
}
