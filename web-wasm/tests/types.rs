//! The TypeScript declarations are those of the Rust structs, and no query of
//! the core is missing in the package.
//!
//! `UPDATE_TYPES=1 cargo nextest run -p web-wasm types` writes the declarations.

use std::path::Path;

use compute_core::equipment::*;
use compute_core::field_contract::{Field, SemanticType};
use compute_core::history::*;
use compute_core::lot::*;
use compute_core::query_registry::{EQUIPMENT_QUERIES, HISTORY_QUERIES, LOT_QUERIES};
use ts_rs::{Config, TS};

macro_rules! declarations {
    ($($type:ty),* $(,)?) => {
        [$(<$type as TS>::decl(&Config::default())),*]
    };
}

fn declared() -> String {
    let types = declarations![
        Field,
        SemanticType,
        LotFilter,
        WipStatus,
        HoldType,
        Totals,
        StatusTotals,
        Summary,
        Matrix,
        Hold,
        Holds,
        ParetoBar,
        Pareto,
        Facet,
        Facets,
        NamedCount,
        Removal,
        Explanation,
        SearchField,
        SearchQuery,
        SearchResult,
        DetailQuery,
        Detail,
        DetailSummary,
        DetailLot,
        Pagination,
        HoldQuery,
        HoldSummary,
        AgeRange,
        NameShare,
        AgeShare,
        HoldDistribution,
        HoldLotsQuery,
        HoldLots,
        HoldLot,
        HoldPagination,
        HoldLotsFilters,
        QcGateQuery,
        WaitRange,
        QcGateClass,
        QcGateLot,
        QcGate,
        LotQuery,
        FieldValue,
        State,
        CellFilter,
        EquipmentFilter,
        StateTotals,
        EquipmentSummary,
        GroupStates,
        KpiStates,
        Kpi,
        WorkcenterCard,
        OptionsQuery,
        Options,
        NameCount,
        EquipmentFacets,
        LotOnMachine,
        EquipmentRecord,
        SortKey,
        ListQuery,
        EquipmentList,
        MachineQuery,
        StateColumns,
        FamilyNode,
        GroupNode,
        MachineNode,
        TreeMachinesQuery,
        Granularity,
        HoursFigures,
        HistoryQuery,
        TrendPoint,
        WorkcenterName,
        HistoryHeatmap,
        WorkcenterHours,
        HistorySummary,
        OuPoint,
        HistoryDetailQuery,
        MachineHours,
        HistoryDetail,
        FamilyHours,
        GroupHours,
        FamilyMachinesQuery,
    ];
    let mut text = "// Made from the structs of compute-core by web-wasm/tests/types.rs; not written by hand.\n".to_owned();
    for declaration in types {
        text.push_str("export ");
        text.push_str(&declaration);
        text.push('\n');
    }
    // A record is a map of fields beside its labels, which no derive can say.
    text.push_str("export type LotRecord = { [field: string]: FieldValue | { [field: string]: string } } & { fieldLabels: { [field: string]: string } };\n");
    text
}

#[test]
fn declarations_follow_the_structs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("types/compute.d.ts");
    let declared = declared();
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::write(&path, &declared).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept, declared, "run this test with UPDATE_TYPES=1 and look at the difference");
}

#[test]
fn every_query_has_a_method() {
    let stores =
        [("lots", LOT_QUERIES), ("equipment", EQUIPMENT_QUERIES), ("history", HISTORY_QUERIES)];
    for (store, queries) in stores {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/store/{store}.rs"));
        let source = std::fs::read_to_string(path).unwrap();
        for query in queries {
            assert!(
                source.contains(&format!("    {query} \"")),
                "{store} has no method for {query}"
            );
        }
    }
}
