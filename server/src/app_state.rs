//! The state of handlers: the published data and the services that they call.

use std::sync::Arc;

use axum::extract::FromRef;
use compute_core::calendar::Moment;
use compute_core::equipment::EquipmentView;
use compute_core::lot::LotTable;
use compute_core::quality::Ledger;
use compute_core::source_contract::{HOLD_HISTORY_COLUMNS, SHIFT_HOURS_COLUMNS, SourceColumn};
use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::alerts::{DegradedTimer, RetryPressure};
use crate::app_store::StoreTrouble;
use crate::audit::Audit;
use crate::auth::Auth;
use crate::config::Config;
use crate::data_quality::{Level, NewestRows, alerts, level};
use crate::database::Database;
use crate::day_ranges::DayRange;
use crate::degraded_reason::DegradedReason;
use crate::downtime_ranges::DowntimeRanges;
use crate::hold_ranges::HoldRanges;
use crate::hour_ranges::HourRanges;
use crate::http::envelope::{Basis, version_of};
use crate::http::error::ApiError;
use crate::http::exposure::{EventStreams, Exposure};
use crate::http::rate_limit::RateLimits;
use crate::http::response_memo::ResponseMemo;
use crate::http::shared_answers::SharedAnswers;
use crate::http::spool::AnswerRoom;
use crate::kept_choices::KeptChoices;
use crate::log_store::LogStore;
use crate::pages::PageRegistry;
use crate::pinned_views::PinnedViews;
use crate::plant_alerts::PlantAlerts;
use crate::plant_memory::PlantMemory;
use crate::reading::Reading;
use crate::restart::RestartLog;
use crate::route_cache::RouteCache;
use crate::runtime_contract::RuntimeContract;
use crate::sharing::Sharing;
use crate::snapshot::{Plant, Refresher, SnapshotStore};
use crate::source::TableNames;
use crate::supervisor::SupervisorView;
use crate::telemetry::RequestMetrics;

/// Shortest `Retry-After` while the first load runs.
const COLD_START_RETRY_SECS: u32 = 5;

/// Shared by all handlers.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The published data.
    pub snapshots: Arc<SnapshotStore>,
    /// This server among those that share what one of them reads; `None` where nothing is shared.
    pub sharing: Option<Arc<Sharing>>,
    /// Names of the source tables, for questions to the database.
    pub tables: Arc<TableNames>,
    /// How cells of the source tables are read.
    pub reading: Reading,
    /// The way to the database for what the snapshots don't hold.
    pub database: Arc<Database>,
    /// Cached results of queries.
    pub route_cache: Arc<RouteCache>,
    /// Responses of the current version that equal questions share.
    pub shared_answers: Arc<SharedAnswers>,
    /// Hours of ranges of days.
    pub history: Arc<HourRanges>,
    /// Holds of ranges of production days.
    pub holds: Arc<HoldRanges>,
    /// Downtimes of ranges of days.
    pub downtime: Arc<DowntimeRanges>,
    /// The plant's memory; `None` where nothing is kept.
    pub memory: Option<Arc<PlantMemory>>,
    /// Alert rules; `None` where none are watched.
    pub alerts: Option<Arc<PlantAlerts>>,
    /// Memory limit of responses that are built before they are sent.
    pub answer_room: AnswerRoom,
    /// What the newest read of jobs counted.
    pub jobs_read: Arc<NewestRows>,
    /// Reads the tables again on demand.
    pub refresher: Option<Arc<Refresher>>,
    /// Authentication.
    pub auth: Arc<Auth>,
    /// What strangers and proxies see.
    pub exposure: Arc<Exposure>,
    /// Event streams that are open.
    pub event_streams: Arc<EventStreams>,
    /// Whether responses may contain causes that name hosts and files: development only.
    pub shows_causes: bool,
    /// Request counters.
    pub requests: RequestMetrics,
    /// Since when the server is degraded.
    pub degraded: Arc<DegradedTimer>,
    /// Share of requests that are rejected with `Retry-After`.
    pub retry_pressure: Arc<RetryPressure>,
    /// The cached response of `/health`.
    pub health_memo: Arc<ResponseMemo>,
    /// Restarts of the worker.
    pub restarts: Arc<RestartLog>,
    /// What the program and its installation agree on.
    pub contract: Arc<RuntimeContract>,
    /// What administrators did.
    pub audit: Arc<Audit>,
    /// The pages, and the roles that may see them.
    pub pages: Arc<PageRegistry>,
    /// Views that administrators pinned.
    pub pinned_views: Arc<PinnedViews>,
    /// Choices that are too long for an address.
    pub kept_choices: Arc<KeptChoices>,
    /// The log for reading; `None` where none is kept.
    pub log_store: Option<Arc<LogStore>>,
    /// The last state that the supervisor reported; `None` without a supervisor.
    pub supervisor: Arc<SupervisorView>,
    /// When the process started.
    pub started_at: Timestamp,
    /// Requests that each client may make.
    pub rate_limits: Arc<RateLimits>,
    /// Cancelled when the server is about to stop; long responses end then.
    pub draining: CancellationToken,
}

