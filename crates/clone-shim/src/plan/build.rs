//! From an application to its plan.
use super::layout::{NoPlace, Reason, lay_out};
use super::{Descriptor, Plan, Planned, Stream, Streams, destinations, host, listen, program};
use crate::group::Bounds;
use crate::launcher::Launcher;
use crate::refusal::Refusal;
use kernel::Capabilities;
use rustix::io::Errno;
use specification::application::{
    self, Application, DescriptorGrant, Device, Entrypoint, FileGrant, HostPath, OpenAccess,
    Restart, Stream as Asked,
};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use void::{Access, Grant, Identity, Limits, Source, Subject, Void};

/// Looks up everything on the host. All that stands against it is said at once.
pub fn plan(
    application: Application,
    launcher: &Launcher,
    streams: &Streams,
) -> Result<Plan, Vec<Refusal>> {
    let mut entrypoints = Vec::new();
    let mut refusals = Vec::new();
    for (name, entrypoint) in application.entrypoints {
        match plan_one(&name, entrypoint, launcher, streams) {
            Ok(planned) => entrypoints.push(planned),
            Err(more) => refusals.extend(more),
        }
    }
    if refusals.is_empty() {
        Ok(Plan { entrypoints })
    } else {
        Err(refusals)
    }
}

fn plan_one(
    name: &str,
    entrypoint: Entrypoint,
    launcher: &Launcher,
    streams: &Streams,
) -> Result<Planned, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut files = grants(name, &entrypoint, launcher, &mut refusals);
    refusals.extend(program::add(name, &entrypoint, launcher, &mut files).err());
    let addresses = destinations::settle(name, &entrypoint.network, &mut files, &mut refusals);
    if let Err(places) = lay_out(&mut files) {
        refusals.extend(places.iter().map(|place| without_place(name, place)));
    }
    let bounds = launcher.bounds(&entrypoint.limits);
    refusals.extend(without_bounds(name, bounds));
    let capabilities = capabilities(name, &entrypoint).unwrap_or_else(|refusal| {
        refusals.push(refusal);
        Capabilities::NONE
    });
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let descriptors = descriptors(&entrypoint, streams);
    let bounded = bounded(&entrypoint);
    let environment = listen::variables(&descriptors, entrypoint.init);
    let environment = entrypoint.environment.into_iter().chain(environment);
    Ok(Planned {
        name: name.to_owned(),
        wall: entrypoint.limits.wall,
        bounds,
        bounded,
        restart: match entrypoint.restart {
            Restart::Never => None,
            Restart::OnFailure(backoff) => Some(backoff),
        },
        void: Void {
            arguments: std::iter::once(entrypoint.argv0)
                .chain(entrypoint.args)
                .collect(),
            environment: environment.map(variable).collect(),
            files,
            descriptors: descriptors.iter().map(source).collect(),
            program: entrypoint.program.path,
            network: listen::network(&entrypoint.network, &descriptors),
            directory: entrypoint.directory,
            hostname: entrypoint.hostname,
            umask: entrypoint.umask,
            inside: Identity {
                uid: entrypoint.identity.uid,
                gid: entrypoint.identity.gid,
            },
            launcher: launcher.identity,
            capabilities,
            syscalls: entrypoint.syscalls,
            limits: Limits {
                usual_open_files: launcher.open_files,
                ..limits_of_the_void(&entrypoint.limits, bounds)
            },
            init: entrypoint.init,
        },
        descriptors,
        network: entrypoint.network,
        addresses,
    })
}

/// Without what control groups bound.
fn limits_of_the_void(limits: &application::Limits, bounds: Bounds) -> Limits {
    Limits {
        processes: limits.processes.filter(|_| bounds.processes.is_none()),
        open_files: limits.open_files,
        usual_open_files: None,
        cpu_seconds: limits.cpu.map(|time| time.as_secs()),
        file_size: limits.file_size,
    }
}

fn capabilities(name: &str, entrypoint: &Entrypoint) -> Result<Capabilities, Refusal> {
    let mut named = entrypoint.capabilities.iter();
    named
        .try_fold(Capabilities::NONE, |set, capability| set.with(capability))
        .ok_or_else(|| {
            let title = format!("cannot keep a capability of entrypoint `{name}`");
            Refusal::new(
                name,
                Subject::Void,
                title,
                "the kernel has none of this name",
            )
        })
}

