//! Real-time rows: what every machine is doing now.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use crate::delta::Delta;
use crate::quality::{Ledger, Reason};
use crate::rule_hints;
use crate::site_rules::SiteRules;
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, Spec,
    TextColumn, Texts, spec,
};

/// Layout of the dataset `equipment`.
pub static LAYOUT: Layout = Layout {
    dataset: Dataset::Equipment,
    key: "RESOURCEID",
    display: &[
        spec("RESOURCEID", Kind::Name),
        spec("EQUIPMENTASSETSSTATUS", Kind::Text),
        spec("EQUIPMENTASSETSSTATUSREASON", Kind::Text),
        spec("STATUS_CATEGORY", Kind::Text),
        spec("E10_STATE", Kind::Text),
        spec("JOBORDER", Kind::Text),
        spec("JOBMODEL", Kind::Text),
        spec("JOBSTAGE", Kind::Text),
        spec("JOBID", Kind::Text),
        spec("JOBSTATUS", Kind::Text),
        spec("CREATEDATE", Kind::Text),
        spec("CREATEUSERNAME", Kind::Text),
        spec("CREATEUSER", Kind::Text),
        spec("TECHNICIANUSERNAME", Kind::Text),
        spec("TECHNICIANUSER", Kind::Text),
        spec("SYMPTOMCODE", Kind::Text),
        spec("CAUSECODE", Kind::Text),
        spec("REPAIRCODE", Kind::Text),
        spec("RUNCARDLOTID", Kind::Name),
        spec("LOTTRACKINQTY_PCS", Kind::Int),
        spec("LOTTRACKINTIME", Kind::Text),
        spec("LOTTRACKINEMPLOYEE", Kind::Text),
    ],
    record: &[],
};

/// Real-time rows by RESOURCEID; inside a machine in the source's order.
#[derive(Clone, Debug, PartialEq)]
pub struct EquipmentStatusTable {
    frame: Frame,
}

/// `2026-11-20 08:00:00` → `2026-11-20T08:00:00`, the form that clients get.
fn iso(text: &str) -> String {
    text.replacen(' ', "T", 1)
}

impl EquipmentStatusTable {
    /// Derives the status category and the E10 state of every row.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn from_source(
        batch: &RecordBatch,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Equipment, batch);
        let id = source.text("RESOURCEID")?;
        let state = source.text("EQUIPMENTASSETSSTATUS")?;
        let mut rows: Vec<u32> = Vec::with_capacity(source.rows());
        for row in 0..source.rows() {
            let Some(name) = id.cell(row) else {
                ledger.note(Reason::NoKey, "RESOURCEID", None, None);
                continue;
            };
            rows.push(row as u32);
            if let Some(code) = state.cell(row)
                && !rules.knows_state(code)
            {
                let column = "EQUIPMENTASSETSSTATUS";
                ledger.note(Reason::UnknownCode, column, Some(name), Some(code));
            }
        }
        ledger.rows_read += source.rows() as u64;
        ledger.rows_kept += rows.len() as u64;
        // The first row of a machine has its state.
        let mut states: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for row in rows.iter().map(|row| *row as usize) {
            if let Some(name) = id.cell(row) {
                states.entry(name).or_insert_with(|| state.cell(row));
            }
        }
        ledger.hints.extend(rule_hints::states(rules, states.values().flatten().copied()));
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| Ok((spec, column(spec, &source, &rows, rules, ledger)?)))
            .collect::<Result<Vec<_>, SourceError>>()?;
        Ok(Self { frame: Frame::canonical(&LAYOUT, columns, None) })
    }

    /// Reads a snapshot.
    ///
    /// # Errors
    /// See [`Frame::from_ipc`].
    pub fn from_ipc(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self { frame: Frame::from_ipc(&LAYOUT, bytes)? })
    }

    /// The table of a frame of this dataset.
    pub fn from_frame(frame: Frame) -> Self {
        Self { frame }
    }

    /// The table after a delta.
    pub fn apply(&self, delta: &Delta) -> Self {
        Self { frame: delta.apply(&self.frame) }
    }

    /// The rows.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }
}

fn column(
    spec: Spec,
    source: &SourceReader<'_>,
    rows: &[u32],
    rules: &SiteRules,
    ledger: &mut Ledger,
) -> Result<Column, SourceError> {
    let cells = |column: Texts<'_>| -> Vec<Option<String>> {
        rows.iter().map(|row| column.cell(*row as usize).map(str::to_owned)).collect()
    };
    Ok(match spec.name {
        "STATUS_CATEGORY" | "E10_STATE" => {
            let states = cells(source.text("EQUIPMENTASSETSSTATUS")?);
            let states = states.iter().map(Option::as_deref);
            Column::Text(if spec.name == "E10_STATE" {
                TextColumn::from_values(states.map(|state| rules.e10_state(state?)))
            } else {
                TextColumn::from_values(states.map(|state| Some(rules.status_category(state))))
            })
        }
        "CREATEDATE" | "LOTTRACKINTIME" => {
            let times: Vec<Option<String>> = cells(source.text(spec.name)?)
                .iter()
                .map(|time| time.as_deref().map(iso))
                .collect();
            Column::Text(TextColumn::from_values(times.iter().map(Option::as_deref)))
        }
        _ => source.column(spec, rows, ledger)?,
    })
}
