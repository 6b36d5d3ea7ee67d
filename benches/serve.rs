//! What a network grant costs: `cargo bench --bench serve [ROUNDS]`.
//!
//! The same program with the same configuration on the host and in a void, in turn: each round measures every figure
//! once on either side, and what counts is the median of the rounds' ratios. All of it on the loopback interface.
#![allow(clippy::unwrap_used, reason = "a measurement that fails shows nothing")]

use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SHIM: &str = env!("CARGO_BIN_EXE_clone-shim");
const ROUNDS: usize = 5;

/// What nginx serves: a file that it keeps open, and one that it opens for each request. The latter shows what Landlock
/// takes, which looks at every opening of a file, in a void with a network grant or without.
const KEPT: &str = "kept/page";
const OPENED: &str = "page";

/// Makes as many connections as its second argument says to the port that is its first, one after the other has been
/// accepted and closed, and prints how long each took, and connect(2) alone, in nanoseconds. They end by a reset: no port
/// stays taken for a minute.
const CONNECTS: &str = r#"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}
int main(int argc, char **argv) {
  struct linger reset = {1, 0};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  long all = 0, connecting = 0, count = argc == 3 ? atol(argv[2]) : 0;
  if (!count) return 0;
  to.sin_port = htons(atoi(argv[1]));
  for (long i = 0; i < count; i++) {
    long begin = now();
    int s = socket(AF_INET, SOCK_STREAM, 0);
    long made = now();
    if (connect(s, (void *)&to, sizeof to)) return 1;
    connecting += now() - made;
    if (read(s, &made, sizeof made)) return 1;
    setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(s);
    all += now() - begin;
  }
  printf("%ld %ld\n", all / count, connecting / count);
}
"#;

/// One thing that is measured on both sides.
struct Figure {
    name: &'static str,
    measure: Box<dyn Fn(Side) -> f64>,
    aim: Aim,
    host: Vec<f64>,
    void: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Side {
    Host,
    Void,
}

/// What the void's side must come to, by the host's.
#[derive(Clone, Copy)]
enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// In its own unit.
    MoreByAtMost(f64),
    /// It is shown, and nothing more.
    None,
}

impl Figure {
    fn new(name: &'static str, aim: Aim, measure: impl Fn(Side) -> f64 + 'static) -> Self {
        Self {
            name,
            measure: Box::new(measure),
            aim,
            host: Vec::new(),
            void: Vec::new(),
        }
    }

    /// Which side is first changes from round to round.
    fn round(&mut self, number: usize) {
        for turn in [number, number + 1] {
            match turn % 2 {
                0 => self.host.push((self.measure)(Side::Host)),
                _ => self.void.push((self.measure)(Side::Void)),
            }
        }
    }

    fn show(&self) {
        let pairs = || self.host.iter().zip(&self.void);
        let ratio = median(pairs().map(|(host, void)| void / host).collect());
        let more = median(pairs().map(|(host, void)| void - host).collect());
        let (measured, to_reach, reached) = match self.aim {
            Aim::AtLeast(least) => (
                format!("{ratio:.2}"),
                format!(">= {least}"),
                Some(ratio >= least),
            ),
            Aim::AtMost(most) => (
                format!("{ratio:.2}"),
                format!("<= {most}"),
                Some(ratio <= most),
            ),
            Aim::MoreByAtMost(most) => (
                format!("{more:+.1}"),
                format!("<= +{most}"),
                Some(more <= most),
            ),
            Aim::None => (format!("{ratio:.2}"), String::new(), None),
        };
        let verdict = reached.map_or("", |reached| if reached { "reached" } else { "missed" });
        let [host, void] = [&self.host, &self.void].map(|taken| median(taken.clone()));
        println!(
            "{:<44}{measured:>10}{to_reach:>10}  {verdict:<9}{host:>12.1}{void:>12.1}",
            self.name
        );
    }
}