/// What cannot be bounded here is refused, not left unbounded.
fn without_bounds(name: &str, bounds: Bounds) -> impl Iterator<Item = Refusal> {
    bounds.wanted().filter_map(move |(controller, _)| {
        let reason = controller.place().err()?;
        let what = controller.bounds();
        let title = format!("cannot limit the {what} of entrypoint `{name}`");
        let refusal = Refusal::new(name, Subject::Limits, title, reason.to_string());
        Some(refusal.with_help(reason.remedy()))
    })
}

fn variable((name, value): (String, OsString)) -> OsString {
    let mut entry = OsString::from(name);
    entry.push("=");
    entry.push(value);
    entry
}

fn grants(
    name: &str,
    entrypoint: &Entrypoint,
    launcher: &Launcher,
    refusals: &mut Vec<Refusal>,
) -> BTreeMap<PathBuf, Grant> {
    let mut files = BTreeMap::new();
    for (path, grant) in &entrypoint.files {
        match convert(grant) {
            Ok(Some(grant)) if path == Path::new("/") && !can_be_the_root(&grant) => {
                let title = format!("cannot make this the root of entrypoint `{name}`");
                refusals.push(Refusal::new(
                    name,
                    Subject::File(path.clone()),
                    title,
                    "only a folder can be the root",
                ));
            }
            Ok(Some(grant)) => {
                files.insert(path.clone(), grant);
            }
            Ok(None) => {}
            Err(Unreachable { host, errno }) => {
                let subject = Subject::File(path.clone());
                refusals.push(host::unreachable(name, subject, host, errno, launcher));
            }
        }
    }
    for (number, path, access) in opened(entrypoint) {
        if let Err(errno) = look_for(path, access) {
            let subject = Subject::Descriptor(number);
            refusals.push(host::unreachable(name, subject, path, errno, launcher));
        }
    }
    files
}

/// Whether a file can be opened, as far as that can be seen without doing it.
fn look_for(path: &HostPath, access: OpenAccess) -> Result<(), Errno> {
    let void = host::of_the_void(path);
    match (host::find(&void), access) {
        (Ok(found), _) => void.kind.check(found.as_fd()),
        // What keeps a file from being made is said when it is made, but for a way that leads out of its bounds.
        (Err(errno), OpenAccess::Write | OpenAccess::Append) => match errno {
            Errno::XDEV | Errno::LOOP if void.beneath.is_some() => Err(errno),
            _ => Ok(()),
        },
        (Err(errno), OpenAccess::Read | OpenAccess::ReadWrite) => Err(errno),
    }
}

/// Every path of the host that a parameter bounds.
fn bounded(entrypoint: &Entrypoint) -> Vec<HostPath> {
    let files = entrypoint.files.values().filter_map(|grant| match grant {
        FileGrant::Host { path, .. } => Some(path),
        _ => None,
    });
    let opened = opened(entrypoint).map(|(_, path, _)| path);
    let all = files.chain(opened).chain([&entrypoint.program]);
    all.filter(|path| path.bound.is_some()).cloned().collect()
}

/// The descriptors that are files of the host, by their numbers.
fn opened(entrypoint: &Entrypoint) -> impl Iterator<Item = (usize, &HostPath, OpenAccess)> {
    let standard = [&entrypoint.stdin, &entrypoint.stdout, &entrypoint.stderr]
        .into_iter()
        .enumerate();
    let standard = standard.filter_map(|(number, stream)| match stream {
        Asked::Grant(grant) => Some((number, grant)),
        Asked::Null | Asked::Inherit => None,
    });
    let others = entrypoint.descriptors.iter();
    let others = others.map(|descriptor| (descriptor.number.into(), &descriptor.grant));
    standard
        .chain(others)
        .filter_map(|(number, grant)| match grant {
            DescriptorGrant::Open { path, access } => Some((number, path, *access)),
            DescriptorGrant::Listen(_) => None,
        })
}

fn can_be_the_root(grant: &Grant) -> bool {
    match grant {
        Grant::Host { path, .. } => host::is_folder(path),
        Grant::Tmpfs(_) => true,
        _ => false,
    }
}

