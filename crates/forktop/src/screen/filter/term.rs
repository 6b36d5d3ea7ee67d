//! What a filter can ask of a process.
use crate::log::Ending;
use crate::model::{Process, State};
use crate::plan::Finding;
use crate::screen::surroundings::Surroundings;
use privileges::{CapabilitySet, NamespaceKind, SeccompMode};

/// Something that is so of a process, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// In lower case, it is in the name of the program, an argument or the entrypoint's name.
    Word(String),
    /// The user's name or number.
    User(String),
    /// Its number in some pid namespace.
    Pid(u32),
    /// It has a namespace of this kind that its creator is not in.
    Namespace(NamespaceKind),
    /// It holds all of these.
    Capability(CapabilitySet),
    /// Its system calls are filtered.
    Seccomp,
    /// No exec gives it anything.
    NoNewPrivileges,
    /// It is in a void, of this entrypoint if one is named.
    Void(Option<String>),
    /// What it may do, and what its void was granted, disagree.
    Finding,
    /// forktop made it to visit another, or one that it has so made did.
    Visitor,
    /// A shell of forktop's is open in it.
    Visited,
    /// It has not ended.
    Alive,
    /// It has ended.
    Ended,
    /// It has ended otherwise than with 0.
    Failed,
    /// It is stopped, or held still.
    Stopped,
}

impl Term {
    /// Whether it is so. Of what is not known nothing is.
    #[must_use]
    pub fn holds(&self, process: &Process, surroundings: &Surroundings<'_>) -> bool {
        let essentials = process.essentials.as_deref();
        match self {
            Self::Word(word) => contains(process, word),
            Self::User(user) => essentials.is_some_and(|own| {
                let uid = own.uid.effective;
                surroundings.names.user(uid) == user.as_str() || *user == uid.to_string()
            }),
            Self::Pid(pid) => process.pid == *pid || process.pids.last() == Some(pid),
            Self::Namespace(kind) => {
                essentials
                    .zip(surroundings.before(process))
                    .is_some_and(|(own, before)| {
                        let [own, before] = [own, before].map(|of| of.namespaces.of(*kind).known());
                        own.is_some() && before.is_some() && own != before
                    })
            }
            Self::Capability(wanted) => essentials.is_some_and(|own| {
                let held = own.capabilities.permitted.0 | own.capabilities.effective.0;
                held & wanted.0 == wanted.0
            }),
            Self::Seccomp => essentials.is_some_and(|own| own.seccomp.mode != SeccompMode::Off),
            Self::NoNewPrivileges => essentials.is_some_and(|own| own.no_new_privs),
            Self::Void(name) => surroundings.model.void(process).is_some_and(|void| {
                let wanted = name.as_deref();
                wanted.is_none_or(|name| name == void.entrypoint)
            }),
            Self::Finding => {
                let findings = surroundings.model.findings(process);
                findings.iter().any(Finding::is_alarm)
            }
            Self::Visitor => surroundings.model.is_visitor(process),
            Self::Visited => surroundings.model.visits(process) > 0,
            Self::Alive => process.is_alive(),
            Self::Ended => process.has_ended(),
            Self::Failed => {
                matches!(process.state, State::Ended(ending) if ending != Ending::Code(0))
            }
            Self::Stopped => matches!(process.state, State::Stopped(_) | State::Frozen(_)),
        }
    }
}

fn contains(process: &Process, word: &str) -> bool {
    let program = &process.program;
    [
        Some(&program.name),
        program.path.as_ref(),
        process.entrypoint.as_ref(),
    ]
    .into_iter()
    .flatten()
    .chain(&program.arguments)
    .any(|text| text.to_lowercase().contains(word))
}
