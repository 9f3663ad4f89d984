//! The state of the server for `/health` and the administrators' pages.

use std::collections::BTreeMap;

use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::{Moment, Resilience};
use crate::api::data_quality::DataQuality;
use crate::app_state::{AppState, HealthStatus, counts};
use crate::data_quality::Level;
use crate::database::{BreakerHealth, PoolHealth};
use crate::degraded_reason::DegradedReason;
use crate::history_rollup::RollupReport;
use crate::http::envelope::written;
use crate::plant_alerts::AlertReport;
use crate::plant_memory::MemoryReport;
use crate::reading;
use crate::redis::Reach;
use crate::route_cache::{RouteCache, RouteCacheHealth};
use crate::runtime_contract::RuntimeContract;
use crate::sharing::ServersReport;
use crate::snapshot::{Packing, Plant};
use crate::supervisor::SupervisorStatus;
use crate::telemetry::lines_left_out;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Overall condition.
    pub status: HealthStatus,
    /// Program version.
    version: &'static str,
    /// State of the services that the server depends on.
    services: Services,
    /// The first reason that holds; null when all is well.
    degraded_reason: Option<DegradedReason>,
    /// The circuit breaker in front of the database.
    circuit_breaker: BreakerHealth,
    /// Connections for requests.
    database_pool: PoolHealth,
    /// The route cache.
    route_cache: RouteCacheHealth,
    /// What the trouble means to an operator.
    resilience: Resilience,
    /// The supervisor of this worker; null where the server runs without one.
    supervisor: Option<SupervisorStatus>,
    /// What the program and its installation agree on.
    runtime_contract: RuntimeContract,
    /// The published lots.
    cache: CacheHealth,
    /// The published equipment master.
    resource_cache: CacheHealth,
    /// The published real-time rows of the machines.
    equipment_status_cache: CacheHealth,
    /// The published workcenter mapping.
    workcenter_cache: CacheHealth,
    /// The roll-up of history.
    history: RollupReport,
    /// The plant's memory.
    memory: MemoryReport,
    /// Alert rules of the plant.
    alert_rules: AlertReport,
    /// This server among those that share what one of them reads.
    servers: ServersReport,
    /// What was found in the source tables, in short; `/api/data-quality` has the findings.
    data_quality: QualityHealth,
    /// What is wrong.
    errors: Vec<String>,
    /// Warnings.
    warnings: Vec<String>,
}

/// What was found in the source tables, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityHealth {
    /// The gravest level of all datasets. It never makes the server degraded or unhealthy.
    level: Level,
    /// Counts by dataset.
    datasets: BTreeMap<&'static str, QualityCounts>,
}

/// Counts of one source table.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityCounts {
    /// How far numbers made from it can be trusted.
    level: Level,
    /// Rows that the source has.
    rows_read: u64,
    /// Rows that count.
    rows_kept: u64,
    /// Cases of all findings that no rule asks for.
    cases: u64,
}

impl QualityHealth {
    fn of(quality: &DataQuality) -> Self {
        let counts = quality.datasets.iter().map(|found| {
            let counts = QualityCounts {
                level: found.level,
                rows_read: found.rows_read,
                rows_kept: found.rows_kept,
                cases: found.cases,
            };
            (found.dataset, counts)
        });
        Self { level: quality.level, datasets: counts.collect() }
    }
}

/// State of the services that the server depends on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Services {
    /// The MES database, as the last probe and the last refreshes found it.
    database: ServiceState,
    /// The shared Redis, as the last probe found it.
    redis: ServiceState,
    /// The application's own database of users and sessions, as the last look found it.
    app_database: ServiceState,
}

/// State of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// Every last call went well.
    Healthy,
    /// Some last call failed.
    Unhealthy,
    /// Not called yet.
    Unknown,
    /// Not configured.
    Disabled,
}

impl ServiceState {
    fn of_redis(cache: &RouteCache) -> Self {
        match cache.redis().map(|redis| redis.reach()) {
            None => Self::Disabled,
            Some(Reach::Unknown) => Self::Unknown,
            Some(Reach::Reachable) => Self::Healthy,
            Some(Reach::Unreachable) => Self::Unhealthy,
        }
    }
}

