//! `mes-dashboard serve`: the supervisor with its settings.

use std::ffi::OsString;

use listenfd::ListenFd;

use super::{ServeError, prepare};
use crate::auth::secret_key::random_text;
use crate::config::{Config, SecretKeyError};
use crate::supervisor::{Program, Supervisor};

/// Supervises workers until it is stopped; returns the exit code.
///
/// `handed` is what the service manager handed over, `environment` what this process was started
/// with: a worker reads a `.env` file itself, as it is by then.
///
/// # Errors
/// An installation that drifted, settings that can't be used, or an address that can't be bound.
pub async fn supervise(
    config: &Config,
    handed: &mut ListenFd,
    mut environment: Vec<(OsString, OsString)>,
) -> Result<u8, ServeError> {
    config.restart.enforce_contract(config.http.bind_addr)?;
    // Nothing is bound or started for settings that no worker could use.
    prepare(config)?;
    if config.security.is_without_key() {
        // One key for all workers: otherwise a reload would end all sessions.
        let key = random_text().map_err(SecretKeyError::Random)?;
        environment.push(("SECRET_KEY".into(), key.into()));
    }
    let supervisor = Supervisor {
        program: Program::worker_of(std::env::args_os(), environment)?,
        address: config.http.bind_addr,
        socket: handed.take_tcp_listener(0)?,
        limits: config.supervisor_limits(),
        pid_file: config.restart.paths().pid_file,
    };
    let code = supervisor.run().await?;
    Ok(u8::try_from(code).unwrap_or(1))
}
