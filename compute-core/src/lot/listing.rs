//! The lots that a filter leaves: page by page, in any order, with every field that the table holds.

use std::collections::BTreeMap;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::detail::{Pagination, page_of, pages};
use super::filter::LotFilter;
use super::hold_detail::AgeRange;
use super::lists::Totals;
use super::lookup::FieldValue;
use super::selection::Selection;
use super::table::LotTable;
use crate::field_contract::FIELDS;
use crate::order;
use crate::table::Column;

/// Which lots, in which order, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LotsQuery {
    /// Filters.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
    /// Age class; a missing age is 0, negative ages are in the first class.
    pub age_range: Option<AgeRange>,
    /// Field of a lot record to order by, missing values last, equal ones by LOTID. Without one, or
    /// with one that the table lacks, lots are ordered by LOTID.
    pub sort: Option<String>,
    /// Whether the largest value comes first.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub descending: bool,
    /// Page from 1; smaller ones count as 1. Default 1.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: Option<i64>,
    /// Lots per page, clamped to 1..=500. Default 100.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page_size: Option<i64>,
}

/// One page of lots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LotsPage {
    /// All lots that are listed, on whatever page.
    pub totals: Totals,
    /// Their specs by sequence (missing last), then name.
    pub specs: Vec<SpecTotals>,
    /// The lots: API key of a lot record → value.
    #[cfg_attr(feature = "ts", ts(type = "{ [field: string]: FieldValue }[]"))]
    pub lots: Vec<BTreeMap<&'static str, FieldValue>>,
    /// Which page.
    pub pagination: Pagination,
}

/// The lots at a spec; a spec with several sequences has an entry for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SpecTotals {
    /// SPECNAME.
    pub spec: String,
    /// SPECSEQUENCE.
    pub sequence: Option<i32>,
    /// Number of lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

impl LotTable {
    /// One page of the lots that pass the filter.
    pub fn lots(&self, query: &LotsQuery) -> LotsPage {
        let page = query.page.unwrap_or(1).max(1);
        let size = query.page_size.unwrap_or(100).clamp(1, 500);
        let selection = Selection::new(self, &query.filter);
        let fails = selection.rows(self);
        let in_class = |row: u32| query.age_range.is_none_or(|range| self.age_range(row) == range);
        let mut rows: Vec<u32> =
            (0..self.len() as u32).filter(|&row| fails(row) == 0 && in_class(row)).collect();
        let specs = self.spec_totals(&rows);
        let qty_pcs = rows.iter().map(|row| i64::from(self.qty(*row))).sum();
        self.sort_rows(&mut rows, query.sort.as_deref(), query.descending);
        LotsPage {
            totals: Totals { lots: rows.len() as u32, qty_pcs },
            specs,
            lots: page_of(&rows, page, size).iter().map(|row| self.fields(*row)).collect(),
            pagination: Pagination {
                page,
                page_size: size,
                total_count: rows.len() as u32,
                total_pages: pages(rows.len(), size),
            },
        }
    }

    fn spec_totals(&self, rows: &[u32]) -> Vec<SpecTotals> {
        let names = self.frame().text("SPECNAME");
        let sequences = self.frame().int("SPECSEQUENCE");
        let mut places: Vec<(bool, i32, u32, u32)> = rows
            .iter()
            .filter(|row| names.get(**row as usize).is_some())
            .map(|&row| {
                let at = row as usize;
                let missing = sequences.is_null(at);
                (missing, if missing { 0 } else { sequences.value(at) }, names.codes()[at], row)
            })
            .collect();
        order::sort_by_key(&mut places, |place| *place);
        let mut specs: Vec<SpecTotals> = Vec::new();
        let mut before = None;
        for (missing, sequence, code, row) in places {
            if before.replace((missing, sequence, code)) != Some((missing, sequence, code)) {
                let spec = names.name(code).to_owned();
                let sequence = (!missing).then_some(sequence);
                specs.push(SpecTotals { spec, sequence, lots: 0, qty: 0 });
            }
            if let Some(last) = specs.last_mut() {
                last.lots += 1;
                last.qty += i64::from(self.qty(row));
            }
        }
        specs
    }

    /// Orders rows, which ascend by LOTID, by a field of the lot record.
    fn sort_rows(&self, rows: &mut [u32], field: Option<&str>, descending: bool) {
        let column = field
            .and_then(|key| {
                FIELDS.iter().find(|field| field.origin.is_some() && field.api_key == key)
            })
            .and_then(|field| self.frame().column(field.origin?.column));
        let Some(column) = column else { return };
        // Dictionaries are sorted, so that codes compare like their texts.
        let code = |row: u32| match column {
            Column::Text(texts) => {
                texts.get(row as usize).map(|_| i64::from(texts.codes()[row as usize]))
            }
            column => column.integer(row as usize),
        };
        let name = |row: u32| match column {
            Column::Name(_) => column.text(row as usize),
            _ => None,
        };
        let missing = |row: u32| code(row).is_none() && name(row).is_none();
        order::sort_by(rows, |&a, &b| {
            let order = code(a).cmp(&code(b)).then_with(|| name(a).cmp(&name(b)));
            missing(a).cmp(&missing(b)).then(if descending { order.reverse() } else { order })
        });
    }
}
