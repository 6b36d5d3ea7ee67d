//! What an entrypoint may do with networks, as written.
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What it may do with networks: nothing, but for what is said here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object, the fields of a network grant"
)]
pub struct Network {
    /// Whether the loopback interface of its own, else empty network is up: false by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loopback: Option<bool>,
    /// Whether it may have AF_UNIX sockets, which reach one another among its own paths: false by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unix: Option<bool>,
    /// The ports that it may bind, and which address of the host's stands for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub serve: Vec<Serve>,
    /// What it may connect or send to: `tcp:192.0.2.1:443`, `udp:10.0.0.0/8:1-1024`, `tcp:example.org:443`,
    /// `icmp:192.0.2.1`, `unix:/run/its.sock`, `unixgram:/dev/log`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reach: Vec<String>,
}

/// Ports that a program may bind: exactly one of `tcp` and `udp`, and `host`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `tcp` or `udp`, and `host`"
)]
pub struct Serve {
    /// The TCP port, or ports, that the program binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Ports>,
    /// The UDP port, or ports, that the program binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp: Option<Ports>,
    /// The address of the host's, with as many ports: `127.0.0.1:8080`, `[::1]:8000-8010`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A port, or a string such as `8000-8010` or `${port}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Ports {
    /// One.
    One(u64),
    /// One, a range, or a parameter.
    Text(String),
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(port) => port.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = Ports;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port, or a string such as \"8000-8010\"")
            }

            fn visit_u64<E: de::Error>(self, port: u64) -> Result<Ports, E> {
                Ok(Ports::One(port))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ports, E> {
                Ok(Ports::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberOrText)
    }
}
