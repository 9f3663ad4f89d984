//! Lots: the work in progress.
//!
//! `table` loads them and `index` prepares them once per version; `selection` compiles a filter and
//! `pass` counts; the other modules are the queries.
//!
//! Rules: `docs/numbers.md`, section WIP.

mod filter;
mod scan;
mod index;
mod table;
mod selection;
mod pass;
mod lists;
mod explain;
mod overview;
mod search;
mod detail;
mod hold_detail;
mod held_filter;
mod hold_overview;
mod held_lots;
mod qc_gate;
mod lookup;
mod listing;
mod changes;
#[cfg(test)]
mod naive;
#[cfg(test)]
pub(crate) mod properties;

pub(crate) use changes::LotStep;
pub use changes::{ChangedLot, LotChange, LotChangeTotals, LotChanges, LotChangesQuery, LotPlace};
pub use detail::{Detail, DetailLot, DetailQuery, DetailSummary, Pagination};
pub use explain::{Explanation, Removal};
pub use filter::{HoldType, LotFilter, WipStatus};
pub use held_filter::HeldFilter;
pub use held_lots::{HeldLot, HeldLots, HeldLotsQuery, HeldSort};
pub use hold_detail::{
    AgeRange, AgeShare, HoldDistribution, HoldLot, HoldLots, HoldLotsFilters, HoldLotsQuery,
    HoldPagination, HoldQuery, HoldSummary, NameShare, OldestHold,
};
pub use hold_overview::{
    AgeRangeShare, HeldFacets, HeldGroup, HeldReason, HoldOverview, HoldTypeShare,
};
pub use listing::{LotsPage, LotsQuery, SpecTotals};
pub use lists::{
    Facet, Facets, Hold, Holds, Matrix, NamedCount, Pareto, ParetoBar, ParetoColumns, StatusTotals,
    Summary, Totals,
};
pub use lookup::{FieldValue, LotQuery, LotRecord};
pub use overview::{FacetColumns, MatrixColumns, OverviewColumns, OverviewFacets, OverviewPareto};
pub use qc_gate::{QcGate, QcGateClass, QcGateLot, QcGateQuery, WaitRange};
pub use search::{SearchField, SearchQuery, SearchResult};
pub use table::{LAYOUT, LotTable};
