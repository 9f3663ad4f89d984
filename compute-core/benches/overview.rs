//! `cargo bench -p compute-core --bench overview`: one interaction against
//! what the machine can do at all.
//!
//! The limit is a pass that reads each column an interaction depends on once
//! and does nothing with it. Everything runs in turns in one process, so that
//! the ratios hold on a shared machine; the times are medians.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and reports"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use compute_core::lot::{HoldType, LAYOUT, LotFilter, LotTable, WipStatus};
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::{Column, Columns, Frame};
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};

const SEED: u64 = 20_261_120;

/// The columns of a lot that an interaction depends on, as narrow as they get.
struct Touched {
    group: Vec<u8>,
    package: Vec<u8>,
    kind: Vec<u16>,
    reason: Vec<u8>,
    class: Vec<u8>,
    qty: Vec<i32>,
}

impl Touched {
    fn of(lots: &LotTable) -> Self {
        let codes = |name: &str| match lots.frame().column(name) {
            Some(Column::Text(text)) => text.codes().to_vec(),
            _ => Vec::new(),
        };
        let narrow = |name| codes(name).into_iter().map(|code| code as u8).collect();
        let qty = (0..lots.len())
            .map(|row| {
                lots.frame().column("QTY").and_then(|qty| qty.integer(row)).unwrap_or(0) as i32
            })
            .collect();
        Self {
            group: narrow("WORKCENTER_GROUP"),
            package: narrow("PACKAGE_LEF"),
            kind: codes("PJ_TYPE").into_iter().map(|code| code as u16).collect(),
            reason: narrow("HOLDREASONNAME"),
            class: narrow("WIPSTATUS"),
            qty,
        }
    }

    fn stream(&self) -> u64 {
        let bytes = |column: &[u8]| column.iter().map(|cell| u64::from(*cell)).sum::<u64>();
        bytes(&self.group)
            + bytes(&self.package)
            + bytes(&self.reason)
            + bytes(&self.class)
            + self.kind.iter().map(|cell| u64::from(*cell)).sum::<u64>()
            + self.qty.iter().map(|cell| *cell as u64).sum::<u64>()
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Medians of competitors that take turns, in milliseconds.
fn medians(turns: usize, competitors: &mut [Box<dyn FnMut() + '_>]) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(turns); competitors.len()];
    for _ in 0..turns {
        for (work, times) in competitors.iter_mut().zip(&mut times) {
            times.push(timed(&mut *work));
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1e3
        })
        .collect()
}

fn main() {
    println!("milliseconds, medians; streaming = reading the touched columns of every lot once");
    for rows in [10_000, 100_000, 1_000_000] {
        measure(rows, (20_000_000 / rows).clamp(21, 501));
    }
}

fn measure(rows: usize, turns: usize) {
    let plant = Factory::new(SEED, MORNING, PlantSize::of(rows, 2_000));
    let source = plant.batch(SourceTable::Lots);
    let rules = SiteRules::default();
    let bytes = LotTable::from_source(&source, &rules, &mut Ledger::default())
        .expect("the plant follows the source contract")
        .frame()
        .to_ipc(Columns::Display);
    let lots = LotTable::from_ipc(&bytes).expect("the snapshot is sound");
    let touched = Touched::of(&lots);
    let all = LotFilter::default();
    let text = |text: &str| Some(text.to_owned());
    let package = lots.packages(&all).swap_remove(0).name;
    let held = LotFilter {
        packages: vec![package],
        status: Some(WipStatus::Hold),
        hold_type: Some(HoldType::Quality),
        ..LotFilter::default()
    };
    let order = LotFilter { workorder: text("ga2610"), ..LotFilter::default() };
    let lot = LotFilter { lotid: text("7-a00"), ..LotFilter::default() };
    // The lower-cased ids are made by the first search.
    lots.overview(&lot);
    let names = ["streaming", "all lots", "package on hold", "workorder text", "lotid text"];
    let times = medians(
        turns,
        &mut [
            Box::new(|| {
                black_box(touched.stream());
            }),
            Box::new(|| drop(black_box(lots.overview(black_box(&all))))),
            Box::new(|| drop(black_box(lots.overview(black_box(&held))))),
            Box::new(|| drop(black_box(lots.overview(black_box(&order))))),
            Box::new(|| drop(black_box(lots.overview(black_box(&lot))))),
        ],
    );
    println!("\n{rows} lots, snapshot {} bytes, memory {} bytes", bytes.len(), lots.memory_bytes());
    for (name, time) in names.iter().zip(&times) {
        println!("  {name:<18} {time:>9.4} ms   {:>6.2} x streaming", time / times[0]);
    }
    let load = medians(
        7,
        &mut [
            Box::new(|| drop(black_box(Frame::from_ipc(&LAYOUT, &bytes)))),
            Box::new(|| drop(black_box(LotTable::from_ipc(&bytes)))),
            Box::new(|| {
                drop(black_box(LotTable::from_source(&source, &rules, &mut Ledger::default())))
            }),
        ],
    );
    println!("  decode             {:>9.4} ms", load[0]);
    println!("  check and index    {:>9.4} ms", load[1] - load[0]);
    println!("  from source        {:>9.4} ms", load[2]);
}
