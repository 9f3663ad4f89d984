//! The equipment master after the load filter.

use arrow_array::{Array, RecordBatch};

use crate::delta::Delta;
use crate::quality::{Ledger, Reason};
use crate::rule_hints::{Candidate, no_machine};
use crate::site_rules::SiteRules;
use crate::source_contract::{RESOURCE_COLUMNS, Storage};
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, spec,
};

/// Layout of the dataset `resource`.
pub static LAYOUT: Layout = Layout {
    dataset: Dataset::Resource,
    key: "RESOURCEID",
    display: &[
        spec("RESOURCEID", Kind::Name),
        spec("RESOURCENAME", Kind::Name),
        spec("WORKCENTERNAME", Kind::Text),
        spec("LOCATIONNAME", Kind::Text),
        spec("RESOURCEFAMILYNAME", Kind::Text),
        spec("VENDORNAME", Kind::Text),
        spec("VENDORMODEL", Kind::Text),
        spec("PJ_DEPARTMENT", Kind::Text),
        spec("PJ_ASSETSSTATUS", Kind::Text),
        spec("PJ_ISPRODUCTION", Kind::Int),
        spec("PJ_ISKEY", Kind::Int),
        spec("PJ_ISMONITOR", Kind::Int),
    ],
    record: &[],
};

/// Machines that count, by RESOURCEID.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceTable {
    frame: Frame,
}

impl ResourceTable {
    /// Keeps machines of the categories and types that count, which have a workcenter and are
    /// neither at an excluded location nor in an excluded asset state.
    ///
    /// Where a RESOURCEID occurs several times, the row that was changed last is the machine,
    /// of equal ones the first by content; the others are left out before anything else is asked.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn from_source(
        batch: &RecordBatch,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Resource, batch);
        let id = source.text("RESOURCEID")?;
        let category = source.text("OBJECTCATEGORY")?;
        let object = source.text("OBJECTTYPE")?;
        let workcenter = source.text("WORKCENTERNAME")?;
        let location = source.text("LOCATIONNAME")?;
        let state = source.text("PJ_ASSETSSTATUS")?;
        let listed = |list: &[String], text: Option<&str>| {
            text.is_some_and(|text| list.iter().any(|entry| entry == text))
        };
        let mut rows: Vec<u32> = Vec::new();
        let machines = one_row_a_machine(&source, ledger)?;
        for &row in &machines {
            let place = row as usize;
            let name = id.cell(place);
            let kinds = (category.cell(place), object.cell(place));
            let (at, asset) = (location.cell(place), state.cell(place));
            let reason = if !rules.counts_equipment(kinds.0, kinds.1) {
                Some((Reason::OtherCategory, "OBJECTCATEGORY", kinds.0.or(kinds.1)))
            } else if workcenter.cell(place).is_none() {
                Some((Reason::NoWorkcenter, "WORKCENTERNAME", None))
            } else if listed(&rules.excluded_locations, at) {
                Some((Reason::ExcludedLocation, "LOCATIONNAME", at))
            } else if listed(&rules.excluded_asset_states, asset) {
                Some((Reason::ExcludedAssetState, "PJ_ASSETSSTATUS", asset))
            } else {
                None
            };
            match reason {
                Some((reason, column, value)) => ledger.note(reason, column, name, value),
                None => rows.push(row),
            }
        }
        ledger.rows_read += source.rows() as u64;
        ledger.rows_kept += rows.len() as u64;
        if rows.is_empty() {
            let candidates = machines.iter().map(|row| *row as usize).map(|row| Candidate {
                category: category.cell(row),
                kind: object.cell(row),
                location: location.cell(row),
                asset_state: state.cell(row),
            });
            ledger.hints.extend(no_machine(rules, &candidates.collect::<Vec<_>>()));
        }
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| {
                let column = source.column(spec, &rows, ledger)?;
                Ok((spec, with_missing_flags(spec.name, column, rules)))
            })
            .collect::<Result<Vec<_>, SourceError>>()?;
        let changed = source.text("LASTCHANGEDATE")?;
        let newest = changed.iter().flatten().max().map(str::to_owned);
        Ok(Self { frame: Frame::canonical(&LAYOUT, columns, newest) })
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

/// The flags of a column, where the site's rules set a missing one.
fn with_missing_flags(name: &str, column: Column, rules: &SiteRules) -> Column {
    let is_set = match name {
        "PJ_ISPRODUCTION" => rules.missing_flags.production,
        "PJ_ISKEY" => rules.missing_flags.key,
        "PJ_ISMONITOR" => rules.missing_flags.monitor,
        _ => false,
    };
    match column {
        Column::Int(flags) if is_set => {
            Column::Int(flags.iter().map(|flag| Some(flag.unwrap_or(1))).collect())
        }
        column => column,
    }
}

/// One row of each machine, ascending by RESOURCEID; rows without one and the other rows of a
/// machine are noted.
fn one_row_a_machine(
    source: &SourceReader<'_>,
    ledger: &mut Ledger,
) -> Result<Vec<u32>, SourceError> {
    let id = source.text("RESOURCEID")?;
    let changed = source.text("LASTCHANGEDATE")?;
    let texts = RESOURCE_COLUMNS.iter().filter(|column| column.kind.storage() == Storage::Text);
    let texts = texts.map(|column| source.text(column.name)).collect::<Result<Vec<_>, _>>()?;
    let numbers =
        RESOURCE_COLUMNS.iter().filter(|column| column.kind.storage() == Storage::Integer);
    let numbers =
        numbers.map(|column| source.integer(column.name)).collect::<Result<Vec<_>, _>>()?;
    let content = |row: usize| {
        let texts = texts.iter().map(move |column| column.cell(row));
        let numbers =
            numbers.iter().map(move |column| column.is_valid(row).then(|| column.value(row)));
        // What is missing comes last.
        let texts: Vec<_> = texts.map(|text| (text.is_none(), text)).collect();
        let numbers: Vec<_> = numbers.map(|number| (number.is_none(), number)).collect();
        (texts, numbers)
    };
    let mut rows: Vec<u32> = Vec::with_capacity(source.rows());
    for row in 0..source.rows() {
        match id.cell(row) {
            Some(_) => rows.push(row as u32),
            None => ledger.note(Reason::NoKey, "RESOURCEID", None, None),
        }
    }
    rows.sort_by(|a, b| {
        let (a, b) = (*a as usize, *b as usize);
        let newest_first = || changed.cell(b).cmp(&changed.cell(a));
        let by_content = || content(a).cmp(&content(b));
        id.cell(a).cmp(&id.cell(b)).then_with(newest_first).then_with(by_content)
    });
    rows.dedup_by(|other, kept| {
        let (other, kept) = (*other as usize, *kept as usize);
        let repeats = id.cell(other) == id.cell(kept);
        if repeats {
            let value = changed.cell(other);
            ledger.note(Reason::DuplicateKey, "RESOURCEID", id.cell(other), value);
        }
        repeats
    });
    Ok(rows)
}
