//! The running server: its start and its stop.

mod error;
mod rollup;
mod listener;
mod supervise;
mod watch;

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use compute_core::site_rules::SiteRules;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::alerts::DegradedTimer;
use crate::app_state::AppState;
use crate::app_store::AppStore;
use crate::audit::Audit;
use crate::auth::Auth;
use crate::auth::clock::Clock;
use crate::auth::ldap::Directory;
use crate::auth::password::Passwords;
use crate::auth::secret_key::{SecretKey, random_text};
use crate::auth::session::Sessions;
use crate::auth::sign_in::SignIn;
use crate::auth::tokens::ApiTokens;
use crate::auth::users::Users;
use crate::config::{AppDatabaseSettings, AppEnv, Config, SecretKeyError, SecuritySettings};
use crate::database::Database;
use crate::downtime_ranges::DowntimeRanges;
use crate::hold_ranges::HoldRanges;
use crate::hour_ranges::HourRanges;
use crate::http::rate_limit::RateLimits;
use crate::http::response_memo::ResponseMemo;
use crate::http::spool::AnswerRoom;
use crate::kept_choices::KeptChoices;
use crate::log_store::LogStore;
use crate::pages::{PROGRAM, PageRegistry};
use crate::pinned_views::PinnedViews;
use crate::plant_alerts::{AlertSetup, PlantAlerts, Webhooks};
use crate::plant_memory::{Folder, MemorySetup, PlantMemory};
use crate::reading::Reading;
use crate::redis::Redis;
use crate::restart::RestartLog;
use crate::route_cache::RouteCache;
use crate::serving::{Drain, DrainTimes, ShutdownRegistry, serve_connections};
use crate::sharing::{Sharing, SharingSetup};
use crate::snapshot::{Refresher, SnapshotStore};
use crate::source::MesDatabase;
use crate::telemetry::RequestMetrics;
use crate::user_name::NameReader;
use crate::{routes, site};

pub use error::ServeError;
pub use listener::ListenerSource;
pub use rollup::{rebuild_history, verify_history};
pub use supervise::supervise;
pub use watch::watch;

/// Share of the time for a stop that connections may take: what is stopped after them needs time as well.
const SHARE_OF_CONNECTIONS: f64 = 0.7;

/// How long one resource may take to stop.
const RESOURCE_LIMIT: Duration = Duration::from_secs(5);

/// How long a response of `/health` is cached.
const HEALTH_KEPT: Duration = Duration::from_secs(1);
/// How often the file of restarts is read.
const RESTARTS_READ_EVERY: Duration = Duration::from_secs(5);

/// Errors of settings, checked before anything is opened.
struct Prepared {
    tables: MesDatabase,
    database: Arc<Database>,
    rules: Arc<SiteRules>,
    reading: Reading,
    key: SecretKey,
    directory: Option<Directory>,
    names: NameReader,
    redis: Option<Arc<Redis>>,
    webhooks: Option<Webhooks>,
}

fn prepare(config: &Config) -> Result<Prepared, ServeError> {
    let url = config.database.database_url.as_deref().ok_or(ServeError::NoDatabase)?;
    let rules = Arc::new(config.site.rules()?);
    let reading = config.site.reading(&rules)?;
    let tables = MesDatabase::new(
        url,
        config.database.table_names(),
        config.snapshots.intervals().longest_read,
        reading.clone(),
    )?;
    let limits = config.pool.limits();
    let policy = config.breaker.policy(limits.longest_call())?;
    let database = Database::in_zone(url, &config.site.time_zone, limits, policy)?;
    let key = config.security.key(config.http.app_env)?;
    let directory = config.ldap.directory(config.http.app_env)?;
    let names = config.ldap.names()?;
    let redis = config.redis.prepare()?;
    let webhooks = config.alerts.webhooks(config.http.app_env)?;
    Ok(Prepared { tables, reading, database, rules, key, directory, names, redis, webhooks })
}

