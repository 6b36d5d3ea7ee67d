//! Real servers, unmodified, in voids: talked to by real clients from the host.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{
    Stage, free_port, free_ports, launchers, postgresql, repository, shown, stdout, succeed,
};

/// An example that runs until this ends.
struct Running(Child);

impl Running {
    fn start(stage: &Stage, example: &str, flags: &[String], trailing: &[&str]) -> Self {
        let specification = repository(&format!("examples/{example}/spec.json"));
        fs::copy(specification, stage.path("spec.json")).unwrap();
        let mut shim = stage.shim(&["run", "spec.json"]);
        shim.args(flags).arg("--").args(trailing);
        Self::spawn(stage, shim)
    }

    fn spawn(stage: &Stage, mut command: Command) -> Self {
        let log = fs::File::create(stage.path("said")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        succeed(Command::new("kill").arg(name).arg(self.0.id().to_string()));
    }

    fn end(mut self) -> i32 {
        self.signal("-TERM");
        self.0.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a client prints, once it succeeds: servers take their time.
fn ask(stage: &Stage, client: &[&str]) -> String {
    let began = Instant::now();
    loop {
        let output = Command::new(client[0])
            .args(&client[1..])
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if output.status.success() && !text.is_empty() {
            return text;
        }
        let said = fs::read_to_string(stage.path("said")).unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{client:?}: {text}\n{said}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn dnsmasq_answers_over_udp_and_tcp_at_a_port_chosen_at_run_time() {
    for launcher in launchers() {
        for address in ["127.0.0.1", "::1"] {
            let stage = Stage::new(launcher);
            let port = free_ports(1).to_string();
            let flags = [
                format!("--set=port={port}"),
                format!("--set=address={address}"),
            ];
            let dns = ["--address=/example.test/10.1.2.3"];
            let running = Running::start(&stage, "dns", &flags, &dns);
            let server = format!("@{address}");
            let dig = [
                "dig",
                "+short",
                "+time=1",
                "+tries=1",
                &server,
                "-p",
                &port,
                "example.test",
            ];
            assert_eq!(ask(&stage, &dig), "10.1.2.3\n");
            assert_eq!(ask(&stage, &[&dig[..], &["+tcp"]].concat()), "10.1.2.3\n");
            assert_eq!(running.end(), 0);
        }
    }
}

/// How many processes of this name come from `ancestor`, as the host sees them.
fn count(ancestor: u32, name: &str) -> usize {
    let listed = succeed(Command::new("ps").args(["-e", "-o", "pid=,ppid=,comm="]));
    let processes: Vec<_> = listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (pid, parent) = (words.next()?, words.next()?);
            Some((pid.to_owned(), parent.to_owned(), words.next()?.to_owned()))
        })
        .collect();
    let mut of_it = vec![ancestor.to_string()];
    let mut found = 0;
    while let Some(parent) = of_it.pop() {
        for (pid, _, called) in processes.iter().filter(|(_, of, _)| *of == parent) {
            found += usize::from(called == name);
            of_it.push(pid.clone());
        }
    }
    found
}

/// A name server of the host's, which knows one name.
struct Upstream(Child);

impl Upstream {
    fn start(port: u16, known: &str) -> Self {
        let mut dnsmasq = Command::new("/usr/sbin/dnsmasq");
        dnsmasq.args([
            "--keep-in-foreground",
            "--conf-file",
            "--user=",
            "--no-resolv",
            "--no-hosts",
        ]);
        dnsmasq.args([
            "--listen-address=127.0.0.1",
            "--bind-interfaces",
            "--pid-file",
        ]);
        dnsmasq.args([format!("--port={port}"), format!("--address={known}")]);
        Self(dnsmasq.stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn dnsmasq_asks_the_server_that_is_named_and_no_other() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let first = free_ports(3);
        let [port, named, other] = [first, first + 1, first + 2];
        let _named = Upstream::start(named, "/named.test/10.9.9.9");
        let _other = Upstream::start(other, "/other.test/10.8.8.8");
        let flags = [
            format!("--set=port={port}"),
            "--set=upstream=127.0.0.1".to_owned(),
            format!("--set=upstream-port={named}"),
        ];
        let also = format!("--server=/other.test/127.0.0.1#{other}");
        let running = Running::start(&stage, "forward", &flags, &[&also]);
        let dig = |port: u16, name: &'static str, more: &[&'static str]| {
            let port = port.to_string();
            let asks = [
                "dig",
                "+short",
                "+time=1",
                "+tries=1",
                "@127.0.0.1",
                "-p",
                &port,
                name,
            ];
            ask(&stage, &[&asks[..], more].concat())
        };
        assert_eq!(dig(port, "named.test", &[]), "10.9.9.9\n");
        assert_eq!(dig(port, "named.test", &["+tcp"]), "10.9.9.9\n");
        assert_eq!(dig(other, "other.test", &[]), "10.8.8.8\n", "it is there");
        let mut asks = Command::new("dig");
        asks.args([
            "+short",
            "+time=2",
            "+tries=1",
            "@127.0.0.1",
            "-p",
            &port.to_string(),
            "other.test",
        ]);
        let refused = stdout(&asks.output().unwrap());
        assert!(!refused.contains("10.8.8.8"), "{refused}");
        assert_eq!(running.end(), 0);
    }
}

#[test]
fn nginx_serves_the_working_directory_and_reads_its_configuration_again() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        stage.own_file("page", "a page\n");
        let logs = stage.own_folder("logs");
        let port = free_port();
        let flags = [
            format!("--set=port={port}"),
            format!("--set=logs={}", logs.display()),
        ];
        let running = Running::start(&stage, "nginx", &flags, &[]);
        let page = format!("http://127.0.0.1:{port}/page");
        let curl = ["curl", "-sf", &page];
        assert_eq!(ask(&stage, &curl), "a page\n");
        // A master and two workers.
        assert_eq!(count(running.0.id(), "nginx"), 3);
        running.signal("-HUP");
        let log = || fs::read_to_string(logs.join("error.log")).unwrap();
        let began = Instant::now();
        while log().matches("exited with code 0").count() < 2 {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(ask(&stage, &curl), "a page\n");
        assert_eq!(
            log().matches("start worker process ").count(),
            4,
            "{}",
            log()
        );
        assert_eq!(count(running.0.id(), "nginx"), 3);
        assert_eq!(running.end(), 0);
        let access = fs::read_to_string(logs.join("access.log")).unwrap();
        assert_eq!(access.matches("127.0.0.1 - - ").count(), 2, "{access}");
    }
}

#[test]
fn redis_finds_what_it_wrote_when_it_was_killed() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let data = stage.own_folder("data");
        let port = free_port().to_string();
        let flags = [
            format!("--set=port={port}"),
            format!("--set=data={}", data.display()),
        ];
        let redis = ["redis-cli", "-p", &port];
        let running = Running::start(&stage, "redis", &flags, &[]);
        assert_eq!(ask(&stage, &[&redis[..], &["ping"]].concat()), "PONG\n");
        assert_eq!(
            ask(&stage, &[&redis[..], &["set", "key", "value"]].concat()),
            "OK\n"
        );
        drop(running);
        let running = Running::start(&stage, "redis", &flags, &[]);
        assert_eq!(ask(&stage, &[&redis[..], &["ping"]].concat()), "PONG\n");
        assert_eq!(
            ask(&stage, &[&redis[..], &["get", "key"]].concat()),
            "value\n"
        );
        assert_eq!(running.end(), 0);
    }
}

