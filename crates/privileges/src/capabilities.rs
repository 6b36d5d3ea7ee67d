//! The five capability sets (capabilities(7)).
use serde::{Deserialize, Serialize};

/// A set of capabilities: bit n is the kernel's number n.
///
/// As JSON 16 hexadecimal digits, as `/proc/PID/status` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CapabilitySet(pub u64);

/// A thread's capability sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Capabilities {
    /// Kept over an exec of a program whose file has them inheritable.
    pub inheritable: CapabilitySet,
    /// What may be made effective.
    pub permitted: CapabilitySet,
    /// What counts now.
    pub effective: CapabilitySet,
    /// What an exec may give at most.
    pub bounding: CapabilitySet,
    /// Kept over an exec of an ordinary program.
    pub ambient: CapabilitySet,
}

impl Serialize for CapabilitySet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for CapabilitySet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        u64::from_str_radix(&digits, 16)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// The kernel's name of a capability, such as `CAP_NET_BIND_SERVICE`; `CAP_63` for one that is not known.
pub fn capability_name(number: u32) -> String {
    kernel::CAPABILITY_NAMES
        .get(number as usize)
        .map_or_else(|| format!("CAP_{number}"), |name| (*name).to_owned())
}
