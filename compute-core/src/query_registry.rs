//! Every query by name, so that bindings and fixtures can prove that they have them all.

/// Queries of [`crate::lot::LotTable`].
pub const LOT_QUERIES: &[&str] = &[
    "summary",
    "matrix",
    "holds",
    "pareto",
    "facets",
    "search",
    "workcenters",
    "packages",
    "detail",
    "hold_summary",
    "hold_distribution",
    "hold_lots",
    "qc_gate",
    "lot",
    "explain",
];

/// Queries of [`crate::equipment::EquipmentView`].
pub const EQUIPMENT_QUERIES: &[&str] = &[
    "status",
    "list",
    "machine",
    "options",
    "facets",
    "summary",
    "matrix",
    "tree",
    "tree_machines",
    "kpi",
    "workcenter_cards",
];

/// Queries of [`crate::history::HistoryView`].
pub const HISTORY_QUERIES: &[&str] =
    &["summary", "tree", "family_machines", "detail", "ou_trend", "utilization_heatmap"];
