//! `mes-dashboard demo`: a simulated packaging plant in an embedded SQLite
//! database, kept moving in real time, and the dashboard over it.

mod catalogue;
mod database;
mod factory;
mod progress;
mod random;
mod rows;

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use crate::app::{self, ServeError};
use crate::cli::{Cli, Command, DemoOptions};
use crate::config::Config;
use database::PlantDatabase;
use factory::Factory;
use progress::Progress;

pub use factory::PlantSize;

/// Share of the lots and of the machines that a tick of 5 s touches.
const MOVES_PER_TICK: f64 = 0.012;
/// The simulated plant's time zone.
const ZONE: &str = "Asia/Taipei";

/// The plant's local time.
fn plant_time(now: Timestamp) -> DateTime {
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).datetime()
}

fn failed(error: impl std::fmt::Display) -> ServeError {
    ServeError::Demo(error.to_string())
}

/// Makes the plant, starts moving it and serves the dashboard until `stop`.
///
/// # Errors
/// The database can't be made, or the server can't start.
pub async fn run(options: DemoOptions, stop: CancellationToken) -> Result<(), ServeError> {
    std::fs::create_dir_all(&options.data_dir)?;
    let path = options.data_dir.join("plant.sqlite");
    let mut factory =
        Factory::new(options.seed, plant_time(Timestamp::now()), PlantSize::default());
    let mut database = make(&path, &factory, options.seed, &mut Progress::on_stderr()).await?;
    if options.seed_only {
        return database.close().await.map_err(failed);
    }
    let config = serve_settings(&options, &path)?;
    config.log.start();
    let (ticker, tick) = (stop.clone(), Duration::from_millis(options.tick_ms));
    let simulation = tokio::spawn(async move {
        let moves = MOVES_PER_TICK * tick.as_secs_f64() / 5.0;
        loop {
            tokio::select! {
                () = ticker.cancelled() => break,
                () = tokio::time::sleep(tick) => {}
            }
            let changes = factory.tick(plant_time(Timestamp::now()), moves);
            if let Err(error) = database.write(&factory, &changes).await {
                tracing::error!(%error, "the plant could not be moved");
            }
        }
        database.close().await
    });
    let served = app::serve(config, stop.clone()).await;
    stop.cancel();
    match simulation.await {
        Ok(closed) => closed.map_err(failed)?,
        Err(error) => return Err(failed(error)),
    }
    served
}

/// A new database with the plant in it. An older one is removed: the plant's
/// state lives in memory, so that only a fresh start is consistent.
async fn make(
    path: &Path,
    factory: &Factory,
    seed: u64,
    progress: &mut Progress,
) -> Result<PlantDatabase, ServeError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let mut database = PlantDatabase::open(path).await.map_err(failed)?;
    database.fill(factory, seed, progress).await.map_err(failed)?;
    Ok(database)
}

/// The settings of `serve` for the demo: everything else keeps its default or
/// what the environment says.
fn serve_settings(options: &DemoOptions, path: &Path) -> Result<Config, ServeError> {
    let seconds = (options.tick_ms / 1000).max(1).to_string();
    let database = format!("sqlite:{}", path.display());
    let bind = format!("127.0.0.1:{}", options.port);
    let cli = Cli::try_parse_from([
        "mes-dashboard",
        "serve",
        "--app-env=demo",
        "--log-level=warn",
        "--bind-addr",
        &bind,
        "--database-url",
        &database,
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
mod tests {
    use super::*;
    use compute_core::table::Dataset;

    /// What a reader sees in the database equals the plant in memory.
    #[tokio::test]
    async fn the_tables_follow_the_plant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plant.sqlite");
        let size = PlantSize { lots: 300, machines: 80 };
        let mut factory = Factory::new(11, jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0), size);
        let mut database = make(&path, &factory, 11, &mut Progress::silent()).await.unwrap();
        for _ in 0..60 {
            let now = factory.now + jiff::SignedDuration::from_secs(5);
            let changes = factory.tick(now, 0.05);
            database.write(&factory, &changes).await.unwrap();
        }
        let fresh_path = folder.path().join("fresh.sqlite");
        let fresh = make(&fresh_path, &factory, 11, &mut Progress::silent()).await.unwrap();
        fresh.close().await.unwrap();
        database.close().await.unwrap();

        let rules = compute_core::site_rules::SiteRules::default();
        let store =
            crate::snapshot::SnapshotStore::new(1, crate::snapshot::CompressionLevels::default());
        for dataset in Dataset::ALL {
            let mut versions = Vec::new();
            for path in [&path, &fresh_path] {
                let options = DemoOptions {
                    port: 0,
                    data_dir: folder.path().to_owned(),
                    seed: 11,
                    tick_ms: 1000,
                    seed_only: false,
                };
                let config = serve_settings(&options, path).unwrap();
                let url = config.database.database_url.clone().unwrap();
                let source =
                    crate::source::MesDatabase::new(&url, config.database.table_names()).unwrap();
                let (batch, warnings) = source.read_table(dataset).await.unwrap();
                assert!(warnings.is_empty(), "{warnings:?}");
                let loaded = store.prepare(dataset, &batch, warnings, &rules).unwrap();
                store.publish(loaded, Timestamp::UNIX_EPOCH);
                versions.push(store.current().published(dataset).unwrap().version.clone());
                source.close().await;
            }
            assert_eq!(versions[0], versions[1], "{}", dataset.name());
        }
    }
}
