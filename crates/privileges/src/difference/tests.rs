use super::*;
use crate::{
    Capabilities, CapabilitySet, IdMap, Ids, Limit, Names, NamespaceKind, Namespaces, Seccomp,
    SeccompMode, Seen,
};

const NET_BIND_SERVICE: u32 = 10;
const NET_RAW: u32 = 13;

fn ids(id: u32) -> Ids {
    Ids {
        real: id,
        effective: id,
        saved: id,
        filesystem: id,
    }
}

/// Root's, with every capability and nothing filtered.
fn root() -> Essentials {
    let all = CapabilitySet::ALL;
    Essentials {
        uid: ids(0),
        gid: ids(0),
        groups: vec![0, 27],
        capabilities: Capabilities {
            inheritable: CapabilitySet::NONE,
            permitted: all,
            effective: all,
            bounding: all,
            ambient: CapabilitySet::NONE,
        },
        no_new_privs: false,
        seccomp: Seccomp {
            mode: SeccompMode::Off,
            filters: Some(0),
        },
        namespaces: Namespaces {
            own: std::array::from_fn(|place| Seen::Known(100 + place as u64)),
            pid_for_children: None,
            time_for_children: None,
        },
        uid_map: None,
        gid_map: None,
    }
}

fn changed(change: impl FnOnce(&mut Essentials)) -> Difference {
    let mut other = root();
    change(&mut other);
    Difference::between_essentials(&root(), &other)
}

fn words(change: impl FnOnce(&mut Essentials)) -> String {
    changed(change).to_string()
}

#[test]
fn the_same_is_no_difference() {
    assert!(changed(|_| ()).is_none());
    assert_eq!(words(|_| ()), "no difference");
}

#[test]
fn ids_that_change_together_are_told_together() {
    assert_eq!(words(|to| to.uid = ids(1000)), "uid 0 → 1000");
    let some = words(|to| (to.gid.effective, to.gid.saved) = (5, 6));
    assert_eq!(some, "gid 0 → 5 (effective); gid 0 → 6 (saved)");
    let directions = changed(|to| to.uid.effective = 7);
    assert_eq!(directions.changes[0].direction, Direction::Lost);
}

#[test]
fn a_group_is_gained_or_lost() {
    assert_eq!(
        words(|to| to.groups = vec![0, 100]),
        "lost group 27; gained group 100"
    );
}

#[test]
fn a_capability_is_told_once_over_its_sets() {
    let bind = CapabilitySet(1 << NET_BIND_SERVICE);
    let lost = words(|to| {
        to.capabilities.effective = to.capabilities.effective - bind;
        to.capabilities.permitted = to.capabilities.permitted - bind;
    });
    assert_eq!(lost, "lost CAP_NET_BIND_SERVICE (effective, permitted)");
    let gained = changed(|to| to.capabilities.ambient = CapabilitySet(1 << NET_RAW));
    assert_eq!(gained.to_string(), "gained CAP_NET_RAW (ambient)");
    assert_eq!(gained.changes[0].direction, Direction::Gained);
}

#[test]
fn a_long_list_of_capabilities_is_told_by_what_is_left() {
    let left = |set| {
        words(move |to| {
            to.capabilities.effective = set;
            to.capabilities.permitted = set;
        })
    };
    let none = "lost every capability (effective, permitted)";
    assert_eq!(left(CapabilitySet::NONE), none);
    let one = "lost every capability but CAP_NET_RAW (effective, permitted)";
    assert_eq!(left(CapabilitySet(1 << NET_RAW)), one);
    let many = "lost 31 capabilities (effective, permitted)";
    assert_eq!(left(CapabilitySet(0x3ff)), many);
}

#[test]
fn what_is_left_is_not_told_where_the_sets_differ() {
    let words = words(|to| {
        to.capabilities.inheritable = CapabilitySet(1);
        to.capabilities.effective = CapabilitySet(1);
        to.capabilities.permitted = CapabilitySet(1);
        to.capabilities.bounding = CapabilitySet(3);
    });
    let expected = "lost CAP_DAC_OVERRIDE (effective, permitted); lost 39 capabilities (effective, permitted, bounding); \
        gained CAP_CHOWN (inheritable)";
    assert_eq!(words, expected);
}

