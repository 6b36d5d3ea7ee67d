//! A step of a void's making: an operation, what it is called, and what it is about.
use kernel::{LandlockAccess, Operation, Slot};
use std::borrow::Cow;
use std::path::PathBuf;

/// What a step is about, so that its failure can be shown where that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What every void has.
    Void,
    /// The grant at this path.
    File(PathBuf),
    /// The descriptor of this number.
    Descriptor(usize),
    /// The ids.
    Identity,
    /// The host name.
    HostName,
    /// The working directory.
    Directory,
    /// A limit.
    Limits,
    /// The program.
    Program,
    /// What it may reach.
    Network,
}

/// What a step is called: it completes "cannot …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In the infinitive, such as `make the host name "void"`.
    pub words: Cow<'static, str>,
    /// What it is about.
    pub subject: Subject,
}

/// Operations with their steps, being put together.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    pub(crate) operations: Vec<Operation>,
    pub(crate) steps: Vec<Step>,
}

impl Steps {
    pub(crate) fn push(
        &mut self,
        operation: Operation,
        subject: &Subject,
        words: impl Into<Cow<'static, str>>,
    ) {
        self.operations.push(operation);
        self.steps.push(Step {
            words: words.into(),
            subject: subject.clone(),
        });
    }

    /// A step that every void has.
    pub(crate) fn always(&mut self, operation: Operation, words: impl Into<Cow<'static, str>>) {
        self.push(operation, &Subject::Void, words);
    }

    pub(crate) fn allow(&mut self, object: Slot, access: LandlockAccess, subject: &Subject) {
        self.push(
            Operation::Allow { object, access },
            subject,
            "allow access to it in the Landlock rules",
        );
    }
}
