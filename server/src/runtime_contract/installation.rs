//! What an installation consists of: the one list of names, places and texts that `install` writes
//! and `check` compares with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::VERSION;

/// Settings of server and watchdog.
pub const ENV_FILE: &str = "/etc/mes-dashboard/mes-dashboard.env";
/// Where units are.
pub const UNIT_DIR: &str = "/etc/systemd/system";
/// The user that everything runs as.
pub const USER: &str = "mes-dashboard";
/// Files that supervisor, watchdog and server share.
pub const RUNTIME_DIR: &str = "/run/mes-dashboard";
/// The application's own database.
pub const STATE_DIR: &str = "/var/lib/mes-dashboard";
/// Logs for reading.
pub const LOGS_DIR: &str = "/var/log/mes-dashboard";
/// The units, the socket first.
pub const UNITS: [&str; 3] =
    ["mes-dashboard.socket", "mes-dashboard.service", "mes-dashboard-watchdog.service"];
/// The program within the conda environment.
pub const PROGRAM: &str = "bin/mes-dashboard";
/// The conda package.
pub const PACKAGE: &str = "mes-dashboard";
/// Address that is served unless the environment file has one.
pub const BIND_ADDR: &str = "127.0.0.1:8080";

/// Every setting with its default.
pub const ENV_EXAMPLE: &str = include_str!("../../../deploy/mes-dashboard.env.example");

const TEMPLATES: [(&str, &str); 4] = [
    (
        "/etc/systemd/system/mes-dashboard.socket",
        include_str!("../../../deploy/systemd/mes-dashboard.socket"),
    ),
    (
        "/etc/systemd/system/mes-dashboard.service",
        include_str!("../../../deploy/systemd/mes-dashboard.service"),
    ),
    (
        "/etc/systemd/system/mes-dashboard-watchdog.service",
        include_str!("../../../deploy/systemd/mes-dashboard-watchdog.service"),
    ),
    (
        "/etc/sysusers.d/mes-dashboard.conf",
        include_str!("../../../deploy/systemd/mes-dashboard.sysusers"),
    ),
];

/// A file of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledFile {
    /// Where it is.
    pub path: &'static str,
    /// What is in it.
    pub text: String,
}

/// Why a folder can't be the conda environment of an installation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the conda prefix {0:?} can't be written into units: give an absolute path of letters, digits and / . _ + -"
)]
pub struct UnusablePrefix(PathBuf);

/// An installation as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    prefix: PathBuf,
    bind_addr: SocketAddr,
}

impl Installation {
    /// Of the program in a conda environment, at an address.
    ///
    /// # Errors
    /// systemd would read the path differently from what it is.
    pub fn new(prefix: &Path, bind_addr: SocketAddr) -> Result<Self, UnusablePrefix> {
        let is_plain = prefix.is_absolute()
            && prefix.to_str().is_some_and(|text| {
                text.chars().all(|one| one.is_ascii_alphanumeric() || "/._+-".contains(one))
            });
        if is_plain {
            Ok(Self { prefix: prefix.to_owned(), bind_addr })
        } else {
            Err(UnusablePrefix(prefix.to_owned()))
        }
    }

    /// The conda environment.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The name of the conda environment: that of its folder.
    pub fn env_name(&self) -> String {
        env_name(&self.prefix)
    }

    /// The program of server and watchdog.
    pub fn binary(&self) -> PathBuf {
        self.prefix.join(PROGRAM)
    }

    /// The command that writes all files.
    pub fn install_command(&self) -> String {
        format!("{} install --prefix {}", self.binary().display(), self.prefix.display())
    }

    /// Units and user as they have to be.
    pub fn files(&self) -> Vec<InstalledFile> {
        let values = [
            ("@CONDA_PREFIX@", self.prefix.display().to_string()),
            ("@CONDA_ENV_NAME@", self.env_name()),
            ("@BIND_ADDR@", self.bind_addr.to_string()),
            ("@CONTRACT_VERSION@", VERSION.to_owned()),
            ("@ENV_FILE@", ENV_FILE.to_owned()),
            ("@RUNTIME_DIR@", RUNTIME_DIR.to_owned()),
            ("@STATE_DIR@", STATE_DIR.to_owned()),
        ];
        let fill = |template: &str| {
            values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        TEMPLATES
            .iter()
            .map(|(path, template)| InstalledFile { path, text: fill(template) })
            .collect()
    }
}

/// The name of a conda environment: that of its folder.
pub fn env_name(prefix: &Path) -> String {
    prefix.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A path of the installation below another root.
pub fn below(root: &Path, path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    root.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation() -> Installation {
        Installation::new(Path::new("/opt/conda/envs/mes"), ([10, 0, 0, 5], 9000).into()).unwrap()
    }

    #[test]
    fn every_place_of_the_templates_is_filled_in() {
        let files = installation().files();
        for file in &files {
            let open: Vec<_> = file.text.lines().filter(|line| line.contains('@')).collect();
            // A group of system calls is written with one @.
            assert!(open.iter().all(|line| line.starts_with("SystemCallFilter=")), "{open:?}");
        }
        let text = |name: &str| &files.iter().find(|file| file.path.ends_with(name)).unwrap().text;
        assert!(text("mes-dashboard.socket").contains("ListenStream=10.0.0.5:9000\n"));
        for (unit, command) in
            [("mes-dashboard.service", "serve"), ("mes-dashboard-watchdog.service", "watchdog")]
        {
            let line = format!("ExecStart=/opt/conda/envs/mes/bin/mes-dashboard {command}\n");
            assert!(text(unit).contains(&line), "{unit}");
            assert!(text(unit).contains(&format!("EnvironmentFile={ENV_FILE}\n")), "{unit}");
        }
    }

    #[test]
    fn the_files_are_those_of_the_list_of_units() {
        let files = installation().files();
        for unit in UNITS {
            let path = format!("{UNIT_DIR}/{unit}");
            assert!(files.iter().any(|file| file.path == path), "{unit}");
        }
    }

    #[test]
    fn a_prefix_that_systemd_would_read_differently_is_refused() {
        for prefix in ["opt/mes", "/opt/my envs/mes", "/opt/%n/mes", "/opt/mes\nExecStart=/bin/sh"]
        {
            let refused = Installation::new(Path::new(prefix), ([127, 0, 0, 1], 80).into());
            assert!(refused.is_err(), "{prefix}");
        }
    }
}
