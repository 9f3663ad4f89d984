//! PostgreSQL: each fault has its code, every time, and the way is free again after it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mes_dashboard::breaker::Outcome;
use mes_dashboard::database::{Connection, Database, DatabaseFailure};
use mes_dashboard::degraded_reason::DegradedReason;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Notify, Semaphore};

use crate::proxy::{Fault, Proxy};
use crate::server::{GUARDED_USER, Server};
use crate::settings::{CAPACITY, ask, at_rest, code, limits, open, policy, run, scale, until};
use crate::signals;

/// How often each fault is injected.
const ROUNDS: usize = 3;
/// Faults that show immediately.
const QUICK_FAULTS: usize = 3_000;

/// Statements of the request pool that run right now.
async fn running(admin: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where application_name = 'mes-dashboard' \
         and state = 'active'",
    )
    .fetch_one(admin)
    .await
    .unwrap()
}

async fn is_free(database: &Database, admin: &mut PgConnection) {
    at_rest(database).await;
    // A session whose connection broke takes a moment to notice; far less than any statement here.
    let noticed = Instant::now() + Duration::from_secs(2);
    while running(admin).await > 0 {
        assert!(Instant::now() < noticed, "a statement outlived its call");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(code(&ask(database, "select 1").await), "OK");
}

/// A call that asks, waits for `go`, and asks again.
async fn ask_twice(
    database: Arc<Database>,
    asked: Arc<Notify>,
    go: Arc<Semaphore>,
) -> Result<(), DatabaseFailure> {
    let call = database.call("twice", |connection| {
        Box::pin(async move {
            let Connection::Postgres(connection) = connection else { unreachable!() };
            run(Connection::Postgres(connection), &["select 1"]).await?;
            asked.notify_one();
            let _go = go.acquire().await;
            run(Connection::Postgres(connection), &["select 2"]).await
        })
    });
    call.await
}

#[tokio::test]
async fn statements_that_fail_or_take_too_long() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let database = open(&server.url());
    sqlx::raw_sql("create table lots (id text)").execute(&mut admin).await.unwrap();
    for _ in 0..ROUNDS {
        for refused in ["select * from nowhere", "selec", "select 1/0"] {
            let outcome = ask(&database, refused).await;
            assert_eq!(code(&outcome), "DB_QUERY_ERROR", "{refused}");
            assert_eq!(outcome.unwrap_err().outcome(), Outcome::Neither);
        }
        is_free(&database, &mut admin).await;

        assert_eq!(code(&ask(&database, "select pg_sleep(60)").await), "DB_QUERY_TIMEOUT");
        is_free(&database, &mut admin).await;

        // Each statement is quick enough, together they are not: the client side ends the call.
        let naps = ["select pg_sleep(0.7)"; 50];
        let outcome = database
            .call("naps", |connection| Box::pin(async move { run(connection, &naps).await }))
            .await;
        assert_eq!(code(&outcome), "DB_QUERY_TIMEOUT");
        is_free(&database, &mut admin).await;

        let mut locking = admin.begin().await.unwrap();
        sqlx::raw_sql("lock table lots").execute(&mut *locking).await.unwrap();
        assert_eq!(code(&ask(&database, "select * from lots").await), "DB_QUERY_TIMEOUT");
        locking.rollback().await.unwrap();
        is_free(&database, &mut admin).await;
    }
    database.close().await;
}

#[tokio::test]
async fn a_full_pool_and_callers_that_go_away() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let mut patient = limits();
    patient.call_timeout = Duration::from_secs(3600);
    let database = Database::new(&server.url(), patient, crate::settings::counting()).unwrap();
    for _ in 0..ROUNDS {
        let callers: Vec<_> = (0..CAPACITY)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { ask(&database, "select pg_sleep(3600)").await })
            })
            .collect();
        until("all sleep", async || running(&mut admin).await == CAPACITY as i64).await;
        let outcome = ask(&database, "select 1").await;
        assert_eq!(code(&outcome), "DB_POOL_EXHAUSTED");
        assert_eq!(outcome.unwrap_err().retry_after_secs(), Some(7));
        let health = database.health();
        assert_eq!(health.degraded_reason, Some(DegradedReason::DbPoolSaturated));
        let state = health.database_pool.state;
        assert_eq!((state.checked_out, state.overflow, state.saturation), (4, 2, 1.0));
        assert!(database.probe().probe().await.error.is_none(), "probes have their own connection");
        for caller in &callers {
            caller.abort();
        }
        // An hour is left: only the cancellation can end the statements.
        is_free(&database, &mut admin).await;
    }
    database.close().await;
}

