//! Every query once: its method, its name in JavaScript, and the TypeScript types of its argument
//! and its result.
//!
//! `lot_queries!(each)` and its siblings expand to `each! { … }` with a table and all its rows. Names,
//! stores of the browser and fixtures are made that way, so that none of them can miss a query.

/// A query of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The method.
    pub name: &'static str,
    /// Type of the argument.
    pub argument: &'static str,
}

/// Queries of [`crate::lot::LotTable`].
#[macro_export]
macro_rules! lot_queries {
    ($each:ident) => {
        $each! {
            LotTable:
            summary summary (LotFilter) -> Summary;
            matrix matrix (LotFilter) -> Matrix;
            holds holds (LotFilter) -> Holds;
            pareto pareto (LotFilter) -> Pareto;
            facets facets (LotFilter) -> Facets;
            search search (SearchQuery) -> SearchResult;
            workcenters workcenters (LotFilter) -> "NamedCount[]";
            packages packages (LotFilter) -> "NamedCount[]";
            detail detail (DetailQuery) -> Detail;
            hold_summary holdSummary (HoldQuery) -> HoldSummary;
            hold_distribution holdDistribution (HoldQuery) -> HoldDistribution;
            hold_lots holdLots (HoldLotsQuery) -> HoldLots;
            oldest_hold oldestHold (LotFilter) -> "OldestHold | null";
            hold_overview holdOverview (HeldFilter) -> HoldOverview;
            held_lots heldLots (HeldLotsQuery) -> HeldLots;
            qc_gate qcGate (QcGateQuery) -> QcGate;
            lot lot (LotQuery) -> "LotRecord | null";
            lots lots (LotsQuery) -> LotsPage;
            explain explain (LotFilter) -> Explanation;
        }
    };
}

/// Queries of [`crate::equipment::EquipmentView`].
#[macro_export]
macro_rules! equipment_queries {
    ($each:ident) => {
        $each! {
            EquipmentView:
            status status (EquipmentFilter) -> "EquipmentRecord[]";
            list list (ListQuery) -> EquipmentList;
            machine machine (MachineQuery) -> "EquipmentRecord | null";
            options options (OptionsQuery) -> Options;
            facets facets (EquipmentFilter) -> EquipmentFacets;
            summary summary (EquipmentFilter) -> EquipmentSummary;
            matrix matrix (EquipmentFilter) -> "GroupStates[]";
            sub_states subStates (EquipmentFilter) -> SubStates;
            tree tree (EquipmentFilter) -> "GroupNode[]";
            tree_machines treeMachines (TreeMachinesQuery) -> "MachineNode[]";
            kpi kpi (EquipmentFilter) -> Kpi;
            workcenter_cards workcenterCards (EquipmentFilter) -> "WorkcenterCard[]";
        }
    };
}

/// Queries of [`crate::history::HistoryView`].
#[macro_export]
macro_rules! history_queries {
    ($each:ident) => {
        $each! {
            HistoryView:
            summary summary (HistoryQuery) -> HistorySummary;
            tree tree (HistoryQuery) -> "GroupHours[]";
            family_machines familyMachines (FamilyMachinesQuery) -> "MachineHours[]";
            detail detail (HistoryDetailQuery) -> HistoryDetail;
            ou_trend ouTrend (HistoryQuery) -> "OuPoint[]";
            utilization_heatmap utilizationHeatmap (HistoryQuery) -> HistoryHeatmap;
        }
    };
}

/// Queries of [`crate::hold_history::HoldHistoryTable`].
#[macro_export]
macro_rules! hold_history_queries {
    ($each:ident) => {
        $each! {
            HoldHistoryTable:
            overview overview (HoldHistoryFilter) -> HoldHistoryOverview;
            records records (HoldRecordsQuery) -> HoldRecords;
        }
    };
}

/// Queries of [`crate::downtime::DowntimeView`].
#[macro_export]
macro_rules! downtime_queries {
    ($each:ident) => {
        $each! {
            DowntimeView:
            summary summary (DowntimeFilter) -> DowntimeSummary;
            machines machines (DowntimeMachinesQuery) -> DowntimeMachines;
            events events (DowntimeEventsQuery) -> DowntimeEvents;
            timeline timeline (DowntimeTimelineQuery) -> "MachineTimeline[]";
            compare compare (DowntimeComparisonQuery) -> DowntimeComparison;
        }
    };
}

/// Queries of [`crate::memory::PlantChanges`].
#[macro_export]
macro_rules! change_queries {
    ($each:ident) => {
        $each! {
            PlantChanges:
            lots lots (LotChangesQuery) -> LotChanges;
            machines machines (MachineChangesQuery) -> MachineChanges;
        }
    };
}

macro_rules! listed {
    ($table:ident: $($name:ident $js:ident ($argument:ident) -> $result:tt;)*) => {
        &[$(Query { name: stringify!($name), argument: stringify!($argument) }),*]
    };
}

/// Queries of [`crate::lot::LotTable`].
pub const LOT_QUERIES: &[Query] = lot_queries!(listed);
/// Queries of [`crate::equipment::EquipmentView`].
pub const EQUIPMENT_QUERIES: &[Query] = equipment_queries!(listed);
/// Queries of [`crate::memory::PlantChanges`].
pub const CHANGE_QUERIES: &[Query] = change_queries!(listed);
/// Queries of [`crate::downtime::DowntimeView`].
pub const DOWNTIME_QUERIES: &[Query] = downtime_queries!(listed);
/// Queries of [`crate::hold_history::HoldHistoryTable`].
pub const HOLD_HISTORY_QUERIES: &[Query] = hold_history_queries!(listed);
/// Queries of [`crate::history::HistoryView`].
pub const HISTORY_QUERIES: &[Query] = history_queries!(listed);
