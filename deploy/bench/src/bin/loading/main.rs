//! `cargo run --profile fast -p bench --bin loading`: how long 200,000 lots take from PostgreSQL until they are
//! served, how much memory that takes, and what readers notice of a further load.
//!
//! The limit of the time is `COPY … TO STDOUT` of the same table to nowhere, in the same run. Rounds take
//! turns and the best counts: other programs only make them slower.
//! Needs `mes-dashboard` beside itself and an installed PostgreSQL. Fails when a limit is missed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

mod reads;

#[path = "../../service.rs"]
#[allow(dead_code, reason = "not every bench asks for everything")]
mod service;

#[path = "../../../../../server/tests/support/postgres.rs"]
mod postgres;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize, sql};
use reads::Reads;
use service::Service;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::runtime::Runtime;

type Failure = Box<dyn std::error::Error>;

const SEED: u64 = 20_261_120;
const LOTS: usize = 200_000;
const MACHINES: usize = 2_000;
const ROUNDS: usize = 3;
const MOST_COPIES: f64 = 1.5;
const MOST_MB: f64 = 210.0;
const MOST_IDLE_P99: f64 = 2.0;
/// How long a load may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at whether it is over.
const PAUSE: Duration = Duration::from_millis(5);

const TABLES: [SourceTable; 4] = [
    SourceTable::Lots,
    SourceTable::Resources,
    SourceTable::EquipmentStatus,
    SourceTable::Workcenters,
];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("loading: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The best of the rounds.
struct Best {
    copy_ms: f64,
    load_ms: f64,
    peak_mb: f64,
    refresh_peak_mb: f64,
    idle_p99_ms: f64,
    loading_p99_ms: f64,
}

fn run() -> Result<bool, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = postgres::Server::start();
    let mut connection = runtime.block_on(database.connect());
    runtime.block_on(fill(&mut connection))?;
    let mut best = Best {
        copy_ms: f64::INFINITY,
        load_ms: f64::INFINITY,
        peak_mb: f64::INFINITY,
        refresh_peak_mb: f64::INFINITY,
        idle_p99_ms: f64::INFINITY,
        loading_p99_ms: f64::INFINITY,
    };
    for _ in 0..ROUNDS {
        best.copy_ms = best.copy_ms.min(runtime.block_on(copied(&mut connection))?);
        round(&runtime, &mut connection, &database.url(), &mut best)?;
    }
    Ok(report(&best))
}

fn report(best: &Best) -> bool {
    let per_copy = format!("against COPY to nowhere, {:.0} ms", best.copy_ms);
    let idle = format!("against idle, {:.2} ms", best.idle_p99_ms);
    let figures = [
        ("from start to served", best.load_ms, "ms", best.copy_ms * MOST_COPIES, per_copy),
        ("peak memory of the worker", best.peak_mb, "MB", MOST_MB, String::new()),
        ("the same after a further load", best.refresh_peak_mb, "MB", f64::NAN, String::new()),
        (
            "p99 of reads during a load",
            best.loading_p99_ms,
            "ms",
            best.idle_p99_ms * MOST_IDLE_P99,
            idle,
        ),
    ];
    println!("{LOTS} lots out of PostgreSQL        figure      limit   verdict");
    let mut is_met = true;
    for (what, figure, unit, limit, rival) in figures {
        let verdict = match limit.is_nan() {
            true => "",
            false if figure <= limit => "met",
            false => "MISSED",
        };
        is_met &= limit.is_nan() || figure <= limit;
        println!("  {what:31} {figure:8.2} {limit:10.2}   {verdict:7}  {unit} {rival}");
    }
    is_met
}

async fn fill(connection: &mut PgConnection) -> Result<(), Failure> {
    let plant = Factory::new(SEED, MORNING, PlantSize::of(LOTS, MACHINES));
    for table in TABLES {
        for statement in sql::statements(&plant, table) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await?;
        }
    }
    sqlx::raw_sql("vacuum analyze").execute(connection).await?;
    Ok(())
}

/// `COPY` of the lots to nowhere, in ms.
async fn copied(connection: &mut PgConnection) -> Result<f64, Failure> {
    let start = Instant::now();
    let copy = format!("copy (select * from {}) to stdout", SourceTable::Lots.name());
    let mut rows = connection.copy_out_raw(&copy).await?;
    while rows.try_next().await?.is_some() {}
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

/// Starts the server, waits until it serves the lots, changes one and waits until that is served.
fn round(
    runtime: &Runtime,
    connection: &mut PgConnection,
    url: &str,
    best: &mut Best,
) -> Result<(), Failure> {
    let service =
        Service::start(url, &[("CACHE_CHECK_INTERVAL", "10"), ("WORKER_WARM_TIMEOUT", "0")])?;
    let start = Instant::now();
    let first = until(|| Ok(reads::version(&service.address)?))?;
    best.load_ms = best.load_ms.min(start.elapsed().as_secs_f64() * 1000.0);
    best.peak_mb = best.peak_mb.min(service.peak_mb()?);
    // Everything else that a start does has ended.
    std::thread::sleep(Duration::from_secs(2));
    let idle = Reads::start(&service.address)?;
    std::thread::sleep(Duration::from_secs(3));
    best.idle_p99_ms = best.idle_p99_ms.min(idle.p99_ms()?);

    let change = format!(
        "update {0} set qty = qty + 1 where ctid = (select min(ctid) from {0})",
        SourceTable::Lots.name()
    );
    runtime.block_on(sqlx::raw_sql(AssertSqlSafe(change)).execute(&mut *connection))?;
    let copying = "select count(*) from pg_stat_activity where query like 'copy (select%' and state = 'active'";
    until(|| {
        let found = sqlx::query_scalar::<_, i64>(copying).fetch_one(&mut *connection);
        Ok((runtime.block_on(found)? > 0).then_some(()))
    })?;
    let loading = Reads::start(&service.address)?;
    until(|| Ok(reads::version(&service.address)?.filter(|version| *version != first)))?;
    best.loading_p99_ms = best.loading_p99_ms.min(loading.p99_ms()?);
    best.refresh_peak_mb = best.refresh_peak_mb.min(service.peak_mb()?);
    Ok(())
}

/// Looks again until there is something.
fn until<T>(mut look: impl FnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let start = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if start.elapsed() > PATIENCE {
            return Err("the lots were not served in time".into());
        }
        std::thread::sleep(PAUSE);
    }
}
