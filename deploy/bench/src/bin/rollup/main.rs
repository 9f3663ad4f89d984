//! `cargo run --profile fast -p bench --bin rollup [-- --rows=75000000]`: the history of a year out of
//! the roll-up, beside the same question answered from the rows.
//!
//! A real PostgreSQL holds the rows, 7.5 million unless told otherwise. Printed are the rate of the first
//! roll-up, the time of a question of a year and of 30 days, cold and warm, and the memory of the worker.
//! Every answer has to be that from the rows to the last bit.
//! Needs `mes-dashboard` beside itself and an installed PostgreSQL. Fails when a bound is missed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

#[path = "../../service.rs"]
#[allow(dead_code, reason = "not every bench asks for everything")]
mod service;

#[path = "../../../../../server/tests/support/postgres.rs"]
mod postgres;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::Value;
use service::Service;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

type Failure = Box<dyn std::error::Error>;

const MACHINES: u64 = 2_000;
const DAYS: u64 = 365;
const TABLE: &str = "DW_MES_RESOURCESTATUS_SHIFT";

const YEAR_COLD_LIMIT_MS: f64 = 500.0;
const MONTH_COLD_LIMIT_MS: f64 = 200.0;
const PEAK_LIMIT_MB: f64 = 300.0;

/// The question of the rows takes as long as it takes.
const SLOW: &[(&str, &str)] = &[
    ("DB_CALL_TIMEOUT_MS", "600000"),
    ("CIRCUIT_BREAKER_SLOW_CALL_MS", "600000"),
    // There are no lots; loading them isn't waited for.
    ("WORKER_WARM_TIMEOUT", "0"),
];
const ROLLED_UP: &[(&str, &str)] =
    &[("HISTORY_ROLLUP_ENABLED", "true"), ("HISTORY_ROLLUP_LOAD", "1")];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("rollup: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Failure> {
    let rows = std::env::args().find_map(|arg| arg.strip_prefix("--rows=")?.parse().ok());
    let per_day = rows.unwrap_or(7_500_000_u64).div_ceil(MACHINES * DAYS);
    let rows = per_day * MACHINES * DAYS;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let database = postgres::Server::start();
    let (year, month) = runtime.block_on(async {
        let mut owner = database.connect().await;
        fill(&mut owner, per_day).await?;
        let ranges = ranges(&mut owner).await?;
        owner.close().await?;
        Ok::<_, Failure>(ranges)
    })?;
    println!("{rows} rows of {MACHINES} machines on {DAYS} days");

    let folder = tempfile::tempdir()?;
    let url = database.url();
    let folder = folder.path().to_str().ok_or("the folder's name is no text")?;
    let service =
        Service::start(&url, &[SLOW, ROLLED_UP, &[("HISTORY_ROLLUP_DIR", folder)]].concat())?;
    let began = Instant::now();
    while days_pending(&service)? > 0 {
        std::thread::sleep(Duration::from_millis(100));
    }
    let took = began.elapsed().as_secs_f64();
    println!("first roll-up: {took:.1} s, {:.0} rows/s", rows as f64 / took);
    println!("  peak of the worker: {:.0} MB", service.peak_mb()?);
    service.forget_peak()?;
    let rolled = [("a year", timed(&service, &year)?), ("30 days", timed(&service, &month)?)];
    let peak = service.peak_mb()?;
    drop(service);

    let rival = Service::start(&url, &[SLOW, &[("HISTORY_ROLLUP_ENABLED", "false")]].concat())?;
    let mut is_equal = true;
    let mut cold = Vec::new();
    for ((name, ours), question) in rolled.iter().zip([&year, &month]) {
        let raw = timed(&rival, question)?;
        is_equal &= raw.body == ours.body;
        println!(
            "{name}: cold {:.0} ms, warm {:.0} ms; from the rows cold {:.0} ms, warm {:.0} ms; {} bytes",
            ours.cold_ms,
            ours.warm_ms,
            raw.cold_ms,
            raw.warm_ms,
            ours.body.len()
        );
        cold.push(ours.cold_ms);
    }
    println!("peak of the worker: {peak:.0} MB; from the rows {:.0} MB", rival.peak_mb()?);
    let bounds = [
        ("all answers are those from the rows, bit for bit", is_equal),
        ("a year, cold, takes at most 500 ms", cold[0] <= YEAR_COLD_LIMIT_MS),
        ("30 days, cold, take at most 200 ms", cold[1] <= MONTH_COLD_LIMIT_MS),
        ("the worker takes at most 300 MB", peak <= PEAK_LIMIT_MB),
    ];
    for (what, _) in bounds.iter().filter(|(_, holds)| !holds) {
        println!("  missed: {what}");
    }
    Ok(bounds.iter().all(|(_, holds)| *holds))
}

