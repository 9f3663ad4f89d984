//! The router over a store that a test fills, and requests to it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use calamine::Reader;
use clap::Parser;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::app_state::AppState;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::audit::Audit;
use mes_dashboard::auth::Auth;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::cookie::CookieKind;
use mes_dashboard::auth::csrf::{CsrfMode, session_token};
use mes_dashboard::auth::password::Passwords;
use mes_dashboard::auth::role::Role;
use mes_dashboard::auth::secret_key::SecretKey;
use mes_dashboard::auth::session::{Newcomer, SessionLimits, Sessions, Source};
use mes_dashboard::auth::sign_in::SignIn;
use mes_dashboard::auth::tokens::ApiTokens;
use mes_dashboard::auth::users::Users;
use mes_dashboard::config::{Config, RestartSettings};
use mes_dashboard::database::Database;
use mes_dashboard::downtime_ranges::DowntimeRanges;
use mes_dashboard::hold_ranges::HoldRanges;
use mes_dashboard::hour_ranges::HourRanges;
use mes_dashboard::http::rate_limit::RateBudget;
use mes_dashboard::http::rate_limit::RateBudgets;
use mes_dashboard::http::rate_limit::RateLimits;
use mes_dashboard::http::response_memo::ResponseMemo;
use mes_dashboard::http::spool::AnswerRoom;
use mes_dashboard::kept_choices::KeptChoices;
use mes_dashboard::pages::{PROGRAM, PageRegistry};
use mes_dashboard::pinned_views::PinnedViews;
use mes_dashboard::reading::Reading;
use mes_dashboard::restart::RestartLog;
use mes_dashboard::route_cache::RouteCache;
use mes_dashboard::routes::router;
use mes_dashboard::runtime_contract::{RuntimeContract, Surroundings};
use mes_dashboard::serving::Places;
use mes_dashboard::snapshot::{SnapshotStore, SourceRead};
use mes_dashboard::source::TableNames;
use mes_dashboard::telemetry::RequestMetrics;
use mes_dashboard::user_name::NameReader;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::plant;

const ANY: RateBudget = RateBudget { max_requests: 0, window_secs: 60 };
const UNLIMITED: RateBudgets = RateBudgets { read: ANY, query: ANY, export: ANY, command: ANY };

/// Cells of the first sheet of a workbook, row by row.
pub fn cells(workbook: &[u8]) -> Vec<String> {
    let file = std::io::Cursor::new(workbook);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(file).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().flatten().map(ToString::to_string).collect()
}

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
        holds: of("DW_MES_HOLDRELEASEHISTORY"),
        containers: of("DW_MES_CONTAINER"),
    }
}

/// The way to a database; the default is one that no test asks.
pub fn database(url: &str) -> Arc<Database> {
    let settings = defaults();
    let limits = settings.pool.limits();
    let policy = settings.breaker.policy(limits.longest_call()).unwrap();
    Database::in_zone(url, "Asia/Taipei", limits, policy).unwrap()
}

/// Its hash for unknown names is made once for all tests.
static PASSWORDS: LazyLock<Passwords> = LazyLock::new(|| Passwords::new().unwrap());

/// A database of users and sessions in memory, opened from wherever the test is.
pub fn app_store() -> AppStore {
    // It outlives all tests: a database in memory ends with its connection.
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    let open = || RUNTIME.block_on(AppStore::open("sqlite::memory:")).unwrap();
    std::thread::spawn(open).join().unwrap()
}

/// Nobody but local users may sign in; visitors may do what `anonymous` may.
pub fn auth_over(store: &AppStore, anonymous: Option<Role>, csrf: CsrfMode) -> Arc<Auth> {
    Arc::new(auth_at(store, anonymous, csrf, Instant::now))
}

/// The same, with another clock for the waits between attempts to sign in.
pub fn auth_ticking(
    store: &AppStore,
    ticks: impl Fn() -> Instant + Send + Sync + 'static,
) -> Arc<Auth> {
    Arc::new(auth_at(store, Some(Role::Viewer), CsrfMode::Enforce, ticks))
}

fn auth_at(
    store: &AppStore,
    anonymous: Option<Role>,
    csrf: CsrfMode,
    ticks: impl Fn() -> Instant + Send + Sync + 'static,
) -> Auth {
    let key = SecretKey::random().unwrap();
    let hours = |count: u64| Duration::from_secs(count * 3600);
    let limits = SessionLimits { idle: hours(8), absolute: hours(24) };
    let users = Users::new(store.clone(), Clock::system());
    let names = NameReader::default();
    Auth {
        sessions: Sessions::new(store, None, key.clone(), limits, Clock::system()),
        tokens: ApiTokens::new(store.clone(), Clock::system()),
        sign_in: SignIn::new(users, PASSWORDS.clone(), None, names, key.clone()).with_ticks(ticks),
        key,
        cookies: CookieKind::Plain,
        csrf,
        behind_proxy: false,
        anonymous,
    }
}