struct Unreachable<'g> {
    host: &'g HostPath,
    errno: Errno,
}

/// The grant; nothing for an optional one that is absent.
fn convert(grant: &FileGrant) -> Result<Option<Grant>, Unreachable<'_>> {
    Ok(Some(match grant {
        FileGrant::Host {
            path,
            access,
            optional,
        } => {
            let unreachable = |errno| Unreachable { host: path, errno };
            let void = host::of_the_void(path);
            match host::find(&void) {
                Err(Errno::NOENT | Errno::NOTDIR) if *optional => return Ok(None),
                found => {
                    let found = found.map_err(unreachable)?;
                    void.kind.check(found.as_fd()).map_err(unreachable)?;
                }
            }
            Grant::Host {
                path: void,
                access: Access {
                    write: access.writes(),
                    execute: access.executes(),
                },
                optional: *optional,
                layered: false,
            }
        }
        FileGrant::Tmpfs { size } => Grant::Tmpfs(*size),
        FileGrant::Content(content) => Grant::Content(content.clone()),
        FileGrant::Symlink(target) => Grant::Symlink(target.clone()),
        FileGrant::Proc => Grant::Proc,
        FileGrant::Devices(devices) => {
            Grant::Devices(devices.iter().copied().map(device).collect())
        }
    }))
}

fn device(device: Device) -> void::Device {
    match device {
        Device::Full => void::Device::Full,
        Device::Null => void::Device::Null,
        Device::Pts => void::Device::Pts,
        Device::Random => void::Device::Random,
        Device::Tty => void::Device::Tty,
        Device::Urandom => void::Device::Urandom,
        Device::Zero => void::Device::Zero,
    }
}

fn without_place(name: &str, place: &NoPlace) -> Refusal {
    let title = format!(
        "cannot attach `{}` in entrypoint `{name}`",
        place.path.display()
    );
    let subject = Subject::File(place.path.clone());
    let above = place.above.display();
    match &place.reason {
        Reason::Missing(host) => Refusal::new(
            name,
            subject,
            title,
            format!("there is no place for it in `{}`, which is granted to write at `{above}`", host.display()),
        )
        .with_help(
            "clone-shim makes nothing on the host: make an empty file or folder there, grant the folder without `w`, \
             or grant it at another path",
        ),
        Reason::TooMuch(host) => Refusal::new(
            name,
            subject,
            title,
            format!("there is no place for it in `{}`, which has mounts and too much else in it", host.display()),
        )
        .with_help("make an empty file or folder there, or grant it at another path"),
        Reason::NotAFolder(host) => {
            Refusal::new(name, subject, title, format!("`{}`, granted at `{above}`, is not a folder", host.display()))
        }
    }
}

fn descriptors(entrypoint: &Entrypoint, streams: &Streams) -> Vec<Descriptor> {
    let asked = [&entrypoint.stdin, &entrypoint.stdout, &entrypoint.stderr];
    let standard = asked
        .into_iter()
        .zip(0u8..)
        .map(|(asked, number)| match asked {
            Asked::Null => Descriptor::Null,
            Asked::Inherit => match streams.0[usize::from(number)] {
                Stream::Null => Descriptor::Null,
                stream => Descriptor::Stream { number, stream },
            },
            Asked::Grant(grant) => granted(grant, ""),
        });
    standard
        .chain(
            entrypoint
                .descriptors
                .iter()
                .map(|descriptor| granted(&descriptor.grant, &descriptor.name)),
        )
        .collect()
}

fn granted(grant: &DescriptorGrant, name: &str) -> Descriptor {
    match grant {
        DescriptorGrant::Open { path, access } => Descriptor::Open {
            path: host::of_the_void(path),
            access: *access,
        },
        DescriptorGrant::Listen(listen) => Descriptor::Listen {
            name: name.to_owned(),
            listen: listen.clone(),
        },
    }
}

fn source(descriptor: &Descriptor) -> Source {
    match descriptor {
        Descriptor::Null => Source::Null,
        Descriptor::Open {
            path,
            access: OpenAccess::Read,
        } => Source::Read(path.clone()),
        Descriptor::Open { .. } | Descriptor::Listen { .. } | Descriptor::Stream { .. } => {
            Source::Given
        }
    }
}
