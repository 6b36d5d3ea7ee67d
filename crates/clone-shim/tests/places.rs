//! The hostile program in the place of real servers, with their grants: what a void is, it is with these too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use support::probing::{assert_only_open, run_poisoned};
use support::{Launcher, Stage, free_port, hostile, launchers, postgresql, repository, stdout};

/// A server's place in an example, which the hostile program takes.
struct Place {
    example: &'static str,
    entrypoint: &'static str,
    /// Where its grants lie, in the words of the probes.
    planted: &'static [&'static str],
    /// The probes that are open to it, all of them: what its grants are.
    open: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        example: "curl",
        entrypoint: "curl",
        planted: &[],
        open: &[
            // Where there is anything to reach or serve, a C library may ask for interfaces: the void's own, empty ones.
            "netlink-route",
            // To no address and no port, before it connects: the broker says yes, and binds nothing.
            "bind-TCP",
        ],
    },
    Place {
        example: "dns",
        entrypoint: "dnsmasq",
        planted: &["served=53", "writable=/run"],
        open: &[
            "netlink-route",
            // Its loopback interface, which is the void's own: a connection to it, and what became of that, is its own too.
            "interfaces",
            "listen-after-a-refusal",
            // What answers a datagram can send one.
            "send-UDP",
        ],
    },
    Place {
        example: "forward",
        entrypoint: "dnsmasq",
        planted: &["served=53", "writable=/run"],
        open: &[
            "netlink-route",
            "interfaces",
            "listen-after-a-refusal",
            "send-UDP",
            "bind-TCP",
        ],
    },
    Place {
        example: "http",
        entrypoint: "busybox",
        planted: &["served=80", "folder=/site"],
        open: &["netlink-route"],
    },
    Place {
        example: "http",
        entrypoint: "python",
        planted: &["served=80", "folder=/site"],
        open: &[
            "netlink-route",
            // It serves IPv6 alone. An IPv4 socket is of the void's own network, where nobody calls.
            "listen-after-a-refusal",
            "listen-without-a-port",
        ],
    },
    Place {
        example: "nginx",
        entrypoint: "nginx",
        planted: &["served=80", "folder=/site", "writable=/logs"],
        open: &["netlink-route"],
    },
    Place {
        example: "postgresql",
        entrypoint: "postgres",
        planted: &["served=5432", "writable=/data"],
        open: &[
            "netlink-route",
            // There is an /etc/passwd, with what the specification says.
            "above-the-root",
            "file-of-the-host",
            // `"syscalls": ["prctl"]`: the program's own signal, not that of pid 1.
            "parent-death-signal",
            // `"unix": true`: where such sockets lead is what other probes try.
            "AF_UNIX",
        ],
    },
    Place {
        example: "redis",
        entrypoint: "redis",
        planted: &["served=6379", "writable=/data"],
        open: &["netlink-route"],
    },
];

impl Place {
    /// The example with `program` in the server's place: its grants, and the libraries that its program brought.
    fn taken_by(&self, program: &Path, more: &[String]) -> Value {
        let path = repository(&format!("examples/{}/spec.json", self.example));
        let text = std::fs::read_to_string(path).unwrap();
        let mut specification: Value = serde_json::from_str(&text).unwrap();
        let mut fields = specification["entrypoints"][self.entrypoint].take();
        let server = fields["program"].as_str().unwrap();
        let server = server.replace("${programs}", postgresql().to_str().unwrap());
        for library in libraries(&server) {
            fields["files"][&library] = json!({ "host": library, "access": "rx" });
        }
        // Much of what it would get out is seen by this only.
        fields["files"]["/proc"] = json!({ "proc": true });
        fields["program"] = json!(program);
        let planted = self.planted.iter().map(|word| json!(word));
        let mounts = json!(format!("mounts={}", mounts(&fields["files"])));
        let more = more.iter().map(|word| json!(word));
        let words = planted.chain(more).chain([mounts, json!("${trailing}")]);
        fields["args"] = [json!("inside")].into_iter().chain(words).collect();
        fields["stdout"] = json!("inherit");
        specification["entrypoints"] = json!({ self.entrypoint: fields });
        specification
    }
}

/// What `program` is linked with.
fn libraries(program: &str) -> Vec<String> {
    let listed = stdout(&Command::new("ldd").arg(program).output().unwrap());
    let words = listed.split_whitespace();
    let paths = words.filter(|word| word.starts_with('/') && !word.ends_with(':'));
    paths.map(str::to_owned).collect()
}

/// As many as these grants take, with the root and the program.
fn mounts(files: &Value) -> usize {
    let of_grant = |grant: &Value| match grant.get("devices") {
        Some(devices) => 1 + devices.as_array().unwrap().len(),
        None => usize::from(grant.get("content").is_none()),
    };
    2 + files
        .as_object()
        .unwrap()
        .values()
        .map(of_grant)
        .sum::<usize>()
}

/// What a void is, it is with the grants of real servers too.
#[test]
fn a_hostile_program_in_a_servers_place_gets_its_grants_and_nothing_else() {
    let neighbour = UdpSocket::bind("127.0.0.1:0").unwrap();
    // Nobody accepts there, and as many as connect find room.
    let reached = TcpListener::bind("0.0.0.0:0").unwrap();
    let reached = reached.local_addr().unwrap().port();
    let elsewhere = neighbour.local_addr().unwrap().port();
    for launcher in launchers() {
        std::thread::scope(|scope| {
            for place in PLACES {
                let named = std::thread::Builder::new().name(place.entrypoint.to_owned());
                let run = move || assert_only_grants_are_open(launcher, place, elsewhere, reached);
                named.spawn_scoped(scope, run).unwrap();
            }
        });
    }
}

fn assert_only_grants_are_open(launcher: Launcher, place: &Place, elsewhere: u16, reached: u16) {
    let stage = Stage::new(launcher);
    let program = hostile(&stage);
    let mut planted = vec![format!("elsewhere={elsewhere}")];
    let mut port = free_port();
    if place.example == "curl" {
        port = reached;
        planted.push(format!("reached={reached}"));
    }
    let specification = place.taken_by(&program, &planted);
    let mut flags = vec![format!("--set=port={port}")];
    if place.example == "forward" {
        let upstream = [
            "upstream=127.0.0.1".to_owned(),
            format!("upstream-port={reached}"),
        ];
        flags.extend(upstream.map(|value| format!("--set={value}")));
    }
    let folders = [
        ("data", stage.own_folder("data")),
        ("logs", stage.own_folder("logs")),
        ("programs", postgresql()),
        ("sockets", stage.own_folder("sockets")),
    ];
    for (name, folder) in folders {
        if specification["parameters"].get(name).is_some() {
            flags.push(format!("--set={name}={}", folder.display()));
        }
    }
    let mut outcomes = run_poisoned(&stage, &specification, &flags);
    // A grant that there is not cannot be stretched.
    outcomes.retain(|_, seen| *seen != "unclear: none was planted");
    assert_only_open(&outcomes, place.open);
    for name in place.open {
        let seen = &outcomes[*name];
        assert!(seen.starts_with("OPEN"), "{}: {name} {seen}", place.example);
    }
}
