//! Programs, and what they use of the machine.
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm");
    command.stdin(Stdio::null());
    command
}

pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A shell with very many that sleep; all are killed with this.
pub struct Tree {
    shell: Child,
    many: usize,
}

impl Tree {
    /// Starts them, and waits until all are there.
    pub fn of_sleepers(many: usize) -> Self {
        let script = format!("i=0; while [ $i -lt {many} ]; do sleep 600 & i=$((i+1)); done; wait");
        let shell = command("sh").args(["-c", &script]).spawn().unwrap();
        let tree = Self { shell, many };
        while tree.processes().len() < many {
            std::thread::sleep(Duration::from_millis(100));
        }
        // The last ones still have to execute their program.
        std::thread::sleep(Duration::from_millis(500));
        tree
    }

    /// Those that sleep.
    pub fn processes(&self) -> Vec<String> {
        let id = self.shell.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let children = children.split_whitespace().map(str::to_owned);
        children.take(self.many).collect()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let sleepers = self.processes();
        let _ = self.shell.kill();
        let _ = command("kill").args(sleepers).output();
        let _ = self.shell.wait();
    }
}

/// Of a line of proc_pid_stat(5), the fields after the name, which begin with the third.
fn fields(process: &str) -> Vec<String> {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = line.rsplit_once(") ").unwrap();
    fields.split_whitespace().map(str::to_owned).collect()
}

fn ticks(fields: &[String]) -> Duration {
    let sum: u32 = fields
        .iter()
        .map(|field| field.parse::<u32>().unwrap())
        .sum();
    Duration::from_secs(1) * sum / 100 // CLK_TCK is 100 everywhere
}

/// Processor time of this process's children that it has waited for.
pub fn cpu_of_children() -> Duration {
    ticks(&fields("self")[13..15])
}

/// Processor time of a process.
pub fn cpu_of_process(process: &str) -> Duration {
    ticks(&fields(process)[11..13])
}

/// Processor time of this thread.
pub fn cpu_of_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap()
}

/// What of this process is resident, in bytes.
pub fn resident() -> usize {
    let sizes = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = sizes.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}
