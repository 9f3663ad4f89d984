//! Holds what is installed against what has to be.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::VERSION;
use super::conda;
use super::drift::{Drift, first_difference};
use super::env_file::{EnvFile, Problem};
use super::installation::{
    BIND_ADDR, ENV_FILE, Installation, InstalledFile, LOGS_DIR, PACKAGE, RUNTIME_DIR, STATE_DIR,
    UNIT_DIR, UNITS, UnusablePrefix, below,
};

/// Settings of units that the contract is about: what a drop-in must leave alone.
const KEPT_SETTINGS: [&str; 8] = [
    "ExecStart",
    "EnvironmentFile",
    "User",
    "Group",
    "Type",
    "ListenStream",
    "RuntimeDirectory",
    "StateDirectory",
];

/// Everything that differs below `root`, for the program in `prefix`.
///
/// # Errors
/// The prefix can't be one of an installation.
pub fn drifts(root: &Path, prefix: &Path) -> Result<Vec<Drift>, UnusablePrefix> {
    let fallback = BIND_ADDR.parse().unwrap_or(([127, 0, 0, 1], 8080).into());
    let path = below(root, ENV_FILE);
    let text = std::fs::read(&path);
    let settings = text.as_deref().map(EnvFile::parse).unwrap_or_default();
    let address = settings.bind_addr();
    let installation = Installation::new(prefix, address.clone().unwrap_or(fallback))?;
    let mut found = Vec::new();
    // The expected socket unit depends on the address.
    let is_address_known = text.is_ok() && address.is_ok();
    let files = installation.files().into_iter();
    let files = files.filter(|file| is_address_known || !file.path.ends_with(".socket"));
    compare_files(root, &installation, files, &mut found);
    compare_drop_ins(root, &mut found);
    match text {
        Ok(_) => {
            if let Err(address) = address {
                found.push(edit("BIND_ADDR", "an address such as 127.0.0.1:8080", &address));
            }
            compare_settings(&settings, &installation, &path, &mut found);
        }
        Err(error) => found.push(Drift {
            what: "the environment file".to_owned(),
            expected: "readable".to_owned(),
            found: shown(&error),
            place: ENV_FILE.to_owned(),
            fix: match error.kind() {
                ErrorKind::PermissionDenied => "run this as root".to_owned(),
                _ => installation.install_command(),
            },
        }),
    }
    compare_conda(root, &installation, &mut found);
    for folder in [RUNTIME_DIR, STATE_DIR, LOGS_DIR] {
        let there = below(root, folder);
        // They are created by the first start.
        if there.exists() && !there.is_dir() {
            found.push(Drift {
                what: "a folder of the services".to_owned(),
                expected: "a folder".to_owned(),
                found: "something else".to_owned(),
                place: folder.to_owned(),
                fix: format!("mv {folder} {folder}.aside"),
            });
        }
    }
    Ok(found)
}

fn shown(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "missing".to_owned(),
        ErrorKind::PermissionDenied => "not readable for this user".to_owned(),
        _ => error.to_string(),
    }
}

/// A setting that only the operator can fix.
fn edit(name: &str, expected: &str, found: &str) -> Drift {
    Drift {
        what: name.to_owned(),
        expected: expected.to_owned(),
        found: format!("{found:?}"),
        place: ENV_FILE.to_owned(),
        fix: format!("${{EDITOR:-vi}} {ENV_FILE}"),
    }
}

