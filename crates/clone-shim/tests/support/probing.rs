//! What the hostile program says, and where it is run.
use super::{Stage, repository, shown, stdout};
use serde_json::Value;
use std::collections::BTreeMap;

/// What each probe came to, by its name.
pub fn outcomes(text: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let (outcome, rest) = line.split_once(' ')?;
        let (name, seen) = rest.split_once(": ")?;
        Some((name.to_owned(), format!("{outcome}: {seen}")))
    };
    text.lines().filter_map(line).collect()
}

/// The poisoned folder is the working directory.
pub fn run_poisoned(
    stage: &Stage,
    specification: &Value,
    flags: &[String],
) -> BTreeMap<String, String> {
    std::fs::write(stage.path("spec.json"), specification.to_string()).unwrap();
    std::fs::copy(
        repository("tests/probes/poison.py"),
        stage.path("poison.py"),
    )
    .unwrap();
    let mut command = stage.command("/usr/bin/python3");
    command
        .arg("../poison.py")
        .arg(stage.own_folder("poison"))
        .args(["../clone-shim", "run", "../spec.json"])
        .args(flags)
        .args(["--", "@PLANTED@"])
        .current_dir(stage.path("poison"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    outcomes(&stdout(&output))
}

/// Every other probe is refused.
pub fn assert_only_open(outcomes: &BTreeMap<String, String>, open: &[&str]) {
    assert!(outcomes.len() > 150, "only {} probes ran", outcomes.len());
    let wrong: Vec<_> = outcomes
        .iter()
        .filter(|(name, seen)| match seen.split_once(':') {
            Some(("refused", _)) => false,
            _ => !open.contains(&name.as_str()),
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
