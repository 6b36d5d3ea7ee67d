//! What the processes of the sample may do.
use privileges::{
    Capabilities, CapabilitySet, Essentials, IdMap, Ids, NamespaceKind, Namespaces, Seccomp,
    SeccompMode, Seen, Why,
};

pub(crate) const ALL: CapabilitySet = CapabilitySet(0x1ff_ffff_ffff);

/// The same id in every way.
pub(crate) fn ids(id: u32) -> Ids {
    Ids {
        real: id,
        effective: id,
        saved: id,
        filesystem: id,
    }
}

/// Eight, whose numbers follow one another.
pub(crate) fn namespaces(first: u64) -> Namespaces {
    Namespaces {
        own: NamespaceKind::ALL.map(|kind| Seen::Known(first + kind as u64)),
        pid_for_children: None,
        time_for_children: None,
    }
}

/// An ordinary user.
pub(crate) fn user() -> Essentials {
    Essentials {
        uid: ids(1000),
        gid: ids(1000),
        groups: vec![27, 100, 1000],
        capabilities: Capabilities {
            bounding: ALL,
            ..Capabilities::default()
        },
        no_new_privs: false,
        seccomp: Seccomp {
            mode: SeccompMode::Off,
            filters: Some(0),
        },
        namespaces: namespaces(4_026_531_834),
        uid_map: None,
        gid_map: None,
    }
}

/// The first process of the system, as an ordinary user sees it.
pub(crate) fn root() -> Essentials {
    let hidden = Seen::Unreadable {
        unreadable: Why::NotPermitted,
    };
    Essentials {
        uid: ids(0),
        gid: ids(0),
        groups: Vec::new(),
        capabilities: Capabilities {
            permitted: ALL,
            effective: ALL,
            bounding: ALL,
            ..Capabilities::default()
        },
        namespaces: Namespaces {
            own: NamespaceKind::ALL.map(|_| hidden),
            ..namespaces(0)
        },
        ..user()
    }
}

/// In eight namespaces of its own: before and after it is enclosed for good.
pub(crate) fn in_void(enclosed: bool) -> Essentials {
    let map = vec![IdMap {
        inside: 1000,
        outside: 1000,
        count: 1,
    }];
    let set = match enclosed {
        true => CapabilitySet::default(),
        false => ALL,
    };
    Essentials {
        groups: Vec::new(),
        capabilities: Capabilities {
            permitted: set,
            effective: set,
            bounding: set,
            ..Capabilities::default()
        },
        no_new_privs: enclosed,
        seccomp: Seccomp {
            mode: match enclosed {
                true => SeccompMode::Filter,
                false => SeccompMode::Off,
            },
            filters: Some(u32::from(enclosed) * 2),
        },
        namespaces: Namespaces {
            pid_for_children: Some(Seen::Known(4_026_533_000)),
            time_for_children: Some(Seen::Known(4_026_533_001)),
            ..namespaces(4_026_532_200)
        },
        uid_map: Some(Seen::Known(map.clone())),
        gid_map: Some(Seen::Known(map)),
        ..user()
    }
}

/// Another user, for good.
pub(crate) fn nobody() -> Essentials {
    Essentials {
        uid: ids(65534),
        gid: ids(65534),
        groups: vec![65534],
        no_new_privs: true,
        ..user()
    }
}
