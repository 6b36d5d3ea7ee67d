//! What an exec changed of a process's environment. Whole environments are large, and nearly always their parent's.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names with values.
pub type Environment = BTreeMap<String, String>;

/// From the environment that the process had to the one that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentChange {
    /// New variables, and those with another value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub set: Environment,
    /// Those that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unset: Vec<String>,
}

impl EnvironmentChange {
    /// What leads from `before` to `after`.
    #[must_use]
    pub fn between(before: &Environment, after: &Environment) -> Self {
        let set = after
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value));
        let unset = before.keys().filter(|name| !after.contains_key(*name));
        Self {
            set: set
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            unset: unset.cloned().collect(),
        }
    }

    /// The environment that comes of `before`.
    #[must_use]
    pub fn applied_to(&self, before: &Environment) -> Environment {
        let mut after = before.clone();
        after.retain(|name, _| !self.unset.contains(name));
        after.extend(
            self.set
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        after
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_change_leads_from_one_environment_to_the_other() {
        let before = environment(&[("HOME", "/root"), ("LANG", "C"), ("PATH", "/bin")]);
        let after = environment(&[("HOME", "/root"), ("LANG", "de_DE"), ("TERM", "vt100")]);
        let change = EnvironmentChange::between(&before, &after);
        assert_eq!(
            change.set,
            environment(&[("LANG", "de_DE"), ("TERM", "vt100")])
        );
        assert_eq!(change.unset, ["PATH"]);
        assert_eq!(change.applied_to(&before), after);
        assert!(EnvironmentChange::between(&after, &after).is_empty());
    }
}
