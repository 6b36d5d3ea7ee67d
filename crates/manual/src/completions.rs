//! What shells complete.
use clap::Command;
use clap_complete::{Generator, Shell};
use std::error::Error;
use std::fs;
use std::path::Path;

/// A script for each shell, named as the shell looks for it.
pub(crate) fn write(command: &Command, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let name = command.get_name();
    // clap_complete writes the hyphen of a program's name in two ways, so that bash finds no subcommand:
    // <https://github.com/clap-rs/clap/issues/6421>.
    let [one, other] = ["__subcmd__", "__"].map(|hyphen| name.replace('-', hyphen));
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), name, &mut script);
        let script = String::from_utf8(script)?.replace(&one, &other);
        fs::write(folder.join(shell.file_name(name)), script)?;
    }
    Ok(())
}
