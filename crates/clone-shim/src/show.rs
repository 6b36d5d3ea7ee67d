//! The plan, shown: to a person as text, to a program as JSON. Nothing is left out of either.
use crate::launcher::Launcher;
use crate::plan::{Descriptor, Plan, Planned, Stream};
use kernel::FileKind;
use serde_json::{Map, Value, json};
use specification::application::{HostSocket, OpenAccess, Reach, Serve};
use std::fmt::Write;
use void::{Access, Given, Grant, HostPath, Limits, PrepareError, Source, Step};

/// The plan for people.
pub fn as_text(plan: &Plan, launcher: &Launcher) -> Result<String, PrepareError> {
    let mut text = String::new();
    for planned in &plan.entrypoints {
        // Writing to a string cannot fail.
        let _ = entrypoint_as_text(&mut text, planned, &steps(planned)?);
    }
    if !launcher.groups_dropped {
        text.push_str(
            "The launcher's supplementary groups stay: only a privileged launcher can drop them.\n",
        );
    }
    Ok(text)
}

fn entrypoint_as_text(text: &mut String, planned: &Planned, steps: &[Step]) -> std::fmt::Result {
    let void = &planned.void;
    writeln!(text, "entrypoint {}", planned.name)?;
    writeln!(text, "  program      {}", void.program.display())?;
    let arguments: Vec<_> = void
        .arguments
        .iter()
        .map(|text| format!("{:?}", text.to_string_lossy()))
        .collect();
    writeln!(text, "  arguments    {}", arguments.join(" "))?;
    for variable in &void.environment {
        writeln!(text, "  environment  {}", variable.to_string_lossy())?;
    }
    writeln!(
        text,
        "  identity     uid {} gid {}, on the host {}:{}",
        void.inside.uid, void.inside.gid, void.launcher.uid, void.launcher.gid
    )?;
    writeln!(text, "  host name    {}", void.hostname)?;
    writeln!(text, "  directory    {}", void.directory.display())?;
    writeln!(text, "  files")?;
    let width = void
        .files
        .keys()
        .map(|path| path.as_os_str().len())
        .max()
        .unwrap_or(0);
    for (path, grant) in &void.files {
        writeln!(
            text,
            "    {:width$}  {}",
            path.display(),
            grant_as_text(grant)
        )?;
    }
    writeln!(text, "  descriptors")?;
    for (number, descriptor) in planned.descriptors.iter().enumerate() {
        writeln!(text, "    {number}  {}", descriptor_as_text(descriptor))?;
    }
    network_as_text(text, planned)?;
    for name in void.capabilities.names() {
        writeln!(text, "  capability   {name}")?;
    }
    for name in &void.syscalls {
        writeln!(text, "  system call  {name}")?;
    }
    for (name, value) in limits(planned) {
        writeln!(text, "  limit        {name} {value}")?;
    }
    writeln!(text, "  steps")?;
    for (number, step) in steps.iter().enumerate() {
        writeln!(text, "    {:3}  {}", number + 1, step.words)?;
    }
    writeln!(text)
}

fn network_as_text(text: &mut String, planned: &Planned) -> std::fmt::Result {
    let network = &planned.network;
    for serve in &network.serve {
        writeln!(text, "  serves       {serve}")?;
    }
    for reach in &network.reach {
        writeln!(text, "  reaches      {reach}")?;
    }
    for socket in &network.sockets {
        writeln!(text, "  reaches      {socket}")?;
    }
    for (name, addresses) in &planned.addresses {
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        writeln!(text, "  host         {name} is {}", addresses.join(", "))?;
    }
    if network.loopback {
        writeln!(text, "  loopback     up, its own")?;
    }
    if network.unix {
        writeln!(text, "  AF_UNIX      among its own paths")?;
    }
    Ok(())
}

/// The plan for programs.
pub fn as_json(plan: &Plan, launcher: &Launcher) -> Result<Value, PrepareError> {
    let entrypoints = plan
        .entrypoints
        .iter()
        .map(|planned| {
            Ok((
                planned.name.clone(),
                entrypoint_as_json(planned, &steps(planned)?),
            ))
        })
        .collect::<Result<Map<_, _>, PrepareError>>()?;
    Ok(
        json!({ "entrypoints": entrypoints, "supplementary_groups_dropped": launcher.groups_dropped }),
    )
}

