//! Looking names of hosts up as every program of the launcher's does: by getent(1), which has the C library look into
//! /etc/hosts, the DNS, and whatever else nsswitch.conf(5) names. Linked statically, the shim itself could not.
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A name that is being looked up.
#[derive(Debug)]
pub struct Lookup {
    pub name: String,
    process: Child,
    answer: ChildStdout,
    read: Vec<u8>,
    /// Until when it may take.
    pub until: Instant,
}

/// Why a name has no addresses.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error("cannot run getent, which looks names up (in Debian's package libc-bin)")]
    Run(#[source] io::Error),
    #[error("nothing is known under this name")]
    Unknown,
    #[error("nobody answered within {} s", LONGEST.as_secs())]
    TimedOut,
}

const LONGEST: Duration = Duration::from_secs(20);
/// More than the addresses of any host.
const MOST: u64 = 64 * 1024;

impl Lookup {
    /// Begins.
    pub fn begin(name: &str) -> Result<Self, LookupError> {
        let mut command = Command::new("getent");
        command
            .args(["ahosts", name])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = kernel::dies_with_us(&mut command)
            .spawn()
            .map_err(LookupError::Run)?;
        let answer = process
            .stdout
            .take()
            .ok_or_else(|| LookupError::Run(io::Error::other("its output is not connected")))?;
        rustix::io::ioctl_fionbio(&answer, true).map_err(|errno| LookupError::Run(errno.into()))?;
        Ok(Self {
            name: name.to_owned(),
            process,
            answer,
            read: Vec::new(),
            until: Instant::now() + LONGEST,
        })
    }

    /// What came of it, if it is over.
    pub fn end(&mut self) -> Option<Result<BTreeSet<IpAddr>, LookupError>> {
        let room = MOST.saturating_sub(self.read.len() as u64);
        match (&mut self.answer).take(room).read_to_end(&mut self.read) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => Some(Err(LookupError::Run(error))),
            Ok(_) => Some(match addresses(&self.read) {
                found if found.is_empty() => Err(LookupError::Unknown),
                found => Ok(found),
            }),
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        // It has ended, or nobody waits for it any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl AsFd for Lookup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.answer.as_fd()
    }
}

/// Looks a name up, and waits for the answer.
pub fn look_up(name: &str) -> Result<BTreeSet<IpAddr>, LookupError> {
    match known(name) {
        Some(known) => Ok(known),
        None => ask(name),
    }
}

/// The same, whatever is known.
pub fn ask(name: &str) -> Result<BTreeSet<IpAddr>, LookupError> {
    let mut lookup = Lookup::begin(name)?;
    loop {
        if let Some(end) = lookup.end() {
            return end;
        }
        let left = lookup.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(LookupError::TimedOut);
        }
        let left = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        // Whatever it says, the answer is looked at without waiting.
        let _ = poll(&mut [PollFd::new(&lookup, PollFlags::IN)], Some(&left));
    }
}

/// The addresses of what nobody needs to be asked about (RFC 6761).
pub fn known(name: &str) -> Option<BTreeSet<IpAddr>> {
    let is_here = name == "localhost" || name.ends_with(".localhost");
    is_here.then(|| [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into())
}

/// Each line begins with an address.
fn addresses(answer: &[u8]) -> BTreeSet<IpAddr> {
    let answer = String::from_utf8_lossy(answer);
    let first = |line: &str| line.split_whitespace().next()?.parse().ok();
    answer.lines().filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_addresses_that_its_lines_begin_with() {
        let answer = b"192.0.2.1      STREAM a.example\n192.0.2.1      DGRAM\n2001:db8::1 RAW\n\nfe80::1%eth0 RAW\n";
        let expected = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().unwrap());
        assert_eq!(addresses(answer), expected.into());
    }

    #[test]
    fn a_name_that_nobody_has_is_unknown() {
        assert!(matches!(
            look_up("no-such-host.invalid"),
            Err(LookupError::Unknown)
        ));
        assert_eq!(look_up("localhost").unwrap().len(), 2);
    }
}
