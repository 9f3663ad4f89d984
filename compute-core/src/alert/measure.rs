//! The figure of a rule in one version of the plant, and the rows that it is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::{AlertFigure, AlertRule};
use crate::equipment::{EquipmentRecord, EquipmentView, ListQuery, State};
use crate::lot::{FieldValue, LotTable, LotsQuery};

/// The plant at one moment, as far as it is loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlertPlant<'a> {
    /// The lots.
    pub lots: Option<&'a LotTable>,
    /// The machines.
    pub machines: Option<&'a EquipmentView>,
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The figure; `None` where it has no value, such as the OU % of no machines.
    pub value: Option<f64>,
    /// Whether the condition holds.
    pub holds: bool,
}

/// A lot or machine that a figure is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EvidenceRow {
    /// LOTID or RESOURCEID; null of a lot without one.
    pub id: Option<String>,
    /// Name of a machine.
    pub name: Option<String>,
    /// Workcenter group.
    pub group: Option<String>,
    /// WIPSTATUS of a lot, E10 state of a machine.
    pub state: Option<String>,
    /// Hold reason of a lot, reason of a machine's state.
    pub reason: Option<String>,
    /// Age of a lot, days.
    pub age_days: Option<f64>,
}

type LotFields = BTreeMap<&'static str, FieldValue>;

fn text(lot: &LotFields, field: &str) -> Option<String> {
    match lot.get(field) {
        Some(FieldValue::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn age_days(lot: &LotFields) -> Option<f64> {
    match lot.get("ageByDays") {
        Some(FieldValue::Decimal(days)) => Some(*days),
        Some(FieldValue::Integer(days)) => Some(*days as f64),
        _ => None,
    }
}

fn lot_row(lot: &LotFields) -> EvidenceRow {
    EvidenceRow {
        id: text(lot, "lotId"),
        name: None,
        group: text(lot, "workcenterGroup"),
        state: text(lot, "wipStatus"),
        reason: text(lot, "holdReason"),
        age_days: age_days(lot),
    }
}

fn machine_row(machine: EquipmentRecord) -> EvidenceRow {
    EvidenceRow {
        id: Some(machine.resourceid),
        name: machine.resourcename,
        group: machine.workcenter_group,
        state: Some(State::code(machine.e10_state).to_owned()),
        reason: machine.equipmentassetsstatusreason,
        age_days: None,
    }
}

impl AlertRule {
    /// The lots of the rule, oldest first, at most `most`.
    fn oldest_lots(&self, most: i64) -> LotsQuery {
        LotsQuery {
            filter: self.lot_filter.clone(),
            sort: Some("ageByDays".to_owned()),
            descending: true,
            page_size: Some(most),
            ..LotsQuery::default()
        }
    }

    /// The figure of one version; `None` where its table is not loaded.
    pub fn measure(&self, plant: AlertPlant<'_>) -> Option<Measured> {
        let machines = || Some(plant.machines?.summary(&self.machine_filter));
        let lots = || Some(plant.lots?.lots(&self.oldest_lots(1)));
        let value = match self.figure {
            AlertFigure::Lots => Some(f64::from(lots()?.totals.lots)),
            AlertFigure::Pieces => Some(lots()?.totals.qty_pcs as f64),
            AlertFigure::OldestLotDays => lots()?.lots.first().and_then(age_days),
            AlertFigure::Machines => Some(f64::from(machines()?.total_count)),
            AlertFigure::OuPct => {
                let found = machines()?;
                (found.total_count > 0).then_some(found.ou_pct)
            }
            AlertFigure::AvailabilityPct => {
                let found = machines()?;
                (found.total_count > 0).then_some(found.availability_pct)
            }
        };
        Some(Measured { value, holds: self.holds(value) })
    }

    /// The first rows that the figure is made of, at most `most` of up to 500: the oldest lots, or the
    /// machines by RESOURCEID.
    pub fn evidence(&self, plant: AlertPlant<'_>, most: u16) -> Vec<EvidenceRow> {
        match (self.figure.subject(), plant.lots, plant.machines) {
            (super::AlertSubject::Lots, Some(lots), _) => {
                let found = lots.lots(&self.oldest_lots(i64::from(most))).lots;
                found.iter().map(lot_row).collect()
            }
            (super::AlertSubject::Machines, _, Some(machines)) => {
                let (filter, limit) = (self.machine_filter.clone(), Some(u32::from(most)));
                let query = ListQuery { filter, limit, ..ListQuery::default() };
                machines.list(&query).rows.into_iter().map(machine_row).collect()
            }
            _ => Vec::new(),
        }
    }
}
