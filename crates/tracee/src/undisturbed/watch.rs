//! A call with a time limit that is made again, from there to its end, as a pure state machine.
use kernel::Errno;
use std::time::Instant;

/// A call that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    pub(super) stage: Stage,
    /// When its time is over.
    pub(super) end: Instant,
    /// What it comes back with then; with 0, having found nothing, if there is none.
    pub(super) error: Option<Errno>,
}

/// Where a thread is in such a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is about to make it.
    Before,
    Within,
    /// It has been interrupted in it.
    Interrupted,
}

/// Where it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Where a call begins.
    Beginning,
    /// Where one ends.
    End {
        /// With `EINTR`.
        interrupted: bool,
    },
}

/// What is to be done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on in the call.
    Wait,
    /// The call looks at once for what it waits for, and comes back.
    Look,
    /// It stops once more before it sees that it was interrupted, even if nothing has come.
    StopAgain,
    /// Its time is over, and it comes back as if by itself.
    ComeBack,
    /// The call has come back.
    Forget,
}

impl Watch {
    pub(super) fn is_over(&self) -> bool {
        self.end <= Instant::now()
    }

    /// The thread has stopped there.
    pub(super) const fn next(&self, at: At, is_over: bool) -> Next {
        match (self.stage, at) {
            (Stage::Before, At::Beginning) if is_over => Next::Look,
            (Stage::Before, At::Beginning) => Next::Wait,
            (Stage::Within, At::End { interrupted: true }) if is_over => Next::ComeBack,
            (Stage::Within, At::End { interrupted: true }) => Next::StopAgain,
            _ => Next::Forget,
        }
    }

    /// What it comes back with when its time is over.
    pub(super) fn result(&self) -> i64 {
        let errno = self.error.map_or(0, Errno::raw_os_error);
        i64::from(errno).wrapping_neg()
    }
}

impl Next {
    /// Where the thread is then, as long as it is watched.
    pub(super) const fn stage(self) -> Option<Stage> {
        match self {
            Self::Wait | Self::Look => Some(Stage::Within),
            Self::StopAgain => Some(Stage::Interrupted),
            Self::ComeBack | Self::Forget => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_watched_until_it_has_come_back() {
        let interrupted = At::End { interrupted: true };
        let returned = At::End { interrupted: false };
        for (stage, at, in_time, over) in [
            (Stage::Before, At::Beginning, Next::Wait, Next::Look),
            (Stage::Within, interrupted, Next::StopAgain, Next::ComeBack),
            (Stage::Within, returned, Next::Forget, Next::Forget),
            // Another call.
            (Stage::Within, At::Beginning, Next::Forget, Next::Forget),
            (
                Stage::Interrupted,
                At::Beginning,
                Next::Forget,
                Next::Forget,
            ),
            (Stage::Interrupted, interrupted, Next::Forget, Next::Forget),
            (Stage::Before, interrupted, Next::Forget, Next::Forget),
        ] {
            let end = Instant::now();
            let error = None;
            let watch = Watch { stage, end, error };
            assert_eq!(watch.next(at, false), in_time, "{stage:?} {at:?}");
            assert_eq!(watch.next(at, true), over, "{stage:?} {at:?}");
        }
    }

    #[test]
    fn what_it_comes_back_with_is_an_errno_or_nothing() {
        let result = |error| {
            let (stage, end) = (Stage::Within, Instant::now());
            Watch { stage, end, error }.result()
        };
        assert_eq!(result(None), 0);
        assert_eq!(result(Some(Errno::AGAIN)), -11);
    }
}
