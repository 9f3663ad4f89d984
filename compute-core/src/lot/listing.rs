//! The lots that a filter leaves: page by page, in any order, with every field that the table holds.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::detail::{Pagination, pages, window};
use super::filter::LotFilter;
use super::hold_detail::AgeRange;
use super::lists::Totals;
use super::lookup::FieldValue;
use super::selection::Selection;
use super::table::LotTable;
use crate::field_contract::FIELDS;
use crate::order;
use crate::table::{Column, NULL_CODE};

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
        let rows: Vec<u32> =
            (0..self.len() as u32).filter(|&row| fails(row) == 0 && in_class(row)).collect();
        let specs = self.spec_totals(&rows);
        let qty_pcs = rows.iter().map(|row| i64::from(self.qty(*row))).sum();
        let window = window(rows.len(), page, size);
        let shown = self.in_order(&rows, window, query.sort.as_deref(), query.descending);
        LotsPage {
            totals: Totals { lots: rows.len() as u32, qty_pcs },
            specs,
            lots: shown.iter().map(|row| self.fields(*row)).collect(),
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
        let mut specs: Vec<(u32, SpecTotals)> = Vec::new();
        // A spec has few sequences: the places of their totals, by code.
        let mut known: Vec<Vec<usize>> = vec![Vec::new(); names.cardinality()];
        for &row in rows {
            let at = row as usize;
            let code = names.codes()[at];
            if code == NULL_CODE {
                continue;
            }
            let sequence = (!sequences.is_null(at)).then(|| sequences.value(at));
            let places = &mut known[code as usize];
            let place = places.iter().copied().find(|place| specs[*place].1.sequence == sequence);
            let place = place.unwrap_or_else(|| {
                let spec = names.name(code).to_owned();
                specs.push((code, SpecTotals { spec, sequence, lots: 0, qty: 0 }));
                places.push(specs.len() - 1);
                specs.len() - 1
            });
            specs[place].1.lots += 1;
            specs[place].1.qty += i64::from(self.qty(row));
        }
        order::sort_by_key(&mut specs, |(code, spec)| {
            (spec.sequence.is_none(), spec.sequence, *code)
        });
        specs.into_iter().map(|(_, spec)| spec).collect()
    }

    /// The rows in a window once `rows`, which ascend by LOTID, are ordered by a field of the lot record.
    fn in_order(
        &self,
        rows: &[u32],
        window: Range<usize>,
        field: Option<&str>,
        descending: bool,
    ) -> Vec<u32> {
        let column = field
            .and_then(|key| {
                FIELDS.iter().find(|field| field.origin.is_some() && field.api_key == key)
            })
            .and_then(|field| self.frame().column(field.origin?.column));
        let Some(column) = column else { return rows[window].to_vec() };
        if let Column::Name(_) = column {
            let name = |row: u32| column.text(row as usize);
            return order::window_by(rows, window, |&a, &b| {
                let (a, b) = (name(a), name(b));
                let order = if descending { b.cmp(&a) } else { a.cmp(&b) };
                a.is_none().cmp(&b.is_none()).then(order)
            });
        }
        // Dictionaries are sorted, so that codes compare like their texts.
        let codes = if let Column::Text(texts) = column { Some(texts.codes()) } else { None };
        let value = |row: u32| match codes {
            Some(codes) => {
                Some(codes[row as usize]).filter(|code| *code != NULL_CODE).map(i64::from)
            }
            None => column.integer(row as usize),
        };
        order::window_by_value(rows, window, descending, value)
    }
}
