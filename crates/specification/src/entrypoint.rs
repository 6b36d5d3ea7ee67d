//! The rules about one entrypoint.
use crate::application::{Backoff, Entrypoint, HostPath, Identity, Libraries, Limits, Restart};
use crate::descriptors::stream;
use crate::finding::{At, Finding};
use crate::names::{CAPABILITIES, PARTLY_REFUSED, SYSCALLS};
use crate::nearest::{kernel_name_suggestion, suggestion};
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver};
use crate::{descriptors, grants, listen, network};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Applies the rules. What breaks one is a finding, and stands for nothing in what is returned.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    name: &str,
    raw: &raw::Entrypoint,
    place: &Place,
) -> Entrypoint {
    not_yet(resolver, raw, place);
    let mut names = Names {
        entrypoint: name.to_owned(),
        ..Names::default()
    };
    let program = program(resolver, raw, place, &names);
    names.program.clone_from(&program);
    let descriptors = descriptors::resolve(resolver, raw, place, &names);
    let argument_names = Names {
        descriptors: Some(
            descriptors
                .iter()
                .map(|descriptor| (descriptor.name.clone(), descriptor.number))
                .collect(),
        ),
        ..names.clone()
    };
    let network = network::resolve(resolver, raw, place, &names);
    let served = !(network.serve.is_empty() && network.reach.is_empty());
    listen::beside_others(resolver, raw, place, served);
    let program = program.unwrap_or_default();
    let argv0 = raw
        .argv0
        .as_ref()
        .and_then(|text| resolver.expand(text, &At::Value(place.key("argv0")), &names));
    let directory = raw
        .directory
        .as_ref()
        .and_then(|text| resolver.path(text, &At::Value(place.key("directory")), &names));
    Entrypoint {
        argv0: argv0.map_or_else(|| program.path.clone().into_os_string(), |text| text.value),
        program,
        args: arguments(resolver, raw, place, &argument_names),
        environment: environment(resolver, raw, place, &names),
        files: grants::resolve(resolver, &raw.files, &place.key("files"), &names),
        libraries: match raw.libraries {
            Some(raw::Libraries::None) => Libraries::None,
            Some(raw::Libraries::Auto) | None => Libraries::Auto,
        },
        descriptors,
        stdin: stream(resolver, raw.stdin.as_ref(), &place.key("stdin"), &names),
        stdout: stream(resolver, raw.stdout.as_ref(), &place.key("stdout"), &names),
        stderr: stream(resolver, raw.stderr.as_ref(), &place.key("stderr"), &names),
        network,
        directory: directory.unwrap_or_else(|| PathBuf::from("/")),
        hostname: hostname(resolver, raw, place, &names),
        umask: umask(resolver, raw, place),
        identity: identity(resolver, raw, place),
        capabilities: capabilities(resolver, raw, place),
        syscalls: syscalls(resolver, raw, place),
        limits: limits(resolver, raw, place),
        init: raw.init.unwrap_or(true),
        restart: restart(resolver, raw, place),
    }
}

/// What the language has and this version of the program does not do.
fn not_yet(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) {
    let is_startup = |trigger: &raw::Later| trigger.0.as_str() == Some("startup");
    let fields = [
        (
            "trigger",
            raw.trigger.as_ref().filter(|trigger| !is_startup(trigger)),
        ),
        ("warm", raw.warm.as_ref()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, value)| value.is_some()) {
        resolver.not_yet(field, &place.key(field));
    }
}

impl Resolver<'_> {
    pub(crate) fn not_yet(&mut self, field: &str, place: &Place) {
        let finding = Finding::of_key(format!("`{field}` is not yet supported"), place);
        self.findings.push(
            finding.help("this version of clone-shim refuses what it cannot do: take it out"),
        );
    }
}