fn compare_files(
    root: &Path,
    installation: &Installation,
    files: impl Iterator<Item = InstalledFile>,
    found: &mut Vec<Drift>,
) {
    for file in files {
        let drift = |what: &str, expected: &str, there: String, place: String| Drift {
            what: what.to_owned(),
            expected: expected.to_owned(),
            found: there,
            place,
            fix: installation.install_command(),
        };
        let path = below(root, file.path);
        match std::fs::read_to_string(path) {
            Ok(text) => {
                if let Some((line, ours, theirs)) = first_difference(&file.text, &text) {
                    let (expected, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
                    let place = format!("{}:{line}", file.path);
                    found.push(drift("the line", &expected, theirs, place));
                }
            }
            Err(error) => {
                let (there, place) = (shown(&error), file.path.to_owned());
                found.push(drift("the file", "as this program writes it", there, place));
            }
        }
    }
}

/// Drop-ins are the operator's, but for what the contract is about.
fn compare_drop_ins(root: &Path, found: &mut Vec<Drift>) {
    for unit in UNITS {
        let folder = format!("{UNIT_DIR}/{unit}.d");
        let Ok(entries) = std::fs::read_dir(below(root, &folder)) else { continue };
        let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        names.sort();
        for path in names.iter().filter(|path| path.extension().is_some_and(|end| end == "conf")) {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let place = format!("{folder}/{name}");
            for line in text.lines() {
                let key = line.split('=').next().unwrap_or_default().trim();
                if KEPT_SETTINGS.contains(&key) {
                    found.push(Drift {
                        what: key.to_owned(),
                        expected: format!("as in {unit}"),
                        found: format!("{:?}", line.trim()),
                        fix: format!("sed -i '/^ *{key} *=/d' {place} && systemctl daemon-reload"),
                        place: place.clone(),
                    });
                }
            }
        }
    }
}

fn compare_settings(
    settings: &EnvFile,
    installation: &Installation,
    path: &Path,
    found: &mut Vec<Drift>,
) {
    let mode = path.metadata().map(|meta| meta.permissions().mode() & 0o777);
    if let Some(mode) = mode.ok().filter(|mode| mode & 0o027 != 0) {
        found.push(Drift {
            what: "the mode of the file with the secrets".to_owned(),
            expected: "0640 or less".to_owned(),
            found: format!("{mode:04o}"),
            place: ENV_FILE.to_owned(),
            fix: format!("chmod 0640 {ENV_FILE}"),
        });
    }
    for Problem { line, reason } in settings.problems() {
        found.push(Drift {
            what: "the line".to_owned(),
            expected: "NAME=VALUE or a comment".to_owned(),
            found: format!("unreadable: {reason}"),
            place: format!("{ENV_FILE}:{line}"),
            fix: format!("${{EDITOR:-vi}} +{line} {ENV_FILE}"),
        });
    }
    for name in settings.left_as_in_the_example() {
        found.push(edit(name, "a value of this plant", settings.get(name).unwrap_or_default()));
    }
    // The environment file overrides the units.
    let prefix = installation.prefix().display().to_string();
    for (name, expected) in [
        ("CONDA_PREFIX", prefix.as_str()),
        ("CONDA_ENV_NAME", &installation.env_name()),
        ("RUNTIME_CONTRACT_VERSION", VERSION),
        ("WATCHDOG_RUNTIME_DIR", RUNTIME_DIR),
    ] {
        if let Some(value) = settings.get(name).filter(|value| *value != expected) {
            found.push(edit(name, &format!("{expected:?}, or no such line"), value));
        }
    }
    for name in ["WATCHDOG_PID_FILE", "WATCHDOG_RESTART_FLAG", "WATCHDOG_STATE_FILE"] {
        let is_elsewhere = |value: &&str| Path::new(value).parent() != Some(Path::new(RUNTIME_DIR));
        if let Some(value) = settings.get(name).filter(is_elsewhere) {
            found.push(edit(name, &format!("a file in {RUNTIME_DIR}, or no such line"), value));
        }
    }
}

fn compare_conda(root: &Path, installation: &Installation, found: &mut Vec<Drift>) {
    let version = env!("CARGO_PKG_VERSION");
    let prefix = installation.prefix();
    let place = prefix.join("conda-meta").display().to_string();
    let drift = |what: &str, expected: String, there: String, place: String| Drift {
        what: what.to_owned(),
        expected,
        found: there,
        place,
        fix: format!(
            "conda install --yes --force-reinstall --prefix {} {PACKAGE}={version}",
            prefix.display()
        ),
    };
    let package = format!("{PACKAGE} {version}");
    let records = match conda::records(&below(root, prefix)) {
        Ok(records) => records,
        Err(error) => {
            found.push(drift("the conda environment", package, shown(&error), place));
            return;
        }
    };
    let [(path, record)] = records.as_slice() else {
        let there = format!("{} records", records.len());
        found.push(drift("the conda package", format!("one record of {package}"), there, place));
        return;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let place = format!("{place}/{name}");
    let record = match record {
        Ok(record) => record,
        Err(error) => {
            let told = drift("the conda package", package, shown(error), place);
            let fix = match error.kind() {
                ErrorKind::PermissionDenied => format!("chmod a+r {}", told.place),
                _ => told.fix.clone(),
            };
            found.push(Drift { fix, ..told });
            return;
        }
    };
    if record.version != version {
        found.push(drift("the conda package", package, record.version.clone(), place.clone()));
    }
    let binary = installation.binary();
    let there = conda::sha256(&below(root, &binary));
    let place = binary.display().to_string();
    match (there, record.program_sha256()) {
        (Ok(there), Some(noted)) if there != noted => {
            let (expected, there) = (format!("SHA-256 {noted}"), format!("SHA-256 {there}"));
            found.push(drift("the program", expected, there, place));
        }
        (Ok(_), Some(_)) => {}
        (Ok(_), None) => {
            let there = "not in the package".to_owned();
            found.push(drift("the program", "of the package".to_owned(), there, place));
        }
        (Err(error), _) => {
            found.push(drift("the program", "of the package".to_owned(), shown(&error), place));
        }
    }
}
