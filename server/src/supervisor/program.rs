//! The program of the next worker: the file at the supervisor's own path at that time, so that an
//! upgrade that replaces the file takes effect with the next reload.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::runtime_contract::{EnvFile, EnvFileError, is_same_file};

/// Environment variable with the path of the file that the service manager took settings from.
const SETTINGS_FILE: &str = "SETTINGS_FILE";

/// How a worker is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file.
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    /// Settings that a reload reads again.
    pub settings: Option<SettingsFile>,
}

/// The file with the settings, and what the environment is without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    path: PathBuf,
    rest: Vec<(OsString, OsString)>,
}

/// Why a worker can't be started.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The running file can't be determined.
    #[error("the program's own file can't be found: {0}")]
    Running(std::io::Error),
    /// The settings file can't be used.
    #[error(transparent)]
    Settings(#[from] EnvFileError),
}

/// Variables for the supervisor only, and those that hand over sockets.
const NOT_INHERITED: [&str; 7] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_FDS_FIRST_FD",
];

fn is_inherited((name, _): &(OsString, OsString)) -> bool {
    NOT_INHERITED.iter().all(|not| name != not)
}

impl Program {
    /// The worker of a supervisor that was started with these arguments and this environment.
    ///
    /// # Errors
    /// The running file can't be determined, or the settings file has lines that can't be read.
    pub fn worker_of(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ProgramError> {
        let running = std::env::current_exe().map_err(ProgramError::Running)?;
        let mut arguments = arguments.into_iter();
        let path = arguments.next().and_then(|name| named(&name, &running)).unwrap_or(running);
        // The name of the command gives way to the worker's.
        let arguments = std::iter::once("worker".into()).chain(arguments.skip(1)).collect();
        let mut environment: Vec<_> = environment.into_iter().collect();
        environment.retain(is_inherited);
        let settings = SettingsFile::behind(&environment)?;
        Ok(Self { path, arguments, environment, settings })
    }

    /// The same with the settings as their file has them now; as it is where there is no file.
    ///
    /// # Errors
    /// The file or one of its lines can't be read.
    pub fn with_fresh_settings(&self) -> Result<Self, EnvFileError> {
        let Some(settings) = &self.settings else { return Ok(self.clone()) };
        let file = EnvFile::load(&settings.path)?;
        let mut environment = settings.rest.clone();
        environment.extend(file.settings().map(|(name, value)| (name.into(), value.into())));
        environment.retain(is_inherited);
        Ok(Self { environment, ..self.clone() })
    }
}

impl SettingsFile {
    /// The file that the environment names. Its variables are kept apart from the others by name,
    /// so that a line that is removed later takes effect as well.
    fn behind(environment: &[(OsString, OsString)]) -> Result<Option<Self>, EnvFileError> {
        let named = environment.iter().find(|(name, _)| name == SETTINGS_FILE);
        let Some((_, path)) = named else { return Ok(None) };
        let path = PathBuf::from(path);
        let file = match EnvFile::load(&path) {
            Err(error @ EnvFileError::File { .. }) => {
                tracing::warn!(%error, "a reload will need it");
                EnvFile::default()
            }
            read => read?,
        };
        for (name, line, later) in file.replaced() {
            tracing::warn!(file = %path.display(), line, later, "{name} is set again");
        }
        let is_from_file = |name: &OsString| file.settings().any(|(other, _)| name == other);
        let rest = environment.iter().filter(|(name, _)| !is_from_file(name)).cloned().collect();
        Ok(Some(Self { path, rest }))
    }
}

/// The path that the program was called by, if it leads to the running file. It is resolved for
/// each worker, so that an upgrade that changes a link takes effect.
fn named(name: &OsStr, running: &Path) -> Option<PathBuf> {
    let path = Path::new(name);
    // A bare name was looked up in PATH, by rules that are the shell's.
    path.parent().filter(|folder| *folder != Path::new(""))?;
    let path = std::path::absolute(path).ok()?;
    is_same_file(&path, running).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_exchanged_and_its_flags_stay() {
        let given = ["mes-dashboard", "serve", "--bind-addr", "127.0.0.1:0"].map(OsString::from);
        let environment = ["DATABASE_URL", "NOTIFY_SOCKET", "LISTEN_FDS", "WATCHDOG_USEC", "PATH"];
        let environment = environment.map(|name| (name.into(), "x".into()));
        let worker = Program::worker_of(given, environment).unwrap();
        assert_eq!(worker.arguments, ["worker", "--bind-addr", "127.0.0.1:0"]);
        assert_eq!(worker.path, std::env::current_exe().unwrap(), "a bare name is not a path");
        let names: Vec<_> = worker.environment.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["DATABASE_URL", "PATH"]);
    }

    #[test]
    fn a_link_stays_a_link_as_long_as_it_leads_to_what_runs() {
        let folder = tempfile::tempdir().unwrap();
        let running = std::env::current_exe().unwrap();
        let (link, other) = (folder.path().join("current"), folder.path().join("other"));
        std::os::unix::fs::symlink(&running, &link).unwrap();
        std::fs::write(&other, "").unwrap();
        let path = |name: &Path| {
            let given = [name.into(), OsString::from("serve")];
            Program::worker_of(given, []).unwrap().path
        };
        assert_eq!(path(&link), link);
        assert_eq!(path(&other), running);
        assert_eq!(path(&folder.path().join("missing")), running);
    }
}