#[tokio::test]
async fn connections_that_break() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let proxy = Proxy::start(server.port).await;
    let database = open(&proxy.url());
    for _ in 0..ROUNDS {
        // Before the call: the idle connection is dead, and a new one can't be had.
        for fault in [Fault::Stall, Fault::Reset, Fault::HalfClose, Fault::ByteLimit(20)] {
            assert_eq!(code(&ask(&database, "select 1").await), "OK");
            proxy.set(fault);
            let outcome = ask(&database, "select 1").await;
            assert_eq!(code(&outcome), "DB_CONNECTION_FAILED", "{fault:?} {outcome:?}");
            proxy.set(Fault::None);
            is_free(&database, &mut admin).await;
        }
        // In the middle of a call.
        for (fault, expected) in [
            (Fault::Latency(Duration::from_millis(20)), "OK"),
            (Fault::Latency(Duration::from_millis(1_300)), "DB_QUERY_TIMEOUT"),
            (Fault::Stall, "DB_QUERY_TIMEOUT"),
            (Fault::Reset, "DB_CONNECTION_FAILED"),
            (Fault::HalfClose, "DB_CONNECTION_FAILED"),
            (Fault::ByteLimit(10), "DB_CONNECTION_FAILED"),
        ] {
            let (asked, go) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
            let call = tokio::spawn(ask_twice(database.clone(), asked.clone(), go.clone()));
            asked.notified().await;
            proxy.set(fault);
            go.add_permits(1);
            let outcome = call.await.unwrap();
            assert_eq!(code(&outcome), expected, "{fault:?} {outcome:?}");
            proxy.set(Fault::None);
            is_free(&database, &mut admin).await;
        }
        // The server throws sessions out: an idle one is replaced, a busy one fails its call.
        let sweep = "select pg_terminate_backend(pid) from pg_stat_activity \
                     where application_name like 'mes-dashboard%'";
        assert_eq!(database.probe().probe().await.error, None);
        sqlx::query(sweep).execute(&mut admin).await.unwrap();
        assert_eq!(code(&ask(&database, "select 1").await), "OK");
        assert_eq!(database.probe().probe().await.error, None);
        let (asked, go) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let call = tokio::spawn(ask_twice(database.clone(), asked.clone(), go.clone()));
        asked.notified().await;
        sqlx::query(sweep).execute(&mut admin).await.unwrap();
        go.add_permits(1);
        assert_eq!(code(&call.await.unwrap()), "DB_CONNECTION_FAILED");
        is_free(&database, &mut admin).await;
    }
    database.close().await;
}

#[expect(clippy::print_stdout, reason = "a proof shows its figures")]
#[tokio::test]
async fn thousands_of_quick_faults_are_never_mistaken() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let proxy = Proxy::start(server.port).await;
    let database = open(&proxy.url());
    let faults = [
        (Fault::None, "select 1", "OK"),
        (Fault::None, "select * from nowhere", "DB_QUERY_ERROR"),
        (Fault::Latency(Duration::from_millis(1)), "select 1", "OK"),
        (Fault::Reset, "select 1", "DB_CONNECTION_FAILED"),
        (Fault::HalfClose, "select 1", "DB_CONNECTION_FAILED"),
        (Fault::ByteLimit(20), "select 1", "DB_CONNECTION_FAILED"),
    ];
    let mut random = fastrand::Rng::with_seed(20_261_120);
    let mut counted = BTreeMap::<&str, usize>::new();
    for round in 0..QUICK_FAULTS * scale() {
        let (fault, sql, expected) = random.choice(&faults).unwrap();
        proxy.set(*fault);
        let outcome = ask(&database, sql).await;
        assert_eq!(code(&outcome), *expected, "{round}: {fault:?} {sql} {outcome:?}");
        *counted.entry(expected).or_default() += 1;
        proxy.set(Fault::None);
    }
    println!("quick faults: every one had the right code: {counted:?}");
    is_free(&database, &mut admin).await;
    database.close().await;
}

#[tokio::test]
async fn those_who_waited_while_the_breaker_opened_are_refused() {
    let server = Server::start();
    let _running = server.connect().await;
    let proxy = Proxy::start(server.port).await;
    let mut patient = limits();
    patient.wait = Duration::from_secs(60);
    let database = Database::new(&proxy.url(), patient, policy(true)).unwrap();
    proxy.set(Fault::Stall);
    let all = (0..10 * CAPACITY).map(|_| ask(&database, "select 1"));
    let codes: Vec<_> = futures_util::future::join_all(all).await.iter().map(code).collect();
    let with = |wanted| codes.iter().filter(|code| **code == wanted).count();
    // The breaker opens with the third failure; only the others of that moment may share it.
    assert!((3..2 * CAPACITY).contains(&with("DB_CONNECTION_FAILED")), "{codes:?}");
    assert_eq!(with("DB_CONNECTION_FAILED") + with("CIRCUIT_BREAKER_OPEN"), codes.len());
    at_rest(&database).await;
    database.close().await;
}

