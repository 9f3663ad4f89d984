//! A primary and its standby: which one is used, what a standby breaks off, and a promotion.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mes_dashboard::app_store::AppStore;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::users::Users;
use mes_dashboard::database::{Connection, Database};
use mes_dashboard::source::MesDatabase;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::Mutex;

use crate::cluster::standby;
use crate::server::Server;
use crate::settings::{ask, at_rest, code, counting, limits, open, until};
use crate::signals;
use crate::tables::{self, Types};

const TYPES: Types = Types {
    text: "text",
    integer: "bigint",
    decimal: "numeric",
    date: "timestamp",
    flag: "boolean",
};

/// Waits until the standby has what the primary has.
async fn follow(primary: &mut PgConnection, standby: &mut PgConnection) {
    let written: String =
        sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(primary).await.unwrap();
    until("the standby follows", async || {
        let has = "select coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)";
        sqlx::query_scalar(has).bind(&written).fetch_one(&mut *standby).await.unwrap()
    })
    .await;
}

/// Reads, lets the primary take away what was read, and reads on.
async fn overtaken(
    connection: Connection<'_>,
    primary: Arc<Mutex<PgConnection>>,
) -> Result<i64, sqlx::Error> {
    let Connection::Postgres(connection) = connection else { unreachable!() };
    sqlx::query("select count(*) from rows").persistent(false).execute(&mut *connection).await?;
    let mut primary = primary.lock().await;
    for change in ["delete from rows where n in (select n from rows limit 10)", "vacuum rows"] {
        sqlx::raw_sql(change).execute(&mut *primary).await?;
    }
    drop(primary);
    sqlx::query("select pg_sleep(15)").persistent(false).execute(connection).await?;
    Ok(0)
}

async fn count(connection: Connection<'_>) -> Result<i64, sqlx::Error> {
    let Connection::Postgres(connection) = connection else { unreachable!() };
    sqlx::query_scalar("select count(*) from rows").persistent(false).fetch_one(connection).await
}

#[tokio::test]
async fn the_host_that_fits_is_used_also_after_a_promotion() {
    let mut primary = Server::start();
    let mut admin = primary.connect().await;
    let script = format!(
        "{}; create table rows as select n from generate_series(1, 1000) n",
        tables::script(&TYPES)
    );
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut admin).await.unwrap();
    let second = standby(&primary);
    let mut at_second = second.connect().await;
    follow(&mut admin, &mut at_second).await;
    let address = |wanted: &str| {
        let (first, second) = (primary.port, second.port);
        format!(
            "postgres://postgres@127.0.0.1:{second},127.0.0.1:{first}/postgres?target_session_attrs={wanted}"
        )
    };
    let place = |port: u16| Some(format!("127.0.0.1:{port}"));

    // Each role finds its server, wherever it stands in the list.
    let on_primary = open(&address("primary"));
    let on_standby = open(&address("standby"));
    for (database, port) in [(&on_primary, primary.port), (&on_standby, second.port)] {
        assert_eq!(code(&ask(database, "select 1").await), "OK");
        assert_eq!(database.health().database_pool.place, place(port));
    }
    let limit = Duration::from_secs(60);
    let tables_on = |wanted| {
        MesDatabase::new(&address(wanted), tables::names(), limit, crate::reading()).unwrap()
    };
    let (at_primary, anywhere) = (tables_on("read-write"), tables_on("prefer-standby"));
    let expected = tables::versions(&at_primary).await.unwrap();
    assert_eq!(tables::versions(&anywhere).await.unwrap(), expected);

    // What the standby breaks off is tried once more, and has a code of its own where that fails.
    let mut patient = limits();
    patient.call_timeout = Duration::from_secs(30);
    let reading = Database::new(&address("standby"), patient, counting()).unwrap();
    let changing = Arc::new(Mutex::new(admin));
    let tries = AtomicUsize::new(0);
    let read = reading.read("overtaken", |connection| {
        let (first, changing) = (tries.fetch_add(1, Ordering::Relaxed) == 0, changing.clone());
        Box::pin(async move {
            if first { overtaken(connection, changing).await } else { count(connection).await }
        })
    });
    assert_eq!(read.await.unwrap(), 990);
    assert_eq!(tries.load(Ordering::Relaxed), 2);
    let broken =
        reading.call("overtaken", |connection| Box::pin(overtaken(connection, changing.clone())));
    let broken = broken.await;
    assert_eq!(code(&broken), "SERVICE_UNAVAILABLE", "{broken:?}");
    let failure = broken.unwrap_err();
    assert_eq!(failure.retry_after_secs(), Some(5));
    let told = failure.to_string();
    assert!(told.contains("40001") && !told.contains("at line"), "{told}");
    at_rest(&reading).await;
    reading.close().await;

    // The primary dies and the standby takes its place.
    let store = AppStore::open(&address("any")).await.unwrap();
    let users = Users::new(store.clone(), Clock::system());
    assert!(users.list().await.unwrap().is_empty());
    follow(&mut *changing.lock().await, &mut at_second).await;
    signals::kill(&mut primary.process);
    assert_eq!(code(&ask(&on_primary, "select 1").await), "DB_CONNECTION_FAILED");
    let error = tables::versions(&at_primary).await.unwrap_err().to_string();
    assert!(error.contains("is a standby, target_session_attrs=read-write is wanted"), "{error}");
    sqlx::query("select pg_promote()").execute(&mut at_second).await.unwrap();
    until("calls go to the new primary", async || {
        code(&ask(&on_primary, "select 1").await) == "OK"
    })
    .await;
    assert_eq!(on_primary.health().database_pool.place, place(second.port));
    assert_eq!(on_primary.probe().probe().await.error, None);
    assert_eq!(tables::versions(&at_primary).await.unwrap(), expected);
    until("users are found again", async || users.list().await.is_ok()).await;
    // The connections to the former standby are no longer good for one who wants a standby.
    let outcome = ask(&on_standby, "select 1").await;
    assert_eq!(code(&outcome), "DB_CONNECTION_FAILED", "{outcome:?}");
    for database in [on_primary, on_standby] {
        at_rest(&database).await;
        database.close().await;
    }
    store.close().await;
}
