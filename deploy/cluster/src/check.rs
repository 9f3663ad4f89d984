//! `--check` and `--soak`: all faults under load, and a table of what clients saw.

use std::time::{Duration, Instant};

use crate::Done;
use crate::contract::Contract;
use crate::example::{Example, REFRESH};
use crate::faults::{Fault, seconds};
use crate::http::Client;
use crate::load::{Load, RATE, Tally};
use crate::reads::{Count, Counts, Reads, between};

/// Time under load without a fault, in which caches fill.
const WARM_UP: Duration = Duration::from_secs(10);
/// Time without a fault, in which reads of the MES are counted.
const QUIET: Duration = Duration::from_secs(30);
/// Time between two faults.
const PAUSE: Duration = Duration::from_secs(5);
/// Memory may grow by so much in a soak that is long enough to tell.
const GROWTH_LIMIT: f64 = 0.05;
/// Rounds that are compared: fewer tell nothing.
const COMPARED_ROUNDS: usize = 6;

/// A check on its way.
struct Check {
    example: Example,
    load: Load,
    failed: usize,
    steps: usize,
}

impl Check {
    /// Notes what a step came to, and prints it.
    fn row(&mut self, name: &str, start: Instant, told: &Result<String, String>) {
        self.steps += 1;
        self.failed += usize::from(told.is_err());
        let (verdict, told) = match told {
            Ok(told) => ("passed", told),
            Err(problem) => ("FAILED", problem),
        };
        println!("{name:24} {:>7}  {verdict}  {told}", seconds(start.elapsed()));
    }

    async fn fault(&mut self, fault: Fault) {
        self.load.enter(fault.name());
        let start = Instant::now();
        let mut told = fault.put(&mut self.example).await;
        if told.is_ok()
            && let Err(problem) = self.example.settled().await
        {
            told = Err(problem);
        }
        tokio::time::sleep(PAUSE).await;
        self.row(fault.name(), start, &told);
    }

    /// Memory of each server, in MiB.
    fn memory(&self) -> Result<Vec<f64>, String> {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        self.example.servers.iter().map(|server| server.memory().map(mib)).collect()
    }
}

/// The contract as the servers describe it.
async fn contract(example: &Example) -> Result<Contract, String> {
    let mut client = Client::new(example.proxy.origin()?);
    let described = client.get("/api/openapi.json").await?;
    Contract::parse(&described.json())
}

/// Puts all faults into a fresh example, once or for a time.
///
/// # Errors
/// A part can't start, a step failed, or clients saw what they must not see.
pub(crate) async fn check(soak: Option<Duration>) -> Done {
    let example = Example::start().await?;
    let contract = contract(&example).await?;
    let databases = &example.databases;
    let load = Load::start(&example.proxy.origin()?, contract, databases.jobs().await?);
    let reads = Reads::watch(databases.ports(), databases.passwords().clone());
    let start = Instant::now();
    println!("\nstep                       spent  verdict");
    let mut check = Check { example, load, failed: 0, steps: 0 };
    check.load.enter("warm-up");
    tokio::time::sleep(WARM_UP).await;
    let before = check.memory()?;
    let quiet = quiet(&mut check, &reads).await;
    for fault in Fault::ALL {
        check.fault(fault).await;
    }
    sign_in(&mut check).await;
    let after = check.memory();
    let mut memory = vec![format!("{} before", mib(&before))];
    memory
        .push(after.as_deref().map_or_else(Clone::clone, |after| format!("{} after", mib(after))));
    if let Some(time) = soak {
        memory.extend(rounds(&mut check, start, time).await);
    }
    report(&check, &quiet, &reads.so_far(), start.elapsed(), &memory);
    verdict(&check)
}

/// Holds that people can sign in, and are then known to every server.
async fn sign_in(check: &mut Check) {
    let start = Instant::now();
    let told = check.example.check_session().await;
    check.row("sign in", start, &told.map(|()| "known to every server".to_owned()));
}

/// Counts reads while nothing is wrong.
async fn quiet(check: &mut Check, reads: &Reads) -> Counts {
    check.load.enter("quiet");
    let (start, before) = (Instant::now(), reads.so_far());
    tokio::time::sleep(QUIET).await;
    let counts = between(&before, &reads.so_far());
    let intervals = QUIET.as_secs() / REFRESH.as_secs();
    let told = format!("{} in {intervals} intervals", counted(&counts));
    // The first and the last interval may be cut anywhere.
    let once = 1..=intervals + 1;
    let is_once = |count: &Count| once.contains(&count.reads) && count.checks <= *once.end();
    let is_shared = counts.values().all(is_once);
    let judged = if is_shared { Ok(told) } else { Err(format!("{told}; one each is enough")) };
    check.row("quiet", start, &judged);
    counts
}

