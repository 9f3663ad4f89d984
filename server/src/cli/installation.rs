//! `mes-dashboard check`, `install` and `uninstall`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::app::ServeError;
use crate::install::{self as installing, InstallError, own_prefix};
use crate::runtime_contract::installation::{ENV_FILE, below};
use crate::runtime_contract::{Drift, EnvFile, VERSION, drifts};

/// Which installation.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Conda environment of the installation; that of this program by default
    #[arg(long, value_name = "DIR")]
    pub prefix: Option<PathBuf>,
    /// Folder that is the root of the installed system
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
}

impl Place {
    fn prefix(&self) -> PathBuf {
        self.prefix.clone().unwrap_or_else(own_prefix)
    }
}

/// What to compare.
#[derive(Args, Clone, Debug)]
pub struct CheckOptions {
    /// Which installation.
    #[command(flatten)]
    pub place: Place,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What to install.
#[derive(Args, Clone, Debug)]
pub struct InstallOptions {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Write files and leave systemd alone, as when an image is made
    #[arg(long)]
    pub files_only: bool,
}

/// What to take away.
#[derive(Args, Clone, Debug)]
pub struct UninstallOptions {
    /// Folder that is the root of the installed system
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// Remove settings, the application's own database and logs as well
    #[arg(long)]
    pub purge: bool,
    /// Remove files and leave systemd alone
    #[arg(long)]
    pub files_only: bool,
}

/// What `check --json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    valid: bool,
    contract_version: &'static str,
    prefix: &'a Path,
    drifts: &'a [Drift],
    /// A hint; no deviation.
    notes: &'a [&'static str],
}

/// Compares and prints each difference.
///
/// # Errors
/// There are differences.
pub fn check(options: &CheckOptions, out: &mut impl Write) -> Result<(), ServeError> {
    let prefix = options.place.prefix();
    let drifts = drifts(&options.place.root, &prefix).map_err(InstallError::from)?;
    let valid = drifts.is_empty();
    let settings = std::fs::read(below(&options.place.root, ENV_FILE));
    let notes = settings.map(|text| EnvFile::parse(&text).notes()).unwrap_or_default();
    if options.json {
        let report = Report {
            valid,
            contract_version: VERSION,
            prefix: &prefix,
            drifts: &drifts,
            notes: &notes,
        };
        serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for Drift { what, expected, found, place, fix } in &drifts {
            writeln!(
                out,
                "{place}: {what}\n  expected {expected}\n  found    {found}\n  fix      {fix}"
            )?;
        }
        for note in &notes {
            writeln!(out, "{ENV_FILE}: {note}")?;
        }
        if valid {
            writeln!(out, "the installation in {} keeps contract {VERSION}", prefix.display())?;
        }
    }
    if valid { Ok(()) } else { Err(ServeError::Drift(drifts.len())) }
}

/// Installs and prints each step.
///
/// # Errors
/// A step failed; all can be done again.
pub fn install(options: &InstallOptions, out: &mut impl Write) -> Result<(), ServeError> {
    let place = &options.place;
    Ok(installing::install(&place.root, &place.prefix(), options.files_only, out)?)
}

/// Takes away and prints each step.
///
/// # Errors
/// A step failed; all can be done again.
pub fn uninstall(options: &UninstallOptions, out: &mut impl Write) -> Result<(), ServeError> {
    Ok(installing::uninstall(&options.root, options.purge, options.files_only, out)?)
}