/// One published dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct CacheHealth {
    /// Version; null before the first load.
    version: Option<String>,
    /// When this version was first read: ISO 8601, UTC.
    updated_at: Option<String>,
    /// When the data was last found current: ISO 8601, UTC.
    checked_at: Option<String>,
    /// Whole seconds since `checked_at`.
    age_seconds: Option<u64>,
    /// The last refresh failed.
    stale: bool,
    /// Newest plausible SYS_DATE, else the database's clock, plant time.
    sys_date: Option<String>,
    /// Rows.
    rows: usize,
    /// Bytes of the table and its indexes in memory.
    table_bytes: usize,
    /// Bytes of the snapshot on the wire, by coding.
    wire_bytes: WireBytes,
    /// `table_bytes` by the bytes of the plain snapshot; 0 before the first load.
    amplification_ratio: f64,
    /// Indexes of the table.
    derived_index: DerivedIndex,
}

/// What was built from a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct DerivedIndex {
    /// `lot_index`, or `equipment_view` of machines, real-time rows and workcenters together.
    name: &'static str,
    /// Memory; 0 before it is built.
    bytes: usize,
    /// Whether it was built from the version that is published.
    fresh: bool,
}

/// Bytes of a snapshot by content coding; null until it is made, for the first reader who takes it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WireBytes {
    /// As it is.
    identity: usize,
    /// gzip.
    gzip: Option<usize>,
    /// Brotli.
    br: Option<usize>,
    /// zstd.
    zstd: Option<usize>,
}

/// How the server is `now`. Waits for nothing.
pub fn report(app: &AppState, plant: &Plant, now: Timestamp) -> Health {
    let way = app.database.health();
    let (failed, loaded) = counts(plant);
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    for dataset in Dataset::ALL {
        let (name, state) = (dataset.name(), plant.state(dataset));
        match &state.error {
            Some(cause) if app.shows_causes => {
                errors.push(format!("{name}: refresh failed: {cause}"))
            }
            Some(_) => errors.push(format!("{name}: refresh failed, the cause is in the log")),
            None if plant.published(dataset).is_none() => {
                warnings.push(format!("{name}: not loaded yet"));
            }
            None => {}
        }
        let unread = reading::warnings(&state.quality);
        warnings.extend(unread.into_iter().map(|warning| format!("{name}: {warning}")));
    }
    for suspect in &way.leak_suspects {
        errors.push(format!(
            "database: {} has held a connection for {} s",
            suspect.holder, suspect.age_seconds
        ));
    }
    if let Some(trouble) = app.auth.sessions.app_store().trouble() {
        errors.push(format!("sign-in: {}", trouble.words()));
    }
    if let Some(trouble) = app.route_cache.redis().and_then(|redis| redis.trouble()) {
        errors.push(format!("redis: {}", trouble.words()));
    }
    warnings.extend(app.rate_limits.warning().map(|warning| format!("proxy: {warning}")));
    let refused = app.auth.sessions.refused_records();
    if refused > 0 {
        warnings.push(format!(
            "sessions: {refused} records in Redis were not written by this plant's servers and don't count"
        ));
    }
    warnings.extend(app.restarts.problem());
    warnings.extend(app.exposure.weakened.iter().cloned());
    let lines = lines_left_out();
    if lines > 0 {
        warnings
            .push(format!("log: {lines} lines were left out: nobody reads standard error in time"));
    }
    let supervisor = app.supervisor.load().as_deref().cloned();
    if supervisor.as_ref().is_some_and(|supervisor| supervisor.guarded) {
        warnings.push(
            "supervisor: guarded mode: worker keeps failing; see last_reload and the log"
                .to_owned(),
        );
    }
    errors.extend(app.contract.errors.iter().cloned());
    let history = app.history.rollup().map(|rollup| rollup.report()).unwrap_or_default();
    match &history.problem {
        Some(cause) if app.shows_causes => warnings.push(format!("history: {cause}")),
        Some(_) => {
            warnings.push("history: it can't be rolled up, the cause is in the log".to_owned())
        }
        None => {}
    }
    let memory = app.memory.as_ref().map(|memory| memory.report()).unwrap_or_default();
    match &memory.problem {
        Some(cause) if app.shows_causes => warnings.push(format!("memory: {cause}")),
        Some(_) => {
            warnings.push("memory: versions can't be kept, the cause is in the log".to_owned());
        }
        None => {}
    }
    let alert_rules = app.alerts.as_ref().map(|alerts| alerts.report()).unwrap_or_default();
    warnings.extend(alert_warnings(&alert_rules, app.shows_causes));
    let servers = app.sharing.as_ref().map(|sharing| sharing.report()).unwrap_or_default();
    warnings.extend(servers.trouble.iter().map(|trouble| format!("servers: {trouble}")));
    let quality = DataQuality::of(app);
    let data_quality = QualityHealth::of(&quality);
    let found = quality.datasets.into_iter().flat_map(|found| found.alerts).collect();
    let (status, degraded_reason) = app.health_status(plant);
    let is_unreachable = degraded_reason.is_some_and(DegradedReason::is_of_database);
    let database = match (failed, loaded) {
        _ if is_unreachable => ServiceState::Unhealthy,
        (0, 0) => ServiceState::Unknown,
        (0, _) => ServiceState::Healthy,
        _ => ServiceState::Unhealthy,
    };
    Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        services: Services {
            database,
            redis: ServiceState::of_redis(&app.route_cache),
            app_database: match app.auth.sessions.app_store().is_well() {
                None => ServiceState::Unknown,
                Some(true) => ServiceState::Healthy,
                Some(false) => ServiceState::Unhealthy,
            },
        },
        degraded_reason,
        circuit_breaker: way.circuit_breaker,
        route_cache: app.route_cache.health(),
        resilience: app
            .config
            .resilience
            .thresholds()
            .judge(Moment {
                reason: degraded_reason,
                since: app.degraded.since(),
                saturation: way.database_pool.state.saturation,
                retry_pressure: app.retry_pressure.share(),
                restarts: app.restarts.outlook(now),
                now,
            })
            .with_data_quality(found),
        database_pool: way.database_pool,
        supervisor,
        runtime_contract: (*app.contract).clone(),
        cache: of_dataset(plant, Dataset::Wip, now),
        resource_cache: of_dataset(plant, Dataset::Resource, now),
        equipment_status_cache: of_dataset(plant, Dataset::Equipment, now),
        workcenter_cache: of_dataset(plant, Dataset::Workcenter, now),
        history,
        memory,
        alert_rules,
        servers,
        data_quality,
        errors,
        warnings,
    }
}

