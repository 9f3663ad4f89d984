//! The lot table: derivations at load, snapshot form, queries.

use arrow_array::{Array, Int32Array, RecordBatch, StringArray};

use super::index::LotIndex;
use crate::delta::Delta;
use crate::quality::{Ledger, PlantClock, Reason};
use crate::rule_hints;
use crate::site_rules::SiteRules;
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, NULL_CODE, SourceError,
    SourceReader, Spec, TextColumn, spec,
};
use crate::workcenter::with_group_sequences;

/// Layout of the dataset `wip`.
pub static LAYOUT: Layout = Layout {
    dataset: Dataset::Wip,
    key: "LOTID",
    display: &[
        spec("LOTID", Kind::Name),
        spec("WORKORDER", Kind::Text),
        spec("QTY", Kind::Int),
        spec("WIPSTATUS", Kind::Text),
        spec("HOLDTYPE", Kind::Text),
        spec("HOLDREASONNAME", Kind::Text),
        spec("AGE_CENTIDAYS", Kind::Int),
        spec("EQUIPMENTS", Kind::Text),
        spec("PACKAGE_LEF", Kind::Text),
        spec("PJ_TYPE", Kind::Text),
        spec("SPECNAME", Kind::Text),
        spec("SPECSEQUENCE", Kind::Int),
        spec("WORKCENTER_GROUP", Kind::Text),
        spec("WORKCENTERSEQUENCE_GROUP", Kind::Int),
        spec("HOLDEMP", Kind::Text),
        spec("DEPTNAME", Kind::Text),
        spec("COMMENT_HOLD", Kind::Text),
        spec("QC_GATE_SINCE", Kind::Text),
    ],
    record: &[
        spec("QTY2", Kind::Long),
        spec("STATUS", Kind::Text),
        spec("CURRENTHOLDCOUNT", Kind::Long),
        spec("OWNER", Kind::Text),
        spec("STARTDATE", Kind::Text),
        spec("UTS", Kind::Text),
        spec("FIRSTNAME", Kind::Text),
        spec("PRODUCT", Kind::Text),
        spec("WORKCENTERNAME", Kind::Text),
        spec("EQUIPMENTCOUNT", Kind::Long),
        spec("PRODUCTLINENAME", Kind::Text),
        spec("WORKFLOWNAME", Kind::Text),
        spec("BOP", Kind::Text),
        spec("DATECODE", Kind::Text),
        spec("LEADFRAMENAME", Kind::Text),
        spec("LEADFRAMEOPTION", Kind::Text),
        spec("COMNAME", Kind::Text),
        spec("LOCATIONNAME", Kind::Text),
        spec("PJ_FUNCTION", Kind::Text),
        spec("WAFERNAME", Kind::Text),
        spec("WAFERLOT", Kind::Text),
        spec("EVENTNAME", Kind::Text),
        spec("OCCURRENCEDATE", Kind::Text),
        spec("RELEASETIME", Kind::Text),
        spec("RELEASEEMP", Kind::Text),
        spec("RELEASEREASON", Kind::Text),
        spec("CONTAINERCOMMENTS", Kind::Text),
        spec("COMMENT_DATE", Kind::Text),
        spec("COMMENT_EMP", Kind::Text),
        spec("COMMENT_FUTURE", Kind::Text),
        spec("PJ_PRODUCEREGION", Kind::Text),
        spec("PRIORITYCODENAME", Kind::Text),
        spec("WORKCENTERSEQUENCE", Kind::Long),
        spec("TMTT_R", Kind::Long),
        spec("WAFER_FACTOR", Kind::Long),
        spec("WORKCENTER_SHORT", Kind::Text),
    ],
};

/// All lots of one version, with their index.
#[derive(Clone, Debug)]
pub struct LotTable {
    frame: Frame,
    pub(super) index: LotIndex,
    // The frame's columns that passes read row by row: finding one by its name takes longer than
    // reading a cell.
    lot_ids: StringArray,
    quantities: Int32Array,
    ages: Int32Array,
}

impl PartialEq for LotTable {
    fn eq(&self, other: &Self) -> bool {
        self.frame == other.frame
    }
}

impl LotTable {
    /// [`Self::at`] of data whose newest SYS_DATE is right, whatever it is.
    ///
    /// # Errors
    /// See [`Self::at`].
    pub fn from_source(
        batch: &RecordBatch,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        Self::at(None, batch, rules, ledger)
    }

