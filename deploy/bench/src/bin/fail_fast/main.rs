//! `cargo run --profile fast -p bench --bin fail_fast`: how fast the server rejects while the
//! circuit breaker is OPEN, and whether the database gets no calls then.
//!
//! A real PostgreSQL is frozen under the real server until the breaker opens. Then 5,000 requests a
//! second come for 10 s, on a fixed schedule, and everything that is sent to the database is counted.
//! Beside it: the server's cheapest route under the same load, `/health` at 500 requests a second, and
//! a server without a breaker.
//! Needs `mes-dashboard` beside itself and an installed PostgreSQL. Fails when a bound is missed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

mod load;
mod relay;
#[path = "../../service.rs"]
#[allow(dead_code, reason = "not every bench asks for everything")]
mod service;

#[path = "../../../../../server/tests/support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "the tests also kill a server")]
#[path = "../../../../../server/tests/support/signals.rs"]
mod signals;

use std::process::{Child, ExitCode};
use std::time::{Duration, Instant};

use load::{Load, Outcome, percentile_ms};
use relay::{Relay, Sender, Traffic};
use service::Service;
use sqlx::{Connection, Executor};

type Failure = Box<dyn std::error::Error>;

/// Limits of the server.
const QUICK: &[(&str, &str)] = &[
    // Longer than everything here: OPEN stays OPEN.
    ("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "3600"),
    // Short limits open it sooner. No overflow, so that no idle overflow connection is closed during
    // the run.
    ("DB_POOL_SIZE", "10"),
    ("DB_MAX_OVERFLOW", "0"),
    ("DB_POOL_TIMEOUT", "2"),
    ("DB_TCP_CONNECT_TIMEOUT", "2"),
    ("DB_CALL_TIMEOUT_MS", "2000"),
];

/// An endpoint that can't answer without the database.
const QUESTION: &str = "/api/job-query/txn/J1";
const OPEN: &str = "503 CIRCUIT_BREAKER_OPEN";
const P99_LIMIT_MS: f64 = 2.0;
const HEALTH_P99_LIMIT_MS: f64 = 10.0;

const TABLE: &str = "create table DW_MES_JOBTXNHISTORY \
    (JOBTXNHISTORYID varchar(20), JOBID varchar(20), TXNDATE timestamp, COMMENTS varchar(50)); \
    insert into DW_MES_JOBTXNHISTORY values ('T1', 'J1', '2026-11-01 23:59:59', 'opened')";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("fail_fast: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// A database that is frozen until the end of this.
struct Frozen<'a>(&'a Child);

impl<'a> Frozen<'a> {
    fn new(process: &'a Child) -> Self {
        signals::freeze(process);
        Self(process)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        signals::thaw(self.0);
    }
}

fn run() -> Result<bool, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let database = postgres::Server::start();
    let relay = runtime.block_on(async {
        let mut owner = database.connect().await;
        owner.execute(TABLE).await?;
        owner.close().await?;
        Ok::<_, Failure>(Relay::start(database.port).await?)
    })?;
    // Without a talk about TLS the first message is the one with the name.
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", relay.port);
    heading();
    let is_fast = with_breaker(&database, &relay, &url)?;
    without_breaker(&database, &relay, &url)?;
    Ok(is_fast)
}

fn with_breaker(database: &postgres::Server, relay: &Relay, url: &str) -> Result<bool, Failure> {
    let service = Service::start(url, &[&[("CIRCUIT_BREAKER_ENABLED", "true")], QUICK].concat())?;
    expect_answer(&service, "200")?;
    let load = |path, per_second, secs| Load {
        address: &service.address,
        path,
        per_second,
        length: Duration::from_secs(secs),
        connections: 32,
    };
    let healthy = counted(&service, relay, load(QUESTION, 200, 3))?;
    line("database well", &healthy);
    let _frozen = Frozen::new(&database.process);
    open_breaker(&service)?;
    // The calls that opened it are given up within their limits; wait until the wire is quiet.
    quiet(relay);
    let open = counted(&service, relay, load(QUESTION, 5_000, 10))?;
    line("frozen, breaker OPEN", &open);
    line("the same, /livez", &counted(&service, relay, load("/livez", 5_000, 10))?);
    let health = counted(&service, relay, load("/health", 500, 10))?;
    line("the same, /health", &health);
    let p99_ms = percentile_ms(&open.outcome.answered_us, 0.99);
    let health_p99_ms = percentile_ms(&health.outcome.answered_us, 0.99);
    let told = open.outcome.answers.get(OPEN).copied().unwrap_or_default();
    let sent = open.outcome.answered_us.len() as u64;
    let bounds = [
        ("p99 is at most 2 ms", p99_ms <= P99_LIMIT_MS),
        ("p99 of /health is at most 10 ms", health_p99_ms <= HEALTH_P99_LIMIT_MS),
        ("every answer is CIRCUIT_BREAKER_OPEN", told == sent && sent == 50_000),
        ("requests came at 99 % of the rate or more", open.outcome.rate() >= 4_950.0),
        ("requests send the database nothing", open.requests == Traffic::default()),
        // Otherwise the counting is what is silent.
        ("the probe still asks, and is seen", open.probe.bytes > 0),
        ("requests of a healthy server are seen", healthy.requests.bytes > 0),
    ];
    for (what, _) in bounds.iter().filter(|(_, holds)| !holds) {
        println!("  missed: {what}");
    }
    Ok(bounds.iter().all(|(_, holds)| *holds))
}