#[test]
fn two_servers_of_an_application_bind_the_same_port() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        stage.own_file("page", "a page\n");
        let port = free_ports(1);
        let flags = [format!("--set=port={port}")];
        let _running = Running::start(&stage, "http", &flags, &[]);
        for (host, server) in [("127.0.0.1", None), ("[::1]", Some("SimpleHTTP"))] {
            let page = format!("http://{host}:{port}/page");
            let answer = ask(&stage, &["curl", "-sfi", &page]);
            assert!(answer.ends_with("\r\n\r\na page\n"), "{answer}");
            assert_eq!(answer.contains("SimpleHTTP"), server.is_some(), "{answer}");
        }
    }
}

#[test]
fn python_serves_where_it_is_handed_a_socket() {
    const MANAGER: &str = "/usr/bin/systemd-socket-activate";
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        stage.own_file("page", "a page\n");
        let port = free_port();
        let curl = |port: u16| {
            let page = format!("http://127.0.0.1:{port}/page");
            ask(&stage, &["curl", "-sf", &page])
        };
        let flags = [format!("--set=port={port}")];
        let running = Running::start(&stage, "activation", &flags, &[]);
        assert_eq!(curl(port), "a page\n");
        assert_eq!(running.end(), 143);
        if !Path::new(MANAGER).exists() {
            return eprintln!("skipped: there is no systemd-socket-activate");
        }
        let chosen = free_port();
        let mut manager = stage.command(MANAGER);
        manager.args(["-l", &format!("127.0.0.1:{chosen}"), "--fdname=web"]);
        manager.arg(stage.path("clone-shim"));
        manager.args(["run", "spec.json"]);
        let running = Running::spawn(&stage, manager);
        assert_eq!(curl(chosen), "a page\n");
        assert_eq!(running.end(), 143);
    }
}

