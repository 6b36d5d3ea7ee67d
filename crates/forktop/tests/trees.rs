//! The tree is that which happened: for real programs, the same as strace(1) tells of.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use forktop::log::Record;
use support::tree::{Node, of_log};
use support::{Stage, strace};

/// The tree by forktop's log, and that by strace, of a command that does the same each time.
fn both(stage: &Stage, words: &[&str]) -> (Node, Node) {
    let log = stage.text("log.jsonl");
    let mut command = stage.forktop(&["log", "--json", "-o", &log, "--"]);
    let output = command.args(words).output().unwrap();
    assert!(
        output.status.code().is_some_and(|code| code != 125),
        "{}",
        support::shown(&output)
    );
    let log = std::fs::read_to_string(&log).unwrap();
    let records: Vec<Record> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (of_log(&records), strace::tree(stage, words))
}

/// The trees are the same, of at least so many processes.
fn agree(stage: &Stage, words: &[&str], least: usize) {
    let (ours, theirs) = both(stage, words);
    assert_eq!(ours.lines(0), theirs.lines(0));
    assert!(ours.count() >= least, "{}", ours.lines(0));
}

/// A script that bash runs.
fn script_agrees(stage: &Stage, script: &str, least: usize) {
    agree(stage, &["bash", "-c", script], least);
}

#[test]
fn of_make_with_two_jobs() {
    let stage = Stage::new();
    let mut makefile = String::from("CFLAGS = -O0\nall: program\nprogram:");
    for number in 0..4 {
        stage.write(
            &format!("part{number}.c"),
            &format!("int part{number}(void) {{ return {number}; }}\n"),
        );
        makefile.extend([" part", &number.to_string(), ".o"]);
    }
    stage.write(
        "main.c",
        "int part0(void); int main(void) { return part0(); }\n",
    );
    makefile += " main.o\n\tgcc -o $@ $^\n%.o: %.c\n\tgcc $(CFLAGS) -pipe -c -o $@ $<\n";
    makefile += "clean:\n\trm -f main.o part0.o part1.o part2.o part3.o program\n";
    stage.write("Makefile", &makefile);
    // gcc names temporary files at random.
    let script = "export TMPDIR=$PWD; make -s -j2 clean; make -s -j2 >/dev/null 2>&1";
    let (ours, theirs) = both(&stage, &["bash", "-c", script]);
    let (ours, theirs) = (
        without_temporary_names(ours),
        without_temporary_names(theirs),
    );
    assert_eq!(ours.lines(0), theirs.lines(0));
    assert_eq!(ours, theirs);
    assert!(ours.count() > 15, "{}", ours.lines(0));
}

/// The same with one name for all temporary files, in order.
fn without_temporary_names(mut node: Node) -> Node {
    for program in &mut node.programs {
        let words = program.split(' ').map(|word| match word.contains("/cc") {
            true => "TEMPORARY",
            false => word,
        });
        *program = words.collect::<Vec<_>>().join(" ");
    }
    let children = node.children.into_iter().map(without_temporary_names);
    node.children = children.collect();
    node.children.sort();
    node
}

#[test]
fn of_a_pipeline_of_a_shell() {
    let script = "seq 100 | sort -r | (head -3; false) | cat >/dev/null & wait; (exec /bin/true); sh -c 'kill -9 $$'; true";
    script_agrees(&Stage::new(), script, 8);
}

#[test]
fn of_nginx_with_workers() {
    let stage = Stage::new();
    let configuration = format!(
        "daemon off; worker_processes 2; pid {0}/pid; error_log {0}/error.log;
         events {{}} http {{ access_log off; server {{ listen unix:{0}/socket; location / {{ return 200; }} }} }}",
        stage.text("")
    );
    stage.write("nginx.conf", &configuration);
    let folder = stage.text("");
    let script = format!(
        "/usr/sbin/nginx -p {folder} -c {folder}/nginx.conf 2>/dev/null &
         until [ -S {folder}/socket ]; do :; done
         curl -s --unix-socket {folder}/socket http://localhost/
         kill -QUIT $!; wait"
    );
    script_agrees(&stage, &script, 4);
}

#[test]
fn of_redis_that_saves_in_the_background() {
    let stage = Stage::new();
    let folder = stage.text("");
    let script = format!(
        "rm -f {folder}/dump.rdb; redis-server --port 0 --unixsocket {folder}/socket --dir {folder} >/dev/null &
         server=$!; until [ -S {folder}/socket ]; do :; done
         client='redis-cli -s {folder}/socket'
         $client set a b; $client bgsave
         until [ -s {folder}/dump.rdb ]; do :; done
         while read -r -d ' ' saving < /proc/$server/task/$server/children; do :; done
         $client shutdown nosave; wait"
    );
    script_agrees(&stage, &script, 6);
}

#[test]
fn of_python_with_threads_and_subprocesses() {
    let script = "
import subprocess, threading
def work(number):
    subprocess.run(['/bin/echo', str(number)], stdout=subprocess.DEVNULL, check=True)
threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
subprocess.run('exit 3', shell=True)
";
    agree(&Stage::new(), &["/usr/bin/python3", "-c", script], 10);
}

#[test]
fn of_two_voids() {
    let stage = Stage::new();
    let specification = r#"{ "version": 1, "entrypoints": {
        "left": { "program": "/bin/busybox", "args": ["sh", "-c", "busybox true; exit 0"], "files": { "/proc": { "proc": true } } },
        "right": { "program": "/bin/busybox", "args": ["sh", "-c", "exit 3"] } } }"#;
    stage.write("spec.json", specification);
    let shim = support::shim::clone_shim();
    agree(&stage, &[shim.to_str().unwrap(), "run", "spec.json"], 5);
}
