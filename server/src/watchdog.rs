//! The process that executes restart requests, and requests a restart itself when the worker makes
//! no progress.
//!
//! It removes the flag (`WATCHDOG_RESTART_FLAG`), checks the request by the policy again, writes
//! the decision into its own file (`WATCHDOG_STATE_FILE`), and has the supervisor reload
//! (`WATCHDOG_PID_FILE`). Only a process whose identity was verified is signalled. A worker makes
//! progress when it responds to `/livez`, which needs no database: an outage of the database is no
//! reason for a restart.

mod vigil;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use rustix::process::Signal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::http_probe::answers;
use crate::restart::{
    Decision, Refusal, RestartJournal, RestartLimits, RestartRecord, RestartRequest, RestartSource,
    decide,
};
use crate::runtime_contract::{self, RuntimePaths};
use crate::runtime_files::{self, RuntimeFileError};
use crate::supervisor::identity::{Identity, IdentityError};
use crate::supervisor::{ReloadRecord, SupervisorRecord};
use vigil::Vigil;

/// Interval at which the supervisor's record is read during a reload.
const RECORD_READ_EVERY: Duration = Duration::from_millis(100);

/// What the watchdog follows.
#[derive(Clone, Debug)]
pub struct WatchdogSettings {
    /// The shared files.
    pub paths: RuntimePaths,
    /// The restart policy.
    pub limits: RestartLimits,
    /// Records that the state file keeps (`WATCHDOG_RESTART_HISTORY_MAX`).
    pub history: usize,
    /// Interval of checks of flag and worker (`WATCHDOG_CHECK_INTERVAL`).
    pub interval: Duration,
    /// Timeout of a probe of the worker (`WATCHDOG_PROBE_TIMEOUT`).
    pub probe: Duration,
    /// Failed probes until the worker counts as stuck (`WATCHDOG_PROBE_FAILURES`).
    pub failures: u32,
    /// Longest wait for the end of a reload.
    pub reload: Duration,
    /// Address of the worker.
    pub address: SocketAddr,
}

/// Why the watchdog can't start or continue.
#[derive(Debug, thiserror::Error)]
pub enum WatchdogError {
    /// A shared file can't be kept.
    #[error(transparent)]
    File(#[from] RuntimeFileError),
    /// The identity of this process can't be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The folder of the shared files can't be used.
    #[error("WATCHDOG_RUNTIME_DIR {path} can't be used: {cause}")]
    Folder {
        /// The folder.
        path: String,
        cause: std::io::Error,
    },
    /// Another one has the folder.
    #[error("another watchdog watches {0} already; stop it first")]
    Twice(String),
}

/// Watches until `stop` is cancelled. `alive` is called after every check, and during a reload.
///
/// # Errors
/// The folder of the shared files can't be used, or another watchdog does.
pub async fn run(
    settings: WatchdogSettings,
    stop: CancellationToken,
    alive: impl Fn() + Send + Sync + 'static,
) -> Result<(), WatchdogError> {
    let _lock = lock(&settings.paths.runtime_dir)?;
    for path in [&settings.paths.restart_flag, &settings.paths.state_file] {
        runtime_files::sweep(path, SystemTime::now())?;
    }
    let mut watchdog = Watchdog {
        journal: RestartJournal::open(
            settings.paths.state_file.clone(),
            settings.limits,
            settings.history,
            Identity::of_this_process()?,
            Timestamp::now(),
        )?,
        vigil: Vigil::new(settings.failures),
        settings,
        stop: stop.clone(),
        alive: Box::new(alive),
    };
    tracing::info!(settings = ?watchdog.settings, "watching");
    let mut looks = tokio::time::interval(watchdog.settings.interval);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = looks.tick() => {}
        }
        watchdog.look().await;
        (watchdog.alive)();
    }
    watchdog.journal.close()?;
    tracing::info!("stopped");
    Ok(())
}

/// Keeps the folder for this process until it ends, however it ends.
fn lock(folder: &Path) -> Result<std::fs::File, WatchdogError> {
    let path = folder.display().to_string();
    let unusable = |cause| WatchdogError::Folder { path: path.clone(), cause };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let file = std::fs::File::open(folder).map_err(unusable)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(WatchdogError::Twice(path)),
        Err(cause) => Err(unusable(cause.into())),
    }
}

struct Watchdog {
    settings: WatchdogSettings,
    journal: RestartJournal,
    vigil: Vigil,
    stop: CancellationToken,
    /// Reports that the watchdog itself makes progress.
    alive: Box<dyn Fn() + Send + Sync>,
}

impl Watchdog {
    /// One check of the flag, then of the worker.
    async fn look(&mut self) {
        if let Err(error) = self.journal.follow_clock(Timestamp::now()) {
            tracing::error!(%error, "the restarts can't be dated again");
        }
        match self.take_flag() {
            Ok(Some(request)) => return self.handle(request).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the restart flag can't be used"),
        }
        let record = self.record();
        // Without a worker that serves the supervisor is at it already.
        let Some(worker) = record.and_then(|record| record.worker) else { return };
        let is_alive = answers(self.settings.address, "/livez", self.settings.probe).await;
        if self.vigil.probed(worker.generation, is_alive) {
            self.handle(self.own_request()).await;
        }
    }

    /// The request whose flag is up. A flag that makes no sense is set aside.
    fn take_flag(&self) -> Result<Option<RestartRequest>, RuntimeFileError> {
        let flag = &self.settings.paths.restart_flag;
        match RestartRequest::read(flag) {
            Err(error) if error.is_content() => {
                let kept = runtime_files::set_aside(flag, Timestamp::now())?;
                tracing::error!(target: "audit", %error, kept = %kept.display(), decision = "refused", "a restart flag was set aside");
                Ok(None)
            }
            read => read,
        }
    }