impl FromRef<AppState> for Arc<SharedAnswers> {
    fn from_ref(app: &AppState) -> Self {
        app.shared_answers.clone()
    }
}

/// Overall condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// All is well.
    Healthy,
    /// It serves with a problem; see `degraded_reason`.
    Degraded,
    /// It cannot do its job: no snapshot and no database.
    Unhealthy,
}

/// Datasets whose last refresh failed, and those that are loaded.
pub fn counts(plant: &Plant) -> (usize, usize) {
    let count = |holds: &dyn Fn(Dataset) -> bool| {
        Dataset::ALL.iter().filter(|dataset| holds(**dataset)).count()
    };
    (
        count(&|dataset| plant.state(dataset).is_stale()),
        count(&|dataset| plant.published(dataset).is_some()),
    )
}

/// Problems other than those of snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Option<DegradedReason>,
    /// When the last probe ended, if the database responded.
    pub answered_at: Option<Timestamp>,
}

impl Trouble {
    /// Why no table at all could be read since `failing_since`: the database's own trouble, else the
    /// tables' (they are missing, or this role may not read them) where the database has answered a
    /// probe since. An older answer proves neither: `None`.
    pub fn of_reading(self, failing_since: Option<Timestamp>) -> Option<DegradedReason> {
        match (self.reason, self.answered_at) {
            (Some(reason), _) if reason.is_of_database() => Some(reason),
            (_, None) => Some(DegradedReason::DatabaseUnreachable),
            (_, answered) if answered > failing_since => Some(DegradedReason::TablesUnreadable),
            _ => None,
        }
    }
}

/// When the latest of the failing datasets began to fail.
fn failing_since(plant: &Plant) -> Option<Timestamp> {
    Dataset::ALL.iter().filter_map(|dataset| plant.state(*dataset).failing_since).max()
}

/// A table with the version and freshness of responses from it.
pub struct Current<T> {
    /// The table.
    pub table: Arc<T>,
    /// Version and freshness.
    pub basis: Basis,
}

impl AppState {
    /// The gravest trouble of what requests need besides the snapshots: the way to the database, then
    /// the application's own database, then Redis.
    pub fn trouble(&self) -> Trouble {
        let own = || Some(self.auth.sessions.app_store().trouble()?.reason());
        let way = self.database.health().degraded_reason;
        let answered = self.database.probe().last().filter(|probed| probed.error.is_none());
        Trouble {
            reason: way.or_else(own).or_else(|| self.route_cache.degraded_reason()),
            answered_at: answered.map(|probed| probed.checked_at),
        }
    }

    /// Overall condition, and why it is not the best.
    pub fn health_status(&self, plant: &Plant) -> (HealthStatus, Option<DegradedReason>) {
        let trouble = self.trouble();
        let (failed, loaded) = counts(plant);
        let known = match failed {
            all if all == Dataset::ALL.len() => trouble.of_reading(failing_since(plant)),
            _ => trouble.reason,
        };
        let reason = known.or((failed > 0).then_some(DegradedReason::CacheStale));
        let status = match (loaded, failed) {
            (0, failed) if failed > 0 => HealthStatus::Unhealthy,
            (loaded, 0) if loaded == Dataset::ALL.len() && reason.is_none() => {
                HealthStatus::Healthy
            }
            _ => HealthStatus::Degraded,
        };
        (status, reason)
    }

    /// The error for unavailable sessions, with the cause that the last check found.
    pub async fn sign_in_unavailable(&self) -> ApiError {
        let trouble = self.auth.sessions.app_store().trouble_now().await;
        let redis = self.route_cache.degraded_reason();
        ApiError::sessions_unavailable().because(trouble.map(StoreTrouble::reason).or(redis))
    }

    /// How far the data of a dataset can be trusted.
    pub fn level(&self, plant: &Plant, dataset: Dataset) -> Level {
        self.judged(dataset.name(), dataset.source_columns(), &plant.ledger(dataset))
    }

    /// How far the hours of a range can be trusted, where this server was the last to read them.
    pub fn history_level(&self, range: DayRange) -> Level {
        let Some(newest) = self.history.newest().filter(|newest| newest.range == range) else {
            return Level::Ok;
        };
        let plant = self.snapshots.current();
        let ledger = newest.ledger(|machine| plant.has_machine(machine));
        self.judged("history", SHIFT_HOURS_COLUMNS, &ledger)
    }