/// It refuses to be root, asks what its user is called, and wants its folder to be nobody else's.
#[test]
fn postgresql_makes_a_cluster_serves_it_and_recovers_when_it_was_killed() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let data = stage.own_folder("data");
        let sockets = stage.own_folder("sockets");
        let port = free_port().to_string();
        let mut flags = vec![
            format!("--set=data={}", data.display()),
            format!("--set=programs={}", postgresql().display()),
        ];
        let initdb = repository("examples/postgresql/initdb.json");
        fs::copy(initdb, stage.path("initdb.json")).unwrap();
        let mut made = stage.shim(&["run", "initdb.json"]);
        let made = made.args(&flags).output().unwrap();
        assert!(made.status.success(), "{}", shown(&made));
        flags.push(format!("--set=port={port}"));
        flags.push(format!("--set=sockets={}", sockets.display()));
        let psql_at = |place: &[&str], statement| {
            let who = [&["psql", "-U", "postgres", "-h"], place].concat();
            ask(&stage, &[&who[..], &["-Atqc", statement]].concat())
        };
        let psql = |statement| psql_at(&["127.0.0.1", "-p", &port], statement);
        let running = Running::start(&stage, "postgresql", &flags, &[]);
        let statement =
            "create table t as select generate_series(1, 100000) as x; select sum(x) from t";
        assert_eq!(psql(statement), "5000050000\n");
        // Workers share memory with their leader, and die with it.
        let parallel = "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; \
                        explain (analyze, costs off, timing off) select sum(x) from t";
        let plan = psql(parallel);
        assert!(plan.contains("Workers Launched: 2"), "{plan}");
        drop(running);
        let running = Running::start(&stage, "postgresql", &flags, &[]);
        assert_eq!(psql("select count(*) from t"), "100000\n");
        // At the file of a socket, which a program in the void has bound.
        let count = psql_at(&[sockets.to_str().unwrap()], "select count(*) from t");
        assert_eq!(count, "100000\n");
        assert_eq!(running.end(), 0);
    }
}

/// Answers every request, and says how many connections there were.
fn greeter(host: &str) -> (u16, std::thread::JoinHandle<usize>, impl Fn() + use<>) {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answering = std::thread::spawn(move || {
        let mut connections = 0;
        for mut connection in listener.incoming().map(Result::unwrap) {
            let mut request = [0; 1024];
            if connection.read(&mut request).unwrap() == 0 {
                break;
            }
            connections += 1;
            connection
                .write_all(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
                .unwrap();
        }
        connections
    });
    let end = move || drop(std::net::TcpStream::connect(address).unwrap());
    (address.port(), answering, end)
}

#[test]
fn curl_reaches_one_server_and_no_other() {
    for launcher in launchers() {
        let stage = Stage::new(launcher);
        let (named, reached, end_reached) = greeter("127.0.0.1");
        let (other, spared, end_spared) = greeter("0.0.0.0");
        let specification = repository("examples/curl/spec.json");
        fs::copy(specification, stage.path("spec.json")).unwrap();
        let set = format!("--set=port={named}");
        let curl = |host: &str, port: u16| -> Output {
            let url = format!("http://{host}:{port}/");
            let arguments = ["run", "spec.json", &set, "--", "-m", "5", &url];
            stage.shim(&arguments).output().unwrap()
        };
        let output = curl("127.0.0.1", named);
        assert_eq!(stdout(&output), "hello\n", "{}", shown(&output));
        // Elsewhere on the host, by an address that means the same, and away from it.
        let others = [
            ("127.0.0.1", other),
            ("127.0.0.2", other),
            ("0.0.0.0", named),
            ("[::ffff:127.0.0.1]", other),
            ("192.0.2.1", named),
        ];
        for (host, port) in others {
            let output = curl(host, port);
            assert_eq!(output.status.code(), Some(7), "{host}: {}", shown(&output));
            let outside = format!("http://{host}:{port}/");
            let mut control = Command::new("curl");
            control.args(["-q", "-s", "-m", "1", "-o", "/dev/null", &outside]);
            let bites = control.status().unwrap().success();
            assert!(bites || host == "192.0.2.1", "{host} is no other server");
        }
        end_reached();
        end_spared();
        // One of these is the control's, by an address that is the same server's.
        assert_eq!(reached.join().unwrap(), 2);
        assert_eq!(spared.join().unwrap(), 3, "only the controls");
    }
}