#[tokio::test]
async fn connections_that_stay_silent_for_ever_are_replaced() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let proxy = Proxy::start(server.port).await;
    let database = open(&proxy.url());
    for _ in 0..ROUNDS {
        // Every connection of the pool is caught in the middle of a call or idle, then none is left.
        let callers: Vec<_> = (0..CAPACITY)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { ask(&database, "select pg_sleep(0.8)").await })
            })
            .collect();
        until("all sleep", async || running(&mut admin).await == CAPACITY as i64).await;
        callers[0].abort();
        callers[1].abort();
        proxy.abandon();
        for caller in callers.into_iter().skip(2) {
            assert_eq!(code(&caller.await.unwrap()), "DB_QUERY_TIMEOUT");
        }
        at_rest(&database).await;
        for _ in 0..2 * CAPACITY {
            assert_eq!(code(&ask(&database, "select 1").await), "OK");
        }
        // Idle ones.
        proxy.abandon();
        // The first one that no longer responds gives way to a new one, and so do all others.
        assert_eq!(code(&ask(&database, "select 1").await), "OK");
        at_rest(&database).await;
        let all = (0..CAPACITY).map(|_| ask(&database, "select 1"));
        let codes: Vec<_> = futures_util::future::join_all(all).await.iter().map(code).collect();
        assert!(codes.iter().all(|code| *code == "OK"), "{codes:?}");
        at_rest(&database).await;
        assert_eq!(code(&ask(&database, "select 1").await), "OK");
    }
    database.close().await;
}

#[tokio::test]
async fn servers_that_refuse_freeze_or_die() {
    let mut server = Server::start();
    let mut admin = server.connect().await;
    sqlx::raw_sql(
        "create role guarded login password 'right'; create role barred login connection limit 0",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    let address = |user: &str| format!("postgres://{user}@127.0.0.1:{}/postgres", server.port);
    for user in [&format!("{GUARDED_USER}:wrong"), GUARDED_USER, "barred", "nobody"] {
        let outcome = ask(&open(&address(user)), "select 1").await;
        assert_eq!(code(&outcome), "DB_CONNECTION_FAILED", "{user} {outcome:?}");
        if user == "barred" {
            let told = outcome.unwrap_err().to_string();
            assert!(told.contains("53300"), "the server's own reason: {told}");
        }
    }
    let right = open(&address(&format!("{GUARDED_USER}:right")));
    assert_eq!(code(&ask(&right, "select 1").await), "OK");
    right.close().await;

    let database = open(&server.url());
    for _ in 0..ROUNDS {
        assert_eq!(code(&ask(&database, "select 1").await), "OK");
        signals::freeze(&server.process);
        assert_eq!(code(&ask(&database, "select 1").await), "DB_CONNECTION_FAILED");
        let probed = database.probe().probe().await;
        assert!(probed.error.is_some());
        assert_eq!(database.health().degraded_reason, Some(DegradedReason::DatabaseUnreachable));
        signals::thaw(&server.process);
        is_free(&database, &mut admin).await;
        until("probes answer", async || database.probe().probe().await.error.is_none()).await;
        assert_eq!(database.health().degraded_reason, None);
    }
    signals::kill(&mut server.process);
    for _ in 0..ROUNDS {
        let outcome = ask(&database, "select 1").await;
        assert_eq!(code(&outcome), "DB_CONNECTION_FAILED", "{outcome:?}");
    }
}

#[tokio::test]
async fn an_open_breaker_asks_nothing_and_closes_again() {
    let server = Server::start();
    let mut admin = server.connect().await;
    let proxy = Proxy::start(server.port).await;
    let database = Database::new(&proxy.url(), limits(), policy(true)).unwrap();
    assert_eq!(code(&ask(&database, "select 1").await), "OK");
    at_rest(&database).await;

    proxy.set(Fault::Stall);
    let mut codes = Vec::new();
    while codes.last() != Some(&"CIRCUIT_BREAKER_OPEN") {
        codes.push(code(&ask(&database, "select 1").await));
    }
    assert_eq!(codes.len(), 4, "{codes:?}");
    database.breaker().force_open();
    at_rest(&database).await;
    let before = proxy.asked();
    for _ in 0..10_000 {
        assert_eq!(code(&ask(&database, "select 1").await), "CIRCUIT_BREAKER_OPEN");
    }
    assert_eq!(proxy.asked(), before, "an open breaker asks nothing");
    assert_eq!(database.health().degraded_reason, Some(DegradedReason::CircuitBreakerOpen));

    database.breaker().reset();
    for _ in 0..3 {
        assert_eq!(code(&ask(&database, "select 1").await), "DB_CONNECTION_FAILED");
    }
    assert_eq!(code(&ask(&database, "select 1").await), "CIRCUIT_BREAKER_OPEN");
    proxy.set(Fault::None);
    until("it closes by itself", async || {
        code(&ask(&database, "select 1").await) == "OK"
            && database.health().degraded_reason.is_none()
    })
    .await;
    is_free(&database, &mut admin).await;
    database.close().await;
}
