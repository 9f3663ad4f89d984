//! `mes-dashboard install` and `uninstall`: units, user and environment file of an installation.
//!
//! `plan` lists the steps without executing them; `steps` executes them. There are no prompts.

mod plan;
mod steps;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::auth::secret_key::random_text;
use crate::runtime_contract::installation::{
    ENV_FILE, Installation, PROGRAM, UnusablePrefix, below,
};
use crate::runtime_contract::{EnvFile, called_prefix};

/// Why there is no installation.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The program is not in a conda environment.
    #[error(
        "{0} has no {PROGRAM}: install the conda package there first, or name its environment with --prefix"
    )]
    NoProgram(PathBuf),
    /// The environment's path can't be used.
    #[error(transparent)]
    Prefix(#[from] UnusablePrefix),
    /// The environment file has no address that can be served.
    #[error("BIND_ADDR in {ENV_FILE} is {0:?}, expected an address such as 127.0.0.1:8080")]
    Address(String),
    /// The system has no randomness for the key.
    #[error("the system gives no randomness for SECRET_KEY: {0}")]
    Random(#[from] getrandom::Error),
    /// A file can't be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        cause: std::io::Error,
    },
    /// A program of the system failed.
    #[error("{command} failed: {cause}")]
    Command {
        /// The command line.
        command: String,
        /// Output of the command.
        cause: String,
    },
    /// The reader of what is done went away.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

/// The conda environment that the running program was called in.
pub fn own_prefix() -> PathBuf {
    let running = std::env::current_exe().unwrap_or_default();
    let (name, folders) = (std::env::args_os().next(), std::env::var_os("PATH"));
    let active = std::env::var_os("CONDA_PREFIX").map(PathBuf::from);
    let folders = folders.unwrap_or_default();
    called_prefix(name.as_deref(), &folders, active.as_deref(), &running).unwrap_or_default()
}

/// Writes units, user and, if it is missing, the environment file, and reloads systemd.
/// `files_only` skips the reload.
///
/// # Errors
/// The prefix has no program, or something can't be written.
pub fn install(
    root: &Path,
    prefix: &Path,
    files_only: bool,
    out: &mut impl Write,
) -> Result<(), InstallError> {
    let program = below(root, prefix).join(PROGRAM);
    if !program.is_file() {
        return Err(InstallError::NoProgram(prefix.to_owned()));
    }
    let settings = match std::fs::read(below(root, ENV_FILE)) {
        Ok(text) => Some(EnvFile::parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(cause) => return Err(InstallError::File { path: ENV_FILE.into(), cause }),
    };
    let address =
        settings.clone().unwrap_or_default().bind_addr().map_err(InstallError::Address)?;
    let installation = Installation::new(prefix, address)?;
    let key = if settings.is_none() { Some(random_text()?) } else { None };
    steps::run(root, &plan::install(root, &installation, key.as_deref(), files_only), out)?;
    let left =
        settings.map_or_else(|| vec!["DATABASE_URL"], |settings| settings.left_as_in_the_example());
    if !left.is_empty() {
        writeln!(out, "next: fill in {} in {ENV_FILE}", left.join(" and "))?;
    }
    Ok(())
}

/// Stops and removes everything that `install` wrote, but for the environment file; with `purge`
/// that, the application's own database and the logs as well.
///
/// # Errors
/// Something can't be removed.
pub fn uninstall(
    root: &Path,
    purge: bool,
    files_only: bool,
    out: &mut impl Write,
) -> Result<(), InstallError> {
    steps::run(root, &plan::uninstall(root, purge, files_only), out)
}
