//! Downtimes of 1,000,000 fragments and 100,000 jobs: what the browser measured.

use serde_json::Value;

use super::Figure;

/// Most that a step may take, as a share of DuckDB-WASM's time.
fn limit(step: &str) -> f64 {
    match step {
        "load" => 1.0 / 4.0,
        "merge and match" => 1.0 / 8.0,
        step if step.ends_with("all lists") => 1.0 / 2.0,
        // The core makes all lists where the rival makes one.
        _ => f64::INFINITY,
    }
}

/// Figures of `web-wasm/bench/downtime.mjs`. The first pass on a page is orientation.
pub(super) fn read(browser: &Value, figures: &mut Vec<Figure>) {
    for kind in ["cold", "warm"] {
        let Some(steps) = browser["downtime"][kind].as_object() else { return };
        for (step, times) in steps {
            let ms = |engine: &str| times[engine].as_f64().unwrap_or(f64::NAN);
            let (ours, theirs) = (ms("mes-compute"), ms("duckdb-wasm"));
            figures.push(Figure {
                budget: "–",
                what: format!("downtime, {kind}, {step}: against DuckDB-WASM"),
                told: format!("{ours:.1} ms against {theirs:.1} ms"),
                figure: ours / theirs,
                limit: if kind == "warm" { limit(step) } else { f64::INFINITY },
                unit: "×",
            });
        }
    }
}