#[test]
fn filters_and_no_new_privs_are_losses() {
    let difference = changed(|to| {
        to.no_new_privs = true;
        to.seccomp.mode = SeccompMode::Filter;
        to.seccomp.filters = Some(2);
    });
    let words = "no_new_privs set; seccomp off → filter; seccomp filters 0 → 2";
    assert_eq!(difference.to_string(), words);
    for change in difference.changes {
        assert_eq!(change.direction, Direction::Lost);
    }
}

#[test]
fn another_namespace_is_told_with_both_numbers() {
    let words = words(|to| {
        to.namespaces.own[NamespaceKind::Network as usize] = Seen::Known(7);
        to.namespaces.pid_for_children = Some(Seen::Known(8));
    });
    let expected = "other pid namespace for children (102 → 8); other net namespace (103 → 7)";
    assert_eq!(words, expected);
}

#[test]
fn a_map_is_told_in_ids() {
    let map = |inside, outside, count| IdMap {
        inside,
        outside,
        count,
    };
    let words = words(|to| {
        to.uid_map = Some(Seen::Known(vec![map(0, 1000, 1), map(1, 100_000, 10)]));
        to.gid_map = Some(Seen::Known(vec![]));
    });
    let expected = "uid map none of its own → 0 is 1000, 1–10 are 100000–100009; gid map none of its own → nobody";
    assert_eq!(words, expected);
}

#[test]
fn what_cannot_be_read_is_neither_the_same_nor_different() {
    let why = Why::NotPermitted;
    let unreadable = |to: &mut Essentials| {
        to.namespaces.own[NamespaceKind::User as usize] = why.into();
        to.uid_map = Some(why.into());
    };
    let difference = changed(unreadable);
    assert!(difference.changes.is_empty() && !difference.is_none());
    let words = "user namespace cannot be compared (not permitted); uid map cannot be compared (not permitted)";
    assert_eq!(difference.to_string(), words);
    let mut both = root();
    unreadable(&mut both);
    assert!(!Difference::between_essentials(&both, &both).is_none());
}

/// A process of which everything could be read.
pub(crate) fn whole() -> Privileges {
    Privileges {
        pid: 7,
        pids: vec![7],
        parent: 1,
        name: "it".to_owned(),
        essentials: root(),
        threads: vec![],
        thread_count: 1,
        owners: std::array::from_fn(|_| Why::NotRead.into()),
        root: Seen::Known("/".into()),
        directory: Seen::Known("/".into()),
        program: Seen::Known("/bin/it".into()),
        mounts: Seen::Known(vec![].into()),
        descriptors: Seen::Known(vec![]),
        cgroups: Seen::Known(
            vec![(String::new(), "/".into()), ("pids".to_owned(), "/".into())].into(),
        ),
        limits: Seen::Known(vec![].into()),
        label: Seen::Known(None),
        filters: Seen::Known(vec![]),
    }
}

#[test]
fn what_is_around_a_process_is_told_in_words() {
    let mut other = whole();
    other.root = Seen::Known("/jail".into());
    other.directory = Seen::Known("/jail/tmp".into());
    other.cgroups = Seen::Known(vec![(String::new(), "/unit".into())].into());
    other.label = Seen::Known(Some("confined".to_owned()));
    let words = "root / → /jail; directory / → /jail/tmp; cgroup / → /unit; cgroup pids / → none; label none → confined";
    assert_eq!(Difference::between(&whole(), &other).to_string(), words);
    assert!(Difference::between(&whole(), &whole()).is_none());
}

