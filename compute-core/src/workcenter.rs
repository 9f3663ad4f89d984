//! Which group a workcenter belongs to.
//!
//! The MES view lists specs; what matters is the distinct mapping of a
//! workcenter to its group, the group's sequence and the short name. A
//! workcenter that is not in the view has no group.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch};

use crate::delta::Delta;
use crate::site_rules::SiteRules;
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, spec,
};

/// Layout of the dataset `workcenter`.
pub static LAYOUT: Layout = Layout {
    dataset: Dataset::Workcenter,
    key: "WORK_CENTER",
    display: &[
        spec("WORK_CENTER", Kind::Name),
        spec("WORK_CENTER_GROUP", Kind::Text),
        spec("WORKCENTERSEQUENCE_GROUP", Kind::Int),
        spec("WORK_CENTER_SHORT", Kind::Text),
    ],
    record: &[],
};

/// The mapping, one row a workcenter.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkcenterTable {
    frame: Frame,
}

/// Where a workcenter belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// Code of the group, see [`WorkcenterTable::group_names`].
    pub group: Option<u32>,
    /// Sequence of the group at this workcenter.
    pub sequence: Option<i32>,
    /// Short name.
    pub short: Option<&'a str>,
}

impl WorkcenterTable {
    /// Reduces the spec view to one row a workcenter: its first row wins.
    ///
    /// # Errors
    /// A column is missing, has another type, or a sequence does not fit 32 bits.
    pub fn from_source(batch: &RecordBatch, _rules: &SiteRules) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Workcenter, batch);
        let key = source.text("WORK_CENTER")?;
        let mut first: BTreeMap<&str, u32> = BTreeMap::new();
        for row in (0..source.rows()).filter(|row| key.is_valid(*row)) {
            first.entry(key.value(row)).or_insert(row as u32);
        }
        let rows: Vec<u32> = first.into_values().collect();
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| Ok((spec, source.column(spec, &rows)?)))
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

    /// Names of all groups, by code.
    pub fn group_names(&self) -> impl Iterator<Item = &str> {
        self.frame.text("WORK_CENTER_GROUP").names()
    }

    /// Lowest sequence of each group, by code.
    pub fn group_sequences(&self) -> Vec<Option<i32>> {
        let groups = self.frame.text("WORK_CENTER_GROUP");
        let sequence = self.frame.int("WORKCENTERSEQUENCE_GROUP");
        let mut lowest: Vec<Option<i32>> = vec![None; groups.cardinality()];
        for (row, &code) in groups.codes().iter().enumerate() {
            if let Some(known) = lowest.get_mut(code as usize)
                && sequence.is_valid(row)
            {
                let value = sequence.value(row);
                *known = Some(known.map_or(value, |low| low.min(value)));
            }
        }
        lowest
    }

    /// Groups by sequence ascending (missing last), then by name.
    pub fn groups(&self) -> Vec<(&str, Option<i32>)> {
        let mut groups: Vec<(&str, Option<i32>)> =
            self.group_names().zip(self.group_sequences()).collect();
        groups.sort_by_key(|(name, sequence)| (sequence.is_none(), *sequence, *name));
        groups
    }

    /// The mapping of a workcenter; `None` when the view does not list it.
    pub fn find(&self, workcenter: &str) -> Option<Mapping<'_>> {
        let key = self.frame.key();
        let (mut low, mut high) = (0, self.frame.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match key.value(middle).cmp(workcenter) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(self.mapping(middle)),
            }
        }
        None
    }

    fn mapping(&self, row: usize) -> Mapping<'_> {
        let group = self.frame.text("WORK_CENTER_GROUP").codes()[row];
        let sequence = match self.frame.column("WORKCENTERSEQUENCE_GROUP") {
            Some(Column::Int(column)) if column.is_valid(row) => Some(column.value(row)),
            _ => None,
        };
        Mapping {
            group: (group != crate::table::NULL_CODE).then_some(group),
            sequence,
            short: self.frame.text("WORK_CENTER_SHORT").get(row),
        }
    }
}