/// The faults that keep the workers, until the time is over; memory after each round.
async fn rounds(check: &mut Check, start: Instant, time: Duration) -> Vec<String> {
    let mut samples: Vec<Vec<f64>> = Vec::new();
    while start.elapsed() < time {
        for fault in Fault::ALL.into_iter().filter(|fault| fault.keeps_workers()) {
            check.fault(fault).await;
        }
        let began = Instant::now();
        let told = check.memory();
        check.row("memory", began, &told.as_deref().map(mib).map_err(Clone::clone));
        samples.extend(told);
    }
    let grown: Vec<Option<f64>> = (0..check.example.servers.len())
        .map(|server| growth(&samples.iter().map(|sample| sample[server]).collect::<Vec<_>>()))
        .collect();
    let limit = 100.0 * GROWTH_LIMIT;
    let began = Instant::now();
    let told: Vec<String> = grown.iter().map(|grown| percent(*grown)).collect();
    let told = format!("growth {} over {} rounds", told.join(", "), samples.len());
    let is_flat = grown.iter().all(|grown| grown.is_none_or(|grown| grown <= GROWTH_LIMIT));
    let judged = if is_flat { Ok(told) } else { Err(format!("{told}; at most {limit} %")) };
    check.row("memory stays flat", began, &judged);
    samples.iter().map(|sample| mib(sample)).collect()
}

fn percent(grown: Option<f64>) -> String {
    grown.map_or_else(|| "unknown".to_owned(), |grown| format!("{:+.1} %", 100.0 * grown))
}

/// Growth from the first third of the samples to the last one, as a ratio; too few samples tell none.
fn growth(samples: &[f64]) -> Option<f64> {
    if samples.len() < COMPARED_ROUNDS {
        return None;
    }
    let third = samples.len() / 3;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    Some(mean(&samples[samples.len() - third..]) / mean(&samples[..third]) - 1.0)
}

fn mib(sample: &[f64]) -> String {
    let told: Vec<String> = sample.iter().map(|mib| format!("{mib:.0}")).collect();
    format!("{} MiB", told.join(" + "))
}

fn counted(counts: &Counts) -> String {
    let told = counts
        .iter()
        .map(|(table, count)| format!("{table}: {} reads, {} checks", count.reads, count.checks));
    told.collect::<Vec<_>>().join("; ")
}

fn report(check: &Check, quiet: &Counts, all: &Counts, spent: Duration, memory: &[String]) {
    let tally = check.load.tally();
    let Tally { requests, published, failed, undeclared, regressions, .. } = &*tally;
    let rate = *requests as f64 / spent.as_secs_f64();
    println!("\n{requests} requests in {}, {rate:.0}/s of {RATE}/s wanted", seconds(spent));
    println!("{published} for published data: {failed} failed, {}", times(&tally.times_us));
    println!("{undeclared} answers that the contract does not have");
    let versions: Vec<String> =
        tally.versions.iter().map(|(name, seen)| format!("{} of {name}", seen.len())).collect();
    println!("versions seen: {}; {regressions} times an older after a newer", versions.join(", "));
    for ((step, code), count) in &tally.refused {
        println!("  {step:24} {count:6} × {code}");
    }
    let interval = REFRESH.as_secs();
    println!("reads of the MES by all servers, one refresh per {interval} s each would do:");
    println!("  quiet, {}: {}", seconds(QUIET), counted(quiet));
    println!("  all, {}: {}", seconds(spent), counted(all));
    println!("memory of the workers: {}", memory.join(", "));
    for (step, note) in &tally.notes {
        println!("  {step}: {note}");
    }
}

/// Median and tail of times in µs.
fn times(times_us: &[u32]) -> String {
    let mut sorted = times_us.to_vec();
    sorted.sort_unstable();
    let at = |share: f64| {
        let place = ((sorted.len() as f64 - 1.0).max(0.0) * share) as usize;
        f64::from(sorted.get(place).copied().unwrap_or(0)) / 1000.0
    };
    format!("p50 {:.1} ms, p99 {:.1} ms, longest {:.0} ms", at(0.5), at(0.99), at(1.0))
}

fn verdict(check: &Check) -> Done {
    let tally = check.load.tally();
    let mut wrong = Vec::new();
    for (count, what) in [
        (check.failed as u64, "steps failed"),
        (tally.failed, "failed reads of published data"),
        (tally.undeclared, "undeclared answers"),
        (tally.regressions, "older versions after newer ones"),
    ] {
        if count > 0 {
            wrong.push(format!("{count} {what}"));
        }
    }
    if tally.published == 0 {
        wrong.push("no client was answered".to_owned());
    }
    let told = format!("{} requests, {} steps", tally.requests, check.steps);
    if wrong.is_empty() {
        println!("\n{told}: nothing failed");
        return Ok(());
    }
    let logs = check.example.keep_logs()?;
    Err(format!("{told}: {}; logs are in {}", wrong.join(", "), logs.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_by_thirds_and_not_from_few_samples() {
        assert_eq!(growth(&[100.0; 5]), None);
        let grown = growth(&[100.0, 100.0, 105.0, 105.0, 110.0, 110.0]).unwrap();
        assert!((grown - 0.1).abs() < 1e-9, "{grown}");
    }

    #[test]
    fn times_are_told_for_few_and_for_none() {
        assert_eq!(times(&[]), "p50 0.0 ms, p99 0.0 ms, longest 0 ms");
        assert_eq!(times(&[3000, 1000, 2000]), "p50 2.0 ms, p99 2.0 ms, longest 3 ms");
    }
}