/// Days that are not rolled up yet.
fn days_pending(service: &Service) -> Result<u64, Failure> {
    let (_, body) = service.get("/health")?;
    let report: Value = serde_json::from_slice(&body)?;
    let history = &report["data"]["history"];
    if let Some(problem) = history["problem"].as_str() {
        return Err(format!("the history can't be rolled up: {problem}").into());
    }
    let rolled_up = history["days_rolled_up"].as_u64().unwrap_or_default();
    // Before its first look the keeper knows of no days at all.
    let pending = history["days_pending"].as_u64().ok_or("no days_pending in /health")?;
    Ok(if rolled_up == 0 { pending.max(1) } else { pending })
}

/// Rows of every machine on every day, with hours that have two places.
async fn fill(owner: &mut PgConnection, per_day: u64) -> Result<(), Failure> {
    owner
        .execute(AssertSqlSafe(format!(
            "create table {TABLE} (HISTORYID text, TXNDATE timestamp, OLDSTATUSNAME text, \
             HOURS double precision)"
        )))
        .await?;
    // Day by day, as a plant writes them: rows of one day stand together.
    for ago in (1..=DAYS).rev() {
        owner
            .execute(AssertSqlSafe(format!(
                "insert into {TABLE} select 'R' || lpad(m::text, 5, '0'), \
                   current_date - {ago} + interval '1 second' * (n * 86400 / {per_day}), \
                   (array['PRD', 'PRD', 'SBY', 'UDT', 'SDT', 'EGT', 'NST'])[1 + (m * 7 + {ago} * 3 + n) % 7], \
                   round((24.0 / {per_day} * ((m * 31 + {ago} * 17 + n * 13) % 90 + 10) / 100)::numeric, 2) \
                 from generate_series(0, {per_day} - 1) n, generate_series(1, {MACHINES}) m"
            )))
            .await?;
    }
    owner.execute(AssertSqlSafe(format!("create index on {TABLE} (TXNDATE)"))).await?;
    owner.execute(AssertSqlSafe(format!("vacuum analyze {TABLE}"))).await?;
    Ok(())
}

/// A year and 30 days that are over in every time zone.
async fn ranges(owner: &mut PgConnection) -> Result<(String, String), Failure> {
    let day = async |owner: &mut PgConnection, ago: u64| {
        let sql = AssertSqlSafe(format!("select to_char(current_date - {ago}, 'YYYY-MM-DD')"));
        sqlx::query_scalar::<_, String>(sql).fetch_one(owner).await
    };
    let last = day(owner, 2).await?;
    let question =
        |first: String| format!("/api/snapshot/history?start_date={first}&end_date={last}");
    Ok((question(day(owner, DAYS).await?), question(day(owner, 31).await?)))
}

struct Timed {
    cold_ms: f64,
    warm_ms: f64,
    body: Vec<u8>,
}

fn timed(service: &Service, question: &str) -> Result<Timed, Failure> {
    let ask = || -> Result<(f64, Vec<u8>), Failure> {
        let began = Instant::now();
        let (status, body) = service.get(question)?;
        if status != 200 {
            return Err(format!("{question} answered {status}").into());
        }
        Ok((began.elapsed().as_secs_f64() * 1_000.0, body))
    };
    let (cold_ms, body) = ask()?;
    let mut warm = Vec::new();
    for _ in 0..5 {
        warm.push(ask()?.0);
    }
    warm.sort_by(f64::total_cmp);
    Ok(Timed { cold_ms, warm_ms: warm[2], body })
}
