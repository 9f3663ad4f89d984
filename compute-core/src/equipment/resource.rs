//! The equipment master after the load filter.

use arrow_array::{Array, RecordBatch, StringArray};

use crate::delta::Delta;
use crate::site_rules::SiteRules;
use crate::table::{
    Columns, Dataset, DecodeError, Frame, Kind, Layout, SourceError, SourceReader, spec,
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
    /// Keeps assembly and wafer-sort machines that have a workcenter and are
    /// neither at an excluded location nor in an excluded asset state.
    ///
    /// # Errors
    /// A column is missing, has another type, or a number does not fit 32 bits.
    pub fn from_source(batch: &RecordBatch, rules: &SiteRules) -> Result<Self, SourceError> {
        let source = SourceReader::new(Dataset::Resource, batch);
        let id = source.text("RESOURCEID")?;
        let category = source.text("OBJECTCATEGORY")?;
        let object = source.text("OBJECTTYPE")?;
        let workcenter = source.text("WORKCENTERNAME")?;
        let location = source.text("LOCATIONNAME")?;
        let state = source.text("PJ_ASSETSSTATUS")?;
        fn cell(column: &StringArray, row: usize) -> Option<&str> {
            column.is_valid(row).then(|| column.value(row))
        }
        let listed = |list: &[String], text: Option<&str>| {
            text.is_some_and(|text| list.iter().any(|entry| entry == text))
        };
        let rows: Vec<u32> = (0..source.rows())
            .filter(|&row| {
                let kinds = (cell(category, row), cell(object, row));
                let kept =
                    [(Some("ASSEMBLY"), Some("ASSEMBLY")), (Some("WAFERSORT"), Some("WAFERSORT"))];
                id.is_valid(row)
                    && kept.contains(&kinds)
                    && workcenter.is_valid(row)
                    && !listed(&rules.excluded_locations, cell(location, row))
                    && !listed(&rules.excluded_asset_states, cell(state, row))
            })
            .map(|row| row as u32)
            .collect();
        let columns = LAYOUT
            .columns(Columns::All)
            .map(|spec| Ok((spec, source.column(spec, &rows)?)))
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

    /// The table after a delta.
    pub fn apply(&self, delta: &Delta) -> Self {
        Self { frame: delta.apply(&self.frame) }
    }

    /// The rows.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }
}
