//! The clone-shim of this tree, for forktop to look into its voids.
use std::path::{Path, PathBuf};
use std::process::Command;

/// It is built first, but where who runs the tests has said that it is: who tests the whole workspace has it, with the features
/// of the whole, and would wait for another.
pub fn clone_shim() -> PathBuf {
    if std::env::var_os("CLONE_SHIM_IS_BUILT").is_none() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--package", "clone-shim", "--locked", "--quiet"]);
        let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{cargo:?}: {output:?}");
    }
    Path::new(env!("CARGO_BIN_EXE_forktop")).with_file_name("clone-shim")
}
