//! What descriptors that listen bring with them: the variables that tell the program of them, and what the void's filter
//! must know.
use super::Descriptor;
use specification::application::{ListenAddress, UnixKind};
use std::ffi::OsString;
use void::Handed;

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

/// What of the launcher's network is among the descriptors.
pub fn handed(descriptors: &[Descriptor]) -> Handed {
    let kinds = descriptors.iter().map(|descriptor| match descriptor {
        Descriptor::Listen { listen, .. } => match listen.address {
            ListenAddress::Unix(UnixKind::Datagram, _) => Handed::NamingFiles,
            ListenAddress::Unix(UnixKind::Stream | UnixKind::Packet, _) => Handed::Unix,
            ListenAddress::Internet(..) => Handed::Internet,
        },
        _ => Handed::None,
    });
    kinds.max().unwrap_or_default()
}