    /// The same of the holds of a range.
    pub fn holds_level(&self, range: DayRange) -> Level {
        let newest = self.holds.newest().filter(|newest| newest.range == range);
        newest.map_or(Level::Ok, |newest| {
            self.judged("hold_history", HOLD_HISTORY_COLUMNS, &newest.ledger)
        })
    }

    /// The same of the downtimes of a range.
    pub fn downtime_level(&self, range: DayRange) -> Level {
        let Some(newest) = self.downtime.newest().filter(|newest| newest.range == range) else {
            return Level::Ok;
        };
        let plant = self.snapshots.current();
        let ledger = newest.ledger(|machine| plant.has_machine(machine));
        self.judged("downtime", SHIFT_HOURS_COLUMNS, &ledger)
    }

    /// "Now" of the lots, plant time; `None` until they are loaded.
    pub fn plant_now(&self) -> Option<Moment> {
        let plant = self.snapshots.current();
        let lots = plant.lots.as_ref()?;
        lots.published.sys_date.as_deref().and_then(Moment::parse)
    }

    fn judged(&self, name: &'static str, columns: &[SourceColumn], ledger: &Ledger) -> Level {
        let thresholds = self.config.resilience.thresholds().data_quality();
        let alerts = alerts(name, columns, ledger, thresholds);
        level(&alerts, ledger)
    }

    /// Version and freshness of a response made from all datasets; `None` until all are loaded.
    pub fn read_basis(&self) -> Option<Basis> {
        self.basis_of(&self.snapshots.current(), &Dataset::ALL)
    }

    /// The lots.
    ///
    /// # Errors
    /// They have not been loaded yet.
    pub fn lots(&self) -> Result<Current<LotTable>, ApiError> {
        let plant = self.snapshots.current();
        let basis = self.basis_of(&plant, &[Dataset::Wip]);
        match (&plant.lots, basis) {
            (Some(lots), Some(basis)) => Ok(Current { table: lots.table.clone(), basis }),
            _ => Err(cold_start(self, &plant, "wip")),
        }
    }

    /// The machines with their real-time status.
    ///
    /// # Errors
    /// Not all of their tables have been loaded yet.
    pub fn equipment(&self) -> Result<Current<EquipmentView>, ApiError> {
        let plant = self.snapshots.current();
        let parts = [Dataset::Resource, Dataset::Equipment, Dataset::Workcenter];
        match (&plant.equipment, self.basis_of(&plant, &parts)) {
            (Some(view), Some(basis)) => Ok(Current { table: view.clone(), basis }),
            _ => Err(cold_start(self, &plant, "equipment")),
        }
    }

    /// Version and freshness of a response made from these datasets: as old as the oldest of them.
    fn basis_of(&self, plant: &Plant, datasets: &[Dataset]) -> Option<Basis> {
        let mut versions = Vec::new();
        let mut read_at: Option<Timestamp> = None;
        let mut stale = false;
        let mut quality = Level::Ok;
        for &dataset in datasets {
            let published = plant.published(dataset)?;
            let state = plant.state(dataset);
            let checked_at = state.checked_at.unwrap_or(published.updated_at);
            versions.push(published.version.as_str());
            read_at = Some(read_at.map_or(checked_at, |oldest| oldest.min(checked_at)));
            stale |= state.is_stale();
            quality = quality.max(self.level(plant, dataset));
        }
        let version = match versions.as_slice() {
            [one] => (*one).to_owned(),
            several => version_of(several.join(" ").as_bytes()),
        };
        Some(Basis { version, updated_at: read_at?, stale, quality })
    }
}

/// The error for a dataset that is not loaded yet, with the database as the cause where it is one.
pub fn cold_start(app: &AppState, plant: &Plant, dataset: &str) -> ApiError {
    let since = failing_since(plant);
    let reason = since.and_then(|_| app.trouble().of_reading(since));
    ApiError::cold_start(dataset, COLD_START_RETRY_SECS, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_only_where_the_database_answered_after_they_failed() {
        let at = |second| Timestamp::from_second(second).ok();
        let told = |reason, answered_at, failing_since| {
            Trouble { reason, answered_at }.of_reading(failing_since)
        };
        assert_eq!(told(None, None, at(10)), Some(DegradedReason::DatabaseUnreachable));
        assert_eq!(told(None, at(9), at(10)), None);
        assert_eq!(told(None, at(11), at(10)), Some(DegradedReason::TablesUnreadable));
        let busy = Some(DegradedReason::DatabaseBusy);
        assert_eq!(told(busy, at(11), at(10)), busy);
        let redis = Some(DegradedReason::RedisUnavailable);
        assert_eq!(told(redis, at(11), at(10)), Some(DegradedReason::TablesUnreadable));
    }
}
