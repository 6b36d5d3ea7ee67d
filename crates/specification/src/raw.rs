//! A specification as its author wrote it, field for field. Nothing has been checked but that every field is known and
//! of the right type: the one table of fields, for JSON, for other formats, and for the JSON Schema.
mod network;

pub use network::{Network, Ports, Serve};

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// What one application's processes are and may reach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `version` and `entrypoints`"
)]
pub struct Specification {
    /// Where the language's JSON Schema is, for editors; it has no meaning here.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The version of the language: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Values that are bound at run time, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
    /// The application's processes, by their names.
    pub entrypoints: BTreeMap<String, Entrypoint>,
}

/// A value that is left to run time, with its type and bounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields, default, expecting = "an object with a `type`")]
pub struct Parameter {
    /// What kind of value it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ParameterType>,
    /// Its value where none is bound; without it, one must be bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Scalar>,
    /// `port`, `integer`: the least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// `port`, `integer`: the greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// `path`: the folder of the host that it must lie in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneath: Option<String>,
    /// `path`: what it must be.
    #[serde(rename = "kind", skip_serializing_if = "Option::is_none")]
    pub path_kind: Option<PathKind>,
    /// `string`: the values that are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// `string`: the most bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// `address`: the network that it must lie in, such as `10.0.0.0/8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// What kind of value a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// An IPv4 or IPv6 address.
    Address,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// An absolute path of the host.
    Path,
    /// A port, 1 to 65535.
    Port,
    /// Any text.
    String,
}

/// What a path must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PathKind {
    /// Anything.
    Any,
    /// A directory.
    Directory,
    /// Anything but a directory.
    File,
}

/// A string, a number or a boolean.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// A named process of an application, and what it may reach: nothing, but for what is said here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object, the fields of an entrypoint"
)]
pub struct Entrypoint {
    /// The host path of the program; without it, the program that the command line names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The arguments after the program's name. `${trailing}` as a whole argument stands for all that follow the program
    /// on the command line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The program's name for itself; the path of the program by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv0: Option<String>,
    /// The whole environment; nothing is inherited.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// What starts it: `"startup"`, which is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Later>,
    /// What is at which path of its file system. A string is a host path, to read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileGrant>,
    /// Whether the dynamic loader and the libraries that the program's headers need are granted: `auto` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub libraries: Option<Libraries>,
    /// Descriptors from 3 up: first those that listen, then the others, in the order of their names. `${fd.NAME}` in
    /// `args` is a descriptor's number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub descriptors: BTreeMap<String, DescriptorGrant>,
    /// Descriptor 0: `null` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stream>,
    /// Descriptor 1: `null` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<Stream>,
    /// Descriptor 2: `null` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<Stream>,
    /// What it may do with networks: nothing by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The working directory, a path in the void: `/` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The host name that it sees: `void` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The file mode creation mask in octal: `022` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub umask: Option<String>,
    /// The ids that it sees: 1000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Capabilities over its own namespaces that it keeps, by their kernel names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// System calls that the default refuses and that it may make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub syscalls: Vec<String>,
    /// Bounds on what it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Whether pid 1 of its void is clone-shim's, so that the program keeps its default signal actions: true by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// Whether it is started again when it ends: `never` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// How many voids are kept ready. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm: Option<Later>,
}

/// Something that a later version of clone-shim gives a meaning. It is known, and refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(transparent)]
pub struct Later(pub serde_json::Value);

/// Whether the program's libraries are granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Libraries {
    /// As the dynamic loader would find them.
    Auto,
    /// None of them.
    None,
}

/// The ids that a process sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `uid` and `gid`"
)]
pub struct Identity {
    /// The user: 1000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u64>,
    /// The group: 1000 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u64>,
}

/// Bounds on what an entrypoint may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields, default, expecting = "an object with limits")]
pub struct Limits {
    /// Memory of all its processes together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Processes and threads at one time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<u64>,
    /// Open descriptors of each process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u64>,
    /// Processor time of each process, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<u64>,
    /// Time from its start to its end, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_seconds: Option<f64>,
    /// The largest file that it may write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<Size>,
    /// Voids of it at one time. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<Later>,
}

/// A number of bytes, or a string such as `64K`, `16M` or `2G` (powers of 1024).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Size {
    /// Bytes.
    Bytes(u64),
    /// With its unit.
    Text(String),
}

/// When an entrypoint is started again.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Restart {
    /// `never` or `on-failure`.
    Word(String),
    /// With its own waits.
    OnFailure(OnFailure),
}