#[test]
fn other_filters_of_the_same_number_are_told_if_they_could_be_read() {
    let filtered = |filters: Seen<Vec<Vec<String>>>| {
        let mut process = whole();
        process.essentials.seccomp.mode = SeccompMode::Filter;
        process.essentials.seccomp.filters = Some(1);
        Privileges { filters, ..process }
    };
    let filter = |line: &str| filtered(Seen::Known(vec![vec![line.to_owned()]]));
    let (allow, refuse) = (filter("return allow"), filter("return errno EPERM"));
    assert_eq!(
        Difference::between(&allow, &refuse).to_string(),
        "other seccomp filters"
    );
    assert!(Difference::between(&allow, &allow).is_none());
    let unread = filtered(Why::NeedsTracing.into());
    let words = "filters cannot be compared (only its tracer is told)";
    assert_eq!(Difference::between(&allow, &unread).to_string(), words);
}

#[test]
fn a_limit_is_gained_if_nothing_of_it_is_lower() {
    let limits = |soft, hard| {
        let name = "Max open files".to_owned();
        let unit = "files".to_owned();
        let limit = Limit {
            name,
            soft,
            hard,
            unit,
        };
        let limits = Seen::Known(vec![limit].into());
        Privileges { limits, ..whole() }
    };
    let direction = |soft, hard| {
        let difference = Difference::between(&limits(Some(8), Some(9)), &limits(soft, hard));
        difference.changes[0].direction
    };
    assert_eq!(direction(Some(8), None), Direction::Gained);
    assert_eq!(direction(Some(9), Some(9)), Direction::Gained);
    assert_eq!(direction(Some(0), Some(9)), Direction::Lost);
    assert_eq!(direction(Some(9), Some(10)), Direction::Gained);
    assert_eq!(direction(Some(7), Some(10)), Direction::Other);
}

#[test]
fn a_difference_is_written_as_json() {
    let difference = changed(|to| to.groups.clear());
    let json = serde_json::to_string(&difference.changes[0]).unwrap();
    assert_eq!(
        json,
        r#"{"direction":"lost","change":"supplementary-group","group":0}"#
    );
}

#[test]
fn a_difference_is_what_its_parts_make() {
    let mut other = root();
    other.uid = ids(7);
    other.groups = vec![5];
    other.no_new_privs = true;
    for set in [
        &mut other.capabilities.effective,
        &mut other.capabilities.permitted,
    ] {
        *set = CapabilitySet(1 << NET_RAW);
    }
    let difference = Difference::between_essentials(&root(), &other);
    let parts: Vec<_> = difference.changes.iter().flat_map(Change::parts).collect();
    assert_eq!(parts.len(), 4 + 3 + 2 * 40 + 1);
    for (place, part) in parts.iter().enumerate() {
        let same: Vec<_> = (0..parts.len())
            .filter(|other| parts[*other].is_of_same(part))
            .collect();
        assert_eq!(same, [place]);
    }
    let words = |difference: &Difference| -> Vec<_> {
        let changes = difference.changes.iter();
        changes
            .map(|change| change.what.words(&Names::default()))
            .collect()
    };
    assert_eq!(words(&Difference::of_parts(parts)), words(&difference));
}

#[test]
fn a_sentence_tells_what_is_gained_and_one_what_is_lost() {
    let names = Names::parse(b"www-data:x:33:", b"adm:x:4:");
    let told = |change: fn(&mut Essentials)| {
        let mut other = root();
        change(&mut other);
        let sentences = Difference::sentences_between(&root(), &other, &names);
        let words: Vec<_> = sentences.into_iter().map(|(_, words)| words).collect();
        words.join("; ")
    };
    assert_eq!(told(|_| ()), "");
    let words = told(|to| {
        to.uid.effective = 33;
        to.groups.push(4);
        to.capabilities.effective = CapabilitySet::NONE;
        to.seccomp = Seccomp {
            mode: SeccompMode::Filter,
            filters: Some(1),
        };
        to.namespaces.own[NamespaceKind::Uts as usize] = Seen::Known(7);
    });
    let expected = "gains groups 4 (adm); \
        loses capabilities (all 41), user 0 (effective), system calls (filtered by 1 filter); \
        gets other namespaces host name";
    assert_eq!(words, expected);
    let only_kept = told(|to| to.capabilities.bounding = CapabilitySet::NONE);
    assert_eq!(only_kept, "changes what capabilities it may keep or get");
}
