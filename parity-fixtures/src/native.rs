//! The native build's answers, asked by name like the wasm build's.

use std::sync::Arc;

use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::history::{Day, HistoryTable, HistoryView};
use compute_core::lot::LotTable;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::{Columns, DecodeError, SourceError};
use compute_core::workcenter::WorkcenterTable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::plan::Answer;
use crate::plant::{FIRST_DAY, LAST_DAY, PlantSource};
use crate::questions::Store;

/// The tables of one plant and their merged view.
pub struct Plant {
    /// Lots.
    pub lots: LotTable,
    /// Equipment master.
    pub resources: Arc<ResourceTable>,
    /// Real-time rows.
    pub statuses: Arc<EquipmentStatusTable>,
    /// Workcenter mapping.
    pub workcenters: Arc<WorkcenterTable>,
    /// Hours of the machines.
    pub hours: Arc<HistoryTable>,
    equipment: Arc<EquipmentView>,
    history: HistoryView,
}

impl Plant {
    /// Loads a plant.
    ///
    /// # Errors
    /// The source does not follow the contract.
    pub fn load(source: &PlantSource) -> Result<Self, SourceError> {
        let rules = SiteRules::default();
        let resources = Arc::new(ResourceTable::from_source(
            &source.resources,
            &rules,
            &mut Ledger::default(),
        )?);
        let statuses = Arc::new(EquipmentStatusTable::from_source(
            &source.statuses,
            &rules,
            &mut Ledger::default(),
        )?);
        let workcenters = Arc::new(WorkcenterTable::from_source(
            &source.workcenters,
            &rules,
            &mut Ledger::default(),
        )?);
        let equipment = Arc::new(EquipmentView::merge(
            resources.clone(),
            statuses.clone(),
            workcenters.clone(),
        ));
        let [first, last] =
            [FIRST_DAY, LAST_DAY].map(|date| Day::parse(date).expect("the constants are dates"));
        let hours = Arc::new(HistoryTable::from_source(
            &source.hours,
            first,
            last,
            &rules,
            &mut Ledger::default(),
        )?);
        Ok(Self {
            lots: LotTable::from_source(&source.lots, &rules, &mut Ledger::default())?,
            history: HistoryView::join(hours.clone(), equipment.clone()),
            hours,
            equipment,
            resources,
            statuses,
            workcenters,
        })
    }

    /// The plant as a browser holds it: the display columns, decoded from bytes.
    ///
    /// # Errors
    /// What was encoded can't be decoded: a bug.
    pub fn as_browser(&self) -> Result<Self, DecodeError> {
        Ok(Self {
            lots: LotTable::from_ipc(&self.lots.frame().to_ipc(Columns::Display))?,
            resources: self.resources.clone(),
            statuses: self.statuses.clone(),
            workcenters: self.workcenters.clone(),
            hours: self.hours.clone(),
            equipment: self.equipment.clone(),
            history: self.history.clone(),
        })
    }

    /// The answer to one query; `None` for a query that is not known here.
    pub fn ask(&self, store: Store, query: &str, args: &Value) -> Option<Answer> {
        match store {
            Store::Lots => self.ask_lots(query, args),
            Store::Equipment => self.ask_equipment(query, args),
            Store::History => self.ask_history(query, args),
        }
    }

    fn ask_lots(&self, query: &str, args: &Value) -> Option<Answer> {
        // The display columns are what a browser holds.
        let lots = &self.lots;
        Some(match query {
            "overview" => with(args, |args| overview(lots, &args)),
            "summary" => with(args, |args| lots.summary(&args)),
            "matrix" => with(args, |args| lots.matrix(&args)),
            "holds" => with(args, |args| lots.holds(&args)),
            "pareto" => with(args, |args| lots.pareto(&args)),
            "facets" => with(args, |args| lots.facets(&args)),
            "search" => with(args, |args| lots.search(&args)),
            "workcenters" => with(args, |args| lots.workcenters(&args)),
            "packages" => with(args, |args| lots.packages(&args)),
            "detail" => with(args, |args| lots.detail(&args)),
            "hold_summary" => with(args, |args| lots.hold_summary(&args)),
            "hold_distribution" => with(args, |args| lots.hold_distribution(&args)),
            "hold_lots" => with(args, |args| lots.hold_lots(&args)),
            "qc_gate" => with(args, |args| lots.qc_gate(&args)),
            "lot" => with(args, |args| lots.lot(&args)),
            "explain" => with(args, |args| lots.explain(&args)),
            _ => return None,
        })
    }