/// Starting again whatever ends with anything but 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "`never`, `on-failure` or an object with `on-failure`"
)]
pub struct OnFailure {
    /// How long to wait.
    #[serde(rename = "on-failure", skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Backoff>,
}

/// How long to wait before starting again: twice as long each time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `first_seconds`, `most_seconds` and `attempts`"
)]
pub struct Backoff {
    /// The first wait: 0.1 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seconds: Option<f64>,
    /// The longest wait: 60 s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_seconds: Option<f64>,
    /// How often at most; without end by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u64>,
}

/// What is at a path: a string is a host path, to read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum FileGrant {
    /// A host path, to read.
    Host(String),
    /// One of several kinds.
    Fields(FileFields),
}

/// A file grant: exactly one of `host`, `tmpfs`, `content`, `symlink`, `proc` and `devices`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a host path, or an object with the fields of a file grant"
)]
pub struct FileFields {
    /// A file or folder of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// With `host`: what may be done with it, `r` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// With `host`: whether it may be absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
    /// An empty file system in memory, of this size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<Size>,
    /// A read-only file with this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// A symlink that leads there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symlink: Option<String>,
    /// The void's own process file system: `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proc: Option<bool>,
    /// A folder with these devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Device>>,
}

/// What may be done with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Reading.
    R,
    /// Reading and executing.
    Rx,
    /// Reading and writing.
    Rw,
    /// Reading, writing and executing.
    Rwx,
}

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// Always out of space.
    Full,
    /// Takes everything, gives nothing.
    Null,
    /// Pseudo-terminals of the void's own, with `ptmx`.
    Pts,
    /// Random bytes.
    Random,
    /// The process's own controlling terminal.
    Tty,
    /// Random bytes.
    Urandom,
    /// Zeroes.
    Zero,
}

/// A descriptor grant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `open` or `listen`"
)]
pub struct DescriptorGrant {
    /// A file of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// With `open`: how it is opened, `r` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<OpenAccess>,
    /// A socket of the host's that listens: `tcp:127.0.0.1:8080`, `udp:[::1]:5353`, `unix:/path`, `unixgram:/path`,
    /// `unixpacket:/path`. `LISTEN_FDS` and its kin tell the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// With `listen`: whether the socket that a service manager hands in under this name is taken in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<bool>,
    /// An end of a channel of messages. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipe: Option<Later>,
    /// An end of a channel of descriptors. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<Later>,
    /// With `pipe` or `socket`: which end. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Later>,
    /// A way to ask for more. Not yet supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Later>,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OpenAccess {
    /// To append to; it is made if it is not there.
    A,
    /// To read.
    R,
    /// To read and write; it must be there.
    Rw,
    /// To write; it is made if it is not there, and emptied if it is.
    W,
}

/// A standard stream: `null`, `inherit` or a descriptor grant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Stream {
    /// `null` or `inherit`.
    Word(String),
    /// A descriptor of its own.
    Grant(Box<DescriptorGrant>),
}

/// Gives a type that is written as a string or an object its `Deserialize`. Not serde's `untagged`: that loses the place
/// and the reason of a mistake inside.
macro_rules! text_or_object {
    ($type:ty, $expecting:literal, $text:expr, $fields:ty, $object:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        Ok($text(text.to_owned()))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        let fields =
                            <$fields>::deserialize(de::value::MapAccessDeserializer::new(map))?;
                        Ok($object(fields))
                    }
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
}

text_or_object!(
    FileGrant,
    "a host path, or an object with the fields of a file grant",
    FileGrant::Host,
    FileFields,
    FileGrant::Fields
);
text_or_object!(
    Stream,
    "`null`, `inherit` or an object with `open`",
    Stream::Word,
    Box<DescriptorGrant>,
    Stream::Grant
);
text_or_object!(
    Restart,
    "`never`, `on-failure` or an object with `on-failure`",
    Restart::Word,
    OnFailure,
    Restart::OnFailure
);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes, or a string such as \"64K\", \"16M\" or \"2G\"")
            }

            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<Size, E> {
                Ok(Size::Bytes(bytes))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                Ok(Size::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberOrText)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;
        impl Visitor<'_> for AnyScalar {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a whole number or a boolean")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
                i64::try_from(value)
                    .map(Scalar::Integer)
                    .map_err(|_| E::custom("this number is too large"))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_owned()))
            }
        }
        deserializer.deserialize_any(AnyScalar)
    }
}
