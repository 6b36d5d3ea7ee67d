//! Messages as a program hands them to the kernel (sendto(2), sendmsg(2), sendmmsg(2)): copied out of its memory, once.
use super::address::LONGEST;
use kernel::Caller;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// `struct msghdr`
pub const HEADER: usize = 56;
/// `struct mmsghdr`: a `msghdr`, and how many bytes of the message were sent.
pub const HEADER_WITH_LENGTH: u64 = 64;
/// `UIO_MAXIOV`
const MOST_PARTS: u64 = 1024;
/// More than fits into a datagram, and enough at once of what is none.
const MOST_BYTES: usize = 256 * 1024;
/// Enough for as many descriptors as the kernel lets through at once (`SCM_MAX_FD`, 253), and more.
const MOST_CONTROL: usize = 4096;

/// Where a message lies in the program's memory.
#[derive(Debug)]
pub struct Written {
    to: Range<u64>,
    parts: Vec<Range<u64>>,
    control: Range<u64>,
}

/// A copy of a message.
#[derive(Debug, Default)]
pub struct Message {
    /// The address that it names; empty for none.
    pub to: Vec<u8>,
    pub data: Vec<u8>,
    pub control: Vec<u8>,
    /// What descriptors in `control` stand for.
    passed: Vec<OwnedFd>,
}

impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.to, &self.data).hash(state);
    }
}

impl Written {
    /// As the arguments of sendto(2) say it.
    pub fn by_arguments(arguments: &[u64; 6]) -> Self {
        let [_, data, length, _, to, to_length] = *arguments;
        Self {
            to: range(to, to_length & u64::from(u32::MAX)),
            parts: vec![range(data, length)],
            control: 0..0,
        }
    }

    /// As the `struct msghdr` at `place` says it.
    pub fn by_header(caller: &Caller, place: u64) -> Result<Self, Errno> {
        let mut header = [0; HEADER];
        caller.read(place, &mut header)?;
        let [to, to_length, parts, count, control, control_length] =
            [0, 8, 16, 24, 32, 40].map(|at| word(&header, at));
        if count > MOST_PARTS {
            return Err(Errno::MSGSIZE);
        }
        let mut table = vec![0; usize::try_from(count * 16).map_err(|_| Errno::MSGSIZE)?];
        caller.read(parts, &mut table)?;
        let parts = table
            .chunks_exact(16)
            .map(|part| range(word(part, 0), word(part, 8)));
        Ok(Self {
            to: match to {
                0 => 0..0,
                to => range(to, to_length & u64::from(u32::MAX)),
            },
            parts: parts.collect(),
            control: range(control, control_length),
        })
    }

    /// Whether it is longer than what is copied at once.
    pub fn is_cut(&self) -> bool {
        let all = self.parts.iter().map(|part| length(part) as u128);
        all.sum::<u128>() > MOST_BYTES as u128
    }

    /// Copies it; no more than so much of it that is longer than fits into any datagram: a stream takes it in turns.
    pub fn copy(&self, caller: &Caller) -> Result<Message, Errno> {
        if length(&self.to) > LONGEST {
            return Err(Errno::INVAL);
        }
        if length(&self.control) > MOST_CONTROL {
            return Err(Errno::NOBUFS);
        }
        let mut room = MOST_BYTES;
        let parts = self.parts.iter().map(|part| {
            let length = length(part).min(room);
            room -= length;
            (part.start, length)
        });
        let data = caller.read_all(&parts.collect::<Vec<_>>())?;
        let mut message = Message {
            data,
            ..Message::default()
        };
        copy(caller, self.to.start, length(&self.to), &mut message.to)?;
        copy(
            caller,
            self.control.start,
            length(&self.control),
            &mut message.control,
        )?;
        Ok(message)
    }
}

impl Message {
    /// Leaves nothing in the control messages but what goes with its own data: which of the host's addresses it comes
    /// from, how it is marked for its way, where datagrams part; and between AF_UNIX sockets descriptors, which become the
    /// shim's. Anything else is refused (`EPERM`): options that lead it elsewhere, credentials that are not the shim's, and
    /// descriptors that are `kept`.
    pub fn admit_control(
        &mut self,
        caller: &Caller,
        local: bool,
        kept: impl Fn(&OwnedFd) -> bool,
    ) -> Result<(), Errno> {
        let mut at = 0;
        while let Some(control) = Control::at(&self.control, at)? {
            match (control.level, control.kind, local) {
                (IPPROTO_IP, IP_TOS | IP_TTL, false)
                | (IPPROTO_IPV6, IPV6_HOPLIMIT | IPV6_TCLASS | IPV6_DONTFRAG, false)
                | (IPPROTO_UDP, UDP_SEGMENT, false) => {}
                // By no interface in particular: those that the program knows are not the host's.
                (IPPROTO_IP, IP_PKTINFO, false) => self.clear(&control, 0..4)?,
                (IPPROTO_IPV6, IPV6_PKTINFO, false) => self.clear(&control, 16..20)?,
                (SOL_SOCKET, SCM_RIGHTS, true) => self.pass(&control, caller, &kept)?,
                _ => return Err(Errno::PERM),
            }
            at = control.next;
        }
        Ok(())
    }