/// Serves until `stop` is cancelled, then lets open requests finish.
///
/// # Errors
/// Settings that can't be used, or an address that can't be bound.
pub async fn serve(
    config: Config,
    listener: ListenerSource,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    tracing::info!(settings = ?config, "starting");
    for weakness in config.exposure().weakened {
        tracing::warn!("{weakness}");
    }
    let Prepared { tables, reading, database, rules, key, directory, names, redis, webhooks } =
        prepare(&config)?;
    let route_cache = Arc::new(route_cache(&config, &rules, redis.clone()));
    let supervisor = Arc::default();
    let mut opened = listener.open(config.http.bind_addr, &supervisor, &stop).await?;
    let app_store = AppStore::open_or_wait(&config.app_database.app_database_url).await?;
    let users = Users::new(app_store.clone(), Clock::system());
    if app_store.trouble().is_none()
        && directory.is_none()
        && users.list().await.is_ok_and(|all| all.is_empty())
    {
        tracing::warn!("nobody can sign in yet: `mes-dashboard user add NAME --role admin`");
    }
    let audit = Arc::new(Audit::new(app_store.clone(), Clock::system()));
    let pages = Arc::new(PageRegistry::new(app_store.clone(), PROGRAM, Clock::system()));
    let pinned_views = Arc::new(PinnedViews::new(app_store.clone(), Clock::system()));
    let kept_choices = Arc::new(KeptChoices::new(app_store.clone(), Clock::system()));
    // So that the first visitor finds what is in force.
    pages.known().await;
    let key_of_sharing = key.clone();
    let limits_of_sessions = config.security.session_limits();
    let auth = Arc::new(Auth {
        sessions: Sessions::new(
            &app_store,
            redis.clone(),
            key.clone(),
            limits_of_sessions,
            Clock::system(),
        ),
        tokens: ApiTokens::new(app_store.clone(), Clock::system()),
        sign_in: SignIn::new(users, Passwords::new()?, directory, names, key.clone()),
        key,
        cookies: SecuritySettings::cookies(config.http.app_env),
        csrf: config.security.csrf(),
        behind_proxy: config.limits.trusted_proxies > 0,
        anonymous: config.security.anonymous(),
    });
    let snapshots = Arc::new(SnapshotStore::new(
        usize::from(config.snapshots.history),
        config.snapshots.levels(),
    ));
    let refresher = Refresher::new(
        snapshots.clone(),
        Arc::new(tables),
        rules.clone(),
        reading.zone().clone(),
        config.snapshots.intervals(),
        Timestamp::now,
    );
    let shared = redis.filter(|_| config.snapshots.snapshot_sharing_enabled);
    let sharing = shared.map(|redis| {
        Sharing::new(SharingSetup {
            redis,
            key: key_of_sharing,
            plant: plant_of(&config, &rules),
            server: server_name(),
            store: snapshots.clone(),
            intervals: config.snapshots.intervals(),
            now: Timestamp::now,
        })
    });
    let refresher = Arc::new(match sharing.clone() {
        Some(sharing) => refresher.beside(sharing),
        None => refresher,
    });
    let mut running = ShutdownRegistry::default();
    let log_store = log_store(&config, &mut running).await;
    let (calls, closing) = (database.clone(), app_store.clone());
    running.register("database pools", RESOURCE_LIMIT, async move {
        tokio::join!(calls.close(), closing.close());
    });
    let stop_cache = CancellationToken::new();
    let (cache, until) = (route_cache.clone(), stop_cache.clone());
    let looking_after = tokio::spawn(async move { cache.look_after(&until).await });
    let cache = route_cache.clone();
    running.register("route cache and Redis", RESOURCE_LIMIT, async move {
        cache.settle().await;
        stop_cache.cancel();
        // A task that panicked has been logged; there is nothing left to stop.
        let _ = looking_after.await;
    });
    let names = config.database.table_names();
    let hours = names.shift_hours.clone();
    let rollup = rollup::of(&config, &rules, &reading, &database)?;
    let history = HourRanges::new(
        database.clone(),
        rules.clone(),
        hours,
        route_cache.clone(),
        reading.clone(),
    )
    .with_rollup(rollup.clone());
    let holds = HoldRanges::new(
        database.clone(),
        rules.clone(),
        config.site.shift_plan(),
        &names,
        route_cache.clone(),
        reading.clone(),
    );
    let downtime = DowntimeRanges::new(
        database.clone(),
        rules.clone(),
        config.site.shift_plan(),
        &names,
        route_cache.clone(),
        reading.clone(),
    );
    let memory = plant_memory(&config, &reading);
    let stop_background = CancellationToken::new();
    let mut background = refresher.start(&stop_background);
    let drain = Drain::default();
    if let Some(sharing) = sharing.clone() {
        let (refresher, draining) = (refresher.clone(), drain.begun().clone());
        let until = stop_background.clone();
        background.push(tokio::spawn(async move {
            sharing.keep(&refresher, &draining, &until).await;
        }));
    }
    if let Some(memory) = memory.clone() {
        let (published, until) = (snapshots.clone(), stop_background.clone());
        background.push(tokio::spawn(async move { memory.keep(&published, &until).await }));
    }
    let alerts = plant_alerts(&config, &reading, webhooks);
    if let Some(alerts) = alerts.clone() {
        background.push(tokio::spawn(alerts.keep(snapshots.clone(), stop_background.clone())));
    }
    background.extend(database.start(&stop_background));
    let (looked_after, until) = (auth.clone(), stop_background.clone());
    background.push(tokio::spawn(async move { looked_after.sessions.look_after(&until).await }));
    let (watched, until) = (app_store.clone(), stop_background.clone());
    background.push(tokio::spawn(async move { watched.watch(&until).await }));
    let config = Arc::new(config);
    let state = AppState {
        config: config.clone(),
        snapshots,
        sharing,
        tables: Arc::new(names),
        reading,
        database,
        route_cache,
        history: Arc::new(history),
        holds: Arc::new(holds),
        downtime: Arc::new(downtime),
        memory,
        alerts,
        answer_room: AnswerRoom::default(),
        shared_answers: Arc::default(),
        jobs_read: Arc::default(),
        refresher: Some(refresher),
        auth,
        exposure: Arc::new(config.exposure()),
        event_streams: config.limits.event_streams(),
        shows_causes: config.http.app_env == AppEnv::Development,
        requests: RequestMetrics::default(),
        degraded: Arc::default(),
        retry_pressure: Arc::default(),
        health_memo: Arc::new(ResponseMemo::new(HEALTH_KEPT)),
        restarts: Arc::new(RestartLog::new(config.restart.paths(), config.restart.limits())),
        contract: Arc::new(config.restart.contract(config.http.bind_addr)),
        audit,
        pages,
        pinned_views,
        kept_choices,
        log_store,
        started_at: Timestamp::now(),
        rate_limits: Arc::new(RateLimits::new(
            &config.limits.budgets(),
            config.limits.trusted_proxies,
        )),
        supervisor,
        draining: drain.begun().clone(),
    };
    background.push(watch_condition(&state, &stop_background));
    background.push(watch_restarts(&state, &stop_background));
    running.register("refreshers and probes", RESOURCE_LIMIT, async move {
        stop_background.cancel();
        for task in background {
            // A task that panicked has been logged; there is nothing left to stop.
            let _ = task.await;
        }
    });
    let snapshots = state.snapshots.clone();
    let router =
        routes::router(state).layer(RequestBodyTimeoutLayer::new(config.limits.body_read()));
    opened.get_ready(&snapshots, &router, config.supervisor.warm(), &stop).await?;
    if let Some(rollup) = rollup {
        // After what the first pages need.
        let stop_rollup = CancellationToken::new();
        let until = stop_rollup.clone();
        let keeping = tokio::spawn(async move { rollup.keep(&until).await });
        running.register("roll-up of history", RESOURCE_LIMIT, async move {
            stop_rollup.cancel();
            // A task that panicked has been logged; there is nothing left to stop.
            let _ = keeping.await;
        });
    }
    let within = Arc::new(OnceLock::new());
    if !stop.is_cancelled() {
        let socket = opened.take_listener()?;
        let address = socket.local_addr()?;
        let limits = config.limits.connections();
        let server = tokio::spawn(serve_connections(socket, router, limits, drain.clone()));
        let (soft, within) = (config.supervisor.soft_drain(), within.clone());
        let longest = config.limits.shutdown().max(config.supervisor.drain());
        running.register("connections", longest, async move {
            let whole = within.get().copied().unwrap_or(longest).mul_f64(SHARE_OF_CONNECTIONS);
            drain.begin(DrainTimes { soft, whole });
            match server.await {
                Ok(0) => {}
                Ok(cut_off) => {
                    tracing::warn!(cut_off, "connections were still open at the deadline");
                }
                Err(error) => tracing::error!(%error, "the server of connections broke"),
            }
        });
        // So that nobody waits for it: the first visitor finds the front end compressed.
        std::thread::spawn(site::assets::warm);
        opened.announce(address, &stop).await?;
    }
    stop.cancelled().await;
    tracing::info!("stopping");
    let time = *within.get_or_init(|| opened.time_to_leave(&config));
    running.run(time).await;
    tracing::info!("stopped");
    Ok(())
}

