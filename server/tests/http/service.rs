//! The router over a store that a test fills, and requests to it.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use clap::Parser;
use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use mes_dashboard::api::{AppState, HealthMemo, RateBudget, RateBudgets, RateLimits, router};
use mes_dashboard::config::{BreakerSettings, PoolSettings, RestartSettings, RouteCacheSettings};
use mes_dashboard::database::Database;
use mes_dashboard::history::HistoryRanges;
use mes_dashboard::resilience::Thresholds;
use mes_dashboard::restart::RestartHistory;
use mes_dashboard::route_cache::RouteCache;
use mes_dashboard::runtime_contract::{RuntimeContract, Surroundings};
use mes_dashboard::snapshot::SnapshotStore;
use mes_dashboard::source::TableNames;
use mes_dashboard::telemetry::RequestMetrics;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::plant;

const ANY: RateBudget = RateBudget { max_requests: 0, window_secs: 60 };
const UNLIMITED: RateBudgets = RateBudgets { read: ANY, query: ANY, export: ANY, command: ANY };

pub struct Service {
    pub state: AppState,
    router: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Names of the contract.
pub fn tables() -> TableNames {
    let of = |name: &str| name.to_owned();
    TableNames {
        lots: of("DW_MES_LOT_V"),
        resources: of("DW_MES_RESOURCE"),
        equipment_status: of("DW_MES_EQUIPMENTSTATUS_WIP_V"),
        workcenters: of("DW_MES_SPEC_WORKCENTER_V"),
        shift_hours: of("DW_MES_RESOURCESTATUS_SHIFT"),
        jobs: of("DW_MES_JOB"),
        job_transactions: of("DW_MES_JOBTXNHISTORY"),
    }
}

/// The way to a database; the default is one that no test asks.
pub fn database(url: &str) -> Arc<Database> {
    let settings = Settings::parse_from(["settings"]);
    let limits = settings.pool.limits();
    let policy = settings.breaker.policy(limits.longest_call()).unwrap();
    Database::new(url, limits, policy).unwrap()
}

/// The settings with their defaults.
#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    pool: PoolSettings,
    #[command(flatten)]
    breaker: BreakerSettings,
    #[command(flatten)]
    route_cache: RouteCacheSettings,
    #[command(flatten)]
    restart: RestartSettings,
}

fn contract(settings: &RestartSettings) -> RuntimeContract {
    let found = Surroundings {
        expected_version: None,
        bind_addr: ([127, 0, 0, 1], 8080).into(),
        binary: None,
        conda_prefix: None,
        paths: settings.paths(),
    };
    found.check()
}

impl Service {
    /// Nothing has been loaded yet.
    pub fn cold() -> Self {
        Self::asking("sqlite::memory:")
    }

    /// Nothing has been loaded yet; what the snapshots don't hold is asked of this database.
    pub fn asking(url: &str) -> Self {
        let settings = Settings::parse_from(["settings"]);
        let cache = Arc::new(RouteCache::new(settings.route_cache.limits()));
        let database = database(url);
        Self::with(AppState {
            snapshots: Arc::new(SnapshotStore::new(3, Default::default())),
            tables: Arc::new(tables()),
            route_cache: cache.clone(),
            history: Arc::new(HistoryRanges::new(database.clone(), tables().shift_hours, cache)),
            database,
            refresher: None,
            allows_administration: false,
            shows_causes: false,
            requests: RequestMetrics::default(),
            degraded: Arc::default(),
            thresholds: Thresholds {
                sustained_degraded_seconds: 300,
                pool_saturation_warning: 0.9,
                pool_saturation_critical: 1.0,
                retry_pressure: 0.1,
            },
            retry_pressure: Arc::default(),
            health_memo: Arc::new(HealthMemo::new(Duration::ZERO)),
            restarts: Arc::new(RestartHistory::new(
                "/nowhere/restart-state.json".into(),
                settings.restart.limits(),
            )),
            contract: Arc::new(contract(&settings.restart)),
            log_store: None,
            started_at: Timestamp::now(),
            rate_limits: Arc::new(RateLimits::new(&UNLIMITED, 0)),
            draining: CancellationToken::new(),
        })
    }

    pub fn with(state: AppState) -> Self {
        Self { router: router(state.clone()), state }
    }

    /// The tiny plant is loaded.
    pub fn loaded() -> Self {
        Self::loaded_over("sqlite::memory:")
    }

    /// The tiny plant is loaded; what the snapshots don't hold is asked of this database.
    pub fn loaded_over(url: &str) -> Self {
        let service = Self::asking(url);
        for (dataset, batch) in plant::tables() {
            service.publish(dataset, &batch);
        }
        service
    }

    pub fn publish(&self, dataset: Dataset, batch: &RecordBatch) {
        let store = &self.state.snapshots;
        let prepared = store.prepare(dataset, batch, Vec::new(), &SiteRules::default()).unwrap();
        store.publish(prepared, Timestamp::now());
    }

    /// Sends a request as it is and does not read the body.
    pub async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.send(request).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri(path);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        self.ask(request.body(body.into()).unwrap()).await
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("no JSON ({error}): {}", String::from_utf8_lossy(&self.body))
        })
    }

    /// A header as text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is the error object with this code, and gives its message.
    #[track_caller]
    pub fn failure(&self, status: u16, code: &str) -> String {
        let body = self.json();
        assert_eq!(self.status.as_u16(), status, "{body}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(body["success"], false);
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["meta"]["request_id"], self.header("x-request-id"));
        assert!(body["meta"]["timestamp"].as_str().unwrap().ends_with('Z'));
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["error", "meta", "success"]);
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}
