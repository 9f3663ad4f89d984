//! SQLite: each fault has its code, and no step outlives its call.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mes_dashboard::database::{Database, PoolLimits};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::settings::{CAPACITY, ask, at_rest, code, counting, limits, open};

/// Counts for hours without a row to give.
const ENDLESS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n) \
     select count(*) from n where i < 0";

async fn plant(folder: &Path) -> (PathBuf, SqliteConnection) {
    let path = folder.join("plant.sqlite");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut writer = options.connect().await.unwrap();
    sqlx::raw_sql("create table lots (id text); insert into lots values ('a')")
        .execute(&mut writer)
        .await
        .unwrap();
    (path, writer)
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

#[tokio::test]
async fn every_fault_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut writer) = plant(folder.path()).await;
    let database = open(&url(&path));
    assert_eq!(code(&ask(&database, "select * from lots").await), "OK");
    for refused in ["select * from nowhere", "delete from lots", "selec"] {
        assert_eq!(code(&ask(&database, refused).await), "DB_QUERY_ERROR", "{refused}");
    }

    for _ in 0..2 * CAPACITY {
        let began = Instant::now();
        assert_eq!(code(&ask(&database, ENDLESS).await), "DB_QUERY_TIMEOUT");
        assert!(began.elapsed() < limits().call_timeout * 3, "{:?}", began.elapsed());
        assert_eq!(code(&ask(&database, "select * from lots").await), "OK");
    }

    sqlx::raw_sql("begin exclusive").execute(&mut writer).await.unwrap();
    assert_eq!(code(&ask(&database, "select * from lots").await), "DB_QUERY_TIMEOUT");
    sqlx::raw_sql("rollback").execute(&mut writer).await.unwrap();
    assert_eq!(code(&ask(&database, "select * from lots").await), "OK");
    at_rest(&database).await;
    database.close().await;
    assert_eq!(code(&ask(&database, "select 1").await), "DB_CONNECTION_FAILED");
    writer.close().await.unwrap();

    let garbage = folder.path().join("garbage.sqlite");
    std::fs::write(&garbage, vec![0x5a; 8192]).unwrap();
    for path in [garbage, folder.path().join("absent.sqlite")] {
        let outcome = ask(&open(&url(&path)), "select * from lots").await;
        assert_eq!(code(&outcome), "DB_CONNECTION_FAILED", "{outcome:?}");
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let (path, writer) = plant(folder.path()).await;
    let mut slow = limits();
    slow.call_timeout = Duration::from_secs(3600);
    let database =
        mes_dashboard::database::Database::new(&url(&path), slow, crate::settings::counting())
            .unwrap();
    for _ in 0..5 {
        let callers: Vec<_> = (0..CAPACITY)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { ask(&database, ENDLESS).await })
            })
            .collect();
        crate::settings::until("all are at it", async || {
            database.health().database_pool.state.checked_out == CAPACITY
                && database.health().database_pool.state.checked_in == 0
                && database.health().database_pool.state.size == CAPACITY as u32
        })
        .await;
        for caller in &callers {
            caller.abort();
        }
        // An hour is left: only the cancellation can end the steps.
        at_rest(&database).await;
        assert_eq!(code(&ask(&database, "select 1").await), "OK");
    }
    database.close().await;
    writer.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_exchanged_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, writer) = plant(folder.path()).await;
    writer.close().await.unwrap();
    // The one connection is kept for longer than the test.
    let one = PoolLimits { size: 1, max_overflow: 0, ..limits() };
    let database = Database::new(&url(&path), one, counting()).unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let background = database.start(&stop);
    assert_eq!(code(&ask(&database, "select id from lots").await), "OK");
    // The first look sees the old file.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let next = folder.path().join("next.sqlite");
    let options = SqliteConnectOptions::new().filename(&next).create_if_missing(true);
    let mut writer = options.connect().await.unwrap();
    sqlx::raw_sql("create table lots (id text, only_in_the_new_file text)")
        .execute(&mut writer)
        .await
        .unwrap();
    writer.close().await.unwrap();
    std::fs::rename(&next, &path).unwrap();
    crate::settings::until("the new file is read", async || {
        code(&ask(&database, "select only_in_the_new_file from lots").await) == "OK"
    })
    .await;
    stop.cancel();
    for task in background {
        task.await.unwrap();
    }
    database.close().await;
}
