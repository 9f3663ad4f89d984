//! Lots: the work in progress.
//!
//! Rules: `docs/numbers.md`, section WIP.

mod detail;
mod explain;
mod filter;
mod hold_detail;
mod index;
mod lists;
mod lookup;
mod overview;
mod qc_gate;
mod scan;
mod search;
mod selection;
mod table;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod properties;

pub use detail::{Detail, DetailLot, DetailQuery, DetailSummary, Pagination};
pub use explain::{Explanation, Removal};
pub use filter::{HoldType, LotFilter, WipStatus};
pub use hold_detail::{
    AgeRange, AgeShare, HoldDistribution, HoldLot, HoldLots, HoldLotsFilters, HoldLotsQuery,
    HoldPagination, HoldQuery, HoldSummary, NameShare,
};
pub use lists::{
    Facet, Facets, Hold, Holds, Matrix, MatrixAxes, NamedCount, Pareto, ParetoBar, StatusTotals,
    Summary, Totals,
};
pub use lookup::{FieldValue, LotQuery, LotRecord};
pub use overview::{FacetCounts, Overview, Tally};
pub use qc_gate::{QcGate, QcGateClass, QcGateLot, QcGateQuery, WaitRange};
pub use search::{SearchField, SearchQuery, SearchResult};
pub use table::{LAYOUT, LotTable};
