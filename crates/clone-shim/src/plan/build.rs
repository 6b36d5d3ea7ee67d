//! From an application to its plan.
use super::layout::{NoPlace, Reason, lay_out};
use super::{Descriptor, Plan, Planned, Stream, Streams, listen, program};
use crate::broker;
use crate::group::Bounds;
use crate::launcher::Launcher;
use crate::refusal::{Refusal, describe};
use kernel::Capabilities;
use rustix::io::Errno;
use specification::application::{
    Application, DescriptorGrant, Device, Entrypoint, FileGrant, Network, OpenAccess, Restart,
    Stream as Asked,
};
use std::collections::BTreeMap;
use std::ffi::OsString;
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
    refusals.extend(program::add(name, &entrypoint, &mut files).err());
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
    let environment = listen::variables(&descriptors, entrypoint.init);
    let environment = entrypoint.environment.into_iter().chain(environment);
    Ok(Planned {
        name: name.to_owned(),
        wall: entrypoint.limits.wall,
        bounds,
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
            program: entrypoint.program,
            network: network_of_the_void(&entrypoint.network, &descriptors),
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
                processes: entrypoint
                    .limits
                    .processes
                    .filter(|_| bounds.processes.is_none()),
                open_files: entrypoint.limits.open_files,
                cpu_seconds: entrypoint.limits.cpu.map(|time| time.as_secs()),
                file_size: entrypoint.limits.file_size,
            },
            init: entrypoint.init,
        },
        descriptors,
        network: entrypoint.network,
    })
}

fn network_of_the_void(network: &Network, descriptors: &[Descriptor]) -> void::Network {
    void::Network {
        loopback: network.loopback,
        brokered: broker::kinds(network),
        handed: listen::handed(descriptors),
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
                refusals.push(unreachable(
                    name,
                    Subject::File(path.clone()),
                    &host,
                    errno,
                    launcher,
                ));
            }
        }
    }
    for (number, path, access) in opened(entrypoint) {
        let must_exist = matches!(access, OpenAccess::Read | OpenAccess::ReadWrite);
        if let Err(errno) = rustix::fs::stat(path)
            && must_exist
        {
            refusals.push(unreachable(
                name,
                Subject::Descriptor(number),
                path,
                errno,
                launcher,
            ));
        }
    }
    files
}

/// The descriptors that are files of the host, by their numbers.
fn opened(entrypoint: &Entrypoint) -> impl Iterator<Item = (usize, &Path, OpenAccess)> {
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
            DescriptorGrant::Open { path, access } => Some((number, path.as_path(), *access)),
            DescriptorGrant::Listen(_) => None,
        })
}

fn can_be_the_root(grant: &Grant) -> bool {
    match grant {
        Grant::Host { path, .. } => path.is_dir(),
        Grant::Tmpfs(_) => true,
        _ => false,
    }
}

struct Unreachable {
    host: PathBuf,
    errno: Errno,
}

/// The grant; nothing for an optional one that is absent.
fn convert(grant: &FileGrant) -> Result<Option<Grant>, Unreachable> {
    Ok(Some(match grant {
        FileGrant::Host {
            path,
            access,
            optional,
        } => match rustix::fs::stat(path) {
            Ok(_) => Grant::Host {
                path: path.clone(),
                access: Access {
                    write: access.writes(),
                    execute: access.executes(),
                },
                optional: *optional,
                layered: false,
            },
            Err(Errno::NOENT | Errno::NOTDIR) if *optional => return Ok(None),
            Err(errno) => {
                return Err(Unreachable {
                    host: path.clone(),
                    errno,
                });
            }
        },
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

/// Also what the kernel says of a grant when the void is made, in the same words.
pub fn unreachable(
    name: &str,
    subject: Subject,
    host: &Path,
    errno: Errno,
    launcher: &Launcher,
) -> Refusal {
    let title = format!("cannot grant `{}` to entrypoint `{name}`", host.display());
    let cause = format!(
        "{}, reaching it as uid {}",
        describe(errno),
        launcher.identity.uid
    );
    let refusal = Refusal::new(name, subject, title, cause);
    match errno {
        Errno::NOENT => refusal.with_help(
            "make it, or mend the path; a grant of something that may be missing has `\"optional\": true`",
        ),
        Errno::ACCESS | Errno::PERM => refusal.with_help(
            "a void can hold no more than its launcher: run clone-shim as a user that may reach it",
        ),
        _ => refusal,
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
            path: path.clone(),
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
