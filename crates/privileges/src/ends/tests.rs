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

/// Who is at the other end of this descriptor of a process.
fn ends_of(ends: &Ends, process: &Privileges, number: usize) -> Vec<End> {
    let open = process.descriptors.known().unwrap();
    ends.of(process.pid, &open[number]).iter().collect()
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
    assert_eq!(ends_of(&ends, &writers, 0), [end(2, 0), end(3, 0)]);
    let writing = [end(1, 0), end(1, 1), end(3, 0)];
    assert_eq!(ends_of(&ends, &reader, 0), writing);
    let others = [end(1, 0), end(1, 1), end(2, 0)];
    assert_eq!(ends_of(&ends, &both, 0), others);
    assert_eq!(ends_of(&ends, &reader, 1), []);
    // Of one that is not among them the others are found all the same.
    let gone = process(9, vec![pipe(7, Access::Write)]);
    assert_eq!(ends_of(&ends, &gone, 0), [end(2, 0), end(3, 0)]);
}

#[test]
fn a_fifo_is_no_pipe_of_the_same_number() {
    let path = Some("/fifo".into());
    let fifo = (Object::Pipe { inode: 7, path }, Access::Read);
    let one = process(1, vec![pipe(7, Access::Write), fifo]);
    assert_eq!(ends_of(&Ends::among([&one]), &one, 0), []);
}

#[test]
fn a_connection_is_one_of_a_protocol_in_a_network() {
    let (one, other) = ("127.0.0.1:80", "127.0.0.1:4000");
    let server = process(1, vec![socket(1, 100, "tcp", one, other)]);
    let client =
        |inode, network, protocol| process(2, vec![socket(inode, network, protocol, other, one)]);
    let meets = |client: &Privileges| {
        let ends = Ends::among([&server, client]);
        ends_of(&ends, &server, 0) == [end(2, 0)]
    };
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
fn who_shares_a_socket_is_told_without_the_process_itself() {
    let listening = || socket(3, 100, "tcp", "127.0.0.1:80", "0.0.0.0:0");
    let [one, two, three] =
        [1, 2, 3].map(|pid| process(pid, vec![listening(), pipe(8, Access::Read), listening()]));
    let ends = Ends::among([&three, &one, &two]);
    let others = ends.sharing(2, &two.descriptors.known().unwrap()[2]);
    let expected = [end(1, 0), end(1, 2), end(3, 0), end(3, 2)];
    assert_eq!(others.iter().collect::<Vec<_>>(), expected);
    assert_eq!(others.len(), 4);
    let of_a_pipe = ends.sharing(2, &two.descriptors.known().unwrap()[1]);
    assert!(of_a_pipe.is_empty());
}
