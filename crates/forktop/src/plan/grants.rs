//! The plan, as `clone-shim plan --json` has it: the parts that can be compared.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What an application's voids are granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// By entrypoint.
    pub entrypoints: BTreeMap<String, Grants>,
    /// Whether voids are rid of the launcher's supplementary groups.
    #[serde(default)]
    pub supplementary_groups_dropped: bool,
}

/// What an entrypoint is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grants {
    /// Its program, as a path of the host.
    pub program: String,
    /// Its arguments, the zeroth too.
    pub arguments: Vec<String>,
    /// Who it is.
    pub identity: Identity,
    /// By path in the void.
    pub files: BTreeMap<String, FileGrant>,
    /// From 0 on, in words.
    pub descriptors: Vec<String>,
    /// What it may serve and reach.
    pub network: NetworkGrants,
    /// Names of capabilities.
    pub capabilities: Vec<String>,
    /// Names of system calls beyond those that every void has.
    pub syscalls: Vec<String>,
}

/// The ids of a void.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// Its user inside.
    pub uid: u32,
    /// Its group inside.
    pub gid: u32,
    /// Its user on the host: the launcher.
    pub host_uid: u32,
    /// Its group on the host.
    pub host_gid: u32,
}

/// What a path in a void is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FileGrant {
    /// A file or folder of the host.
    Host {
        /// Its path there.
        host: String,
        /// `r`, `rx`, `rw` or `rwx`.
        access: String,
        /// Whether it may be missing.
        #[serde(default)]
        optional: bool,
        /// What its path led to when it was planned, if that is known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        origin: Option<Origin>,
    },
    /// A file system in memory, of so many bytes.
    Tmpfs {
        /// How many.
        tmpfs: u64,
    },
    /// The void's own processes.
    Proc {
        /// Always.
        proc: bool,
    },
    /// Device files.
    Devices {
        /// Their names.
        devices: Vec<String>,
    },
    /// A part of the void's root, which is no mount: an empty folder, a text, a symlink.
    Other(BTreeMap<String, serde_json::Value>),
}

/// Something of a file system, as a table of mounts names it (proc_pid_mountinfo(5)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file system's device, as `MAJOR:MINOR`.
    pub device: String,
    /// Its path within the file system.
    pub root: String,
}

/// What a void may do in the host's network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkGrants {
    /// Whether it has a loopback interface of its own.
    pub loopback: bool,
    /// Whether it may have AF_UNIX sockets among its own paths.
    pub unix: bool,
    /// Ports that it serves.
    pub serve: Vec<ServeGrant>,
    /// Destinations.
    pub reach: Vec<String>,
}

/// A port that a void serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServeGrant {
    /// TCP ports as the void sees them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tcp: Option<String>,
    /// UDP ports as the void sees them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub udp: Option<String>,
    /// Where the host serves them.
    pub host: String,
}

impl Grants {
    /// The grant at this very path.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&FileGrant> {
        self.files.get(path.to_str()?)
    }
}

impl FileGrant {
    /// Whether the void has a mount for it.
    #[must_use]
    pub const fn is_mount(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Whether the void may write there.
    #[must_use]
    pub fn may_write(&self) -> bool {
        match self {
            Self::Host { access, .. } => access.contains('w'),
            Self::Tmpfs { .. } | Self::Proc { .. } => true,
            Self::Devices { .. } | Self::Other(_) => false,
        }
    }

    /// Whether the void may execute what is there.
    #[must_use]
    pub fn may_execute(&self) -> bool {
        matches!(self, Self::Host { access, .. } if access.contains('x'))
    }
}

impl fmt::Display for FileGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { host, access, .. } => write!(formatter, "{host} ({access})"),
            Self::Tmpfs { tmpfs } => {
                write!(formatter, "a file system in memory of {}", size(*tmpfs))
            }
            Self::Proc { .. } => formatter.write_str("its own processes"),
            Self::Devices { devices } => write!(formatter, "devices {}", devices.join(", ")),
            Self::Other(fields) => {
                let kind = fields.keys().next().map_or("nothing", String::as_str);
                write!(formatter, "{kind} of its own")
            }
        }
    }
}