fn median(mut taken: Vec<f64>) -> f64 {
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

fn main() {
    let rounds = std::env::args().find_map(|word| word.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    // Servers that root starts give up being root.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (nginx, _nginxes) = both(|side| nginx(folder.path(), side));
    let (redis, _redises) = both(|side| redis(folder.path(), side));
    let connects = static_program(folder.path());
    let made = connects_of(folder.path(), &connects, listener());
    let alone = connects_of(folder.path(), &connects, listener());
    let closing = closing_of(folder.path(), nginx[0]);
    let launches = launches(folder.path(), &connects);
    let mut figures = [
        Figure::new(
            "nginx, requests a second",
            Aim::AtLeast(0.97),
            move |side| wrk(quiet("wrk").args(load(port_of(nginx, side), KEPT, &[]))),
        ),
        Figure::new("nginx, opening a file for each", Aim::None, move |side| {
            wrk(quiet("wrk").args(load(port_of(nginx, side), OPENED, &[])))
        }),
        Figure::new(
            "redis, requests a second",
            Aim::AtLeast(0.97),
            move |side| redis_benchmark(port_of(redis, side)),
        ),
        Figure::new(
            "connections a second, a request over each",
            Aim::AtLeast(0.5),
            closing,
        ),
        Figure::new("connect(2), us", Aim::MoreByAtMost(60.0), move |side| {
            alone(side)[1] / 1e3
        }),
        Figure::new(
            "connections a second, nothing over them",
            Aim::None,
            move |side| 1e9 / made(side)[0],
        ),
        Figure::new(
            "launch, without and with a grant, us",
            Aim::AtMost(1.15),
            launches,
        ),
    ];
    for number in 0..rounds.unwrap_or(ROUNDS) {
        for figure in &mut figures {
            figure.round(number);
        }
    }
    println!(
        "{:<44}{:>10}{:>10}  {:<9}{:>12}{:>12}",
        "figure", "measured", "to reach", "", "host", "void"
    );
    figures.iter().for_each(Figure::show);
}

/// A server on either side, and its port there.
fn both(start: impl Fn(Side) -> (u16, Server)) -> ([u16; 2], [Server; 2]) {
    let [host, void] = [Side::Host, Side::Void].map(start);
    ([host.0, void.0], [host.1, void.1])
}

fn port_of([host, void]: [u16; 2], side: Side) -> u16 {
    match side {
        Side::Host => host,
        Side::Void => void,
    }
}

/// Killed with this; a void is killed with its shim.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.0),
            rustix::process::Signal::TERM,
        );
        let _ = self.0.wait();
    }
}

/// Runs a server on this side, which serves `port` of the loopback interface, until it answers there.
fn serve(folder: &Path, side: Side, port: u16, program: &[&str], mut grants: Value) -> Server {
    let [name, args @ ..] = program else {
        panic!("no program")
    };
    let mut command = match side {
        Side::Host => {
            let mut command = quiet(name);
            command.args(args);
            command
        }
        Side::Void => {
            let address = format!("127.0.0.1:{port}");
            grants["program"] = json!(name);
            grants["args"] = json!(args);
            grants["network"] = json!({ "serve": [{ "tcp": port, "host": address }] });
            let mut command = quiet(SHIM);
            command.args(["run", &specification(folder, &port.to_string(), &grants)]);
            command
        }
    };
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server(command.spawn().unwrap());
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "{name}");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

fn nginx(folder: &Path, side: Side) -> (u16, Server) {
    let port = free_port();
    let own = folder.join(format!("nginx-{port}"));
    fs::create_dir_all(own.join("site/kept")).unwrap();
    for page in [KEPT, OPENED] {
        fs::write(own.join("site").join(page), "a page\n").unwrap();
    }
    let (configuration, own) = (text(&own.join("nginx.conf")), text(&own));
    let content = format!(
        "daemon off; worker_processes 1; pid {own}/pid; error_log {own}/error.log;\n\
         events {{}}\n\
         http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {own}/site;\n\
         location /kept/ {{ open_file_cache max=16; }} }}\n\
         client_body_temp_path {own}/a; proxy_temp_path {own}/b; fastcgi_temp_path {own}/c;\n\
         uwsgi_temp_path {own}/d; scgi_temp_path {own}/e; }}\n"
    );
    fs::write(&configuration, content).unwrap();
    let log = format!("{own}/error.log");
    let program = ["/usr/sbin/nginx", "-c", &configuration, "-e", &log];
    let grants = json!({ "files": { &own: { "host": own, "access": "rw" } } });
    (port, serve(folder, side, port, &program, grants))
}

fn redis(folder: &Path, side: Side) -> (u16, Server) {
    let port = free_port();
    let number = port.to_string();
    let program = ["/usr/bin/redis-server", "--port", &number, "--save", ""];
    (port, serve(folder, side, port, &program, json!({})))
}

