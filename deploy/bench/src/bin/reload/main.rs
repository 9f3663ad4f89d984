//! `cargo run --profile fast -p bench --bin reload`: whether a reload loses requests.
//!
//! The real supervisor over a simulated plant, under requests of every kind: small and large
//! responses on kept and on new connections, clients that pause, slow bodies, event streams. First
//! without reloads, then with one after the other; no client retries. Then bad builds replace the
//! program: one that crashes, one that hangs, one that is never ready. `--reloads`, `--requests`
//! and `--bad-builds` set the numbers; the defaults are 200, 1,000,000 and 100. Needs
//! `mes-dashboard` beside itself. Fails when anything was lost.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool reports there")]

#[expect(dead_code, reason = "the tests ask more")]
#[path = "../../../../../server/tests/supervisor/client.rs"]
mod client;
mod load;
mod service;

use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use client::Tally;
use service::Service;

type Failure = Box<dyn std::error::Error>;

/// Reloads may add so much to p99.
const ADDED_MS: f64 = 25.0;

/// What to prove.
#[derive(Clone, Copy, Debug)]
struct Plan {
    reloads: u64,
    requests: u64,
    bad_builds: u64,
}

impl Plan {
    fn from_arguments(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut plan = Self { reloads: 200, requests: 1_000_000, bad_builds: 100 };
        for argument in arguments {
            let (name, number) = argument.split_once('=').ok_or("give --NAME=NUMBER")?;
            let place = match name {
                "--reloads" => &mut plan.reloads,
                "--requests" => &mut plan.requests,
                "--bad-builds" => &mut plan.bad_builds,
                _ => {
                    return Err(
                        format!("{name} is not --reloads, --requests or --bad-builds").into()
                    );
                }
            };
            *place = number.parse()?;
        }
        Ok(plan)
    }
}

fn main() -> ExitCode {
    match Plan::from_arguments(std::env::args().skip(1)).and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("reload: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: Plan) -> Result<bool, Failure> {
    let plant = service::Plant::new()?;
    let service = Service::start(&plant, 60)?;
    println!(
        "{:18} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9}   ms",
        "", "answers", "lost", "streams", "p50", "p99", "max"
    );
    let calm = load::run(&service.address, |tally| {
        let share = plan.requests / 10;
        while tally.answered.load(Ordering::SeqCst) < share {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    })?;
    let calm = line("without reloads", calm);
    let mut slowest = Duration::ZERO;
    let busy = load::run(&service.address, |tally| {
        for reload in 1..=plan.reloads {
            let began = Instant::now();
            service.reload()?.map_err(|reason| format!("reload {reload}: {reason}"))?;
            slowest = slowest.max(began.elapsed());
            // The same share of requests between any two.
            while tally.answered.load(Ordering::SeqCst) < plan.requests * reload / plan.reloads {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    })?;
    let busy = line(&format!("{} reloads", plan.reloads), busy);
    let added_ms = busy.p99_ms - calm.p99_ms;
    println!(
        "a reload took {:.1} s at most; it added {added_ms:.1} ms to p99",
        slowest.as_secs_f64(),
    );
    drop(service);
    let (failed_right, recovers, builds) = bad_builds(&plant, plan.bad_builds)?;
    let bounds = [
        ("no request is lost without reloads", calm.lost == 0),
        ("no request is lost with reloads", busy.lost == 0),
        ("as many requests as asked for", busy.answers >= plan.requests),
        ("reloads add little to p99", added_ms <= ADDED_MS),
        (
            "every bad build is refused, and the worker before it stays",
            failed_right == plan.bad_builds,
        ),
        ("no request is lost to bad builds", builds.lost == 0),
        ("the next good build serves", recovers),
    ];
    for (what, _) in bounds.iter().filter(|(_, holds)| !holds) {
        println!("  missed: {what}");
    }
    Ok(bounds.iter().all(|(_, holds)| *holds))
}

/// Bad builds in turn: how many were refused as they should be, whether a good one serves afterwards,
/// and what clients saw.
fn bad_builds(plant: &service::Plant, count: u64) -> Result<(u64, bool, Line), Failure> {
    const BUILDS: [(&str, &str); 3] = [
        ("#!/bin/sh\nexit 3\n", "exit code 3"),
        ("#!/bin/sh\nexec sleep 600\n", "WORKER_READY_TIMEOUT"),
        ("#!/bin/sh\necho '{\"say\":\"heartbeat\"}' >&4\nexec sleep 600\n", "WORKER_READY_TIMEOUT"),
    ];
    // Time enough for the data of a good build.
    let service = Service::start(plant, 6)?;
    let good = service.worker()?;
    let mut refused = 0;
    let outcome = load::run(&service.address, |_| {
        for (_, (text, told)) in (0..count).zip(BUILDS.iter().cycle()) {
            plant.deploy(text)?;
            let failure = service.reload()?;
            let is_right = failure.is_err_and(|reason| reason.contains(told));
            refused += u64::from(is_right && service.worker()? == good);
        }
        Ok(())
    });
    plant.deploy_good()?;
    let builds = line(&format!("{count} bad builds"), outcome?);
    let recovers = service.reload()?.is_ok();
    println!(
        "refused as they should be: {refused} of {count}; the next good build serves: {recovers}"
    );
    Ok((refused, recovers, builds))
}

/// What a load came to.
struct Line {
    answers: u64,
    lost: usize,
    p99_ms: f64,
}

fn line(what: &str, tally: Tally) -> Line {
    let mut times = tally.times_us.into_inner().unwrap_or_default();
    times.sort_unstable();
    let at = |share: f64| {
        let rank = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len().max(1)) - 1;
        times.get(rank).map_or(f64::NAN, |&us| f64::from(us) / 1000.0)
    };
    let failures = tally.failures.into_inner().unwrap_or_default();
    let (answers, lost) = (tally.answered.into_inner(), failures.len());
    println!(
        "{what:18} {answers:>9} {lost:>8} {:>8} {:>9.2} {:>9.2} {:>9.2}",
        tally.streams.into_inner(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    for failure in failures.iter().take(10) {
        println!("  lost: {failure}");
    }
    Line { answers, lost, p99_ms: at(0.99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_name() {
        let given = ["--reloads=3", "--bad-builds=0"].map(str::to_owned);
        let plan = Plan::from_arguments(given).unwrap();
        assert_eq!((plan.reloads, plan.requests, plan.bad_builds), (3, 1_000_000, 0));
        for wrong in ["--reloads", "--reloads=x", "--speed=1"] {
            assert!(Plan::from_arguments([wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
