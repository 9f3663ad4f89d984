//! Autocomplete: values that contain a text.

use serde::{Deserialize, Serialize};

use super::filter::{LotFilter, Needle};
use super::index::Dimension;
use super::table::LotTable;
use crate::table::NULL_CODE;

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
        let text = query.q.trim().to_owned();
        if text.chars().count() < 2 || limit == 0 {
            return SearchResult::default();
        }
        let Some(needle) = Needle::new(Some(&text)) else { return SearchResult::default() };
        let mut filter = query.filter.clone();
        let except = match query.field {
            SearchField::Workorder => {
                filter.workorder = None;
                None
            }
            SearchField::Lotid => {
                filter.lotid = None;
                None
            }
            SearchField::Package => Some(Dimension::Package),
            SearchField::PjType => Some(Dimension::Type),
        };
        let passes = self.row_filter(&filter, except);
        if query.field == SearchField::Lotid {
            return SearchResult { items: self.search_lots(&needle, limit, &passes) };
        }
        let column = self.frame().text(match query.field {
            SearchField::Workorder => "WORKORDER",
            SearchField::Package => "PACKAGE_LEF",
            SearchField::PjType | SearchField::Lotid => "PJ_TYPE",
        });
        let mut present = vec![false; column.cardinality()];
        for (row, &code) in column.codes().iter().enumerate() {
            if code != NULL_CODE && !present[code as usize] {
                present[code as usize] = passes(row as u32);
            }
        }
        let items = column
            .names()
            .zip(present)
            .filter(|(name, present)| *present && needle.is_in(name))
            .take(limit)
            .map(|(name, _)| name.to_owned())
            .collect();
        SearchResult { items }
    }

    /// LOTIDs; rows ascend by LOTID, so the first distinct ones are the answer.
    fn search_lots(
        &self,
        needle: &Needle,
        limit: usize,
        passes: &impl Fn(u32) -> bool,
    ) -> Vec<String> {
        let mut items: Vec<String> = Vec::new();
        for row in 0..self.len() as u32 {
            if items.len() == limit {
                break;
            }
            if let Some(lot) = self.lot_id(row)
                && items.last().is_none_or(|last| last != lot)
                && needle.is_in(lot)
                && passes(row)
            {
                items.push(lot.to_owned());
            }
        }
        items
    }
}