    /// Derives status, hold type, age and QC gate of every lot that has a work order.
    ///
    /// "Now" of the data is the newest SYS_DATE that is plausible by `clock`, else what the clock
    /// shows, so that no single row decides it.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn at(
        clock: Option<&PlantClock>,
        batch: &RecordBatch,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Wip, batch);
        let workorder = source.text("WORKORDER")?;
        let mut rows: Vec<u32> = Vec::with_capacity(source.rows());
        for row in 0..source.rows() {
            if workorder.cell(row).is_some() {
                rows.push(row as u32);
            } else {
                ledger.note(Reason::NoWorkOrder, "WORKORDER", source.key(row), None);
            }
        }
        ledger.rows_read += source.rows() as u64;
        ledger.rows_kept += rows.len() as u64;
        let derived = Derived::read(&source, &rows, rules, ledger)?;
        let group = source.text("WORKCENTER_GROUP")?;
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| {
                let column = derived.column(spec, &source, &rows, ledger)?;
                let groups = rows.iter().map(|row| group.cell(*row as usize));
                Ok((spec, with_group_sequences(spec.name, column, groups, rules)))
            })
            .collect::<Result<Vec<_>, SourceError>>()?;
        let dates = source.text("SYS_DATE")?;
        let sys_date = dates
            .distinct(rows.iter().map(|row| *row as usize))
            .into_iter()
            .filter(|date| clock.is_none_or(|clock| clock.is_plausible(date)))
            .max()
            .or(clock.map(|clock| clock.now.as_str()));
        let frame = Frame::canonical(&LAYOUT, columns, sys_date.map(str::to_owned));
        let table = Self::new(frame);
        table.note_keys(ledger);
        Ok(table)
    }

    /// Notes lots without a key, with one that others have, and those that no matrix shows.
    fn note_keys(&self, ledger: &mut Ledger) {
        let (group, package) =
            (self.frame.text("WORKCENTER_GROUP"), self.frame.text("PACKAGE_LEF"));
        let sequence = self.frame.int("WORKCENTERSEQUENCE_GROUP");
        let mut before = None;
        for row in 0..self.len() {
            let lot = self.lot_id(row as u32);
            match lot {
                None => ledger.note(Reason::Unnamed, "LOTID", None, None),
                Some(_) if lot == before => ledger.note(Reason::RepeatedKey, "LOTID", lot, None),
                Some(_) => {}
            }
            before = lot;
            let missing = if group.get(row).is_none() {
                "WORKCENTER_GROUP"
            } else if package.get(row).is_none() {
                "PACKAGE_LEF"
            } else if sequence.is_null(row) {
                "WORKCENTERSEQUENCE_GROUP"
            } else {
                continue;
            };
            ledger.note(Reason::NotInMatrix, missing, lot, None);
        }
    }

    fn new(frame: Frame) -> Self {
        Self {
            index: LotIndex::build(&frame),
            lot_ids: frame.key().clone(),
            quantities: frame.int("QTY").clone(),
            ages: frame.int("AGE_CENTIDAYS").clone(),
            frame,
        }
    }

    /// Reads a snapshot, with or without record columns, and builds its index.
    ///
    /// # Errors
    /// Damaged bytes, another dataset, other columns, or values that no loader writes.
    pub fn from_ipc(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_frame(Frame::from_ipc(&LAYOUT, bytes)?)
    }

    /// The table after a delta; it has no record columns.
    ///
    /// # Errors
    /// The delta carries values that no loader writes.
    pub fn apply(&self, delta: &Delta) -> Result<Self, DecodeError> {
        Self::from_frame(delta.apply(&self.frame))
    }

    /// The table of rows that came from elsewhere.
    ///
    /// # Errors
    /// It carries values that no loader writes.
    pub fn from_frame(frame: Frame) -> Result<Self, DecodeError> {
        let unexpected = |expected: String, found: String| {
            Err(DecodeError::Unexpected { dataset: Dataset::Wip.name(), expected, found })
        };
        for (column, allowed) in [
            ("WIPSTATUS", &["RUN", "QUEUE", "HOLD"][..]),
            ("HOLDTYPE", &["quality", "non-quality"][..]),
        ] {
            if let Some(other) = frame.text(column).names().find(|name| !allowed.contains(name)) {
                let expected = format!("{column} one of {}", allowed.join(", "));
                return unexpected(expected, other.to_owned());
            }
        }
        let (status, hold) = (frame.text("WIPSTATUS"), frame.text("HOLDTYPE"));
        for column in ["WIPSTATUS", "WORKORDER"] {
            if let Some(row) = frame.text(column).codes().iter().position(|code| *code == NULL_CODE)
            {
                return unexpected(
                    format!("a {column} in every row"),
                    format!("NULL in row {row}"),
                );
            }
        }
        let quantities = frame.int("QTY");
        if let Some(row) = (0..frame.len()).find(|row| quantities.is_null(*row)) {
            return unexpected("a QTY in every row".to_owned(), format!("NULL in row {row}"));
        }
        let held = status.find("HOLD");
        let mut kinds = status.codes().iter().zip(hold.codes());
        if let Some(row) =
            kinds.position(|(status, kind)| (Some(*status) == held) == (*kind == NULL_CODE))
        {
            let expected = "a HOLDTYPE exactly where WIPSTATUS is HOLD".to_owned();
            return unexpected(expected, format!("another in row {row}"));
        }
        Ok(Self::new(frame))
    }

    /// The rows.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Number of lots, dummy lots included.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// Whether there is no lot.
    pub fn is_empty(&self) -> bool {
        self.frame.is_empty()
    }

    /// Bytes held, with the index.
    pub fn memory_bytes(&self) -> usize {
        self.frame.memory_bytes() + self.index.memory_bytes()
    }

    pub(super) fn lot_id(&self, row: u32) -> Option<&str> {
        let row = row as usize;
        self.lot_ids.is_valid(row).then(|| self.lot_ids.value(row))
    }

    pub(super) fn qty(&self, row: u32) -> i32 {
        self.quantities.value(row as usize)
    }

    /// Age in 0.01 day.
    pub(super) fn age(&self, row: u32) -> Option<i32> {
        let row = row as usize;
        self.ages.is_valid(row).then(|| self.ages.value(row))
    }

    pub(super) fn cell(&self, column: &'static str, row: u32) -> Option<String> {
        self.frame.text(column).get(row as usize).map(str::to_owned)
    }
}