/// The route cache; shared through Redis with servers over the same tables.
fn route_cache(config: &Config, rules: &SiteRules, redis: Option<Arc<Redis>>) -> RouteCache {
    let cache = RouteCache::new(config.route_cache.limits());
    let Some(redis) = redis else { return cache };
    cache.shared_through(redis, &plant_of(config, rules))
}

/// What all numbers depend on besides the rows: servers of the same text share what they have.
fn plant_of(config: &Config, rules: &SiteRules) -> String {
    let (database, zone) = (&config.database, &config.site.time_zone);
    format!("{database:?}\n{zone:?}\n{rules:?}")
}

/// A name for this process that tells an operator where it is.
fn server_name() -> String {
    let host = whoami::hostname().unwrap_or_else(|_| "unknown host".to_owned());
    format!("{host}:{}:{:08x}", std::process::id(), fastrand::u32(..))
}

/// The plant's memory; `None` where nothing is kept.
fn plant_memory(config: &Config, reading: &Reading) -> Option<Arc<PlantMemory>> {
    let folder = Folder::new(config.plant_memory.folder()?);
    Some(PlantMemory::new(MemorySetup {
        folder,
        bounds: config.plant_memory.bounds(),
        interval: config.plant_memory.interval(),
        shifts: config.site.shift_plan(),
        zone: reading.zone().clone(),
        now: Box::new(Timestamp::now),
    }))
}

