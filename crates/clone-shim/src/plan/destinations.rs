//! What a void may reach, as the host has it when it is planned: the addresses of names, and the ways to sockets.
use crate::broker::{self, Addresses};
use crate::lookup::look_up as look_up_one;
use crate::refusal::Refusal;
use specification::application::Network;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use void::{Grant, Subject};

/// Where programs look names of hosts up.
const HOSTS: &str = "/etc/hosts";

/// Looks all up, and adds the file that says so to programs.
pub fn settle(
    name: &str,
    network: &Network,
    files: &mut BTreeMap<PathBuf, Grant>,
    refusals: &mut Vec<Refusal>,
) -> Addresses {
    refusals.extend(writable_ways(name, network, files));
    let addresses = look_up(name, network, refusals);
    // Where it is granted one, that is what it wants.
    if !addresses.is_empty() && !files.contains_key(Path::new(HOSTS)) {
        match broker::hosts_file(&addresses) {
            Some(hosts) => _ = files.insert(HOSTS.into(), Grant::Updated(hosts)),
            None => {
                let title = format!("cannot let entrypoint `{name}` look its hosts up");
                let cause = format!("they are too many for its `{HOSTS}`");
                let refusal = Refusal::new(name, Subject::Network, title, cause);
                refusals.push(refusal.with_help("grant it one by `files`, or name addresses"));
            }
        }
    }
    addresses
}

/// The addresses of all hosts that are named.
fn look_up(name: &str, network: &Network, refusals: &mut Vec<Refusal>) -> Addresses {
    let mut addresses = Addresses::new();
    for host in network.names() {
        match find(host) {
            Ok(found) => {
                addresses.insert(host.to_owned(), found);
            }
            Err((cause, help)) => {
                let title = format!("cannot let entrypoint `{name}` reach `{host}`");
                refusals.push(Refusal::new(name, Subject::Network, title, cause).with_help(help));
            }
        }
    }
    addresses
}

fn find(host: &str) -> Result<BTreeSet<std::net::IpAddr>, (String, String)> {
    let found = look_up_one(host).map_err(|error| {
        let help = format!("see what `getent ahosts {host}` says, or name an address");
        (crate::outcome::chain(&error), help)
    })?;
    let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
    match broker::granted(host, found) {
        granted if granted.is_empty() => Err((
            format!(
                "its address {} is one that must be named by itself",
                shown.join(", ")
            ),
            "write the address: a name does not lead to the host itself, nor to where clouds hand out credentials"
                .to_owned(),
        )),
        granted => Ok(granted),
    }
}

/// A socket that is reached by a path that the void itself can change would be whatever it lays there.
fn writable_ways<'a>(
    name: &'a str,
    network: &'a Network,
    files: &'a BTreeMap<PathBuf, Grant>,
) -> impl Iterator<Item = Refusal> + 'a {
    network.sockets.iter().filter_map(move |socket| {
        let folder = written_above(&socket.path, files)?;
        let title = format!("cannot let entrypoint `{name}` reach `{socket}`");
        let cause = format!(
            "the way there leads through `{}`, which is granted to write",
            folder.display()
        );
        let refusal = Refusal::new(name, Subject::Network, title, cause);
        Some(refusal.with_help(
            "who can write there could lay a symlink to any other socket: grant less to write, or have the socket elsewhere",
        ))
    })
}

/// A folder above the socket that is granted to write.
fn written_above<'f>(socket: &Path, files: &'f BTreeMap<PathBuf, Grant>) -> Option<&'f Path> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let ways = [
        socket.to_owned(),
        real(socket.parent().unwrap_or(socket)).join(socket.file_name().unwrap_or_default()),
    ];
    files.values().find_map(|grant| match grant {
        Grant::Host { path, access, .. } if access.write => {
            let folders = [path.path.clone(), real(&path.path)];
            let leads = |way: &PathBuf| folders.iter().any(|folder| way.starts_with(folder));
            ways.iter().any(leads).then_some(path.path.as_path())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use void::Access;

    fn written(folder: &str) -> BTreeMap<PathBuf, Grant> {
        let grant = Grant::Host {
            path: PathBuf::from(folder).into(),
            access: Access {
                write: true,
                execute: false,
            },
            optional: false,
            layered: false,
        };
        BTreeMap::from([("/elsewhere".into(), grant)])
    }

    #[test]
    fn a_way_that_can_be_written_to_is_found() {
        let above = |socket: &str, folder: &str| {
            written_above(Path::new(socket), &written(folder)).is_some()
        };
        assert!(above("/srv/app/s", "/srv/app") && above("/srv/app/s", "/srv"));
        assert!(above("/srv/app/s", "/"));
        assert!(!above("/srv/app/s", "/srv/application"));
        assert!(
            above("/proc/self/cwd/s", env!("CARGO_MANIFEST_DIR")),
            "through a symlink"
        );
    }
}
