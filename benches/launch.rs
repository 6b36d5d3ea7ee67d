//! What a launch takes, as whole processes: `cargo bench --bench launch [RUNS]`.
//!
//! Each round runs every row once, so that what the machine does besides falls on all alike. Rows that begin with
//! "floor" are the kernel's own cost, without a launcher: a spawn, and a void with nothing but its namespaces and an
//! empty root around the program.
#![allow(clippy::unwrap_used, reason = "a measurement that fails shows nothing")]

use clone3::{Clone3, Namespaces};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, UnmountFlags,
};
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SHIM: &str = env!("CARGO_BIN_EXE_clone-shim");
const DYNAMIC: &str = "/bin/true";
const BUBBLEWRAP: [&str; 4] = [
    "--unshare-all",
    "--clearenv",
    "--new-session",
    "--die-with-parent",
];

/// One way to run a program, timed until it has ended.
struct Row {
    name: &'static str,
    run: Box<dyn Fn()>,
    taken: Vec<Duration>,
}

impl Row {
    fn new(name: &'static str, run: impl Fn() + 'static) -> Self {
        let run = Box::new(run);
        let taken = Vec::new();
        Self { name, run, taken }
    }

    fn of(name: &'static str, program: &'static str, arguments: Vec<String>) -> Self {
        Self::new(name, move || succeed(quiet(program).args(&arguments)))
    }

    fn round(&mut self) {
        let began = Instant::now();
        (self.run)();
        self.taken.push(began.elapsed());
    }

    /// In microseconds.
    fn quantile(&self, hundredths: usize) -> u128 {
        let mut taken = self.taken.clone();
        taken.sort_unstable();
        taken[(taken.len() - 1) * hundredths / 100].as_micros()
    }

    fn median(&self) -> u128 {
        self.quantile(50)
    }
}

fn main() {
    let runs = std::env::args().find_map(|word| word.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    let program = static_program(folder.path());
    let one = specification(folder.path(), "static", &program);
    let other = specification(folder.path(), "dynamic", Path::new(DYNAMIC));
    let (spawned, voided) = (program.clone(), program.clone());
    let mut rows = [
        Row::new("floor: spawn", move || {
            succeed(&mut quiet(spawned.to_str().unwrap()));
        }),
        Row::new("floor: void", move || floor_void(&voided)),
        Row::of("clone-shim, static", SHIM, vec!["run".into(), one.clone()]),
        Row::of("bubblewrap, static", "bwrap", bubblewrap(&[text(&program)])),
        Row::of("clone-shim, dynamic", SHIM, vec!["run".into(), other]),
        Row::of(
            "bubblewrap, dynamic",
            "bwrap",
            bubblewrap(&with_libraries()),
        ),
    ];
    // The first rounds fill the caches.
    for _ in 0..5 {
        for row in &rows {
            (row.run)();
        }
    }
    for _ in 0..runs.unwrap_or(200) {
        rows.iter_mut().for_each(Row::round);
    }
    println!("{:<22}{:>8}{:>8}{:>8}  us", "", "min", "median", "p90");
    for row in &rows {
        let [least, median, most] = [0, 50, 90].map(|part| row.quantile(part));
        println!("{:<22}{least:>8}{median:>8}{most:>8}", row.name);
    }
    let [spawn, floor, shim, bwrap, dynamic, dynamic_bwrap] = rows.each_ref().map(Row::median);
    ratio("static, to bubblewrap", shim, bwrap);
    ratio("static, to spawn + void", shim, spawn + floor);
    ratio("dynamic, to bubblewrap", dynamic, dynamic_bwrap);
    println!(
        "{:<30}{:>6} KiB",
        "resident at most, shim",
        resident(folder.path())
    );
}

#[expect(clippy::cast_precision_loss, reason = "microseconds")]
fn ratio(name: &str, one: u128, other: u128) {
    println!("{name:<30}{:>6.2}", one as f64 / other as f64);
}

/// A C program that does nothing.
fn static_program(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("noop.c"), folder.join("noop"));
    fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let mut compiler = quiet("gcc");
    succeed(
        compiler
            .args(["-O2", "-static", "-o"])
            .args([&program, &source]),
    );
    program
}

fn specification(folder: &Path, name: &str, program: &Path) -> String {
    let path = folder.join(format!("{name}.json"));
    let program = text(program);
    let content =
        format!(r#"{{ "version": 1, "entrypoints": {{ "one": {{ "program": "{program}" }} }} }}"#);
    fs::write(&path, content).unwrap();
    text(&path)
}

/// The command line that binds `files` and runs the first.
fn bubblewrap(files: &[String]) -> Vec<String> {
    let bound = files
        .iter()
        .flat_map(|file| ["--ro-bind".to_owned(), file.clone(), file.clone()]);
    let flags = BUBBLEWRAP.into_iter().map(str::to_owned);
    flags.chain(bound).chain([files[0].clone()]).collect()
}

/// The dynamic program and all that its loader opens.
fn with_libraries() -> Vec<String> {
    let listed = Command::new("ldd").arg(DYNAMIC).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let libraries = listed
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    [DYNAMIC]
        .into_iter()
        .chain(libraries)
        .map(str::to_owned)
        .collect()
}

fn floor_void(program: &Path) {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    let clone = Clone3::new().namespaces(Namespaces::all());
    // SAFETY: this process has one thread, so that its copy may do what it likes.
    let child = unsafe {
        clone.fork(|| {
            let error = floor_enter(program, uid.as_raw(), gid.as_raw()).map_or_else(
                |error| error,
                |()| Command::new("/program").env_clear().exec(),
            );
            eprintln!("the floor's void: {error}");
            1
        })
    };
    let ended = child.unwrap().wait().unwrap();
    assert_eq!(ended.how, clone3::How::Exited(0));
}

/// Ids, and a root that holds the program alone.
fn floor_enter(program: &Path, uid: u32, gid: u32) -> io::Result<()> {
    fs::write("/proc/self/uid_map", format!("0 {uid} 1\n"))?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1\n"))?;
    let copy = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    let tree = rustix::mount::open_tree(CWD, program, copy)?;
    let context = rustix::mount::fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    rustix::mount::fsconfig_create(&context)?;
    let root = rustix::mount::fsmount(
        &context,
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::empty(),
    )?;
    let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(&root, "program", flags, Mode::from_raw_mode(0o755))?;
    rustix::mount::mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )?;
    let by_descriptor = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    rustix::mount::move_mount(&root, "", CWD, "/tmp", by_descriptor)?;
    rustix::mount::move_mount(&tree, "", &root, "program", by_descriptor)?;
    rustix::process::fchdir(&root)?;
    rustix::process::pivot_root(".", ".")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH)?;
    Ok(())
}

/// The most memory that the shim had at once, in KiB, while its void runs.
fn resident(folder: &Path) -> u64 {
    let mut shim = quiet(SHIM)
        .args(["void", "--", "/bin/sleep", "60"])
        .current_dir(folder)
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let status = fs::read_to_string(format!("/proc/{}/status", shim.id())).unwrap();
    shim.kill().unwrap();
    shim.wait().unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap()
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null());
    command
}

fn succeed(command: &mut Command) {
    let status = command.status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{command:?}: {status:?}"
    );
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
