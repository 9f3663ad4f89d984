//! `/metrics`: the server's figures for Prometheus.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use compute_core::table::Dataset;
use jiff::Timestamp;

use super::health::may_read_figures;
use crate::api::data_quality::DataQuality;
use crate::app_state::AppState;
use crate::data_quality::DatasetQuality;
use crate::database::{BreakerState, CallFigures, CallReport};
use crate::degraded_reason::DegradedReason;
use crate::history_rollup::RollupReport;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, Failure};
use crate::http::failures::ConstantFailures;
use crate::http::rate_limit::ClientAddress;
use crate::plant_alerts::AlertReport;
use crate::plant_memory::MemoryReport;
use crate::redis::Reach;
use crate::restart::PolicyState;
use crate::route_cache::RouteCache;
use crate::sharing::{ServersReport, SharingRole};
use crate::telemetry::{FindingLabels, Scrape, lines_left_out};

/// Figures for Prometheus (OpenMetrics text)
///
/// Where visitors may not see the dashboards, it takes a role or an address of
/// `METRICS_ALLOWED_ADDRESSES`.
///
/// # Errors
/// The caller may not see them.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operation",
    responses(
        (status = 200, description = "The figures", content_type = "application/openmetrics-text", body = String),
        (status = 401, description = "Neither a role nor an address that may see them", body = Failure),
        ConstantFailures
    )
)]
pub async fn scrape(
    State(app): State<AppState>,
    caller: Caller,
    client: ClientAddress,
) -> Result<Response, ApiError> {
    if !may_read_figures(&app, &caller, client) {
        return Err(ApiError::unauthorized());
    }
    let (plant, database) = (app.snapshots.current(), app.database.health());
    let (_, reason) = app.health_status(&plant);
    let mut scrape = Scrape::of(&app.requests);
    let truth = |holds: bool| f64::from(u8::from(holds));
    scrape.levels(
        "degraded",
        "1 for the reason that the server is degraded for",
        DegradedReason::ALL.map(|known| (known.name(), truth(reason == Some(known)))),
    );
    let pool = database.database_pool.state;
    scrape.levels(
        "database_pool_connections",
        "Connections for requests",
        [
            ("open", f64::from(pool.size)),
            ("checked_out", pool.checked_out as f64),
            ("checked_in", f64::from(pool.checked_in)),
            ("overflow", f64::from(pool.overflow)),
            ("capacity", pool.max_capacity as f64),
        ],
    );
    scrape.level(
        "database_pool_waiting",
        "Callers that wait for a connection",
        pool.waiting as f64,
    );
    scrape.level("database_pool_saturation", "Connections in use by capacity", pool.saturation);
    let breaker = database.circuit_breaker;
    let states = [
        ("closed", BreakerState::Closed),
        ("open", BreakerState::Open),
        ("half_open", BreakerState::HalfOpen),
    ];
    scrape.levels(
        "circuit_breaker_state",
        "1 for the state of the circuit breaker",
        states.map(|(name, state)| (name, truth(breaker.state == state))),
    );
    scrape.level(
        "circuit_breaker_failure_ratio",
        "Failed calls by calls in the window",
        breaker.failure_rate,
    );
    add_calls(&mut scrape, &app.database.statistics().report());
    scrape.level(
        "database_pool_leak_suspects",
        "Connections held for longer than three call timeouts",
        database.leak_suspects.len() as f64,
    );
    add_route_cache(&mut scrape, &app.route_cache);
    if let Some(well) = app.auth.sessions.app_store().is_well() {
        scrape.level(
            "app_database_up",
            "1 when the application's database could be written at the last look",
            truth(well),
        );
    }
    scrape.counts(
        "session_records_refused",
        "Session records in Redis that this plant's servers did not write",
        [("redis", app.auth.sessions.refused_records())],
    );
    let now = Timestamp::now();
    let restarts = app.restarts.outlook(now);
    scrape.level(
        "retry_pressure",
        "Share of the last minute's answers that put the caller off",
        app.retry_pressure.share(),
    );
    scrape.level(
        "worker_restarts_in_window",
        "Restarts of the worker in the window of the restart policy",
        restarts.restart_churn.restarts as f64,
    );
    scrape.levels(
        "worker_restart_policy",
        "1 for the state of the restart policy",
        [
            ("allowed", truth(restarts.policy_state == PolicyState::Allowed)),
            ("cooldown", truth(matches!(restarts.policy_state, PolicyState::Cooldown { .. }))),
            ("blocked", truth(restarts.policy_state == PolicyState::Blocked)),
        ],
    );
    scrape.level(
        "runtime_contract_valid",
        "1 when the installation is what the program expects",
        truth(app.contract.valid),
    );
    let by_dataset = |figure: &dyn Fn(Dataset) -> Option<f64>| -> Vec<(&'static str, f64)> {
        let figures = Dataset::ALL.iter().map(|dataset| Some((dataset.name(), figure(*dataset)?)));
        figures.flatten().collect()
    };
    scrape.levels(
        "dataset_rows",
        "Rows of the published version",
        by_dataset(&|dataset| Some(plant.published(dataset)?.rows as f64)),
    );
    scrape.levels(
        "dataset_table_bytes",
        "Memory of the table and its indexes",
        by_dataset(&|dataset| Some(plant.published(dataset)?.table_bytes as f64)),
    );
    scrape.levels(
        "dataset_age_seconds",
        "Time since the data was last found current",
        by_dataset(&|dataset| {
            let checked_at = plant.state(dataset).checked_at?;
            Some((now.as_millisecond() - checked_at.as_millisecond()) as f64 / 1000.0)
        }),
    );
    scrape.levels(
        "dataset_stale",
        "1 when the last refresh failed",
        by_dataset(&|dataset| Some(truth(plant.state(dataset).is_stale()))),
    );
    add_data_quality(&mut scrape, &DataQuality::of(&app));
    add_history(&mut scrape, app.history.rollup().map(|rollup| rollup.report()));
    add_memory(&mut scrape, app.memory.as_ref().map(|memory| memory.report()));
    add_servers(&mut scrape, app.sharing.as_ref().map(|sharing| sharing.report()));
    add_alerts(&mut scrape, app.alerts.as_ref().map(|alerts| alerts.report()));
    scrape.counts(
        "log_lines_left_out",
        "Log lines that were not written because nobody read them in time, by where they belong",
        [
            ("standard_error", lines_left_out()),
            ("log_store", app.log_store.as_ref().map_or(0, |store| store.left_out())),
        ],
    );
    scrape.level("event_streams", "Event streams that are open", app.event_streams.taken() as f64);
    let text = scrape.write().map_err(|_| ApiError::internal())?;
    const TYPE: HeaderValue =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const FRESH: HeaderValue = HeaderValue::from_static("no-store");
    const HEADERS: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_TYPE, TYPE), (header::CACHE_CONTROL, FRESH)];
    Ok((HEADERS, text).into_response())
}