    fn ask_equipment(&self, query: &str, args: &Value) -> Option<Answer> {
        let equipment = &self.equipment;
        Some(match query {
            "status" => with(args, |args| equipment.status(&args)),
            "list" => with(args, |args| equipment.list(&args)),
            "machine" => with(args, |args| equipment.machine(&args)),
            "options" => with(args, |args| equipment.options(&args)),
            "facets" => with(args, |args| equipment.facets(&args)),
            "summary" => with(args, |args| equipment.summary(&args)),
            "matrix" => with(args, |args| equipment.matrix(&args)),
            "tree" => with(args, |args| equipment.tree(&args)),
            "tree_machines" => with(args, |args| equipment.tree_machines(&args)),
            "kpi" => with(args, |args| equipment.kpi(&args)),
            "workcenter_cards" => with(args, |args| equipment.workcenter_cards(&args)),
            _ => return None,
        })
    }

    fn ask_history(&self, query: &str, args: &Value) -> Option<Answer> {
        let history = &self.history;
        Some(match query {
            "summary" => with(args, |args| history.summary(&args)),
            "tree" => with(args, |args| history.tree(&args)),
            "family_machines" => with(args, |args| history.family_machines(&args)),
            "detail" => with(args, |args| history.detail(&args)),
            "ou_trend" => with(args, |args| history.ou_trend(&args)),
            "utilization_heatmap" => with(args, |args| history.utilization_heatmap(&args)),
            _ => return None,
        })
    }
}

fn with<Q: DeserializeOwned, R: Serialize>(args: &Value, query: impl FnOnce(Q) -> R) -> Answer {
    match serde_json::from_value(args.clone()) {
        Err(_) => Answer::Error("INVALID_QUERY"),
        Ok(args) => Answer::Value(serde_json::to_value(query(args)).unwrap_or(Value::Null)),
    }
}

/// The typed columns of `LotStore.overview`, as lists.
fn overview(lots: &LotTable, filter: &compute_core::lot::LotFilter) -> Value {
    let overview = lots.overview(filter);
    let mut axes = lots.matrix_axes(&overview);
    let qty = lots.matrix_block(&overview, &mut axes);
    let mut holds = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (reason, sides) in overview.holds.iter().enumerate() {
        for (tally, quality) in sides.iter().zip([1, 0]).filter(|(tally, _)| tally.lots > 0) {
            holds.0.push(reason);
            holds.1.push(quality);
            holds.2.push(tally.lots);
            holds.3.push(tally.qty);
        }
    }
    let facet = |tallies: &[compute_core::lot::Tally]| {
        let used: Vec<(usize, u32)> = tallies
            .iter()
            .map(|tally| tally.lots)
            .enumerate()
            .filter(|(_, lots)| *lots > 0)
            .collect();
        let (codes, lots): (Vec<usize>, Vec<u32>) = used.into_iter().unzip();
        json!({ "codes": codes, "lots": lots })
    };
    json!({
        "summary": lots.summary_of(&overview),
        "matrix": {
            "groups": axes.groups,
            "packages": axes.packages,
            "qty": qty,
            "groupTotals": axes.group_totals,
            "packageTotals": axes.package_totals,
            "grandTotal": axes.grand_total,
        },
        "holds": { "reasons": holds.0, "quality": holds.1, "lots": holds.2, "qty": holds.3 },
        "facets": {
            "package": facet(&overview.packages_facet),
            "type": facet(&overview.types_facet),
            "workcenter": facet(&overview.groups_facet),
        },
    })
}

#[cfg(test)]
mod tests {
    use compute_core::query_registry::{EQUIPMENT_QUERIES, HISTORY_QUERIES, LOT_QUERIES};

    use super::*;
    use crate::{golden, questions};

    #[test]
    fn every_query_is_asked_and_answered() {
        let plant = Plant::load(&golden::plant().unwrap()).unwrap();
        for (store, queries) in [
            (Store::Lots, LOT_QUERIES),
            (Store::Equipment, EQUIPMENT_QUERIES),
            (Store::History, HISTORY_QUERIES),
        ] {
            for query in queries {
                assert!(
                    questions::arguments(store, query).is_some(),
                    "no generated cases for {query}"
                );
                assert!(plant.ask(store, query, &json!({})).is_some(), "no answer for {query}");
            }
        }
    }
}
