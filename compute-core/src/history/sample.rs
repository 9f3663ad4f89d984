//! Synthetic hours for benches and tests: as many as asked for, always the same.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};

use super::calendar::Day;

/// Source rows of the machines of [`crate::equipment::sample::plant`]: one per machine, day and
/// state, of `days` days from 2025-11-21 on.
pub fn hours(machines: usize, days: u16, seed: u64) -> RecordBatch {
    let states = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];
    let first = Day::parse("2025-11-21").expect("a date");
    let dates: Vec<String> =
        (0..i32::from(days)).map(|day| format!("{} 00:00:00", Day(first.0 + day))).collect();
    let rows = machines * dates.len() * states.len();
    let (mut ids, mut times, mut names, mut hours) = (
        Vec::with_capacity(rows),
        Vec::with_capacity(rows),
        Vec::with_capacity(rows),
        Vec::with_capacity(rows),
    );
    let names_of: Vec<String> =
        (0..machines).map(|machine| format!("{:016x}", machine as u64 + 0x4880_0000)).collect();
    let mut noise = seed | 1;
    for id in &names_of {
        for date in &dates {
            let mut left = 24.0;
            for (place, state) in states.into_iter().enumerate() {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let share = (noise % 1_000) as f64 / if place == 0 { 1_100.0 } else { 1_800.0 };
                // Hundredths of an hour, as a plant records them.
                let taken = if place == 5 { left } else { (left * share * 100.0).round() / 100.0 };
                left -= taken;
                ids.push(id.as_str());
                times.push(date.as_str());
                names.push(state);
                hours.push(taken);
            }
        }
    }
    let text = |cells: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(cells)) };
    let hours: ArrayRef = Arc::new(Float64Array::from(hours));
    RecordBatch::try_from_iter_with_nullable([
        ("HISTORYID", text(ids), true),
        ("TXNDATE", text(times), true),
        ("OLDSTATUSNAME", text(names), true),
        ("HOURS", hours, true),
    ])
    .expect("every column has one cell per row")
}
