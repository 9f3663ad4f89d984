//! Real-time rows: what every machine is doing now.

use arrow_array::{Array, RecordBatch, StringArray};

use crate::delta::Delta;
use crate::site_rules::SiteRules;
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, Spec,
    TextColumn, spec,
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
    /// Derives the status category of every row.
    ///
    /// # Errors
    /// A column is missing, has another type, or a quantity does not fit 32 bits.
    pub fn from_source(batch: &RecordBatch, rules: &SiteRules) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Equipment, batch);
        let id = source.text("RESOURCEID")?;
        let rows: Vec<u32> =
            (0..source.rows() as u32).filter(|row| id.is_valid(*row as usize)).collect();
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| Ok((spec, column(spec, &source, &rows, rules)?)))
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
) -> Result<Column, SourceError> {
    let cells = |column: &StringArray| -> Vec<Option<String>> {
        rows.iter()
            .map(|row| *row as usize)
            .map(|row| column.is_valid(row).then(|| column.value(row).to_owned()))
            .collect()
    };
    Ok(match spec.name {
        "STATUS_CATEGORY" => {
            let states = cells(source.text("EQUIPMENTASSETSSTATUS")?);
            Column::Text(TextColumn::from_values(
                states.iter().map(|state| Some(rules.status_category(state.as_deref()))),
            ))
        }
        "CREATEDATE" | "LOTTRACKINTIME" => {
            let times: Vec<Option<String>> = cells(source.text(spec.name)?)
                .iter()
                .map(|time| time.as_deref().map(iso))
                .collect();
            Column::Text(TextColumn::from_values(times.iter().map(Option::as_deref)))
        }
        _ => source.column(spec, rows)?,
    })
}
