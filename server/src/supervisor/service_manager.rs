//! Notifications to the service manager (`sd_notify`); no-ops without one.

use std::time::Duration;

use sd_notify::NotifyState;

#[derive(Debug)]
pub(crate) struct ServiceManager {
    ping_every: Option<Duration>,
}

impl ServiceManager {
    pub(crate) fn from_environment() -> Self {
        Self { ping_every: sd_notify::watchdog_enabled().map(|patience| patience / 2) }
    }

    /// A clock for signs of life, at half of the service manager's patience (`WatchdogSec=`).
    pub(crate) fn pings(&self) -> Option<tokio::time::Interval> {
        let mut pings = tokio::time::interval(self.ping_every?);
        pings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Some(pings)
    }

    pub(crate) fn ping(&self) {
        tell(&[NotifyState::Watchdog]);
    }

    pub(crate) fn ready(&self, status: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    pub(crate) fn status(&self, status: &str) {
        tell(&[NotifyState::Status(status)]);
    }

    pub(crate) fn reloading(&self) {
        let status = NotifyState::Status("reloading");
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now, status]),
            // Without the time the service manager would take the reload for a failure.
            Err(error) => {
                tracing::warn!(%error, "the service manager was not notified of the reload")
            }
        }
    }

    pub(crate) fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager was not notified");
    }
}
