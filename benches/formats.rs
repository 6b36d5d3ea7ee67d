//! What it takes to load a specification in each format, until it has been checked: `cargo bench --bench formats [RUNS]`.
//!
//! Each round loads every one once, so that what the machine does besides falls on all alike. "embedded" is JSON in a
//! program's own file. Whole processes of `clone-shim check` stand below: they begin, read the file, and end.
#![allow(clippy::unwrap_used, reason = "a measurement that fails shows nothing")]

use serde_json::json;
use specification::{Document, Embedded, Format};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SHIM: &str = env!("CARGO_BIN_EXE_clone-shim");
/// Entrypoints of a small specification, and of a large one.
const SIZES: [usize; 2] = [1, 200];

/// A way to load one specification, timed.
struct Row {
    name: &'static str,
    bytes: usize,
    load: Box<dyn Fn()>,
    taken: Vec<Duration>,
}

impl Row {
    fn new(name: &'static str, bytes: usize, load: impl Fn() + 'static) -> Self {
        let load = Box::new(load);
        let taken = Vec::new();
        Self {
            name,
            bytes,
            load,
            taken,
        }
    }

    fn round(&mut self) {
        let began = Instant::now();
        (self.load)();
        self.taken.push(began.elapsed());
    }

    /// In microseconds.
    fn quantile(&self, hundredths: usize) -> f64 {
        let mut taken = self.taken.clone();
        taken.sort_unstable();
        taken[(taken.len() - 1) * hundredths / 100].as_secs_f64() * 1e6
    }
}

fn main() {
    let runs = std::env::args().find_map(|word| word.parse().ok());
    let runs = runs.unwrap_or(1000);
    let folder = tempfile::tempdir().unwrap();
    for size in SIZES {
        let document = Document::parse(&specification(size)).unwrap();
        let title = format!("{size} entrypoints, loaded");
        measure(&title, runs, in_this_process(&document));
        let title = format!("{size} entrypoints, as processes");
        measure(&title, runs / 4, as_processes(&document, folder.path()));
    }
}

fn measure(title: &str, runs: usize, mut rows: Vec<Row>) {
    // The first rounds fill the caches.
    for _ in 0..5 {
        for row in &rows {
            (row.load)();
        }
    }
    for _ in 0..runs {
        rows.iter_mut().for_each(Row::round);
    }
    println!(
        "{title:<32}{:>9}{:>10}{:>10}{:>9}",
        "bytes", "min us", "median us", "to JSON"
    );
    let json = rows[0].quantile(50);
    for row in &rows {
        let [least, median] = [0, 50].map(|part| row.quantile(part));
        let (name, bytes, ratio) = (row.name, row.bytes, median / json);
        println!("  {name:<30}{bytes:>9}{least:>10.1}{median:>10.1}{ratio:>9.2}");
    }
    println!();
}

/// As many servers, each with something of everything.
fn specification(entrypoints: usize) -> String {
    let entrypoint = |number: usize| {
        let fields = json!({
            "program": "/usr/sbin/dnsmasq",
            "args": ["--keep-in-foreground", "--conf-file=/config", format!("--user-name=server-{number}")],
            "environment": { "LANG": "C.UTF-8", "NUMBER": number.to_string() },
            "files": { "/config": "${config}", "/run": { "tmpfs": "1M" }, "/dev": { "devices": ["null", "urandom"] } },
            "network": { "serve": [{ "udp": 53, "host": "127.0.0.1:${port}" }], "reach": ["tcp:192.0.2.1:443"] },
            "limits": { "memory": "64M", "open_files": 100, "wall_seconds": 0.5 },
            "stderr": "inherit",
        });
        (format!("server-{number}"), fields)
    };
    let entrypoints: serde_json::Map<_, _> = (0..entrypoints).map(entrypoint).collect();
    let specification = json!({
        "version": 1,
        "parameters": {
            "port": { "type": "port", "min": 1024, "default": 5353 },
            "config": { "type": "path", "beneath": "/etc", "kind": "file", "default": "/etc/dnsmasq.conf" },
        },
        "entrypoints": entrypoints,
    });
    format!("{specification:#}\n")
}

fn load(format: Format, bytes: &[u8]) {
    let document = Document::read(format, black_box(bytes)).unwrap();
    black_box(document.check().unwrap());
}

fn in_this_process(document: &Document) -> Vec<Row> {
    let mut rows: Vec<_> = Format::ALL
        .map(|format| {
            let bytes = document.write(format).unwrap();
            Row::new(format.name(), bytes.len(), move || load(format, &bytes))
        })
        .into();
    let section = embedded(document).to_section();
    rows.push(Row::new("embedded", section.len(), move || {
        let embedded = Embedded::from_section(black_box(&section)).unwrap();
        load(embedded.format, &embedded.bytes);
    }));
    rows
}

fn embedded(document: &Document) -> Embedded {
    Embedded {
        name: "spec.json".to_owned(),
        format: Format::Json,
        bytes: document.write(Format::Json).unwrap(),
    }
}

fn as_processes(document: &Document, folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for format in Format::ALL {
        let bytes = document.write(format).unwrap();
        let path = folder.join("spec").with_extension(format.name());
        fs::write(&path, &bytes).unwrap();
        rows.push(check(format.name(), bytes.len(), &path));
    }
    let program = folder.join("program");
    let mut embed = Command::new(SHIM);
    embed.arg("embed").arg(folder.join("spec.json"));
    succeed(embed.arg("/bin/true").arg("-o").arg(&program));
    let bytes = embedded(document).to_section().len();
    rows.push(check("embedded", bytes, &program));
    rows
}

fn check(name: &'static str, bytes: usize, path: &Path) -> Row {
    let path = path.to_owned();
    Row::new(name, bytes, move || {
        succeed(Command::new(SHIM).arg("check").arg(&path));
    })
}

fn succeed(command: &mut Command) {
    let status = command.env_clear().status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{command:?}: {status:?}"
    );
}
