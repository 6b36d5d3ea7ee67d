//! A value that is left to run time: its type and bounds, and whether a value is within them.
use crate::application::masked;
use crate::finding::Finding;
use crate::place::Place;
use crate::raw::{self, ParameterType, PathKind, Scalar};
use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// A parameter whose declaration obeys the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// What values it takes.
    pub kind: ParameterKind,
    /// Its value where none is bound.
    pub default: Option<OsString>,
}

/// What values a parameter takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterKind {
    /// A whole number, or a port, from the first to the second.
    Number(i64, i64),
    /// `true` or `false`.
    Boolean,
    /// An absolute path of the host.
    Path {
        /// The folder that it must lie in. The text decides here; where symlinks there lead is for whoever opens it.
        beneath: Option<PathBuf>,
        /// What it must be, which only whoever opens it can see.
        kind: PathKind,
    },
    /// Text.
    Text {
        /// The values that are allowed.
        one_of: Option<Vec<String>>,
        /// The most bytes.
        max_length: Option<u64>,
    },
    /// An address.
    Address {
        /// The network it must lie in: an address and how many of its bits count.
        within: Option<(IpAddr, u8)>,
    },
}

/// What binds the parameter `name` in the environment.
pub(crate) fn variable(name: &str) -> String {
    format!("CLONE_SHIM_{}", name.to_ascii_uppercase().replace('-', "_"))
}

impl Parameter {
    /// Checks a declaration.
    pub(crate) fn check(
        raw: &raw::Parameter,
        place: &Place,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let before = findings.len();
        let Some(kind) = raw.kind else {
            let finding = Finding::of_key("a parameter needs a `type`", place);
            let types = "`address`, `boolean`, `integer`, `path`, `port` and `string`";
            findings.push(finding.help(format!("the types are {types}")));
            return None;
        };
        refuse_fields_of_others(raw, kind, place, findings);
        let kind = match kind {
            ParameterType::Boolean => ParameterKind::Boolean,
            ParameterType::Integer => numbers(raw, (i64::MIN, i64::MAX), place, findings),
            ParameterType::Port => numbers(raw, (1, 65535), place, findings),
            ParameterType::Path => path_kind(raw, place, findings),
            ParameterType::String => ParameterKind::Text {
                one_of: raw.one_of.clone(),
                max_length: raw.max_length,
            },
            ParameterType::Address => ParameterKind::Address {
                within: network(raw, place, findings),
            },
        };
        let parameter = Self {
            kind,
            default: raw
                .default
                .as_ref()
                .map(Scalar::to_string)
                .map(OsString::from),
        };
        if let Some(default) = &parameter.default
            && findings.len() == before
            && let Err(reason) = parameter.admits(default)
        {
            let finding = Finding::of_value(
                "the default is not a value of its own parameter",
                &place.key("default"),
            );
            findings.push(finding.label(reason));
        }
        (findings.len() == before).then_some(parameter)
    }

    /// Whether `value` is within the bounds; if not, why.
    pub fn admits(&self, value: &OsStr) -> Result<(), String> {
        if value.as_bytes().contains(&0) {
            return Err("it contains a NUL byte".to_owned());
        }
        match &self.kind {
            ParameterKind::Path { beneath, .. } => {
                admits_path(beneath.as_deref(), Path::new(value))
            }
            kind => {
                let text = value.to_str().ok_or("it is not UTF-8")?;
                admits_text(kind, text)
            }
        }
    }

    /// Its values in words.
    pub fn describe(&self) -> String {
        match &self.kind {
            ParameterKind::Number(i64::MIN, i64::MAX) => "a whole number".to_owned(),
            ParameterKind::Number(min, i64::MAX) => format!("a whole number from {min} up"),
            ParameterKind::Number(min, max) => format!("a whole number from {min} to {max}"),
            ParameterKind::Boolean => "`true` or `false`".to_owned(),
            ParameterKind::Path {
                beneath: Some(folder),
                ..
            } => format!("an absolute path beneath {}", folder.display()),
            ParameterKind::Path { beneath: None, .. } => "an absolute path".to_owned(),
            ParameterKind::Text {
                one_of: Some(values),
                ..
            } => {
                let values: Vec<_> = values.iter().map(String::as_str).collect();
                format!("one of {}", crate::nearest::list(&values))
            }
            ParameterKind::Text {
                max_length: Some(most),
                ..
            } => format!("a text of at most {most} bytes"),
            ParameterKind::Text { .. } => "a text".to_owned(),
            ParameterKind::Address {
                within: Some((network, bits)),
            } => format!("an address in {network}/{bits}"),
            ParameterKind::Address { within: None } => "an IPv4 or IPv6 address".to_owned(),
        }
    }
}

