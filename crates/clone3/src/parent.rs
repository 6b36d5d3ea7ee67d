//! Whose child a child is, and what its parent hears of its end.
use std::num::NonZeroU8;

/// The signal that the parent gets when the child ends (`exit_signal`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitSignal(NonZeroU8);

impl ExitSignal {
    /// `SIGCHLD`: the usual one, and the only one that wait(2) without further options waits for.
    pub const CHILD: Self = Self(NonZeroU8::new(17).expect("SIGCHLD is not 0"));

    /// The signal of this number, 1 to 64. `None` for any other.
    ///
    /// ```
    /// use clone3::ExitSignal;
    ///
    /// assert_eq!(ExitSignal::new(17), Some(ExitSignal::CHILD));
    /// assert_eq!(ExitSignal::new(0), None);
    /// assert_eq!(ExitSignal::new(65), None);
    /// ```
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(nonzero) if number <= 64 => Some(Self(nonzero)),
            _ => None,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0.get()
    }
}

/// Whose child it is. The kernel takes a signal only for a child of the caller's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The caller.
    Caller {
        /// What the caller gets when the child ends, if anything. It can wait for the child in either case.
        exit_signal: Option<ExitSignal>,
    },
    /// The caller's own parent (`CLONE_PARENT`), which gets the signal that it gets for the caller. The caller cannot
    /// wait for such a child (`ECHILD`). Pid 1 of a namespace cannot make one (`EINVAL`).
    CallersParent,
}
