//! redis-server under redis-benchmark, and a client that counts.
use crate::servers::*;
use crate::support::User;
use rustix::process::Signal;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

/// When this is gone, it is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Counts up, and looks at each answer.
fn count_up(port: &str, is_over: &AtomicBool) -> usize {
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let mut answers = BufReader::new(connection.try_clone().unwrap());
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        count += 1;
        connection.write_all(b"INCR counted\r\n").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, format!(":{count}\r\n"));
    }
    count
}

#[test]
fn redis_answers_each_request_and_its_benchmark_sees_no_error() {
    for user in users() {
        let (stage, folder) = stage(user);
        let (port, folder) = (free_port(), folder.to_str().unwrap().to_owned());
        let log = stage.text("own/log");
        let words = [
            "redis-server",
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            &folder,
        ];
        let more = ["--logfile", &log, "--loglevel", "notice"];
        let server = Running::start(stage.command_of(user, &[&words[..], &more].concat()));
        wait_for_port(&port);
        let processes = [server.pid()];
        sleep(Duration::from_millis(200));
        let before = possessions(&processes);
        let said = log_lines(Path::new(&log));
        let is_over = AtomicBool::new(false);
        let answered = scope(|scope| {
            // A failure here ends the counting, too: the scope waits for it.
            let over = Over(&is_over);
            let counting = scope.spawn(|| count_up(&port, &is_over));
            let load = visit_under(&stage, user, &processes, || {
                let words = [
                    "redis-benchmark",
                    "-p",
                    &port,
                    "-c",
                    "10",
                    "-l",
                    "-q",
                    "-t",
                    "set,get",
                ];
                let mut load = stage.command_of(User::This, &words);
                let said = fs::File::create(stage.path("said")).unwrap();
                load.stdout(Stdio::null()).stderr(said);
                Running::start(load)
            });
            load.end(Signal::KILL);
            drop(over);
            counting.join().unwrap()
        });
        assert!(answered > 100, "{answered}");
        assert_eq!(fs::read_to_string(stage.path("said")).unwrap(), "");
        have_again(&before, &processes);
        assert_eq!(log_lines(Path::new(&log)), said);
        server.end(Signal::TERM);
    }
}
