//! `cargo bench -p compute-core --bench snapshot`: what a new version costs,
//! as a full snapshot and as a delta at 5 % churn, in milliseconds (medians).
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and reports"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable};
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::{Columns, Frame};
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};

const SEED: u64 = 20_261_120;
const TURNS: usize = 9;
const TICK: Duration = Duration::from_secs(5);

fn median_ms<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[TURNS / 2]
}

fn main() {
    let rules = SiteRules::default();
    for rows in [10_000, 100_000, 1_000_000] {
        let load = |plant: &Factory| {
            let lots = plant.batch(SourceTable::Lots);
            LotTable::from_source(&lots, &rules, &mut Ledger::default())
                .expect("the plant follows the source contract")
        };
        let mut plant = Factory::new(SEED, MORNING, PlantSize::of(rows, 2_000));
        let old = load(&plant);
        plant.tick(MORNING + TICK, 0.05);
        let new = load(&plant);
        let full = new.frame().to_ipc(Columns::Display);
        let held = LotTable::from_ipc(&old.frame().to_ipc(Columns::Display)).expect("sound bytes");
        let between = || Delta::between(old.frame(), new.frame());
        let delta = between();
        let wire = delta.to_ipc("old", "new");
        let sent = Delta::from_ipc(&LAYOUT, &wire).expect("sound bytes").delta;
        println!("\n{rows} lots, full {} bytes, delta {} bytes", full.len(), wire.len());
        for (what, ms) in [
            ("encode the full table", median_ms(|| new.frame().to_ipc(Columns::Display))),
            ("decode it", median_ms(|| Frame::from_ipc(&LAYOUT, &full))),
            ("decode and index it", median_ms(|| LotTable::from_ipc(&full))),
            ("find the delta", median_ms(between)),
            ("encode the delta", median_ms(|| delta.to_ipc("old", "new"))),
            ("decode the delta", median_ms(|| Delta::from_ipc(&LAYOUT, &wire))),
            ("apply it to the rows", median_ms(|| sent.apply(held.frame()))),
            ("apply it and index", median_ms(|| held.apply(&sent))),
        ] {
            println!("  {what:<22} {ms:>9.3} ms");
        }
    }
}
