//! Hours of 2,000 machines over a year: written for the browser, and what it came to.

use std::path::Path;

use compute_core::equipment::{EquipmentStatusTable, ResourceTable};
use compute_core::history::{Day, HistoryTable};
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::Columns;
use compute_core::workcenter::WorkcenterTable;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};
use serde_json::Value;

use super::{Failure, Figure, SEED, smallest};

const LOTS: usize = 12_000;
const MACHINES: usize = 2_000;
const DAYS: u16 = 365;

/// Writes the tables that `web-wasm/bench/history.mjs` reads.
pub(super) fn write(folder: &Path, figures: &mut Vec<Figure>) -> Result<(), Failure> {
    let rules = SiteRules::default();
    let size = PlantSize { history_days: DAYS.into(), ..PlantSize::of(LOTS, MACHINES) };
    let plant = Factory::new(SEED, MORNING, size);
    let resources = plant.batch(SourceTable::Resources);
    let statuses = plant.batch(SourceTable::EquipmentStatus);
    let workcenters = plant.batch(SourceTable::Workcenters);
    let parts = [
        (
            "resource",
            ResourceTable::from_source(&resources, &rules, &mut Ledger::default())?
                .frame()
                .to_ipc(Columns::Display),
        ),
        (
            "equipment",
            EquipmentStatusTable::from_source(&statuses, &rules, &mut Ledger::default())?
                .frame()
                .to_ipc(Columns::Display),
        ),
        (
            "workcenter",
            WorkcenterTable::from_source(&workcenters, &rules, &mut Ledger::default())?
                .frame()
                .to_ipc(Columns::Display),
        ),
    ];
    for (name, bytes) in parts {
        std::fs::write(folder.join(format!("history-{name}.arrow")), bytes)?;
    }
    let last = Day::parse("2026-11-19").ok_or("no date")?;
    let rows = plant.batch(SourceTable::ShiftHours);
    let table = HistoryTable::from_source(
        &rows,
        last.days_before(DAYS - 1),
        last,
        &rules,
        &mut Ledger::default(),
    )?;
    let bytes = table.to_ipc();
    figures.push(Figure {
        budget: "–",
        what: format!("hours on the wire, {} machines and days", table.len()),
        told: String::new(),
        figure: smallest(&bytes)? as f64 / table.len() as f64,
        limit: f64::INFINITY,
        unit: "bytes a row",
    });
    std::fs::write(folder.join("history.arrow"), bytes)?;
    Ok(())
}

/// What the browser measured.
pub(super) fn read(browser: &Value, figures: &mut Vec<Figure>) {
    let Some(changes) = browser["history"]["changes"].as_object() else { return };
    for (name, change) in changes {
        let ms = |engine: &str| change[engine].as_f64().unwrap_or(f64::NAN);
        let ours = ms("mes-compute");
        figures.push(Figure {
            budget: "8",
            what: format!("history, 2,000 machines × 365 days, {name}: figures, charts and tree"),
            told: String::new(),
            figure: ours,
            limit: 20.0,
            unit: "ms",
        });
        figures.push(Figure {
            budget: "–",
            what: format!("history, {name}: against hand-written typed arrays"),
            told: String::new(),
            figure: ours / ms("typed arrays"),
            limit: 1.0,
            unit: "×",
        });
    }
}