/// Columns that the source does not have as they are published.
struct Derived {
    status: Vec<&'static str>,
    hold_type: Vec<Option<&'static str>>,
    qty: Int32Array,
    age: Int32Array,
    qc_gate: Vec<Option<String>>,
}

impl Derived {
    fn read(
        source: &SourceReader<'_>,
        rows: &[u32],
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let equipment = source.integer("EQUIPMENTCOUNT")?;
        let holds = source.integer("CURRENTHOLDCOUNT")?;
        let reasons = source.text("HOLDREASONNAME")?;
        let specs = source.text("SPECNAME")?;
        let since = source.text("MOVEINTIMESTAMP")?;
        let positive = |counts: &arrow_array::Int64Array, row: usize| {
            counts.is_valid(row) && counts.value(row) > 0
        };
        let cells = || rows.iter().map(|row| *row as usize);
        for (column, counts) in [("EQUIPMENTCOUNT", equipment), ("CURRENTHOLDCOUNT", holds)] {
            for row in cells().filter(|row| counts.is_valid(*row) && counts.value(*row) < 0) {
                let found = counts.value(row).to_string();
                ledger.note(Reason::Clamped, column, source.key(row), Some(&found));
            }
        }
        let status: Vec<&'static str> = cells()
            .map(|row| match (positive(equipment, row), positive(holds, row)) {
                (true, _) => "RUN",
                (false, true) => "HOLD",
                (false, false) => "QUEUE",
            })
            .collect();
        let hold_type = cells()
            .zip(&status)
            .map(|(row, status)| {
                (*status == "HOLD").then(|| match rules.is_quality_hold(reasons.cell(row)) {
                    true => "quality",
                    false => "non-quality",
                })
            })
            .collect();
        let is_qc_gate = specs.each(|spec| rules.is_qc_gate(spec));
        let qc_gate = cells()
            .map(|row| {
                let waits = is_qc_gate(row).unwrap_or(false);
                since.cell(row).filter(|_| waits).map(str::to_owned)
            })
            .collect();
        let specs = cells().filter_map(|row| specs.cell(row));
        ledger.hints.extend(rule_hints::gates(rules, specs));
        let held = cells().zip(&status).filter(|(_, status)| **status == "HOLD");
        let held = held.filter_map(|(row, _)| reasons.cell(row));
        ledger.hints.extend(rule_hints::reasons(rules, held));
        let qty = source.int("QTY", rows, ledger)?;
        let qty = qty
            .iter()
            .zip(cells())
            .map(|(qty, row)| {
                let qty = qty.unwrap_or(0);
                if qty < 0 {
                    let found = qty.to_string();
                    ledger.note(Reason::Clamped, "QTY", source.key(row), Some(&found));
                }
                Some(qty.max(0))
            })
            .collect();
        Ok(Self { status, hold_type, qty, age: ages(source, rows, ledger)?, qc_gate })
    }

    fn column(
        &self,
        spec: Spec,
        source: &SourceReader<'_>,
        rows: &[u32],
        ledger: &mut Ledger,
    ) -> Result<Column, SourceError> {
        Ok(match spec.name {
            "WIPSTATUS" => Column::Text(TextColumn::from_values(
                self.status.iter().map(|status| Some(*status)),
            )),
            "HOLDTYPE" => Column::Text(TextColumn::from_values(self.hold_type.iter().copied())),
            "QTY" => Column::Int(self.qty.clone()),
            "AGE_CENTIDAYS" => Column::Int(self.age.clone()),
            "QC_GATE_SINCE" => {
                Column::Text(TextColumn::from_values(self.qc_gate.iter().map(Option::as_deref)))
            }
            _ => source.column(spec, rows, ledger)?,
        })
    }
}

/// AGEBYDAYS in 0.01 day, ties to even; what does not fit is missing.
fn ages(
    source: &SourceReader<'_>,
    rows: &[u32],
    ledger: &mut Ledger,
) -> Result<Int32Array, SourceError> {
    let days = source.decimal("AGEBYDAYS")?;
    Ok(rows
        .iter()
        .map(|&row| {
            let row = row as usize;
            let value = days.is_valid(row).then(|| days.value(row))?;
            let scaled = (value * 100.0).round_ties_even();
            if scaled.abs() <= f64::from(i32::MAX) {
                return Some(scaled as i32);
            }
            let found = value.to_string();
            ledger.note(Reason::OutOfRange, "AGEBYDAYS", source.key(row), Some(&found));
            None
        })
        .collect())
}
