//! The native build's answers, asked by name like the wasm build's.

use std::sync::Arc;

use compute_core::calendar::Moment;
use compute_core::downtime::{DowntimeTable, DowntimeView, JobTable};
use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::history::{Day, HistoryTable, HistoryView};
use compute_core::hold_history::{HoldHistoryTable, HoldRange, HoldSources};
use compute_core::lot::LotTable;
use compute_core::memory::PlantChanges;
use compute_core::production_day::ShiftPlan;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::{Columns, DecodeError, SourceError};
use compute_core::workcenter::WorkcenterTable;
use compute_core::{
    change_queries, downtime_queries, equipment_queries, history_queries, hold_history_queries,
    lot_queries,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::plan::Answer;
use crate::plant::{FIRST_DAY, LAST_DAY, NOW, PlantSource};
use crate::questions::Store;

/// The tables of one plant and their merged view.
pub struct Plant {
    pub lots: Arc<LotTable>,
    /// Equipment master.
    pub resources: Arc<ResourceTable>,
    /// Real-time rows.
    pub statuses: Arc<EquipmentStatusTable>,
    /// Workcenter mapping.
    pub workcenters: Arc<WorkcenterTable>,
    /// Hours of the machines.
    pub hours: Arc<HistoryTable>,
    /// Holds and their releases.
    pub holds: Arc<HoldHistoryTable>,
    /// Downtimes with their jobs.
    pub downtime: DowntimeView,
    equipment: Arc<EquipmentView>,
    history: HistoryView,
    /// Lots and machines as they were before.
    before: (Arc<LotTable>, Arc<EquipmentView>),
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
        let lots = Arc::new(LotTable::from_source(&source.lots, &rules, &mut Ledger::default())?);
        let sources = HoldSources {
            holds: &source.holds,
            containers: Some(&source.containers),
            workcenters: &workcenters,
            lots: Some(&lots),
        };
        let range = HoldRange {
            plan: ShiftPlan::default(),
            first,
            last,
            now: Moment::parse(NOW).expect("the constant is a moment"),
        };
        let holds = HoldHistoryTable::from_source(sources, range, &rules, &mut Ledger::default())?;
        let ledger = &mut Ledger::default();
        let plan = ShiftPlan::default();
        let fragments =
            DowntimeTable::from_source(&source.hours, (first, last), &plan, &rules, ledger)?;
        let jobs = JobTable::from_source(&source.jobs, ledger)?;
        Ok(Self {
            downtime: DowntimeView::join(fragments.into(), jobs.into(), equipment.clone()),
            holds: Arc::new(holds),
            before: (lots.clone(), equipment.clone()),
            lots,
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
        let sent = |lots: &LotTable| {
            Ok::<_, DecodeError>(Arc::new(LotTable::from_ipc(
                &lots.frame().to_ipc(Columns::Display),
            )?))
        };
        Ok(Self {
            lots: sent(&self.lots)?,
            before: (sent(&self.before.0)?, self.before.1.clone()),
            resources: self.resources.clone(),
            statuses: self.statuses.clone(),
            workcenters: self.workcenters.clone(),
            hours: self.hours.clone(),
            holds: self.holds.clone(),
            downtime: self.downtime.clone(),
            equipment: self.equipment.clone(),
            history: self.history.clone(),
        })
    }

    /// The same plant, with another one as it was before.
    #[must_use]
    pub fn since(self, before: &Self) -> Self {
        Self { before: (before.lots.clone(), before.equipment.clone()), ..self }
    }

    fn changes(&self) -> PlantChanges {
        PlantChanges {
            lots_before: self.before.0.clone(),
            lots_now: self.lots.clone(),
            machines_before: self.before.1.clone(),
            machines_now: self.equipment.clone(),
        }
    }

    /// The answer to one query; `None` for a query that is not known here.
    pub fn ask(&self, store: Store, query: &str, args: &Value) -> Option<Answer> {
        match (store, query) {
            // Its own method in the browser, and therefore not in the registry.
            (Store::Lots, "overview") => Some(with(args, |args| self.lots.overview(&args))),
            (Store::Lots, _) => ASK_LOTS(&self.lots, query, args),
            (Store::Equipment, _) => ASK_EQUIPMENT(&self.equipment, query, args),
            (Store::History, _) => ASK_HISTORY(&self.history, query, args),
            (Store::Downtime, _) => ASK_DOWNTIME(&self.downtime, query, args),
            (Store::Holds, _) => ASK_HOLDS(&self.holds, query, args),
            (Store::Changes, _) => ASK_CHANGES(&self.changes(), query, args),
        }
    }
}

/// Asks a table a query by its name.
type Ask<T> = fn(&T, &str, &Value) -> Option<Answer>;

macro_rules! by_name {
    ($table:ident: $($name:ident $js:ident ($argument:ident) -> $result:tt;)*) => {
        |queries: &$table, query, args| match query {
            $(stringify!($name) => Some(with(args, |args| queries.$name(&args))),)*
            _ => None,
        }
    };
}

const ASK_LOTS: Ask<LotTable> = lot_queries!(by_name);
const ASK_EQUIPMENT: Ask<EquipmentView> = equipment_queries!(by_name);
const ASK_HISTORY: Ask<HistoryView> = history_queries!(by_name);
const ASK_DOWNTIME: Ask<DowntimeView> = downtime_queries!(by_name);
const ASK_CHANGES: Ask<PlantChanges> = change_queries!(by_name);
const ASK_HOLDS: Ask<HoldHistoryTable> = hold_history_queries!(by_name);

fn with<Q: DeserializeOwned, R: Serialize>(args: &Value, query: impl FnOnce(Q) -> R) -> Answer {
    match serde_json::from_value(args.clone()) {
        Err(_) => Answer::Error("INVALID_QUERY"),
        Ok(args) => Answer::Value(serde_json::to_value(query(args)).unwrap_or(Value::Null)),
    }
}

#[cfg(test)]
mod tests {
    use compute_core::query_registry::{
        CHANGE_QUERIES, DOWNTIME_QUERIES, EQUIPMENT_QUERIES, HISTORY_QUERIES, HOLD_HISTORY_QUERIES,
        LOT_QUERIES,
    };

    use serde_json::json;

    use super::*;
    use crate::{golden, questions};

    #[test]
    fn every_query_is_asked_and_answered() {
        let plant = Plant::load(&golden::plant().unwrap()).unwrap();
        for (store, queries) in [
            (Store::Lots, LOT_QUERIES),
            (Store::Equipment, EQUIPMENT_QUERIES),
            (Store::History, HISTORY_QUERIES),
            (Store::Holds, HOLD_HISTORY_QUERIES),
            (Store::Downtime, DOWNTIME_QUERIES),
            (Store::Changes, CHANGE_QUERIES),
        ] {
            for query in queries {
                assert!(
                    questions::arguments(query.argument).is_some(),
                    "no generated arguments for {query:?}"
                );
                let answer = plant.ask(store, query.name, &json!({}));
                assert!(answer.is_some(), "no answer for {query:?}");
            }
        }
    }
}