fn admits_path(beneath: Option<&Path>, path: &Path) -> Result<(), String> {
    if !path.is_absolute() {
        return Err("it is not an absolute path".to_owned());
    }
    if path
        .components()
        .any(|component| component == Component::ParentDir)
    {
        return Err("it contains `..`".to_owned());
    }
    match beneath {
        Some(folder) if !path.starts_with(folder) => {
            Err(format!("it is not beneath {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn admits_text(kind: &ParameterKind, text: &str) -> Result<(), String> {
    match kind {
        ParameterKind::Number(min, max) => match text.parse::<i64>() {
            Err(_) => Err(format!("`{text}` is not a whole number")),
            Ok(number) if number < *min => Err(format!("{number} is less than {min}, the least")),
            Ok(number) if number > *max => {
                Err(format!("{number} is more than {max}, the greatest"))
            }
            Ok(_) => Ok(()),
        },
        ParameterKind::Boolean if matches!(text, "true" | "false") => Ok(()),
        ParameterKind::Boolean => Err(format!("`{text}` is neither `true` nor `false`")),
        ParameterKind::Text {
            one_of: Some(values),
            ..
        } if !values.iter().any(|value| value == text) => {
            Err(format!("`{text}` is not one of its values"))
        }
        ParameterKind::Text {
            max_length: Some(most),
            ..
        } if text.len() as u64 > *most => Err(format!(
            "it has {} bytes, and {most} are the most",
            text.len()
        )),
        ParameterKind::Text { .. } | ParameterKind::Path { .. } => Ok(()),
        ParameterKind::Address { within } => {
            let address: IpAddr = text
                .parse()
                .map_err(|_| format!("`{text}` is not an address"))?;
            match within {
                Some((network, bits)) if !lies_in(address, *network, *bits) => {
                    Err(format!("{address} is not in {network}/{bits}"))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Whether an address is of a network, which may be written with more bits than count.
fn lies_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    address.is_ipv4() == network.is_ipv4() && masked(address, bits) == masked(network, bits)
}

/// A bound that means nothing for the type is a bound that its author believes in.
fn refuse_fields_of_others(
    raw: &raw::Parameter,
    kind: ParameterType,
    place: &Place,
    findings: &mut Vec<Finding>,
) {
    use ParameterType::{Address, Integer, Path, Port, String};
    let fields: [(&str, bool, &[ParameterType], &str); 7] = [
        (
            "min",
            raw.min.is_some(),
            &[Integer, Port],
            "`integer` and `port`",
        ),
        (
            "max",
            raw.max.is_some(),
            &[Integer, Port],
            "`integer` and `port`",
        ),
        ("beneath", raw.beneath.is_some(), &[Path], "`path`"),
        ("kind", raw.path_kind.is_some(), &[Path], "`path`"),
        ("one_of", raw.one_of.is_some(), &[String], "`string`"),
        (
            "max_length",
            raw.max_length.is_some(),
            &[String],
            "`string`",
        ),
        ("within", raw.within.is_some(), &[Address], "`address`"),
    ];
    for (field, _, _, types) in fields
        .iter()
        .filter(|(_, given, types, _)| *given && !types.contains(&kind))
    {
        let title = format!("`{field}` means nothing for this type of parameter");
        findings.push(
            Finding::of_key(title, &place.key(field)).help(format!("it is a bound of {types}")),
        );
    }
}

fn numbers(
    raw: &raw::Parameter,
    (least, most): (i64, i64),
    place: &Place,
    findings: &mut Vec<Finding>,
) -> ParameterKind {
    let (min, max) = (raw.min.unwrap_or(least), raw.max.unwrap_or(most));
    for (field, bound) in [("min", min), ("max", max)] {
        if !(least..=most).contains(&bound) {
            let title =
                format!("{bound} is out of bounds: this type has values from {least} to {most}");
            findings.push(Finding::of_value(title, &place.key(field)));
        }
    }
    if min > max {
        findings.push(Finding::of_value(
            "`min` is more than `max`: there is no such value",
            &place.key("min"),
        ));
    }
    ParameterKind::Number(min, max)
}

fn path_kind(raw: &raw::Parameter, place: &Place, findings: &mut Vec<Finding>) -> ParameterKind {
    let beneath = raw.beneath.as_ref().map(Path::new);
    if let Some(folder) = beneath
        && let Err(reason) = admits_path(None, folder)
    {
        let finding =
            Finding::of_value("`beneath` must be an absolute path", &place.key("beneath"));
        findings.push(finding.label(reason));
    }
    let beneath = beneath.map(|folder| folder.components().collect());
    ParameterKind::Path {
        // Nothing lies anywhere else than beneath the root.
        beneath: beneath.filter(|folder: &PathBuf| folder != Path::new("/")),
        kind: raw.path_kind.unwrap_or(PathKind::Any),
    }
}

fn network(
    raw: &raw::Parameter,
    place: &Place,
    findings: &mut Vec<Finding>,
) -> Option<(IpAddr, u8)> {
    let text = raw.within.as_ref()?;
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let address: IpAddr = address.parse().ok()?;
        let bits = bits.parse().ok()?;
        (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
    });
    if parsed.is_none() {
        let finding = Finding::of_value("this is not a network", &place.key("within"));
        findings
            .push(finding.help(
                "a network is an address and how many of its bits count, such as 10.0.0.0/8",
            ));
    }
    parsed
}
