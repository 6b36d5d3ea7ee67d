//! How a filter is written.
use super::{Clause, Filter, Term};
use privileges::{CapabilitySet, NamespaceKind, capability_name};
use std::str::FromStr;
use thiserror::Error;

/// Every way to write a term, and what it means, for the help.
pub const TERMS: [(&str, &str); 17] = [
    ("word", "in the program's name or arguments"),
    ("user:NAME", "runs as this user; a number will do"),
    ("pid:N", "has this number, here or inside"),
    (
        "ns:KIND",
        "has a namespace of its own: user mnt pid net ipc uts cgroup time",
    ),
    ("cap:NAME", "holds this capability: cap:net_bind_service"),
    ("seccomp", "its system calls are filtered"),
    ("nnp", "no exec gives it anything (no_new_privs)"),
    ("void", "is in a void of a clone-shim that is followed"),
    ("void:NAME", "in that of this entrypoint"),
    (
        "finding",
        "what it may do, and what its void was granted, disagree",
    ),
    (
        "visitor",
        "forktop's: a shell, its keeper, or what a shell made",
    ),
    ("visited", "a shell of forktop's is open in it"),
    ("alive", "has not ended"),
    ("ended", "has ended"),
    ("failed", "ended by a signal, or with a code other than 0"),
    ("stopped", "is stopped, or held still"),
    ("!term", "not so; several terms must all hold"),
];

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Misspelt {
    /// Nothing follows the colon, or the exclamation mark.
    #[error("`{0}` wants something after it")]
    Incomplete(String),
    /// Not a number.
    #[error("`{0}` is no process number")]
    Number(String),
    /// Not a kind of namespace.
    #[error("`{0}` is no kind of namespace: user mnt pid net ipc uts cgroup time")]
    Namespace(String),
    /// Not a capability.
    #[error("there is no capability `{0}`")]
    Capability(String),
}

impl FromStr for Filter {
    type Err = Misspelt;

    fn from_str(text: &str) -> Result<Self, Misspelt> {
        let words: Vec<_> = text.split_whitespace().collect();
        Ok(Self {
            clauses: words
                .iter()
                .copied()
                .map(clause)
                .collect::<Result<_, _>>()?,
            written: words.join(" "),
        })
    }
}

fn clause(text: &str) -> Result<Clause, Misspelt> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if text.is_empty() {
        return Err(Misspelt::Incomplete("!".to_owned()));
    }
    let term = match text.split_once(':') {
        Some((key @ ("user" | "pid" | "ns" | "cap" | "void"), value)) => keyed(key, value)?,
        _ => plain(text),
    };
    Ok(Clause { negated, term })
}

fn plain(text: &str) -> Term {
    match text {
        "seccomp" => Term::Seccomp,
        "nnp" => Term::NoNewPrivileges,
        "void" => Term::Void(None),
        "finding" => Term::Finding,
        "visitor" => Term::Visitor,
        "visited" => Term::Visited,
        "alive" => Term::Alive,
        "ended" => Term::Ended,
        "failed" => Term::Failed,
        "stopped" => Term::Stopped,
        word => Term::Word(word.to_lowercase()),
    }
}

fn keyed(key: &str, value: &str) -> Result<Term, Misspelt> {
    if value.is_empty() {
        return Err(Misspelt::Incomplete(format!("{key}:")));
    }
    match key {
        "user" => Ok(Term::User(value.to_owned())),
        "pid" => value
            .parse()
            .map(Term::Pid)
            .map_err(|_| Misspelt::Number(value.to_owned())),
        "void" => Ok(Term::Void(Some(value.to_owned()))),
        "ns" => namespace(value).map(Term::Namespace),
        _ => capability(value).map(Term::Capability),
    }
}

fn namespace(name: &str) -> Result<NamespaceKind, Misspelt> {
    NamespaceKind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| Misspelt::Namespace(name.to_owned()))
}

fn capability(name: &str) -> Result<CapabilitySet, Misspelt> {
    let wanted = name.to_uppercase();
    let is = |number: &u32| {
        let known = capability_name(*number);
        known == wanted || known.strip_prefix("CAP_") == Some(&wanted)
    };
    (0..u64::BITS)
        .find(is)
        .map(|number| CapabilitySet(1 << number))
        .ok_or_else(|| Misspelt::Capability(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_misspelt_is_named() {
        for (text, finding) in [
            ("!", "`!` wants something after it"),
            ("sh user:", "`user:` wants something after it"),
            ("pid:x", "`x` is no process number"),
            (
                "ns:mount",
                "`mount` is no kind of namespace: user mnt pid net ipc uts cgroup time",
            ),
            ("!cap:net_bind", "there is no capability `net_bind`"),
        ] {
            let misspelt = text.parse::<Filter>().unwrap_err();
            assert_eq!(misspelt.to_string(), finding);
        }
    }

    #[test]
    fn what_has_a_colon_otherwise_is_a_word() {
        let filter: Filter = "http://x".parse().unwrap();
        assert_eq!(filter.clauses[0].term, Term::Word("http://x".to_owned()));
        assert!("  ".parse::<Filter>().unwrap().is_empty());
    }
}
