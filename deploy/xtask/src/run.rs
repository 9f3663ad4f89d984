//! Runs programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, in words for a person.
pub(crate) type Done = Result<(), String>;

/// The profile of everything native that is not a release.
pub(crate) const PROFILE: &str = "fast";

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// A path inside the workspace.
pub(crate) fn inside(path: &str) -> PathBuf {
    root().join(path)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| inside("target"), PathBuf::from)
}

/// Where the native profile's programs are.
pub(crate) fn program(name: &str) -> PathBuf {
    target().join(PROFILE).join(name)
}

/// A command in the workspace.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs a command whose output the caller sees.
pub(crate) fn run(command: &mut Command) -> Done {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().map_err(|error| format!("{shown} can't be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} ended with {status}")) }
}

/// Runs `cargo` in the workspace.
pub(crate) fn cargo(args: &[&str]) -> Done {
    run(&mut command("cargo", args))
}

/// Runs `npm` in a folder of the workspace.
pub(crate) fn npm(folder: &str, args: &[&str]) -> Done {
    run(command("npm", args).current_dir(inside(folder)))
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Whether a program is on the PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
