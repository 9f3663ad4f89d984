//! `cargo run --profile fast -p bench --bin fleet`: what an outage of 120 s does to the server
//! when 10,000 browsers with 6 panels each poll it, with the shipped retry code and with others.
//!
//! Fails when ours misses a bound.
#![expect(clippy::print_stdout, reason = "a command line tool reports there")]

mod client;
mod model;

use std::process::ExitCode;

use client::Client;
use model::{Report, Scenario, run};

const SEED: u64 = 20_261_121;

/// Each bound of ours, its figure and its limit. `tabs_ratio` is that of 12 tabs over one tab.
fn bounds(report: &Report, tabs_ratio: f64) -> [(&'static str, f64, f64); 5] {
    [
        ("requests in the outage over normal demand", report.outage_ratio, 0.5),
        ("busiest second of the recovery over a steady one", report.peak_ratio, 2.0),
        ("seconds until 99 % of the browsers are back", report.browsers_back_secs, 20.0),
        ("requests earlier than Retry-After", report.early as f64, 0.0),
        ("requests of 12 tabs over those of one", tabs_ratio, 1.2),
    ]
}

/// Requests in the outage of browsers with 12 tabs over those of as many with one.
fn tabs_ratio(client: Client, browsers: usize) -> f64 {
    let requests = |tabs| {
        run(Scenario { client, browsers, tabs, panels: 6, seed: SEED }).outage_requests as f64
    };
    requests(12) / requests(1)
}

fn main() -> ExitCode {
    println!(
        "{:20} {:>10} {:>8} {:>12} {:>12} {:>9} {:>8}",
        "client", "in outage", "peak", "browsers 99%", "panels 99%", "early", "12 tabs"
    );
    let mut missed = false;
    for client in Client::TABLE {
        let report = run(Scenario { client, browsers: 10_000, tabs: 1, panels: 6, seed: SEED });
        let tabs = tabs_ratio(client, 1_000);
        println!(
            "{:20} {:>9.2}x {:>7.2}x {:>10.1} s {:>10.1} s {:>9} {:>7.2}x",
            client.name(),
            report.outage_ratio,
            report.peak_ratio,
            report.browsers_back_secs,
            report.panels_back_secs,
            report.early,
            tabs
        );
        if client == Client::Ours {
            for (what, figure, limit) in bounds(&report, tabs) {
                if figure > limit {
                    missed = true;
                    println!("  missed: {what} is {figure:.2}, at most {limit}");
                }
            }
        }
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(client: Client) -> Report {
        run(Scenario { client, browsers: 2_000, tabs: 1, panels: 6, seed: SEED })
    }

    #[test]
    fn ours_keeps_every_bound() {
        for (what, figure, limit) in bounds(&small(Client::Ours), tabs_ratio(Client::Ours, 200)) {
            assert!(figure <= limit, "{what}: {figure}, at most {limit}");
        }
    }

    #[test]
    fn the_bounds_notice_what_is_missing() {
        let no_breaker = small(Client::OursWithoutBreaker);
        assert!(no_breaker.outage_ratio > 0.5 && no_breaker.early > 0, "{no_breaker:?}");
        let no_jitter = small(Client::OursWithoutJitter);
        assert!(no_jitter.peak_ratio > 2.0, "{no_jitter:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_report() {
        assert_eq!(small(Client::Ours), small(Client::Ours));
    }
}