/// `16 MiB`, where that is exact.
fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let mut exact = UNITS.into_iter();
    let exact = exact.find(|(power, _)| bytes.trailing_zeros() >= *power && bytes > 0);
    match exact {
        Some((power, unit)) => format!("{} {unit}", bytes >> power),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

impl fmt::Display for ServeGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, ports) = match (&self.tcp, &self.udp) {
            (Some(ports), _) => ("tcp", ports.as_str()),
            (None, ports) => ("udp", ports.as_deref().unwrap_or("?")),
        };
        write!(formatter, "{name} {ports} at {} of the host", self.host)
    }
}

impl Plan {
    /// The entrypoint of a void with this first short name: the kernel cuts it, so several names may begin so; then the
    /// one with this program, if that is known.
    #[must_use]
    pub fn entrypoint(&self, short: &str, program: Option<&str>) -> Option<&str> {
        let short = short.strip_prefix(super::VOID)?;
        if let Some((name, _)) = self.entrypoints.get_key_value(short) {
            return Some(name);
        }
        let mut candidates = self
            .entrypoints
            .iter()
            .filter(|(name, _)| name.starts_with(short));
        let first = candidates.next()?;
        if candidates.clone().next().is_none() {
            return Some(first.0);
        }
        let same = |grants: &Grants| Some(grants.program.as_str()) == program;
        std::iter::once(first)
            .chain(candidates)
            .find(|(_, grants)| same(grants))
            .map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_grant_is_told_apart() {
        let written = r#"{
            "/config": { "host": "/etc/x", "beneath": "/etc", "kind": "file", "access": "r", "optional": true, "layered": false },
            "/run": { "tmpfs": 1024 }, "/proc": { "proc": true }, "/dev": { "devices": ["null"] },
            "/motd": { "content": "hi" }, "/link": { "symlink": "/motd" }, "/empty": { "folder": true }
        }"#;
        let files: BTreeMap<String, FileGrant> = serde_json::from_str(written).unwrap();
        let mounts: Vec<_> = files
            .iter()
            .filter(|(_, grant)| grant.is_mount())
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(mounts, ["/config", "/dev", "/proc", "/run"]);
        assert_eq!(files["/config"].to_string(), "/etc/x (r)");
        assert!(matches!(
            files["/config"],
            FileGrant::Host { optional: true, .. }
        ));
        assert!(files["/run"].may_write() && !files["/config"].may_write());
    }

    #[test]
    fn a_size_is_told_in_the_greatest_unit_that_it_is_a_multiple_of() {
        for (bytes, told) in [
            (16_777_216, "16 MiB"),
            (4096, "4 KiB"),
            (3 << 30, "3 GiB"),
            (1 << 40, "1 TiB"),
            (4097, "4097 bytes"),
            (1, "1 byte"),
            (0, "0 bytes"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }

    #[test]
    fn a_name_that_was_cut_is_told_by_the_program() {
        let grants = |program: &str| Grants {
            program: program.to_owned(),
            ..Grants::default()
        };
        let plan = Plan {
            entrypoints: [
                ("resolver-inner", "/bin/in"),
                ("resolver-inside", "/bin/side"),
                ("web", "/bin/web"),
            ]
            .map(|(name, program)| (name.to_owned(), grants(program)))
            .into(),
            supplementary_groups_dropped: true,
        };
        let name = |short, program| plan.entrypoint(short, program);
        assert_eq!(name("void:web", None), Some("web"));
        assert_eq!(name("void:resolver-i", None), None);
        assert_eq!(
            name("void:resolver-i", Some("/bin/side")),
            Some("resolver-inside")
        );
        assert_eq!(name("sh", Some("/bin/web")), None);
    }
}