    fn own_request(&self) -> RestartRequest {
        let now = Timestamp::now();
        let state = self.journal.outlook(now).policy_state;
        RestartRequest {
            id: format!("auto-{}", now.as_nanosecond()),
            user: "watchdog".to_owned(),
            ip: None,
            timestamp: now,
            source: RestartSource::Auto,
            manual_override: false,
            override_acknowledged: false,
            override_reason: Some(format!(
                "no answer from /livez at {} times in a row",
                self.settings.failures
            )),
            policy_state: state.word().to_owned(),
            decision: String::new(),
            contract_version: runtime_contract::VERSION.to_owned(),
        }
    }

    /// Decides about a request and carries it out. The flag comes down after the decision is in
    /// the file and before anything happens: killed at any point, nothing is done twice.
    async fn handle(&mut self, request: RestartRequest) {
        if self.journal.has(&request.id) {
            return self.lower_flag();
        }
        let state = self.journal.outlook(Timestamp::now()).policy_state;
        let mut record = RestartRecord::of(&request, state, Decision::Allowed);
        let refused = if request.contract_version == runtime_contract::VERSION {
            let decision = decide(state, request.ask());
            record.decision = decision.word().to_owned();
            match decision {
                Decision::Refused(refusal) => Some(told(refusal)),
                _ => None,
            }
        } else {
            record.decision = "refused".to_owned();
            Some(format!(
                "it was asked for under runtime contract {}, this is {}",
                request.contract_version,
                runtime_contract::VERSION
            ))
        };
        if let Some(reason) = &refused {
            record.decision_reason.clone_from(reason);
            record.completed_at = Some(Timestamp::now());
        }
        let is_news = request.source == RestartSource::Manual || self.vigil.is_news(state.word());
        if is_news || refused.is_none() {
            self.audit(&request, &record, refused.as_deref().unwrap_or("decided"));
            if let Err(error) = self.journal.add(record.clone()) {
                tracing::error!(%error, "nothing is restarted that can't be written down");
                return;
            }
        }
        if request.source == RestartSource::Manual {
            self.lower_flag();
        }
        if refused.is_some() {
            return;
        }
        let outcome = self.reload().await;
        let how = outcome.as_ref().err().map_or("the new worker serves", String::as_str);
        record.success = outcome.is_ok();
        self.audit(&request, &record, how);
        if let Err(error) = self.journal.end(&request.id, &outcome, Timestamp::now()) {
            tracing::error!(%error, "the end of a restart can't be written down");
        }
        self.vigil.restarted();
    }

    fn audit(&self, request: &RestartRequest, record: &RestartRecord, what: &str) {
        let limits = &self.settings.limits;
        tracing::warn!(
            target: "audit",
            action = "worker_restart",
            id = request.id,
            actor = request.user,
            address = request.ip,
            source = ?request.source,
            reason = request.override_reason,
            manual_override = request.manual_override,
            policy_state = record.policy_state,
            decision = record.decision,
            success = record.success,
            cooldown_secs = limits.cooldown.as_secs(),
            budget = limits.budget,
            window_secs = limits.window.as_secs(),
            "{what}"
        );
    }

    fn lower_flag(&self) {
        if let Err(error) = runtime_files::remove(&self.settings.paths.restart_flag) {
            tracing::error!(%error, "the restart flag can't be taken down");
        }
    }

    fn record(&self) -> Option<SupervisorRecord> {
        SupervisorRecord::read(&self.settings.paths.pid_file).unwrap_or_else(|error| {
            tracing::error!(%error, "who the supervisor is can't be read");
            None
        })
    }

    /// Has the supervisor reload, and waits for the end of it.
    async fn reload(&self) -> Result<(), String> {
        let path = self.settings.paths.pid_file.display();
        let Some(before) = self.record() else {
            return Err(format!("no supervisor is named in {path}; is `mes-dashboard serve` up?"));
        };
        before.identity.signal(Signal::HUP).map_err(|error| error.to_string())?;
        let last = before.last_reload.as_ref().map_or(0, |reload| reload.number);
        let deadline = Instant::now() + self.settings.reload;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Err("the watchdog was stopped".to_owned()),
                () = tokio::time::sleep(RECORD_READ_EVERY) => {}
            }
            (self.alive)();
            let record = self.record().filter(|record| record.identity == before.identity);
            if let Some(ended) = record.and_then(|record| ended_since(record.last_reload, last)) {
                return ended;
            }
            before.identity.verify().map_err(|error| error.to_string())?;
            if Instant::now() >= deadline {
                let waited = self.settings.reload.as_secs();
                return Err(format!("the supervisor sent nothing for {waited} s"));
            }
        }
    }
}

/// Result of the reload after the one with the number `last`.
fn ended_since(reload: Option<ReloadRecord>, last: u64) -> Option<Result<(), String>> {
    let reload = reload.filter(|reload| reload.number > last && reload.completed_at.is_some())?;
    let failed = || Err(reload.reason.clone().unwrap_or_else(|| "the reload failed".to_owned()));
    Some(if reload.success { Ok(()) } else { failed() })
}

fn told(refusal: Refusal) -> String {
    match refusal {
        Refusal::Cooldown { seconds_left } => {
            format!("the last restart was too short a time ago; {seconds_left} s are left")
        }
        Refusal::Blocked => "too many restarts in the window; an administrator has to \
                             override that"
            .to_owned(),
        Refusal::ReasonRequired => "an override needs a confirmation and a reason".to_owned(),
    }
}

#[cfg(test)]
mod tests;
