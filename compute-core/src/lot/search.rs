//! Autocomplete: values that contain a text.

use serde::{Deserialize, Serialize};

use super::filter::LotFilter;
use super::index::Dimension;
use super::scan::Scanner;
use super::selection::{Selection, bit_of};
use super::table::LotTable;
use crate::table::{NULL_CODE, TextColumn};

/// The column to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SearchField {
    /// WORKORDER.
    Workorder,
    /// LOTID.
    Lotid,
    /// PACKAGE_LEF.
    Package,
    /// PJ_TYPE.
    PjType,
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchQuery {
    /// Where to look.
    pub field: SearchField,
    /// Literal text, ignoring case; fewer than 2 characters find nothing.
    #[serde(default)]
    pub q: String,
    /// Most values to answer, clamped to 0..=50. Default 20.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub limit: Option<i64>,
    /// Other filters; the searched field's own is ignored.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
}

/// Distinct values, ascending by code point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResult {
    /// The values.
    pub items: Vec<String>,
}

impl LotTable {
    /// Values of a column that contain a text, among the lots that the other filters leave.
    pub fn search(&self, query: &SearchQuery) -> SearchResult {
        let limit = query.limit.unwrap_or(20).clamp(0, 50) as usize;
        let text = query.q.trim();
        if text.chars().count() < 2 || limit == 0 {
            return SearchResult::default();
        }
        let mut filter = query.filter.clone();
        let (column, own) = match query.field {
            SearchField::Workorder => {
                filter.workorder = None;
                ("WORKORDER", 0)
            }
            SearchField::Lotid => {
                filter.lotid = None;
                ("LOTID", 0)
            }
            SearchField::Package => ("PACKAGE_LEF", bit_of(Dimension::Package)),
            SearchField::PjType => ("PJ_TYPE", bit_of(Dimension::Type)),
        };
        let selection = Selection::new(self, &filter);
        let fails = selection.rows(self);
        let passes = |row: u32| fails(row) & !own == 0;
        let scanner = Scanner::new(text);
        let items = match query.field {
            SearchField::Lotid => self.search_lots(&scanner, limit, passes),
            _ => search_values(self.frame().text(column), &scanner, limit, passes),
        };
        SearchResult { items }
    }

    /// LOTIDs; rows ascend by LOTID, so that equal ones are neighbours.
    fn search_lots(
        &self,
        scanner: &Scanner,
        limit: usize,
        passes: impl Fn(u32) -> bool,
    ) -> Vec<String> {
        let mut items: Vec<String> = Vec::new();
        scanner.matches(self.frame().key(), |row| {
            if items.len() < limit
                && let Some(lot) = self.lot_id(row)
                && items.last().is_none_or(|last| last != lot)
                && passes(row)
            {
                items.push(lot.to_owned());
            }
        });
        items
    }
}

/// Values with the text that some passing row has.
fn search_values(
    column: &TextColumn,
    scanner: &Scanner,
    limit: usize,
    passes: impl Fn(u32) -> bool,
) -> Vec<String> {
    let mut wanted = vec![false; column.cardinality()];
    scanner.matches(column.values(), |code| wanted[code as usize] = true);
    let mut found = vec![false; column.cardinality()];
    for (row, &code) in (0..).zip(column.codes()) {
        if code != NULL_CODE && wanted[code as usize] && !found[code as usize] {
            found[code as usize] = passes(row);
        }
    }
    let names = column.names().zip(found).filter(|(_, found)| *found);
    names.take(limit).map(|(name, _)| name.to_owned()).collect()
}
