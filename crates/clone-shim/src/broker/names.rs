//! The hosts that grants name: which addresses they have, and the void's own /etc/hosts, which says so to its programs.
//!
//! Addresses change. They are looked up again every now and then, and when one of them is used; what was found before
//! stays good until the next time, for programs that have read it already.
use super::destinations::Addresses;
use crate::lookup::{self, Lookup};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use specification::application::must_be_named;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How often addresses are looked up anew.
const OFTEN: Duration = Duration::from_secs(30);
/// How often at most, where they are used.
const AT_MOST: Duration = Duration::from_secs(1);

/// Names and addresses of one void.
#[derive(Debug, Default)]
pub struct Names {
    latest: Addresses,
    /// Those, and what they were before.
    good: Addresses,
    /// What is being looked up, and what is to be after it.
    lookup: Option<Lookup>,
    queue: Vec<String>,
    asked_at: Option<Instant>,
    /// The void's /etc/hosts, if the shim made it.
    file: Option<OwnedFd>,
}

impl Names {
    /// What was found at first, just now.
    pub fn new(found: Addresses, file: Option<OwnedFd>) -> Self {
        Self {
            good: found.clone(),
            asked_at: (!found.is_empty()).then(Instant::now),
            latest: found,
            file,
            ..Self::default()
        }
    }

    /// The addresses that are granted.
    pub fn addresses(&self) -> &Addresses {
        &self.good
    }

    /// When they will be looked up again, or nobody waits for an answer any more.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.lookup {
            Some(lookup) => Some(lookup.until),
            None => Some(self.asked_at? + OFTEN),
        }
    }

    /// What tells that there is an answer.
    pub fn awaits(&self) -> Option<BorrowedFd<'_>> {
        self.lookup.as_ref().map(AsFd::as_fd)
    }

    /// Somebody goes where a name may have led.
    pub fn use_them(&mut self, now: Instant) {
        self.ask_after(AT_MOST, now);
    }

    /// Takes answers, and asks again when it is time. What cannot be found keeps the addresses that it had.
    pub fn look_after(&mut self, now: Instant) {
        self.ask_after(OFTEN, now);
        if self
            .lookup
            .as_ref()
            .is_some_and(|lookup| lookup.until <= now)
        {
            self.ask_next();
        }
        while let Some(end) = self.lookup.as_mut().and_then(Lookup::end) {
            if let (Some(lookup), Ok(found)) = (self.lookup.take(), end) {
                self.learn(&lookup.name, found);
            }
            self.ask_next();
        }
    }

    fn ask_after(&mut self, pause: Duration, now: Instant) {
        let due = self.asked_at.is_some_and(|at| at + pause <= now);
        if due && self.lookup.is_none() {
            self.asked_at = Some(now);
            let names = self.latest.keys();
            self.queue = names
                .filter(|name| lookup::known(name).is_none())
                .cloned()
                .collect();
            self.ask_next();
        }
    }

    fn ask_next(&mut self) {
        self.lookup = None;
        while let (None, Some(name)) = (&self.lookup, self.queue.pop()) {
            self.lookup = Lookup::begin(&name).ok();
        }
    }

    fn learn(&mut self, name: &str, found: BTreeSet<IpAddr>) {
        let found = granted(name, found);
        let Some(latest) = self.latest.get_mut(name) else {
            return;
        };
        if found.is_empty() {
            return;
        }
        let before = std::mem::replace(latest, found.clone());
        let changed = before != found;
        let good = found.union(&before).copied().collect();
        self.good.insert(name.to_owned(), good);
        if let (true, Some(file), Some(hosts)) = (changed, &self.file, hosts_file(&self.latest)) {
            // In one write, so that nobody sees a part of it. The void may have ended.
            let _ = rustix::io::pwrite(file, &hosts, 0);
        }
    }
}

/// Those of a host's addresses that its name grants: who answers for names does not decide about what trusts whoever
/// reaches it.
pub fn granted(name: &str, found: BTreeSet<IpAddr>) -> BTreeSet<IpAddr> {
    if lookup::known(name).is_some() {
        return found;
    }
    let found = found.into_iter().map(|address| address.to_canonical());
    found.filter(|address| !must_be_named(*address)).collect()
}

/// An /etc/hosts (hosts(5)) that says these addresses, if there is room. Its length is the same whatever they are: it is
/// written over.
pub fn hosts_file(addresses: &Addresses) -> Option<Vec<u8>> {
    const LENGTH: usize = 16 * 1024;
    let lines = addresses.iter().flat_map(|(name, found)| {
        found
            .iter()
            .map(move |address| format!("{address}\t{name}\n"))
    });
    let mut file = lines.collect::<String>().into_bytes();
    let fits = file.len() <= LENGTH;
    file.resize(LENGTH, b'\n');
    fits.then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(addresses: &[&str]) -> BTreeSet<IpAddr> {
        addresses.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_a_name_leads_to_is_no_way_to_what_must_be_named() {
        let all = [
            "192.0.2.1",
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "::1",
        ];
        assert_eq!(granted("a.example", found(&all)), found(&["192.0.2.1"]));
        assert_eq!(granted("localhost", found(&["::1"])), found(&["::1"]));
    }

    #[test]
    fn what_was_found_before_stays_good_once() {
        let first = Addresses::from([("a".to_owned(), found(&["192.0.2.1"]))]);
        let mut names = Names::new(first, None);
        let good = |names: &Names| names.addresses()["a"].clone();
        names.learn("a", found(&["192.0.2.2"]));
        assert_eq!(good(&names), found(&["192.0.2.1", "192.0.2.2"]));
        names.learn("a", found(&["192.0.2.2"]));
        assert_eq!(good(&names), found(&["192.0.2.2"]));
        names.learn("a", found(&["127.0.0.1"]));
        assert_eq!(good(&names), found(&["192.0.2.2"]), "a lie changes nothing");
        names.learn("b", found(&["192.0.2.3"]));
        assert!(!names.addresses().contains_key("b"));
    }

    #[test]
    fn a_hosts_file_keeps_its_length() {
        let none = hosts_file(&Addresses::new()).unwrap();
        let some = Addresses::from([("a".to_owned(), found(&["192.0.2.1"]))]);
        let some = hosts_file(&some).unwrap();
        assert_eq!(none.len(), some.len());
        assert!(some.starts_with(b"192.0.2.1\ta\n\n"));
        let many = (0..1000).map(|number| (format!("a{number}.example"), found(&["192.0.2.1"])));
        assert_eq!(hosts_file(&many.collect()), None);
    }
}