/// As in production, with visitors who may do what `anonymous` may.
pub fn auth(anonymous: Option<Role>) -> Arc<Auth> {
    auth_over(&app_store(), anonymous, CsrfMode::Enforce)
}

/// Somebody who is signed in: what their browser sends.
pub struct Person {
    pub cookie: String,
    pub token: String,
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// The settings with their defaults.
fn defaults() -> Config {
    Settings::parse_from(["settings"]).config
}

fn contract(settings: &RestartSettings) -> RuntimeContract {
    let found = Surroundings {
        expected_version: None,
        bind_addr: ([127, 0, 0, 1], 8080).into(),
        binary: None,
        conda_prefix: None,
        conda_env_name: None,
        paths: settings.paths(),
    };
    found.check(std::path::Path::new("/"))
}

/// The plant's zone.
pub fn reading() -> Reading {
    Reading::new(TimeZone::get("Asia/Taipei").unwrap())
}

impl Service {
    /// Nothing has been loaded yet.
    pub fn cold() -> Self {
        Self::asking("sqlite::memory:")
    }

    /// Nothing has been loaded yet; what the snapshots don't hold is asked of this database.
    pub fn asking(url: &str) -> Self {
        let config = Arc::new(defaults());
        let cache = Arc::new(RouteCache::new(config.route_cache.limits()));
        let database = database(url);
        Self::with(AppState {
            snapshots: Arc::new(SnapshotStore::new(3, Default::default())),
            sharing: None,
            tables: Arc::new(tables()),
            route_cache: cache.clone(),
            history: Arc::new(HourRanges::new(
                database.clone(),
                Arc::default(),
                tables().shift_hours,
                cache.clone(),
                reading(),
            )),
            downtime: Arc::new(DowntimeRanges::new(
                database.clone(),
                Arc::default(),
                config.site.shift_plan(),
                &tables(),
                cache.clone(),
                reading(),
            )),
            holds: Arc::new(HoldRanges::new(
                database.clone(),
                Arc::default(),
                config.site.shift_plan(),
                &tables(),
                cache,
                reading(),
            )),
            reading: reading(),
            memory: None,
            alerts: None,
            answer_room: AnswerRoom::default(),
            shared_answers: Arc::default(),
            jobs_read: Arc::default(),
            database,
            refresher: None,
            auth: auth(Some(Role::Viewer)),
            exposure: Arc::default(),
            event_streams: Places::new(0),
            shows_causes: false,
            requests: RequestMetrics::default(),
            degraded: Arc::default(),
            retry_pressure: Arc::default(),
            health_memo: Arc::new(ResponseMemo::new(Duration::ZERO)),
            restarts: Arc::new(RestartLog::new(config.restart.paths(), config.restart.limits())),
            contract: Arc::new(contract(&config.restart)),
            config,
            audit: Arc::new(Audit::new(app_store(), Clock::system())),
            pages: Arc::new(PageRegistry::new(app_store(), PROGRAM, Clock::system())),
            pinned_views: Arc::new(PinnedViews::new(app_store(), Clock::system())),
            kept_choices: Arc::new(KeptChoices::new(app_store(), Clock::system())),
            log_store: None,
            supervisor: Arc::default(),
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

    /// The same service, where visitors may do what `anonymous` may.
    pub fn open_to(self, anonymous: Option<Role>) -> Self {
        Self::with(AppState { auth: auth(anonymous), ..self.state })
    }

    /// Signs somebody in, past the password.
    pub async fn person(&self, role: Role) -> Person {
        let newcomer = Newcomer {
            user_name: format!("some-{role}"),
            role,
            source: Source::Ldap,
            address: "10.0.0.1".to_owned(),
            user_agent: "test".to_owned(),
            generation: 0,
        };
        let auth = &self.state.auth;
        let (value, session) = auth.sessions.begin(newcomer, None).await.unwrap();
        let cookie = format!("mes_session={value}");
        Person { cookie, token: session_token(&auth.key, &session) }
    }

    pub fn publish(&self, dataset: Dataset, batch: &RecordBatch) {
        let store = &self.state.snapshots;
        let read = SourceRead {
            batch: batch.clone(),
            ledger: Ledger::default(),
            // When the tiny plant's data is of.
            database_now: "2026-11-20T00:00:00Z".parse().unwrap(),
        };
        let zone = TimeZone::get("Asia/Taipei").unwrap();
        let prepared = store.prepare(dataset, read, &zone, &SiteRules::default()).unwrap();
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