/// Alert rules; `None` where none are watched.
fn plant_alerts(
    config: &Config,
    reading: &Reading,
    webhooks: Option<Webhooks>,
) -> Option<Arc<PlantAlerts>> {
    Some(PlantAlerts::new(AlertSetup {
        folder: config.alerts.folder()?,
        zone: reading.zone().clone(),
        clock: Clock::system(),
        webhooks,
    }))
}

/// The log for reading. The server does without one that can't be opened: it is a copy.
async fn log_store(config: &Config, running: &mut ShutdownRegistry) -> Option<Arc<LogStore>> {
    let path = config.log.log_store_file.as_ref()?;
    let store = match LogStore::open(path, config.log.store_limits()).await {
        Ok(store) => Arc::new(store),
        Err(problem) => {
            tracing::error!(%problem, "going on without a log for reading");
            return None;
        }
    };
    let stop = CancellationToken::new();
    let writing = store.start(&stop);
    let closing = store.clone();
    running.register("log store", RESOURCE_LIMIT, async move {
        stop.cancel();
        // A task that panicked has been logged.
        let _ = writing.await;
        closing.close().await;
    });
    Some(store)
}

/// Reads the file of restarts at an interval.
fn watch_restarts(state: &AppState, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let (restarts, stop) = (state.restarts.clone(), stop.clone());
    tokio::spawn(async move {
        let mut every = tokio::time::interval(RESTARTS_READ_EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            let reading = restarts.clone();
            // A panic has been logged; what was read before stays.
            let _ = tokio::task::spawn_blocking(move || reading.refresh()).await;
        }
    })
}

/// Records since when the server is degraded and the share of rejected requests, and wakes the
/// event streams when the database or Redis becomes available or unavailable, which changes no
/// version.
fn watch_condition(state: &AppState, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let (state, stop) = (state.clone(), stop.clone());
    tokio::spawn(async move {
        let mut known = None;
        let mut every = tokio::time::interval(DegradedTimer::EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            let trouble = state.trouble();
            let (_, reason) = state.health_status(&state.snapshots.current());
            let now = Timestamp::now();
            state.degraded.note(reason.is_some(), now);
            let (answered, put_off) = state.requests.totals();
            state.retry_pressure.note(answered, put_off, now);
            if known != Some(trouble) {
                known = Some(trouble);
                state.snapshots.wake();
            }
        }
    })
}

/// Brings the tables of the application's own database up to date.
///
/// # Errors
/// It can't be reached, made or migrated.
pub async fn migrate(database: &AppDatabaseSettings) -> Result<(), ServeError> {
    AppStore::open(&database.app_database_url).await?.close().await;
    Ok(())
}

/// Prints a fresh `SECRET_KEY`.
///
/// # Errors
/// The system has no randomness, or the writer fails.
pub fn print_secret(out: &mut impl Write) -> Result<(), ServeError> {
    let secret = random_text().map_err(SecretKeyError::Random)?;
    Ok(writeln!(out, "{secret}")?)
}

/// Cancels `stop` on SIGTERM or Ctrl-C.
///
/// # Errors
/// Signal handlers can't be installed.
pub fn stop_on_signals(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