fn add_data_quality(scrape: &mut Scrape, quality: &DataQuality) {
    let figures = |figure: fn(&DatasetQuality) -> f64| {
        quality.datasets.iter().map(move |found| (found.dataset, figure(found)))
    };
    scrape.levels(
        "data_quality_level",
        "What was found in the source tables: 0 ok, 1 notice, 2 warning",
        figures(|found| f64::from(found.level as u8)),
    );
    scrape.levels(
        "data_quality_rows_read",
        "Rows of the source table",
        figures(|found| found.rows_read as f64),
    );
    scrape.levels(
        "data_quality_rows_kept",
        "Rows of the source table that count",
        figures(|found| found.rows_kept as f64),
    );
    let cases = quality.datasets.iter().flat_map(|table| {
        table.findings.iter().map(|found| {
            let labels = FindingLabels {
                dataset: table.dataset,
                reason: found.reason.name(),
                column: found.column,
            };
            (labels, found.count)
        })
    });
    scrape.findings("data_quality_cases", "Cases found in the last read of the table", cases);
}

fn add_history(scrape: &mut Scrape, report: Option<RollupReport>) {
    let Some(report) = report else { return };
    scrape.levels(
        "history_rollup_days",
        "Past days of the history, by whether they are rolled up",
        [("rolled_up", report.days_rolled_up as f64), ("pending", report.days_pending as f64)],
    );
    scrape.counts(
        "history_rollup_findings",
        "Days found changed since they were rolled up, and files found damaged",
        [("day_changed", report.days_changed), ("file_damaged", report.files_damaged)],
    );
    scrape.level(
        "history_rollup_up",
        "1 when the roll-up can go on",
        f64::from(u8::from(report.problem.is_none())),
    );
}