    /// Whether it asks the kernel only what C libraries ask it, by rtnetlink(7): interfaces, addresses, routes, neighbours,
    /// rules. Whatever else is asked is asked as the shim, which has privilege over the void's network and sees other
    /// processes than the void.
    pub fn only_asks_of_interfaces(&self) -> bool {
        const HEADER: usize = 16;
        const ASKED: [u16; 5] = [18, 22, 26, 30, 34]; // RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE
        let mut rest = &self.data[..];
        while let Some(&[a, b, c, d, e, f, ..]) = rest.get(..HEADER) {
            if !ASKED.contains(&u16::from_ne_bytes([e, f])) {
                return false;
            }
            let length = u32::from_ne_bytes([a, b, c, d]) as usize;
            if length < HEADER || length > rest.len() {
                // Here the kernel stops, too.
                break;
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        true
    }

    fn clear(&mut self, control: &Control, field: Range<usize>) -> Result<(), Errno> {
        let data = self.control.get_mut(control.data.clone());
        let field = data.and_then(|data| data.get_mut(field));
        field.ok_or(Errno::INVAL)?.fill(0);
        Ok(())
    }

    fn pass(
        &mut self,
        control: &Control,
        caller: &Caller,
        kept: &impl Fn(&OwnedFd) -> bool,
    ) -> Result<(), Errno> {
        let data = self.control.get_mut(control.data.clone());
        for number in data.ok_or(Errno::INVAL)?.chunks_exact_mut(4) {
            let theirs = number.try_into().map(i32::from_ne_bytes);
            let ours = caller.descriptor(theirs.map_err(|_| Errno::INVAL)?)?;
            if kept(&ours) {
                return Err(Errno::PERM);
            }
            number.copy_from_slice(&ours.as_raw_fd().to_ne_bytes());
            self.passed.push(ours);
        }
        Ok(())
    }
}

const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;
const IPPROTO_IP: i32 = 0;
const IP_TOS: i32 = 1;
const IP_TTL: i32 = 2;
const IP_PKTINFO: i32 = 8;
const IPPROTO_UDP: i32 = 17;
const UDP_SEGMENT: i32 = 103;
const IPPROTO_IPV6: i32 = 41;
const IPV6_PKTINFO: i32 = 50;
const IPV6_HOPLIMIT: i32 = 52;
const IPV6_DONTFRAG: i32 = 62;
const IPV6_TCLASS: i32 = 67;

/// A control message (`struct cmsghdr`, cmsg(3)) in a buffer of them.
#[derive(Debug, PartialEq, Eq)]
struct Control {
    level: i32,
    kind: i32,
    data: Range<usize>,
    /// Where the next begins.
    next: usize,
}

impl Control {
    const HEADER: usize = 16;

    /// As the kernel walks through them: where no header fits, there is none any more.
    fn at(buffer: &[u8], at: usize) -> Result<Option<Self>, Errno> {
        let Some(header) = buffer.get(at..).and_then(|rest| rest.get(..Self::HEADER)) else {
            return Ok(None);
        };
        let number = |at| i32::from_ne_bytes([0, 1, 2, 3].map(|byte: usize| header[at + byte]));
        let length = usize::try_from(word(header, 0)).map_err(|_| Errno::INVAL)?;
        let end = at.checked_add(length).filter(|end| *end <= buffer.len());
        if length < Self::HEADER {
            return Err(Errno::INVAL);
        }
        Ok(Some(Self {
            level: number(8),
            kind: number(12),
            data: at + Self::HEADER..end.ok_or(Errno::INVAL)?,
            next: at + length.next_multiple_of(8),
        }))
    }
}

fn copy(caller: &Caller, from: u64, length: usize, to: &mut Vec<u8>) -> Result<(), Errno> {
    let before = to.len();
    to.resize(before + length, 0);
    match &mut to[before..] {
        [] => Ok(()),
        room => caller.read(from, room),
    }
}

fn range(start: u64, length: u64) -> Range<u64> {
    start..start.saturating_add(length)
}

fn length(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

/// Eight bytes; zero beyond the end.
fn word(bytes: &[u8], at: usize) -> u64 {
    let word = bytes.get(at..at + 8).and_then(|word| word.try_into().ok());
    word.map_or(0, u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_messages_are_walked_as_the_kernel_does() {
        let mut buffer = [0; 48];
        buffer[..8].copy_from_slice(&20u64.to_ne_bytes());
        buffer[8..12].copy_from_slice(&1i32.to_ne_bytes());
        buffer[12..16].copy_from_slice(&2i32.to_ne_bytes());
        let first = Control {
            level: 1,
            kind: 2,
            data: 16..20,
            next: 24,
        };
        assert_eq!(Control::at(&buffer, 0), Ok(Some(first)));
        assert_eq!(Control::at(&buffer, 24), Err(Errno::INVAL), "no length");
        assert_eq!(Control::at(&buffer, 40), Ok(None));
        assert_eq!(Control::at(&buffer, 4096), Ok(None));
        assert_eq!(Control::at(&buffer[..16], 0), Err(Errno::INVAL), "cut off");
    }

    #[test]
    fn every_part_of_what_is_asked_by_netlink_is_looked_at() {
        let asked = |kinds: &[u16]| {
            let one = |kind: &u16| {
                let head = [&20u32.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10]].concat();
                [head, vec![0; 4]].concat()
            };
            let data = kinds.iter().flat_map(one).collect();
            let message = Message {
                data,
                ..Message::default()
            };
            message.only_asks_of_interfaces()
        };
        assert!(asked(&[]) && asked(&[18]) && asked(&[22, 26]));
        // RTM_NEWLINK, RTM_GETNSID
        assert!(!asked(&[16]) && !asked(&[90]) && !asked(&[18, 16]));
    }

    proptest! {
        #[test]
        fn no_netlink_messages_panic(data in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = Message { data, ..Message::default() }.only_asks_of_interfaces();
        }

        #[test]
        fn no_control_messages_panic(buffer in prop::collection::vec(any::<u8>(), 0..128)) {
            let mut at = 0;
            while let Ok(Some(control)) = Control::at(&buffer, at) {
                prop_assert!(control.next > at && control.data.end <= buffer.len());
                at = control.next;
            }
        }
    }
}