fn entrypoint_as_json(planned: &Planned, steps: &[Step]) -> Value {
    let void = &planned.void;
    let text = |text: &std::ffi::OsString| text.to_string_lossy().into_owned();
    let files: Map<_, _> = void
        .files
        .iter()
        .map(|(path, grant)| (path.display().to_string(), grant_as_json(grant)))
        .collect();
    json!({
        "program": void.program.display().to_string(),
        "arguments": void.arguments.iter().map(text).collect::<Vec<_>>(),
        "environment": void.environment.iter().map(text).collect::<Vec<_>>(),
        "identity": {
            "uid": void.inside.uid,
            "gid": void.inside.gid,
            "host_uid": void.launcher.uid,
            "host_gid": void.launcher.gid,
        },
        "hostname": void.hostname,
        "directory": void.directory.display().to_string(),
        "umask": format!("{:03o}", void.umask),
        "init": void.init,
        "files": files,
        "descriptors": planned.descriptors.iter().map(descriptor_as_text).collect::<Vec<_>>(),
        "network": network_as_json(planned),
        "capabilities": void.capabilities.names().collect::<Vec<_>>(),
        "syscalls": void.syscalls,
        "limits": limits(planned).map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
        "restart": planned.restart.map(|backoff| json!({
            "first_seconds": backoff.first.as_secs_f64(),
            "most_seconds": backoff.most.as_secs_f64(),
            "attempts": backoff.attempts,
        })),
        "steps": steps.iter().map(|step| &*step.words).collect::<Vec<_>>(),
    })
}

/// What each step will be called. Descriptors that the launch would open are stood in for by others: the words are the
/// same.
fn steps(planned: &Planned) -> Result<Vec<Step>, PrepareError> {
    let count = planned
        .void
        .descriptors
        .iter()
        .filter(|source| **source == Source::Given)
        .count();
    let stand_in = || {
        rustix::pipe::pipe()
            .map(|(read, _)| read)
            .map_err(PrepareError::Open)
    };
    let descriptors = (0..count)
        .map(|_| stand_in())
        .collect::<Result<Vec<_>, _>>()?;
    let has_terminal = planned.descriptors.iter().any(|descriptor| {
        matches!(
            descriptor,
            Descriptor::Stream {
                stream: Stream::Terminal,
                ..
            }
        )
    });
    let terminal = has_terminal.then(stand_in).transpose()?;
    let groups = planned.bounds.wanted().map(|_| stand_in());
    let groups = groups.collect::<Result<_, _>>()?;
    Ok(planned
        .void
        .prepare(Given {
            descriptors,
            terminal,
            groups,
            broker: planned
                .void
                .network
                .needs_broker()
                .then(stand_in)
                .transpose()?,
            ..Given::default()
        })?
        .steps)
}

fn network_as_json(planned: &Planned) -> Value {
    let network = &planned.network;
    let reach = network.reach.iter().map(Reach::to_string);
    let sockets = network.sockets.iter().map(HostSocket::to_string);
    let serve = |serve: &Serve| {
        let (name, ports) = (serve.transport.name(), serve.inside.to_string());
        json!({ name: ports, "host": serve.host_address() })
    };
    json!({
        "hosts": planned.addresses,
        "loopback": network.loopback,
        "reach": reach.chain(sockets).collect::<Vec<_>>(),
        "serve": network.serve.iter().map(serve).collect::<Vec<_>>(),
        "unix": network.unix,
    })
}

