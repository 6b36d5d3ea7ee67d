//! The five capability sets (capabilities(7)).
use kernel::CAPABILITY_NAMES;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{BitAnd, BitOr, Sub};

/// A set of capabilities: bit n is the kernel's number n.
///
/// As text `none`, `all`, or the kernel's names: `CAP_CHOWN, CAP_KILL`. As JSON 16 hexadecimal digits, as
/// `/proc/PID/status` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CapabilitySet(pub u64);

impl CapabilitySet {
    /// No capability.
    pub const NONE: Self = Self(0);
    /// Every capability that has a name here; a newer kernel may have more.
    pub const ALL: Self = Self((1 << CAPABILITY_NAMES.len()) - 1);

    /// Whether it has the capability of this number.
    pub const fn contains(self, number: u32) -> bool {
        number < u64::BITS && self.0 >> number & 1 == 1
    }

    /// The numbers of its capabilities, ascending.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..u64::BITS).filter(move |number| self.contains(*number))
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The union.
impl BitOr for CapabilitySet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What both have.
impl BitAnd for CapabilitySet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// What the first has and the second lacks.
impl Sub for CapabilitySet {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Display for CapabilitySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return formatter.write_str("none");
        }
        let all = *self & Self::ALL == Self::ALL;
        let beyond = if all { *self - Self::ALL } else { *self };
        let all = all.then(|| "all".to_owned());
        let names: Vec<_> = all
            .into_iter()
            .chain(beyond.iter().map(capability_name))
            .collect();
        formatter.write_str(&names.join(", "))
    }
}

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

impl Capabilities {
    /// The set of this kind.
    pub const fn of(&self, kind: CapabilityKind) -> CapabilitySet {
        match kind {
            CapabilityKind::Inheritable => self.inheritable,
            CapabilityKind::Permitted => self.permitted,
            CapabilityKind::Effective => self.effective,
            CapabilityKind::Bounding => self.bounding,
            CapabilityKind::Ambient => self.ambient,
        }
    }
}

impl Capabilities {
    /// The set of this kind, to be changed.
    pub(crate) const fn of_mut(&mut self, kind: CapabilityKind) -> &mut CapabilitySet {
        match kind {
            CapabilityKind::Inheritable => &mut self.inheritable,
            CapabilityKind::Permitted => &mut self.permitted,
            CapabilityKind::Effective => &mut self.effective,
            CapabilityKind::Bounding => &mut self.bounding,
            CapabilityKind::Ambient => &mut self.ambient,
        }
    }
}

/// Which of a thread's capability sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapabilityKind {
    /// What counts now.
    Effective,
    /// What may be made effective.
    Permitted,
    /// Kept over an exec of a program whose file has them inheritable.
    Inheritable,
    /// What an exec may give at most.
    Bounding,
    /// Kept over an exec of an ordinary program.
    Ambient,
}

impl CapabilityKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Effective,
        Self::Permitted,
        Self::Inheritable,
        Self::Bounding,
        Self::Ambient,
    ];

    /// Its name in capabilities(7).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effective => "effective",
            Self::Permitted => "permitted",
            Self::Inheritable => "inheritable",
            Self::Bounding => "bounding",
            Self::Ambient => "ambient",
        }
    }
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
    CAPABILITY_NAMES
        .get(number as usize)
        .map_or_else(|| format!("CAP_{number}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_shown_by_the_names_of_the_kernel() {
        assert_eq!(CapabilitySet(0).to_string(), "none");
        assert_eq!(CapabilitySet(0b10_0001).to_string(), "CAP_CHOWN, CAP_KILL");
        assert_eq!(CapabilitySet::ALL.to_string(), "all");
        assert_eq!(
            CapabilitySet(1 << 41 | 1 << 63).to_string(),
            "CAP_41, CAP_63"
        );
        assert_eq!(CapabilitySet((1 << 42) - 1).to_string(), "all, CAP_41");
    }

    #[test]
    fn sets_are_joined_and_taken_from_each_other() {
        let (low, high) = (CapabilitySet(0b0111), CapabilitySet(0b1100));
        assert_eq!(low | high, CapabilitySet(0b1111));
        assert_eq!(low - high, CapabilitySet(0b0011));
        assert_eq!((low & high).iter().collect::<Vec<_>>(), [2]);
        assert_eq!((low.len(), CapabilitySet::NONE.is_empty()), (3, true));
    }
}
