//! What descriptors that listen bring with them: the variables that tell the program of them, and what the void's filter
//! must know.
use super::Descriptor;
use crate::broker;
use specification::application::{ListenAddress, Network, UnixKind};
use std::ffi::OsString;
use void::Listeners;

/// The variables of sd_listen_fds(3), where any descriptor listens. These begin at 3, without a gap.
pub fn variables(
    descriptors: &[Descriptor],
    init: bool,
) -> impl Iterator<Item = (String, OsString)> {
    let names = descriptors
        .iter()
        .filter_map(|descriptor| match descriptor {
            Descriptor::Listen { name, .. } => Some(name.as_str()),
            _ => None,
        });
    let names: Vec<_> = names.collect();
    // The program's own number: pid 1 may be the shim's.
    let pid = 1 + u32::from(init);
    let variables = (!names.is_empty()).then(|| {
        [
            ("LISTEN_FDNAMES", names.join(":")),
            ("LISTEN_FDS", names.len().to_string()),
            ("LISTEN_PID", pid.to_string()),
        ]
    });
    let variables = variables.into_iter().flatten();
    variables.map(|(name, value)| (name.to_owned(), value.into()))
}

/// What the void may do by its network grants and with what listens among its descriptors.
pub fn network(grants: &Network, descriptors: &[Descriptor]) -> void::Network {
    let network = broker::network_of_the_void(grants);
    let listens = descriptors
        .iter()
        .filter_map(|descriptor| match descriptor {
            Descriptor::Listen { listen, .. } => Some(&listen.address),
            _ => None,
        });
    let kinds = listens.map(|address| match address {
        ListenAddress::Unix(UnixKind::Stream | UnixKind::Packet, _) => {
            (Listeners::Connections, false)
        }
        ListenAddress::Tcp(_) | ListenAddress::Udp(_) => (Listeners::Others, false),
        ListenAddress::Unix(UnixKind::Datagram, _) => (Listeners::Others, true),
    });
    let (listeners, names_files) = kinds.max().unwrap_or_default();
    void::Network {
        listeners,
        judged_sends: network.judged_sends || names_files,
        ..network
    }
}