fn grant_as_text(grant: &Grant) -> String {
    match grant {
        Grant::Host {
            path,
            access,
            layered,
            ..
        } => {
            let layer = if *layered {
                ", with a layer for what lies in it"
            } else {
                ""
            };
            format!(
                "{} ({}{layer})",
                host_as_text(path),
                access_as_text(*access)
            )
        }
        Grant::Folder => "an empty folder".to_owned(),
        Grant::Tmpfs(size) => format!("a file system in memory of {size} bytes"),
        Grant::Content(content) => format!("a file with {} bytes", content.len()),
        Grant::Updated(_) => "the addresses of the hosts that it reaches by name".to_owned(),
        Grant::Symlink(target) => format!("a symlink to {}", target.display()),
        Grant::Proc => "its own process file system".to_owned(),
        Grant::Devices(devices) => {
            let names: Vec<_> = devices.iter().map(|device| device.name()).collect();
            format!("the devices {}", names.join(", "))
        }
    }
}

fn grant_as_json(grant: &Grant) -> Value {
    match grant {
        Grant::Host {
            path,
            access,
            optional,
            layered,
        } => json!({
            "host": path.path.display().to_string(),
            "beneath": path.beneath.as_ref().map(|folder| folder.display().to_string()),
            "kind": kind_as_text(path.kind),
            "access": access_as_text(*access),
            "optional": optional,
            "layered": layered,
        }),
        Grant::Folder => json!({ "folder": true }),
        Grant::Tmpfs(size) => json!({ "tmpfs": size }),
        Grant::Content(content) => json!({ "content": String::from_utf8_lossy(content) }),
        Grant::Updated(content) => {
            let content = String::from_utf8_lossy(content);
            json!({ "content": content.trim_end_matches('\n'), "updated": true })
        }
        Grant::Symlink(target) => json!({ "symlink": target.display().to_string() }),
        Grant::Proc => json!({ "proc": true }),
        Grant::Devices(devices) => {
            json!({ "devices": devices.iter().map(|device| device.name()).collect::<Vec<_>>() })
        }
    }
}

/// The path, and beneath what it is kept.
fn host_as_text(host: &HostPath) -> String {
    let path = host.path.display();
    match &host.beneath {
        None => path.to_string(),
        Some(folder) => format!("{path} beneath {}", folder.display()),
    }
}

fn kind_as_text(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Any => "any",
        FileKind::File => "file",
        FileKind::Folder => "directory",
    }
}

fn access_as_text(access: Access) -> &'static str {
    match (access.write, access.execute) {
        (false, false) => "r",
        (false, true) => "rx",
        (true, false) => "rw",
        (true, true) => "rwx",
    }
}

fn descriptor_as_text(descriptor: &Descriptor) -> String {
    match descriptor {
        Descriptor::Null => "null".to_owned(),
        Descriptor::Stream { number, stream } => {
            let own = ["standard input", "standard output", "standard error"]
                [usize::from(*number).min(2)];
            match stream {
                Stream::Null => "null".to_owned(),
                Stream::Terminal => format!("a pseudo-terminal for the launcher's {own}"),
                Stream::Pipe => format!("the launcher's {own}"),
                Stream::Pumped { .. } => format!("a pipe to the launcher's {own}"),
            }
        }
        Descriptor::Listen { name, listen } => {
            let instead = match listen.activation {
                true => ", or the one that is handed in",
                false => "",
            };
            format!(
                "`{name}`, a socket that listens at {}{instead}",
                listen.address
            )
        }
        Descriptor::Open { path, access } => {
            let path = host_as_text(path);
            match access {
                OpenAccess::Read => format!("{path}, to read"),
                OpenAccess::Write => format!("{path}, to write anew"),
                OpenAccess::ReadWrite => format!("{path}, to read and write"),
                OpenAccess::Append => format!("a pipe to the end of {path}"),
            }
        }
    }
}

fn limits(planned: &Planned) -> impl Iterator<Item = (&'static str, Value)> {
    let Limits {
        processes,
        open_files,
        usual_open_files: _,
        cpu_seconds,
        file_size,
    } = planned.void.limits;
    let wall = planned.wall.map(|wall| json!(wall.as_secs_f64()));
    let processes = processes.or(planned.bounds.processes);
    [
        ("memory", planned.bounds.memory.map(Value::from)),
        ("processes", processes.map(Value::from)),
        ("open_files", open_files.map(Value::from)),
        ("cpu_seconds", cpu_seconds.map(Value::from)),
        ("wall_seconds", wall),
        ("file_size", file_size.map(Value::from)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}
