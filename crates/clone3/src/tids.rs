//! Numbers that a child is given instead of the next free ones. Whether they are free, the kernel finds out.
use rustix::process::Pid;

/// Numbers for a child, one for each pid namespace that it is in, the innermost first (`set_tid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tids {
    numbers: [libc::pid_t; Self::MOST],
    count: usize,
}

impl Tids {
    /// Pid namespaces nest no deeper (`MAX_PID_NS_LEVEL`).
    pub const MOST: usize = 32;

    /// The numbers, the innermost namespace's first; namespaces that the list does not reach choose by themselves.
    /// `None` for an empty list, or a longer one than there can be namespaces.
    ///
    /// ```
    /// use clone3::Tids;
    /// use rustix::process::Pid;
    ///
    /// let tids = Tids::new(&[Pid::INIT, Pid::from_raw(300).unwrap()]).unwrap();
    /// let clone = clone3::Clone3::new().namespaces(clone3::Namespaces::PID).set_tid(tids);
    /// ```
    pub fn new(numbers: &[Pid]) -> Option<Self> {
        let count = numbers.len();
        if !(1..=Self::MOST).contains(&count) {
            return None;
        }
        let mut tids = Self {
            numbers: [0; Self::MOST],
            count,
        };
        for (place, number) in tids.numbers.iter_mut().zip(numbers) {
            *place = number.as_raw_pid();
        }
        Some(tids)
    }

    pub(crate) fn as_slice(&self) -> &[libc::pid_t] {
        &self.numbers[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_to_thirty_two() {
        let pid = Pid::INIT;
        assert!(Tids::new(&[]).is_none());
        assert!(Tids::new(&[pid; 33]).is_none());
        assert_eq!(Tids::new(&[pid; 32]).unwrap().as_slice().len(), 32);
    }
}
