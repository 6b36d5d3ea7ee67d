//! The rules about file grants: each alone, and all beside each other.
use crate::application::{Access, Device, FileGrant};
use crate::finding::{At, Finding};
use crate::place::Place;
use crate::raw;
use crate::resolve::{Names, Resolver};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Applies the rules to all file grants of an entrypoint.
pub(crate) fn resolve(
    resolver: &mut Resolver<'_>,
    raw: &BTreeMap<String, raw::FileGrant>,
    place: &Place,
    names: &Names,
) -> BTreeMap<PathBuf, FileGrant> {
    let mut grants = BTreeMap::new();
    let mut places: BTreeMap<PathBuf, Place> = BTreeMap::new();
    for (written, raw) in raw {
        let place = place.key(written);
        let grant = grant(resolver, raw, &place, names);
        let Some(path) = resolver.path(written, &At::Key(place.clone()), names) else {
            continue;
        };
        if let Some(first) = places.get(&path) {
            let title = format!("two grants for `{}`", path.display());
            resolver.findings.push(
                Finding::of_key(title, &place)
                    .context(At::Key(first.clone()), "the other")
                    .help("only one thing can be at a path: take one out"),
            );
        }
        places.insert(path.clone(), place);
        if let Some(grant) = grant {
            grants.insert(path, grant);
        }
    }
    for (path, grant) in &grants {
        beside_others(resolver, path, grant, &grants, &places);
    }
    grants
}

fn grant(
    resolver: &mut Resolver<'_>,
    raw: &raw::FileGrant,
    place: &Place,
    names: &Names,
) -> Option<FileGrant> {
    let fields = match raw {
        raw::FileGrant::Host(word) if ACCESSES.contains(&word.as_str()) => {
            let finding = Finding::of_value(format!("`{word}` says no path of the host"), place);
            let whole = "write the path too: `{ \"host\": \"/…\", \"access\": \"";
            resolver
                .findings
                .push(finding.help(format!("{whole}{word}\" }}`")));
            return None;
        }
        raw::FileGrant::Host(path) => {
            let path = resolver.host_path(path, &At::Value(place.clone()), names)?;
            return Some(FileGrant::Host {
                path,
                access: Access::Read,
                optional: false,
            });
        }
        raw::FileGrant::Fields(fields) => fields,
    };
    one_kind(resolver, fields, place)?;
    host(resolver, fields, place, names)
        .or_else(|| tmpfs(resolver, fields, place))
        .or_else(|| content(resolver, fields, place, names))
        .or_else(|| symlink(resolver, fields, place, names))
        .or_else(|| fields.proc.map(|_| FileGrant::Proc))
        .or_else(|| {
            fields
                .devices
                .as_ref()
                .map(|devices| FileGrant::Devices(devices.iter().copied().map(device).collect()))
        })
}

/// What is easily written in the place of the path that it is about.
const ACCESSES: [&str; 4] = ["r", "rx", "rw", "rwx"];

const KINDS: [&str; 6] = ["host", "tmpfs", "content", "symlink", "proc", "devices"];

/// Exactly one kind, and nothing that belongs to another.
fn one_kind(resolver: &mut Resolver<'_>, fields: &raw::FileFields, place: &Place) -> Option<()> {
    let given = [
        fields.host.is_some(),
        fields.tmpfs.is_some(),
        fields.content.is_some(),
        fields.symlink.is_some(),
        fields.proc.is_some(),
        fields.devices.is_some(),
    ];
    let kinds: Vec<_> = KINDS
        .into_iter()
        .zip(given)
        .filter(|(_, given)| *given)
        .map(|(kind, _)| kind)
        .collect();
    let before = resolver.findings.len();
    match kinds.as_slice() {
        [_] => {}
        [] => {
            let finding = Finding::of_value("this grants nothing", place);
            resolver.findings.push(finding.help(format!(
                "a file grant has one of {}",
                crate::nearest::list(&KINDS)
            )));
        }
        [_, second, ..] => {
            let finding = Finding::of_key("only one thing can be at a path", &place.key(second));
            resolver.findings.push(finding.help(format!(
                "a file grant has one of {}",
                crate::nearest::list(&KINDS)
            )));
        }
    }
    let of_host = [
        ("access", fields.access.is_some()),
        ("optional", fields.optional.is_some()),
    ];
    for (field, _) in of_host
        .into_iter()
        .filter(|(_, given)| *given && fields.host.is_none())
    {
        let finding = Finding::of_key(format!("`{field}` goes with `host`"), &place.key(field));
        resolver
            .findings
            .push(finding.help("take it out: it has no meaning for this kind of grant"));
    }
    if fields.proc == Some(false) {
        let finding = Finding::of_value("`proc` can only be true", &place.key("proc"));
        resolver
            .findings
            .push(finding.help("take the whole grant out: without it there is none"));
    }
    (resolver.findings.len() == before).then_some(())
}

