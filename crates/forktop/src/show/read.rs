//! Looking at processes by their numbers.
use super::Look;
use privileges::{OpenError, Process, ReadError, privileges_of};
use rustix::process::Pid;

/// So many are held open at once, of which each has a few descriptors.
const AT_ONCE: usize = 200;

/// A process that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No process can have this number.
    #[error("there is no process {0}")]
    Number(u32),
    /// There is none, or it cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is gone, or cannot be read at all.
    #[error("cannot look at process {0}")]
    Read(u32, #[source] ReadError),
}

/// Looks at each of these processes, in order; what is said of those that cannot be shown comes beside.
#[must_use]
pub fn look_at(numbers: &[u32]) -> (Vec<Look>, Vec<LookError>) {
    let (mut looks, mut errors) = (Vec::new(), Vec::new());
    for numbers in numbers.chunks(AT_ONCE) {
        let mut opened = Vec::new();
        for number in numbers {
            match open(*number) {
                Ok(process) => opened.push((*number, process)),
                Err(error) => errors.push(error),
            }
        }
        let all = privileges_of(opened.iter().map(|(_, process)| process));
        for ((number, process), privileges) in opened.iter().zip(all) {
            let look = privileges.and_then(|privileges| {
                Ok(Look {
                    facts: process.facts()?,
                    privileges,
                })
            });
            match look {
                Ok(look) => looks.push(look),
                Err(error) => errors.push(LookError::Read(*number, error)),
            }
        }
    }
    (looks, errors)
}

fn open(number: u32) -> Result<Process, LookError> {
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
    Ok(Process::open(pid.ok_or(LookError::Number(number))?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_there_is_told_beside_the_others() {
        let own = std::process::id();
        let (looks, errors) = look_at(&[own, u32::MAX, own]);
        assert_eq!(looks.len(), 2);
        assert_eq!(looks[0].privileges.pid, own);
        assert_eq!(
            errors[0].to_string(),
            format!("there is no process {}", u32::MAX)
        );
    }
}
