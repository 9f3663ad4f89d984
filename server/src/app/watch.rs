//! `mes-dashboard watchdog`: the watchdog with its settings.

use tokio_util::sync::CancellationToken;

use super::ServeError;
use crate::config::WatchdogConfig;
use crate::supervisor::ServiceManager;
use crate::watchdog;

/// Watches until `stop` is cancelled, and notifies the service manager.
///
/// # Errors
/// The folder of the shared files can't be used, another watchdog does, or the installation drifted
/// and that is to stop it.
pub async fn watch(config: &WatchdogConfig, stop: CancellationToken) -> Result<(), ServeError> {
    config.restart.enforce_contract(config.http.bind_addr)?;
    let manager = ServiceManager::from_environment();
    manager.ready("watching");
    Ok(watchdog::run(config.settings(), stop, move || manager.ping()).await?)
}
