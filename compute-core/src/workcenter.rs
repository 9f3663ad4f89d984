//! Which group a workcenter belongs to.
//!
//! The MES view lists specs; what matters is the distinct mapping of a
//! workcenter to its group, the group's sequence and the short name. A
//! workcenter that is not in the view has no group.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch};

use crate::delta::Delta;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;
use crate::table::{
    Column, Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, Texts,
    spec,
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
    /// Reduces the spec view to one row per workcenter. When rows of one workcenter disagree, one
    /// with a group wins, of these the one with the lowest sequence, then the first by group and
    /// short name: never by the order of the view, which a database may change. Equal rows count as
    /// one; rows that differ from the winner are counted as left out.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn from_source(
        batch: &RecordBatch,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Workcenter, batch);
        let key = source.text("WORK_CENTER")?;
        let group = source.text("WORK_CENTER_GROUP")?;
        let sequence = source.integer("WORKCENTERSEQUENCE_GROUP")?;
        let short = source.text("WORK_CENTER_SHORT")?;
        // What is missing comes last.
        fn text(column: Texts<'_>, row: usize) -> (bool, Option<&str>) {
            (column.cell(row).is_none(), column.cell(row))
        }
        let rank = |row: u32| {
            let row = row as usize;
            let number = sequence.is_valid(row).then(|| sequence.value(row));
            let number = number.and_then(|number| i32::try_from(number).ok());
            (
                group.cell(row).is_none(),
                number.is_none(),
                number,
                text(group, row),
                text(short, row),
            )
        };
        let mut kept: BTreeMap<&str, u32> = BTreeMap::new();
        for row in 0..source.rows() as u32 {
            let Some(name) = key.cell(row as usize) else {
                ledger.note(Reason::NoKey, LAYOUT.key, None, None);
                continue;
            };
            kept.entry(name)
                .and_modify(|other| *other = if rank(row) < rank(*other) { row } else { *other })
                .or_insert(row);
        }
        ledger.rows_read += source.rows() as u64;
        for row in 0..source.rows() as u32 {
            let Some(name) = key.cell(row as usize) else { continue };
            if kept.get(name).is_some_and(|winner| rank(*winner) == rank(row)) {
                ledger.rows_kept += 1;
            } else {
                let other = group.cell(row as usize);
                ledger.note(Reason::DuplicateKey, LAYOUT.key, Some(name), other);
            }
        }
        let rows: Vec<u32> = kept.into_values().collect();
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| {
                let column = source.column(spec, &rows, ledger)?;
                let groups = rows.iter().map(|row| group.cell(*row as usize));
                Ok((spec, with_group_sequences(spec.name, column, groups, rules)))
            })
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

/// A column of groups' sequences, with the site's where the source has none; other columns as they
/// are. `groups` is the group of each row.
pub(crate) fn with_group_sequences<'a>(
    name: &str,
    column: Column,
    groups: impl Iterator<Item = Option<&'a str>>,
    rules: &SiteRules,
) -> Column {
    match column {
        Column::Int(sequences)
            if name == "WORKCENTERSEQUENCE_GROUP" && !rules.group_sequences.is_empty() =>
        {
            let of_site = |group: Option<&str>| rules.group_sequences.get(group?).copied();
            let cells = sequences.iter().zip(groups);
            Column::Int(cells.map(|(known, group)| known.or_else(|| of_site(group))).collect())
        }
        column => column,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<&'static str>, Option<&'static str>, Option<i64>, Option<&'static str>);

    fn table(rows: &[Row]) -> WorkcenterTable {
        let text = |cell: fn(&Row) -> Option<&'static str>| -> ArrayRef {
            Arc::new(rows.iter().map(cell).collect::<StringArray>())
        };
        let sequence: ArrayRef = Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("WORK_CENTER", text(|row| row.0), true),
            ("WORK_CENTER_GROUP", text(|row| row.1), true),
            ("WORKCENTERSEQUENCE_GROUP", sequence, true),
            ("WORK_CENTER_SHORT", text(|row| row.3), true),
        ]);
        let ledger = &mut Ledger::default();
        WorkcenterTable::from_source(&batch.unwrap(), &SiteRules::default(), ledger).unwrap()
    }

    #[test]
    fn a_workcenter_is_found_with_its_group_sequence_and_short_name() {
        let table = table(&[
            (Some("成型_2"), Some("成型"), Some(131), None),
            (Some("成型_1"), Some("成型"), Some(130), Some("MD")),
            (Some("OTHER"), None, None, None),
            (None, Some("nowhere"), Some(1), None),
        ]);
        let found = table.find("成型_1").unwrap();
        assert_eq!((found.group, found.sequence, found.short), (Some(0), Some(130), Some("MD")));
        assert_eq!(table.group_names().collect::<Vec<_>>(), ["成型"]);
        let ungrouped = Mapping { group: None, sequence: None, short: None };
        assert_eq!(table.find("OTHER"), Some(ungrouped));
        assert_eq!(table.find("成型"), None);
        assert_eq!(table.find(""), None);
    }

    #[test]
    fn groups_come_by_their_lowest_sequence_then_by_name() {
        let table = table(&[
            (Some("a"), Some("late"), Some(2060), None),
            (Some("b"), Some("two"), Some(300), None),
            (Some("c"), Some("two"), Some(90), None),
            (Some("d"), Some("also 90"), Some(90), None),
            (Some("e"), Some("unordered"), None, None),
        ]);
        let groups =
            [("also 90", Some(90)), ("two", Some(90)), ("late", Some(2060)), ("unordered", None)];
        assert_eq!(table.groups(), groups);
    }

    #[test]
    fn where_rows_disagree_a_group_with_the_lowest_sequence_wins() {
        let table = table(&[
            (Some("a"), None, Some(1), None),
            (Some("a"), Some("no sequence"), None, None),
            (Some("a"), Some("late"), Some(20), None),
            (Some("a"), Some("first"), Some(10), Some("S")),
        ]);
        assert_eq!(table.groups(), [("first", Some(10))]);
    }

    proptest! {
        #[test]
        fn the_order_of_the_view_does_not_matter(
            (rows, shuffled) in prop::collection::vec(
                (
                    prop::option::of(prop::sample::select(&["a", "b", "焊接"][..])),
                    prop::option::of(prop::sample::select(&["G", "H"][..])),
                    prop::option::of(1_i64..3),
                    prop::option::of(prop::sample::select(&["s", "t"][..])),
                ),
                0..12,
            ).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
        ) {
            let bytes = table(&rows).frame().to_ipc(Columns::All);
            prop_assert_eq!(&table(&shuffled).frame().to_ipc(Columns::All), &bytes);
            prop_assert_eq!(WorkcenterTable::from_ipc(&bytes).unwrap(), table(&rows));
        }
    }
}