fn without_breaker(database: &postgres::Server, relay: &Relay, url: &str) -> Result<(), Failure> {
    let service = Service::start(url, &[&[("CIRCUIT_BREAKER_ENABLED", "false")], QUICK].concat())?;
    expect_answer(&service, "200")?;
    let _frozen = Frozen::new(&database.process);
    let load = Load {
        address: &service.address,
        path: QUESTION,
        per_second: 20,
        length: Duration::from_secs(15),
        connections: 200,
    };
    line("frozen, no breaker", &counted(&service, relay, load)?);
    Ok(())
}

fn expect_answer(service: &Service, wanted: &str) -> Result<(), Failure> {
    let answer = load::ask(&service.address, QUESTION)?;
    if answer == wanted { Ok(()) } else { Err(format!("{QUESTION}: {answer}").into()) }
}

/// Asks until the breaker refuses.
fn open_breaker(service: &Service) -> Result<(), Failure> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while load::ask(&service.address, QUESTION)? != OPEN {
        if Instant::now() > deadline {
            return Err("the breaker did not open within 60 s".into());
        }
        let burst = Load {
            address: &service.address,
            path: QUESTION,
            per_second: 100,
            length: Duration::from_millis(100),
            connections: 10,
        };
        load::send(burst)?;
    }
    Ok(())
}

/// Waits until requests have sent nothing for a second.
fn quiet(relay: &Relay) {
    let mut known = relay.traffic(Sender::Requests);
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = relay.traffic(Sender::Requests);
        if now == known {
            return;
        }
        known = now;
    }
}

/// A load, and what the database and the processor saw of it.
struct Counted {
    outcome: Outcome,
    requests: Traffic,
    probe: Traffic,
    refreshers: Traffic,
    processor_us: f64,
}

fn counted(service: &Service, relay: &Relay, load: Load<'_>) -> Result<Counted, Failure> {
    let senders = [Sender::Requests, Sender::Probe, Sender::Refreshers];
    let before = senders.map(|sender| relay.traffic(sender));
    let processor = service.processor_secs()?;
    let outcome = load::send(load)?;
    let used = service.processor_secs()? - processor;
    let grown = |of: usize| {
        let now = relay.traffic(senders[of]);
        Traffic {
            connections: now.connections - before[of].connections,
            bytes: now.bytes - before[of].bytes,
        }
    };
    let processor_us = used * 1e6 / outcome.answered_us.len() as f64;
    let (requests, probe, refreshers) = (grown(0), grown(1), grown(2));
    Ok(Counted { outcome, requests, probe, refreshers, processor_us })
}

fn heading() {
    println!(
        "{:22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8}   connections / bytes to the database of",
        "", "per s", "p50", "p95", "p99", "max", "sent p99", "CPU"
    );
    println!(
        "{:22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8}   requests, probe, refreshers; answers",
        "", "", "ms", "ms", "ms", "ms", "ms", "µs each"
    );
}

fn line(what: &str, counted: &Counted) {
    let Counted { outcome, requests, probe, refreshers, processor_us } = counted;
    let [p50, p95, p99, max] =
        [0.5, 0.95, 0.99, 1.0].map(|share| percentile_ms(&outcome.answered_us, share));
    let sent = percentile_ms(&outcome.sent_us, 0.99);
    let of = |traffic: &Traffic| format!("{}/{}", traffic.connections, traffic.bytes);
    let answers: Vec<String> =
        outcome.answers.iter().map(|(answer, count)| format!("{count} × {answer}")).collect();
    println!(
        "{what:22} {:>8.0} {p50:>9.3} {p95:>9.3} {p99:>9.3} {max:>9.3} {sent:>9.3} {processor_us:>8.0}   {}, {}, {}; {}",
        outcome.rate(),
        of(requests),
        of(probe),
        of(refreshers),
        answers.join(", ")
    );
}