fn add_memory(scrape: &mut Scrape, report: Option<MemoryReport>) {
    let Some(report) = report else { return };
    scrape.level("plant_memory_bytes", "Bytes of the kept shifts", report.bytes as f64);
    scrape.level("plant_memory_shifts", "Shifts that are kept", report.shifts as f64);
    scrape.level(
        "plant_memory_up",
        "1 when published versions can be kept",
        f64::from(u8::from(report.problem.is_none())),
    );
}

fn add_servers(scrape: &mut Scrape, report: Option<ServersReport>) {
    let Some(report) = report else { return };
    scrape.levels(
        "servers_role",
        "1 for what this server is among those that share what one of them reads",
        SharingRole::ALL.map(|role| (role.name(), f64::from(u8::from(role == report.role)))),
    );
    scrape.level("servers_known", "Servers that share", report.servers.len() as f64);
    scrape.counts(
        "servers_versions",
        "Versions that were published for other servers, stored again, written too late, loaded, not to be loaded",
        [
            ("published", report.published),
            ("restored", report.restored),
            ("void", report.void),
            ("loaded", report.loaded),
            ("load_failed", report.load_failures),
        ],
    );
    scrape.counts(
        "servers_behind",
        "Requests that were put off, because their client had seen newer data elsewhere",
        [("all", report.behind)],
    );
}

fn add_alerts(scrape: &mut Scrape, report: Option<AlertReport>) {
    let Some(report) = report else { return };
    scrape.level("alert_rules", "Alert rules that can be used", report.rules as f64);
    scrape.level("alert_rules_firing", "Alert rules that fire", report.firing as f64);
    scrape.counts("alert_firings", "Firings of alert rules", [("all", report.counts.fired)]);
    scrape.level(
        "alert_webhooks_waiting",
        "Webhooks that wait to be sent",
        report.webhooks_waiting as f64,
    );
    scrape.counts(
        "alert_webhooks",
        "Webhooks by what became of them; one that is retried is counted again",
        [
            ("delivered", report.counts.delivered),
            ("retried", report.counts.retried),
            ("given_up", report.counts.given_up),
        ],
    );
    scrape.level(
        "alert_rules_up",
        "1 when the state of the alert rules can be kept",
        f64::from(u8::from(report.problem.is_none())),
    );
}

fn add_calls(scrape: &mut Scrape, report: &CallReport) {
    let count = |figure: fn(&CallFigures) -> u64| {
        report.calls.iter().map(move |(holder, calls)| (*holder, figure(calls)))
    };
    scrape.counts("database_calls", "Calls to the database", count(|calls| calls.count));
    scrape.counts("database_call_failures", "Those that failed", count(|calls| calls.failed));
    let seconds = |figure: fn(&CallFigures) -> f64| {
        report.calls.iter().map(move |(holder, calls)| (*holder, figure(calls) / 1e3))
    };
    scrape.levels(
        "database_call_p50_seconds",
        "Median of the last 1,000 calls",
        seconds(|calls| calls.p50_ms),
    );
    scrape.levels(
        "database_call_p95_seconds",
        "95th percentile of the last 1,000 calls",
        seconds(|calls| calls.p95_ms),
    );
    scrape.levels(
        "database_call_p99_seconds",
        "99th percentile of the last 1,000 calls",
        seconds(|calls| calls.p99_ms),
    );
}

fn add_route_cache(scrape: &mut Scrape, cache: &RouteCache) {
    let health = cache.health();
    let from_redis = health.l2.map_or(0, |l2| l2.hits);
    scrape.counts(
        "route_cache_answers",
        "Answers that may be cached, by where they came from",
        [
            ("l1", health.l1.hits),
            ("l2", from_redis),
            ("miss", health.l1.misses.saturating_sub(from_redis)),
        ],
    );
    scrape.counts(
        "route_cache_failures",
        "Questions without an answer, calls that Redis failed, values in Redis that were refused",
        [
            ("load", health.load_failures),
            ("redis_call", health.l2_failures),
            ("redis_value", health.l2_refused_values),
        ],
    );
    scrape.level("route_cache_entries", "Answers in memory", health.entries as f64);
    scrape.levels(
        "route_cache_bytes",
        "Memory for answers",
        [("used", health.bytes as f64), ("capacity", health.max_bytes as f64)],
    );
    if let Some(redis) = cache.redis() {
        let answers = redis.reach() == Reach::Reachable;
        scrape.level("redis_up", "1 when Redis answered the last probe", f64::from(answers));
    }
}
