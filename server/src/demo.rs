//! `mes-dashboard demo`: a simulated packaging plant in an embedded SQLite
//! database, kept moving in real time, and the dashboard over it.

mod progress;
mod database;

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use plant_simulator::{Changes, Factory, PlantSize};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::{self, ListenerSource, ServeError};
use crate::app_store::AppStore;
use crate::auth::clock::Clock;
use crate::auth::password::hash_new;
use crate::auth::role::Role;
use crate::auth::secret_key::random_text;
use crate::auth::users::Users;
use crate::cli::{Cli, Command, DemoOptions};
use crate::config::Config;
use database::{Content, PlantDatabase, PlantError};
use progress::Progress;

/// Share of the lots that move in 5 s of a plant at speed 1.
const MOVES_IN_5_SECS: f64 = 0.012;
/// Share of the lots that a tick moves at most, so that no page flickers.
const MOST_MOVES: f64 = 0.25;
/// The simulated plant's time zone.
const ZONE: &str = "Asia/Taipei";
const DATABASE: &str = "plant.sqlite";
/// Folder of the roll-up of history.
const HISTORY: &str = "history-rollup";
const MEMORY: &str = "plant-memory";
const ALERTS: &str = "alerts";
/// File of the application's own database.
const APP_DATABASE: &str = "app.sqlite";
/// Name of the administrator.
const ADMIN: &str = "admin";

/// The plant's local time.
fn plant_time(now: Timestamp) -> DateTime {
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).datetime().round(jiff::Unit::Second).unwrap_or_default()
}

fn failed(error: impl std::fmt::Display) -> ServeError {
    ServeError::Demo(error.to_string())
}

/// Makes the plant or continues the existing one, keeps it moving, and
/// serves the dashboard over it until `stop`.
///
/// # Errors
/// The database can't be made, belongs to something else or to a demo that
/// runs already, or the server can't start.
pub async fn run(options: DemoOptions, stop: CancellationToken) -> Result<(), ServeError> {
    std::fs::create_dir_all(&options.data_dir)?;
    let _only_demo = lock(&options.data_dir)?;
    let path = options.data_dir.join(DATABASE);
    let wanted = Wanted {
        seed: options.seed,
        size: PlantSize::of(options.lots, options.machines),
        now: plant_time(Timestamp::now()),
        fresh: options.fresh,
    };
    let (database, factory) = prepare(&path, &wanted, &mut Progress::on_stderr()).await?;
    if options.seed_only {
        return database.close().await.map_err(failed);
    }
    let config = serve_settings(&options, &path)?;
    let _log = config.log.start();
    let password = new_admin(&config).await?;
    writeln!(
        std::io::stdout(),
        "sign in at /admin/login as {ADMIN} with the password {password} (another one at each start)"
    )?;
    let tick = Duration::from_millis(options.tick_ms);
    let share = (MOVES_IN_5_SECS * options.speed * tick.as_secs_f64() / 5.0).min(MOST_MOVES);
    let simulation = tokio::spawn(simulate(database, factory, tick, share, stop.clone()));
    let served = app::serve(config, ListenerSource::Own, stop.clone()).await;
    stop.cancel();
    match simulation.await {
        Ok(closed) => closed.map_err(failed)?,
        Err(error) => return Err(failed(error)),
    }
    served
}

/// Makes an administrator, or changes the password of the existing one; returns the password.
async fn new_admin(config: &Config) -> Result<String, ServeError> {
    let password = random_text().map_err(failed)?;
    let password =
        password.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
    let store = AppStore::open(&config.app_database.app_database_url).await?;
    let users = Users::new(store.clone(), Clock::system());
    users.put(ADMIN, Role::Admin, &hash_new(&password)?).await?;
    store.close().await;
    Ok(password)
}