fn alert_warnings(report: &AlertReport, shows_causes: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    match &report.problem {
        Some(cause) if shows_causes => warnings.push(format!("alerts: {cause}")),
        Some(_) => {
            warnings.push("alerts: their state can't be kept, the cause is in the log".to_owned());
        }
        None => {}
    }
    let unusable = report.rule_problems.iter().map(|problem| format!("alerts: {problem}"));
    warnings.extend(unusable);
    let unsent = report.webhook_problems.iter().map(|problem| format!("webhook: {problem}"));
    warnings.extend(unsent);
    warnings
}

fn of_dataset(plant: &Plant, dataset: Dataset, now: Timestamp) -> CacheHealth {
    let state = plant.state(dataset);
    let published = plant.published(dataset);
    let age = |moment: Timestamp| {
        u64::try_from(now.as_second().saturating_sub(moment.as_second())).unwrap_or(0)
    };
    let table_bytes = published.map_or(0, |published| published.table_bytes);
    CacheHealth {
        version: published.map(|published| published.version.clone()),
        updated_at: published.map(|published| written(published.updated_at)),
        checked_at: state.checked_at.map(written),
        age_seconds: state.checked_at.map(age),
        stale: state.is_stale(),
        sys_date: published.and_then(|published| published.sys_date.clone()),
        rows: published.map_or(0, |published| published.rows),
        table_bytes,
        wire_bytes: published.map_or_else(WireBytes::default, |published| {
            let packed = |packing| published.bytes.made(packing).map(|bytes| bytes.len());
            WireBytes {
                identity: published.bytes.identity.len(),
                gzip: packed(Packing::Gzip),
                br: packed(Packing::Brotli),
                zstd: packed(Packing::Zstd),
            }
        }),
        amplification_ratio: published.map_or(0.0, |published| {
            table_bytes as f64 / published.bytes.identity.len().max(1) as f64
        }),
        derived_index: index_of(plant, dataset),
    }
}

fn index_of(plant: &Plant, dataset: Dataset) -> DerivedIndex {
    if dataset == Dataset::Wip {
        // A table of lots is never without its own index.
        let lots = plant.lots.as_ref().map(|lots| &lots.table);
        let bytes = lots.map_or(0, |lots| lots.memory_bytes() - lots.frame().memory_bytes());
        return DerivedIndex { name: "lot_index", bytes, fresh: lots.is_some() };
    }
    DerivedIndex {
        name: "equipment_view",
        bytes: plant.equipment.as_ref().map_or(0, |view| view.memory_bytes()),
        fresh: plant.is_view_current(),
    }
}
