//! nginx under wrk, on the host and in a void.
use crate::servers::*;
use crate::support::process::words;
use crate::support::shim::clone_shim;
use crate::support::{Stage, User, wait};
use rustix::process::{Pid, Signal};
use std::fs;
use std::path::Path;

/// Has the two of an nginx visited while wrk asks, and looks at what that says.
fn ask_nginx(stage: &Stage, user: User, port: &str, log: &Path, processes: &[Pid]) {
    let before = possessions(processes);
    let said = log_lines(log);
    let load = visit_under(stage, user, processes, || {
        let page = format!("http://127.0.0.1:{port}/page");
        let words = ["wrk", "-t", "1", "-c", "10", "-d", "300s", &page];
        let mut load = stage.command_of(User::This, &words);
        load.stdout(fs::File::create(stage.path("report")).unwrap());
        Running::start(load)
    });
    load.end(Signal::INT);
    let report = fs::read_to_string(stage.path("report")).unwrap();
    assert!(report.contains("requests in"), "{report}");
    for failure in ["Non-2xx", "Socket errors"] {
        assert!(!report.contains(failure), "{report}");
    }
    have_again(&before, processes);
    assert_eq!(log_lines(log), said);
}

#[test]
fn nginx_answers_each_request_of_wrk() {
    for user in users() {
        let (stage, folder) = stage(user);
        let port = free_port();
        let own = folder.to_str().unwrap();
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = paths
            .map(|name| format!("{name}_temp_path {own}/{name};"))
            .join(" ");
        let configuration = format!(
            "daemon off; worker_processes 1; pid {own}/pid; error_log {own}/log notice; events {{ }} \
             http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port}; location / {{ return 200 page; }} }} }}"
        );
        let configuration = stage.write("nginx.conf", &configuration);
        let words = [
            "nginx",
            "-e",
            &stage.text("own/log"),
            "-c",
            configuration.to_str().unwrap(),
        ];
        let server = Running::start(stage.command_of(user, &words));
        wait_for_port(&port);
        let worker = child(server.pid(), "worker process");
        ask_nginx(
            &stage,
            user,
            &port,
            &folder.join("log"),
            &[worker, server.pid()],
        );
        server.end(Signal::TERM);
    }
}

/// The processes below one that have this name in their command lines.
fn below(process: Pid, contains: &str) -> Vec<Pid> {
    let all = children(process).into_iter().flat_map(|child| {
        let own = words(child).contains(contains).then_some(child);
        own.into_iter().chain(below(child, contains))
    });
    all.collect()
}

#[test]
fn nginx_in_a_void_answers_each_request_of_wrk() {
    let user = User::This;
    let (stage, folder) = stage(user);
    let port = free_port();
    fs::write(stage.path("page"), "a page\n").unwrap();
    let shim = clone_shim();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/nginx/spec.json");
    let (port_flag, logs_flag) = (
        format!("--set=port={port}"),
        format!("--set=logs={}", folder.display()),
    );
    let words = [
        shim.to_str().unwrap(),
        "run",
        example.to_str().unwrap(),
        &port_flag,
        &logs_flag,
    ];
    let server = Running::start(stage.command_of(user, &words));
    wait_for_port(&port);
    // Its port is there before it is. A master and two workers.
    let find = || below(server.pid(), "nginx: ");
    wait("nginx", || find().len() == 3);
    let processes = find();
    ask_nginx(&stage, user, &port, &folder.join("error.log"), &processes);
    server.end(Signal::TERM);
}