/// Keeps two demos from moving the same plant. The system releases the lock when the process ends.
fn lock(folder: &Path) -> Result<File, ServeError> {
    let file = File::create(folder.join("plant.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(failed(format!(
            "another demo runs in {}; stop it, or give another --data-dir",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The plant that was asked for.
struct Wanted {
    seed: u64,
    size: PlantSize,
    now: DateTime,
    /// Whether one that is there is thrown away.
    fresh: bool,
}

/// Continues the plant in the file, or makes a new one where the file holds none,
/// a different one, or one from the future.
async fn prepare(
    path: &Path,
    wanted: &Wanted,
    progress: &mut Progress,
) -> Result<(PlantDatabase, Factory), ServeError> {
    if path.exists() {
        match content(path, wanted).await {
            Ok(Content::Plant(mut factory)) if !wanted.fresh && factory.now() <= wanted.now => {
                let mut database = PlantDatabase::open(path).await.map_err(failed)?;
                // Moves the clock; lots follow with the first tick.
                let changes = factory.tick(wanted.now, 0.0);
                database.write(&factory, &changes).await.map_err(failed)?;
                progress.note(&format!("the plant in {} goes on", path.display()));
                return Ok((database, *factory));
            }
            Ok(Content::Plant(_) | Content::Replaceable) => {}
            Ok(Content::Foreign) => return Err(not_ours(path, "it is not a demo plant")),
            Err(error) => return Err(not_ours(path, &error.to_string())),
        }
    }
    let factory = Factory::new(wanted.seed, wanted.now, wanted.size);
    make(path, &factory, progress).await?;
    let database = PlantDatabase::open(path).await.map_err(failed)?;
    Ok((database, factory))
}

async fn content(path: &Path, wanted: &Wanted) -> Result<Content, PlantError> {
    let mut database = PlantDatabase::open(path).await?;
    let content = database.content(wanted.seed, wanted.size).await?;
    database.close().await?;
    Ok(content)
}

fn not_ours(path: &Path, why: &str) -> ServeError {
    failed(format!(
        "{} can't be used: {why}; remove the file, or give another --data-dir",
        path.display()
    ))
}

/// Writes the plant to a new file and puts that in the place of an older one.
async fn make(path: &Path, factory: &Factory, progress: &mut Progress) -> Result<(), ServeError> {
    let unfinished = path.with_extension("unfinished");
    remove(&unfinished)?;
    let mut database = PlantDatabase::create(&unfinished).await.map_err(failed)?;
    database.fill(factory, progress).await.map_err(failed)?;
    database.close().await.map_err(failed)?;
    // The history of an older plant is not this one's.
    match std::fs::remove_dir_all(path.with_file_name(HISTORY)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // What SQLite keeps beside the older file would spoil the new one.
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        remove(&PathBuf::from(beside))?;
    }
    std::fs::rename(&unfinished, path)?;
    progress.done();
    Ok(())
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Moves the plant every `tick` until `stop`.
async fn simulate(
    mut database: PlantDatabase,
    mut factory: Factory,
    tick: Duration,
    share: f64,
    stop: CancellationToken,
) -> Result<(), PlantError> {
    let mut clock = tokio::time::interval(tick);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    // The first one is at once, which would surprise the first visitor.
    clock.tick().await;
    let mut unwritten = Changes::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = clock.tick() => {}
        }
        unwritten.extend(factory.tick(plant_time(Timestamp::now()), share));
        match database.write(&factory, &unwritten).await {
            Ok(()) => unwritten = Changes::default(),
            Err(error) => tracing::error!(%error, "the plant could not be moved; trying again"),
        }
    }
    database.close().await
}

/// The settings of `serve` for the demo: everything else keeps its default or
/// what the environment says.
fn serve_settings(options: &DemoOptions, path: &Path) -> Result<Config, ServeError> {
    let seconds = (options.tick_ms / 1000).max(1).to_string();
    let database = format!("sqlite:{}", path.display());
    let log = path.with_file_name("log.sqlite");
    let history = path.with_file_name(HISTORY);
    let memory = path.with_file_name(MEMORY);
    let alerts = path.with_file_name(ALERTS);
    let own = format!("sqlite:{}", options.data_dir.join(APP_DATABASE).display());
    let bind = format!("127.0.0.1:{}", options.port);
    let cli = Cli::try_parse_from([
        "mes-dashboard",
        "serve",
        "--app-env=demo",
        "--log-level=warn",
        "--log-store-file",
        &log.to_string_lossy(),
        "--history-rollup-dir",
        &history.to_string_lossy(),
        "--history-rollup-load=0.5",
        "--plant-memory-dir",
        &memory.to_string_lossy(),
        "--alerts-dir",
        &alerts.to_string_lossy(),
        "--bind-addr",
        &bind,
        "--database-url",
        &database,
        "--app-database-url",
        &own,
        "--cache-check-interval",
        &seconds,
        "--equipment-status-sync-interval",
        &seconds,
        "--resource-sync-interval=60",
        "--plant-time-zone",
        ZONE,
    ])
    .map_err(failed)?;
    match cli.command {
        Command::Serve(config) => Ok(*config),
        _ => Err(failed("the settings of serve could not be built")),
    }
}

#[cfg(test)]
mod tests;