fn program(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> Option<HostPath> {
    if let Some(text) = &raw.program {
        return resolver.host_file(text, &At::Value(place.key("program")), names);
    }
    let bound = resolver.bound?;
    if bound.builtins.program.is_none() {
        let title = format!(
            "entrypoint `{}` has no program, and the command line names none",
            names.entrypoint
        );
        let help = "give it a `program`, or name one after `--`";
        resolver
            .findings
            .push(Finding::of_key(title, place).help(help));
    }
    bound.builtins.program.clone().map(HostPath::from)
}

fn arguments(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> Vec<OsString> {
    let mut arguments = Vec::new();
    for (index, text) in raw.args.iter().enumerate() {
        if text == "${trailing}" {
            arguments.extend(
                resolver
                    .bound
                    .into_iter()
                    .flat_map(|bound| bound.builtins.trailing.iter().cloned()),
            );
        } else {
            let text = resolver.expand(text, &At::Value(place.key("args").index(index)), names);
            arguments.extend(text.map(|text| text.value));
        }
    }
    arguments
}

fn environment(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> BTreeMap<String, OsString> {
    let place = place.key("environment");
    let mut environment = BTreeMap::new();
    for (name, text) in &raw.environment {
        let place = place.key(name);
        if name.is_empty() || name.contains(['=', '\0']) {
            let finding =
                Finding::of_key(format!("`{name}` cannot be the name of a variable"), &place);
            resolver
                .findings
                .push(finding.help("a name has at least one character, and no `=`"));
        }
        if let Some(text) = resolver.expand(text, &At::Value(place), names) {
            environment.insert(name.clone(), text.value);
        }
    }
    environment
}

fn hostname(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
    names: &Names,
) -> String {
    let default = || "void".to_owned();
    let Some(text) = &raw.hostname else {
        return default();
    };
    let place = place.key("hostname");
    let Some(name) = resolver.words(text, &place, names) else {
        return default();
    };
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if name.is_empty() || name.len() > 64 || !letters {
        let finding = Finding::of_value(format!("`{name}` cannot be a host name"), &place);
        resolver
            .findings
            .push(finding.help("a host name has 1 to 64 letters, digits, `-` and `.`"));
    }
    name
}

fn umask(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) -> u32 {
    let Some(text) = &raw.umask else { return 0o022 };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match u32::from_str_radix(text, 8) {
        Ok(mask @ 0..=0o777) if digits => mask,
        _ => {
            let finding = Finding::of_value(
                format!("`{text}` is not a file mode creation mask"),
                &place.key("umask"),
            );
            resolver.findings.push(
                finding.help("a mask is an octal number from \"000\" to \"777\", such as \"022\""),
            );
            0o022
        }
    }
}

fn identity(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) -> Identity {
    let raw = raw.identity.unwrap_or_default();
    let place = place.key("identity");
    let mut number = |field: &str, value: Option<u64>| match u32::try_from(value.unwrap_or(1000)) {
        // The last is -1, which means "no change" to the kernel.
        Ok(number) if number < u32::MAX => number,
        _ => {
            let title = format!("there is no such {field}: the greatest is {}", u32::MAX - 1);
            resolver
                .findings
                .push(Finding::of_value(title, &place.key(field)));
            1000
        }
    };
    Identity {
        uid: number("uid", raw.uid),
        gid: number("gid", raw.gid),
    }
}

fn capabilities(
    resolver: &mut Resolver<'_>,
    raw: &raw::Entrypoint,
    place: &Place,
) -> BTreeSet<String> {
    for (index, name) in raw.capabilities.iter().enumerate() {
        if CAPABILITIES.contains(&name.as_str()) {
            continue;
        }
        let full = format!(
            "CAP_{}",
            name.to_ascii_uppercase().trim_start_matches("CAP_")
        );
        let help = match CAPABILITIES.contains(&full.as_str()) {
            true => format!("its name is `{full}`"),
            false => kernel_name_suggestion(&full, CAPABILITIES),
        };
        let finding = Finding::of_value(
            format!("there is no capability `{name}`"),
            &place.key("capabilities").index(index),
        );
        resolver.findings.push(finding.help(help));
    }
    raw.capabilities.iter().cloned().collect()
}

/// What is pid 1 of its void could undo by prctl(2) that it dies with the shim.
fn outlives_the_shim(resolver: &mut Resolver<'_>, place: &Place, index: usize) {
    let title = "prctl cannot be granted to a program that is pid 1";
    let finding = Finding::of_value(title, &place.key("syscalls").index(index))
        .context(At::Key(place.key("init")), "the program is pid 1");
    let help = "it could outlive clone-shim by that: take one of the two out";
    resolver.findings.push(finding.help(help));
}

fn syscalls(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) -> BTreeSet<String> {
    for (index, name) in raw.syscalls.iter().enumerate() {
        if name == "prctl" && raw.init == Some(false) {
            outlives_the_shim(resolver, place, index);
        }
        if SYSCALLS.contains(&name.as_str()) {
            continue;
        }
        let help = match PARTLY_REFUSED.contains(&name.as_str()) {
            true => format!(
                "`{name}` is allowed, but for what would reach beyond the void; that cannot be granted"
            ),
            false => format!(
                "only what the default refuses is granted by name; {}",
                kernel_name_suggestion(name, SYSCALLS)
            ),
        };
        let title = format!("the system call `{name}` cannot be granted");
        resolver
            .findings
            .push(Finding::of_value(title, &place.key("syscalls").index(index)).help(help));
    }
    raw.syscalls.iter().cloned().collect()
}

fn limits(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) -> Limits {
    let Some(raw) = &raw.limits else {
        return Limits::default();
    };
    let place = place.key("limits");
    if raw.instances.is_some() {
        resolver.not_yet("instances", &place.key("instances"));
    }
    let mut positive = |field: &str, value: Option<u64>| {
        if value == Some(0) {
            resolver.findings.push(Finding::of_value(
                "a limit of 0 leaves nothing to run",
                &place.key(field),
            ));
        }
        value
    };
    let processes = positive("processes", raw.processes);
    let open_files = positive("open_files", raw.open_files);
    let cpu = positive("cpu_seconds", raw.cpu_seconds).map(Duration::from_secs);
    Limits {
        memory: raw
            .memory
            .as_ref()
            .and_then(|size| resolver.size(size, &place.key("memory"))),
        file_size: raw
            .file_size
            .as_ref()
            .and_then(|size| resolver.size(size, &place.key("file_size"))),
        wall: raw
            .wall_seconds
            .and_then(|seconds| resolver.seconds(seconds, &place.key("wall_seconds"))),
        processes,
        open_files,
        cpu,
        instances: None,
    }
}

fn restart(resolver: &mut Resolver<'_>, raw: &raw::Entrypoint, place: &Place) -> Restart {
    let place = place.key("restart");
    let backoff = match &raw.restart {
        None => return Restart::Never,
        Some(raw::Restart::Word(word)) => match word.as_str() {
            "never" => return Restart::Never,
            "on-failure" => raw::Backoff::default(),
            other => {
                let finding = Finding::of_value(
                    format!("`{other}` does not say when to start again"),
                    &place,
                );
                resolver
                    .findings
                    .push(finding.help(suggestion(other, &["never", "on-failure"])));
                return Restart::Never;
            }
        },
        Some(raw::Restart::OnFailure(fields)) => fields.on_failure.clone().unwrap_or_default(),
    };
    let place = place.key("on-failure");
    let mut wait = |field: &str, value: Option<f64>, default: f64| {
        resolver
            .seconds(value.unwrap_or(default), &place.key(field))
            .unwrap_or_default()
    };
    let first = wait("first_seconds", backoff.first_seconds, 0.1);
    let most = wait("most_seconds", backoff.most_seconds, 60.0);
    if first > most {
        resolver.findings.push(Finding::of_key(
            "the first wait is longer than the longest",
            &place.key("first_seconds"),
        ));
    }
    let attempts = backoff
        .attempts
        .map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX));
    Restart::OnFailure(Backoff {
        first,
        most,
        attempts,
    })
}

impl Resolver<'_> {
    fn seconds(&mut self, seconds: f64, place: &Place) -> Option<Duration> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(time) if !time.is_zero() => Some(time),
            _ => {
                self.findings
                    .push(Finding::of_value("this must be more than 0 seconds", place));
                None
            }
        }
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, size: &raw::Size, place: &Place) -> Option<u64> {
        let bytes = match size {
            raw::Size::Bytes(bytes) => Some(*bytes),
            raw::Size::Text(text) => parse_size(text),
        };
        match bytes {
            Some(1..) => bytes,
            _ => {
                let finding = Finding::of_value("this is not a size", place);
                self.findings.push(finding.help(
                    "a size is a number of bytes above 0, or with a unit: \"64K\", \"16M\", \"2G\"",
                ));
                None
            }
        }
    }
}

/// A number and a unit, which are powers of 1024.
fn parse_size(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let factor: u64 = match unit {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}
