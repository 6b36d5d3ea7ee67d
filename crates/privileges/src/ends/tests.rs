use super::*;
use crate::difference::sample;
use crate::{Descriptor, Seen, Socket};

/// A process with these open, from descriptor 0 on.
fn process(pid: u32, open: Vec<(Object, Access)>) -> Privileges {
    let descriptors = (0..)
        .zip(open)
        .map(|(number, (object, access))| Descriptor {
            number,
            object,
            access,
            close_on_exec: false,
        });
    Privileges {
        pid,
        descriptors: Seen::Known(descriptors.collect()),
        ..sample()
    }
}

fn pipe(inode: u64, access: Access) -> (Object, Access) {
    (Object::Pipe { inode, path: None }, access)
}

fn socket(inode: u64, network: u64, protocol: &str, local: &str, remote: &str) -> (Object, Access) {
    let socket = Socket {
        inode,
        network: Some(network),
        protocol: Some(protocol.to_owned()),
        local: Some(local.to_owned()),
        remote: Some(remote.to_owned()),
        ..Socket::default()
    };
    (Object::Socket(socket), Access::ReadWrite)
}

fn end(pid: u32, number: u32) -> End {
    End { pid, number }
}

#[test]
fn those_who_read_a_pipe_meet_those_who_write_it_and_not_each_other() {
    let writers = process(1, vec![pipe(7, Access::Write), pipe(7, Access::Write)]);
    let reader = process(2, vec![pipe(7, Access::Read), pipe(8, Access::Read)]);
    let both = process(3, vec![pipe(7, Access::ReadWrite)]);
    let ends = Ends::among([&reader, &both, &writers]);
    assert_eq!(ends.of(end(1, 0)), [end(2, 0), end(3, 0)]);
    assert_eq!(ends.of(end(2, 0)), [end(1, 0), end(1, 1), end(3, 0)]);
    assert_eq!(ends.of(end(3, 0)), [end(1, 0), end(1, 1), end(2, 0)]);
    assert_eq!(ends.of(end(2, 1)), []);
    assert_eq!(ends.of(end(9, 9)), []);
}

#[test]
fn a_fifo_is_no_pipe_of_the_same_number() {
    let path = Some("/fifo".into());
    let fifo = (Object::Pipe { inode: 7, path }, Access::Read);
    let ends = Ends::among([&process(1, vec![pipe(7, Access::Write), fifo])]);
    assert_eq!(ends.of(end(1, 0)), []);
}

#[test]
fn a_connection_is_one_of_a_protocol_in_a_network() {
    let (one, other) = ("127.0.0.1:80", "127.0.0.1:4000");
    let server = process(1, vec![socket(1, 100, "tcp", one, other)]);
    let client =
        |inode, network, protocol| process(2, vec![socket(inode, network, protocol, other, one)]);
    let meets = |client: &Privileges| Ends::among([&server, client]).of(end(1, 0)) == [end(2, 0)];
    assert!(meets(&client(2, 100, "tcp")));
    assert!(!meets(&client(2, 101, "tcp")));
    assert!(!meets(&client(2, 100, "udp")));
    let mapped = socket(
        2,
        100,
        "tcp6",
        "[::ffff:127.0.0.1]:4000",
        "[::ffff:127.0.0.1]:80",
    );
    assert!(meets(&process(2, vec![mapped])));
}

#[test]
fn of_one_process_the_ends_are_those_among_all() {
    let (here, there) = ("127.0.0.1:80", "127.0.0.1:4000");
    let one = process(
        1,
        vec![
            pipe(7, Access::Read),
            socket(1, 100, "tcp", here, there),
            socket(3, 100, "tcp", here, "0.0.0.0:0"),
        ],
    );
    let two = process(
        2,
        vec![
            pipe(7, Access::Write),
            socket(2, 100, "tcp", there, here),
            socket(3, 100, "tcp", here, "0.0.0.0:0"),
            pipe(8, Access::Read),
        ],
    );
    let three = process(3, vec![pipe(8, Access::Write)]);
    let all = [&one, &two, &three];
    let (among, of_one) = (Ends::among(all), Ends::of_one(&one, [&two, &three]));
    for number in 0..3 {
        let end = end(1, number);
        assert_eq!(of_one.of(end), among.of(end));
        assert_eq!(of_one.sharing(end), among.sharing(end));
    }
    assert_eq!(of_one.of(end(1, 0)), [end(2, 0)]);
    assert_eq!(of_one.of(end(1, 1)), [end(2, 1)]);
    assert_eq!(of_one.sharing(end(1, 2)), [end(2, 2)]);
    assert_eq!(of_one.descriptors.len(), 6);
}
