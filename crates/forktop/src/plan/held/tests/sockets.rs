//! Datagrams and connections that a void's grants explain, and such that they do not.
use super::*;

/// A socket that is no listening one.
fn socket(protocol: &str, local: &str, remote: Option<&str>) -> Object {
    let Object::Socket(socket) = listening(local) else {
        panic!("it is a socket");
    };
    Object::Socket(Socket {
        inode: 2,
        protocol: Some(protocol.to_owned()),
        state: Some("established".to_owned()),
        remote: remote.map(str::to_owned),
        ..socket
    })
}

/// What is changed of the void, and how that is told.
const BEYOND: [(Change, &str); 4] = [
    (
        |_, l, g| {
            g.network.reach.push("tcp:192.0.2.0/24:443".to_owned());
            let there = socket("tcp", "192.0.2.9:40000", Some("198.51.100.1:443"));
            descriptors(l).push(open(8, there));
        },
        "descriptor 8 is connected to 198.51.100.1:443",
    ),
    (
        |_, l, g| {
            g.network.reach.push("tcp:*:53".to_owned());
            let bound = socket("udp", "0.0.0.0:5353", None);
            descriptors(l).push(open(8, bound));
        },
        "descriptor 8 receives at 0.0.0.0:5353",
    ),
    (
        |_, l, g| {
            g.network.reach.push("udp:192.0.2.1:53".to_owned());
            let there = socket("udp6", "[::]:40000", Some("[::ffff:192.0.2.2]:53"));
            descriptors(l).push(open(8, there));
        },
        "descriptor 8 is connected to [::ffff:192.0.2.2]:53 (udp)",
    ),
    (
        // The first descriptors are what the plan says, and that is no socket.
        |_, l, g| {
            g.descriptors.push("null".to_owned());
            descriptors(l)[0] = open(0, socket("tcp", "192.0.2.9:1", Some("192.0.2.1:2")));
        },
        "descriptor 0 is connected to 192.0.2.1:2",
    ),
];

#[test]
fn datagrams_and_connections_that_no_grant_explains_are_found() {
    for (change, expected) in BEYOND {
        let expected = format!("not explained by the plan: {expected}");
        assert_eq!(found(change), [expected]);
    }
}

#[test]
fn what_was_accepted_and_what_goes_where_a_grant_leads_is_no_finding() {
    let table: [Change; 5] = [
        // Accepted.
        |_, l, _| {
            let accepted = socket("tcp", "127.0.0.1:8080", Some("127.0.0.1:40000"));
            descriptors(l).push(open(9, accepted));
        },
        |_, l, g| {
            g.network.reach.push("tcp:192.0.2.0/24:443".to_owned());
            let there = socket("tcp", "192.0.2.9:40000", Some("192.0.2.1:443"));
            descriptors(l).push(open(9, there));
        },
        // At a port of the kernel's choice.
        |_, l, g| {
            g.network.reach.push("udp:192.0.2.1:53".to_owned());
            descriptors(l).push(open(8, socket("udp", "0.0.0.0:40000", None)));
            let there = socket("udp", "192.0.2.9:40000", Some("192.0.2.1:53"));
            descriptors(l).push(open(9, there));
        },
        |_, l, g| {
            let (udp, host) = (Some("53".to_owned()), "127.0.0.1:5353".to_owned());
            g.network.serve.push(ServeGrant {
                tcp: None,
                udp,
                host,
            });
            descriptors(l).push(open(8, socket("udp", "127.0.0.1:5353", None)));
            let anybody = socket("udp", "127.0.0.1:5353", Some("198.51.100.1:7"));
            descriptors(l).push(open(9, anybody));
        },
        // Handed in by a service manager, at another address than the plan has.
        |_, l, g| {
            let words =
                "`web`, a socket that listens at tcp:127.0.0.1:8000, or the one that is handed in";
            g.descriptors = ["null", "null", "null", words].map(str::to_owned).to_vec();
            let Object::Socket(other) = listening("192.0.2.9:80") else {
                panic!("it is a socket");
            };
            let other = Object::Socket(Socket { inode: 3, ..other });
            descriptors(l)[1] = open(3, other.clone());
            descriptors(l).push(open(8, other));
            let accepted = socket("tcp", "192.0.2.9:80", Some("198.51.100.1:40000"));
            descriptors(l).push(open(9, accepted));
        },
    ];
    for change in table {
        assert_eq!(found(change), [""; 0]);
    }
}