fn host(
    resolver: &mut Resolver<'_>,
    fields: &raw::FileFields,
    place: &Place,
    names: &Names,
) -> Option<FileGrant> {
    let path = resolver.host_path(fields.host.as_ref()?, &At::Value(place.key("host")), names)?;
    let access = match fields.access {
        Some(raw::Access::R) | None => Access::Read,
        Some(raw::Access::Rx) => Access::ReadExecute,
        Some(raw::Access::Rw) => Access::ReadWrite,
        Some(raw::Access::Rwx) => Access::ReadWriteExecute,
    };
    Some(FileGrant::Host {
        path,
        access,
        optional: fields.optional.unwrap_or(false),
    })
}

fn tmpfs(
    resolver: &mut Resolver<'_>,
    fields: &raw::FileFields,
    place: &Place,
) -> Option<FileGrant> {
    let size = resolver.size(fields.tmpfs.as_ref()?, &place.key("tmpfs"))?;
    Some(FileGrant::Tmpfs { size })
}

fn content(
    resolver: &mut Resolver<'_>,
    fields: &raw::FileFields,
    place: &Place,
    names: &Names,
) -> Option<FileGrant> {
    let text = resolver.expand(
        fields.content.as_ref()?,
        &At::Value(place.key("content")),
        names,
    )?;
    Some(FileGrant::Content(text.value.into_vec()))
}

fn symlink(
    resolver: &mut Resolver<'_>,
    fields: &raw::FileFields,
    place: &Place,
    names: &Names,
) -> Option<FileGrant> {
    let place = At::Value(place.key("symlink"));
    let text = resolver.expand(fields.symlink.as_ref()?, &place, names)?;
    if text.complete && text.value.is_empty() {
        resolver
            .findings
            .push(Finding::new("a symlink must lead somewhere", place));
        return None;
    }
    Some(FileGrant::Symlink(text.value.into()))
}

fn device(raw: raw::Device) -> Device {
    match raw {
        raw::Device::Full => Device::Full,
        raw::Device::Null => Device::Null,
        raw::Device::Pts => Device::Pts,
        raw::Device::Random => Device::Random,
        raw::Device::Tty => Device::Tty,
        raw::Device::Urandom => Device::Urandom,
        raw::Device::Zero => Device::Zero,
    }
}

/// A grant and what lies above it.
fn beside_others(
    resolver: &mut Resolver<'_>,
    path: &Path,
    grant: &FileGrant,
    grants: &BTreeMap<PathBuf, FileGrant>,
    places: &BTreeMap<PathBuf, Place>,
) {
    let at = |path: &Path| At::Key(places.get(path).cloned().unwrap_or_default());
    if path == Path::new("/") && !matches!(grant, FileGrant::Host { .. } | FileGrant::Tmpfs { .. })
    {
        let finding = Finding::new("only a folder can be the root", at(path));
        resolver.findings.push(
            finding.help("grant a `host` folder or a `tmpfs` at `/`, or choose another path"),
        );
    }
    let Some((above, container)) = path
        .ancestors()
        .skip(1)
        .find_map(|above| grants.get_key_value(above))
    else {
        return;
    };
    let reason = match container {
        FileGrant::Proc => "lies in a process file system, where nothing can be put",
        FileGrant::Content(_) => "lies in a file",
        FileGrant::Symlink(_) => "lies in a symlink: it would be where that leads",
        FileGrant::Devices(devices) if is_a_device(path, above, devices) => {
            "is among the devices already"
        }
        FileGrant::Host { access, .. }
            if access.writes() && matches!(grant, FileGrant::Symlink(_)) =>
        {
            "is a symlink in a folder that is granted to write, where nothing is made"
        }
        _ => return,
    };
    let finding = Finding::new(format!("`{}` {reason}", path.display()), at(path));
    resolver.findings.push(
        finding
            .context(at(above), "this one")
            .help("choose another path for one of the two"),
    );
}

fn is_a_device(path: &Path, folder: &Path, devices: &std::collections::BTreeSet<Device>) -> bool {
    let name = path
        .strip_prefix(folder)
        .ok()
        .and_then(|rest| rest.components().next());
    let name = name
        .and_then(|name| name.as_os_str().to_str())
        .unwrap_or_default();
    devices
        .iter()
        .any(|device| device.name() == name || (*device == Device::Pts && name == "ptmx"))
}