fn load(port: u16, page: &str, more: &[&str]) -> Vec<String> {
    let page = format!("http://127.0.0.1:{port}/{page}");
    let words = ["-t1", "-c16", "-d1"]
        .into_iter()
        .chain(more.iter().copied());
    words.map(str::to_owned).chain([page]).collect()
}

/// Requests a second, as wrk tells them.
fn wrk(command: &mut Command) -> f64 {
    let said = succeed(command);
    assert!(!said.contains("Non-2xx"), "{said}");
    number_after(&said, "Requests/sec:")
}

fn redis_benchmark(port: u16) -> f64 {
    let mut command = quiet("redis-benchmark");
    command.args([
        "-p",
        &port.to_string(),
        "-t",
        "get",
        "-n",
        "100000",
        "--csv",
    ]);
    number_after(&succeed(&mut command).replace('"', " "), " GET , ")
}

/// wrk itself on either side, and nginx on the host: a connection for each request.
fn closing_of(folder: &Path, port: u16) -> impl Fn(Side) -> f64 + 'static {
    let args = load(port, KEPT, &["-H", "Connection: close"]);
    let fields = json!({
        "program": "/usr/bin/wrk",
        "args": args,
        "network": { "reach": [format!("tcp:127.0.0.1:{port}")] },
        "stdout": "inherit",
    });
    let specification = specification(folder, "wrk", &fields);
    move |side| {
        wrk(&mut match side {
            Side::Host => with(quiet("/usr/bin/wrk"), &args),
            Side::Void => with(quiet(SHIM), &["run".to_owned(), specification.clone()]),
        })
    }
}

/// What the program that connects prints, on either side.
fn connects_of(folder: &Path, program: &Path, port: u16) -> impl Fn(Side) -> [f64; 2] + 'static {
    let program = text(program);
    let args = [port.to_string(), "10000".to_owned()];
    let fields = json!({
        "program": program,
        "args": args,
        "network": { "reach": [format!("tcp:127.0.0.1:{port}")] },
        "stdout": "inherit",
    });
    let specification = specification(folder, &format!("connects-{port}"), &fields);
    move |side| {
        let said = succeed(&mut match side {
            Side::Host => with(quiet(&program), &args),
            Side::Void => with(quiet(SHIM), &["run".to_owned(), specification.clone()]),
        });
        let mut numbers = said.split_whitespace().map(|word| word.parse().unwrap());
        [(); 2].map(|()| numbers.next().unwrap())
    }
}

/// A void that does nothing; here the host's side is one without a grant.
fn launches(folder: &Path, program: &Path) -> impl Fn(Side) -> f64 + 'static {
    const LAUNCHES: usize = 40;
    let mut fields = json!({ "program": program });
    let without = specification(folder, "without", &fields);
    fields["network"] = json!({
        "serve": [{ "tcp": 80, "host": "127.0.0.1:8080" }],
        "reach": ["tcp:127.0.0.1:8081"],
    });
    let with_grant = specification(folder, "with", &fields);
    move |side| {
        let specification = match side {
            Side::Host => &without,
            Side::Void => &with_grant,
        };
        let launch = || {
            let began = Instant::now();
            succeed(quiet(SHIM).args(["run", specification]));
            began.elapsed().as_secs_f64() * 1e6
        };
        median(std::iter::repeat_with(launch).take(LAUNCHES).collect())
    }
}

/// Accepts whatever connects, and closes it, as long as this process lives.
fn listener() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    port
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn static_program(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("connects.c"), folder.join("connects"));
    fs::write(&source, CONNECTS).unwrap();
    let mut compiler = quiet("gcc");
    compiler
        .args(["-O2", "-static", "-o"])
        .args([&program, &source]);
    succeed(&mut compiler);
    program
}

/// One entrypoint of these fields.
fn specification(folder: &Path, name: &str, fields: &Value) -> String {
    let path = folder.join(format!("{name}.json"));
    let content = json!({ "version": 1, "entrypoints": { "one": fields } });
    fs::write(&path, content.to_string()).unwrap();
    text(&path)
}

fn number_after(said: &str, words: &str) -> f64 {
    let rest = said
        .split_once(words)
        .map(|(_, rest)| rest.split_whitespace());
    let number = rest.and_then(|mut rest| rest.next()?.parse().ok());
    number.unwrap_or_else(|| panic!("{said}"))
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/bin");
    command.stdin(Stdio::null());
    command
}

fn with(mut command: Command, args: &[String]) -> Command {
    command.args(args);
    command
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
