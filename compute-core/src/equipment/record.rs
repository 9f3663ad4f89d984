//! Machines as records, one by one or as a window of a sorted list.

use std::collections::BTreeSet;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::filter::{EquipmentFilter, State};
use super::view::EquipmentView;
use crate::field_contract::{FIELDS, Field};
use crate::order;
use crate::table::{Column, NULL_CODE};

/// A lot on a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the fields are columns of the source contract")]
pub struct LotOnMachine {
    pub runcardlotid: String,
    pub lottrackinqty_pcs: Option<i32>,
    pub lottrackintime: Option<String>,
    pub lottrackinemployee: Option<String>,
}

/// A machine of the master with what it is doing; real-time fields are null
/// when there is no real-time row. Labels: field contract, dataset `equipment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the fields are columns of the source contract")]
pub struct EquipmentRecord {
    pub resourceid: String,
    pub resourcename: Option<String>,
    pub workcentername: Option<String>,
    pub workcenter_group: Option<String>,
    pub workcenter_group_seq: Option<i32>,
    pub workcenter_short: Option<String>,
    pub locationname: Option<String>,
    pub resourcefamilyname: Option<String>,
    pub vendorname: Option<String>,
    pub vendormodel: Option<String>,
    pub pj_department: Option<String>,
    pub pj_assetsstatus: Option<String>,
    pub pj_isproduction: Option<i32>,
    pub pj_iskey: Option<i32>,
    pub pj_ismonitor: Option<i32>,
    pub equipmentassetsstatus: Option<String>,
    pub equipmentassetsstatusreason: Option<String>,
    pub status_category: Option<String>,
    pub e10_state: State,
    pub joborder: Option<String>,
    pub jobmodel: Option<String>,
    pub jobstage: Option<String>,
    pub jobid: Option<String>,
    pub jobstatus: Option<String>,
    pub createdate: Option<String>,
    pub createusername: Option<String>,
    pub createuser: Option<String>,
    pub technicianusername: Option<String>,
    pub technicianuser: Option<String>,
    pub symptomcode: Option<String>,
    pub causecode: Option<String>,
    pub repaircode: Option<String>,
    pub lot_count: Option<u32>,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub total_trackin_qty: Option<i64>,
    pub latest_trackin_time: Option<String>,
    pub lot_details: Option<Vec<LotOnMachine>>,
}

/// A window of a sorted list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ListQuery {
    /// Which machines.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<EquipmentFilter>"))]
    pub filter: EquipmentFilter,
    /// Field of a record to order by, missing values last, equal ones by RESOURCEID; the group by its
    /// sequence, the state column in the order of the states. Without one, or with one that has no
    /// order, machines are ordered by RESOURCEID.
    pub sort: Option<String>,
    /// Whether the largest value comes first.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub descending: bool,
    /// First row of the window, from 0.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Rows of the window, at most 500. Default 100.
    pub limit: Option<u32>,
}

/// A window of a sorted list and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EquipmentList {
    /// Machines in the whole list.
    pub total: u32,
    /// The window.
    pub rows: Vec<EquipmentRecord>,
}

/// Which machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MachineQuery {
    /// RESOURCEID, exact.
    pub resource_id: String,
}

/// What a value is ordered by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    Number(i64),
    Text(&'a str),
}

/// Dictionaries are sorted, so that codes compare like their texts.
fn rank(column: &Column, row: usize) -> Option<Rank<'_>> {
    match column {
        Column::Text(texts) => texts.get(row).map(|_| Rank::Number(i64::from(texts.codes()[row]))),
        Column::Name(_) => column.text(row).map(Rank::Text),
        column => column.integer(row).map(Rank::Number),
    }
}

impl EquipmentView {
    /// Records of the filtered machines, by RESOURCEID.
    pub fn status(&self, filter: &EquipmentFilter) -> Vec<EquipmentRecord> {
        self.select(filter).into_iter().map(|row| self.record(row)).collect()
    }

    /// A window of the sorted list of the filtered machines.
    pub fn list(&self, query: &ListQuery) -> EquipmentList {
        let mut rows = self.select(&query.filter);
        if let Some(field) = &query.sort {
            self.sort(&mut rows, field, query.descending);
        }
        let start = (query.offset as usize).min(rows.len());
        let end =
            start.saturating_add(query.limit.unwrap_or(100).min(500) as usize).min(rows.len());
        EquipmentList {
            total: rows.len() as u32,
            rows: rows[start..end].iter().map(|row| self.record(*row)).collect(),
        }
    }

    /// Orders rows, which ascend by RESOURCEID, by a field of the record.
    fn sort(&self, rows: &mut [u32], field: &str, descending: bool) {
        let Some(value) = self.values(field) else { return };
        order::sort_by(rows, |&a, &b| {
            let (a, b) = (value(a as usize), value(b as usize));
            let order = if descending { b.cmp(&a) } else { a.cmp(&b) };
            a.is_none().cmp(&b.is_none()).then(order)
        });
    }

    /// What a field of the record is ordered by, of each machine; `None` for a field without order.
    fn values<'a>(&'a self, field: &'a str) -> Option<Box<dyn Fn(usize) -> Option<Rank<'a>> + 'a>> {
        let is_field = |known: &&Field| known.dataset == "equipment" && known.api_key == field;
        FIELDS.iter().find(is_field)?;
        let live = |row: usize| Some(&self.machines[row]).filter(|machine| machine.has_realtime());
        let workcenters = self.resources.frame().text("WORKCENTERNAME").codes();
        Some(match field {
            "WORKCENTER_GROUP" => {
                let order = self.group_order();
                let mut places = vec![0; order.len()];
                for (place, (code, _)) in order.into_iter().enumerate() {
                    places[code as usize] = place as i64;
                }
                Box::new(move |row| {
                    let group = self.machines[row].group;
                    self.group_name(group).map(|_| Rank::Number(places[group as usize]))
                })
            }
            "WORKCENTER_GROUP_SEQ" => Box::new(move |row| {
                let sequence = self.sequences.get(workcenters[row] as usize).copied().flatten();
                sequence.map(|sequence| Rank::Number(i64::from(sequence)))
            }),
            "WORKCENTER_SHORT" => Box::new(move |row| {
                let short = self.shorts.get(workcenters[row] as usize)?;
                short.as_deref().map(Rank::Text)
            }),
            "E10_STATE" => {
                Box::new(move |row| Some(Rank::Number(self.machines[row].state.place() as i64)))
            }
            "LOT_COUNT" => Box::new(move |row| Some(Rank::Number(i64::from(live(row)?.lot_count)))),
            "TOTAL_TRACKIN_QTY" => Box::new(move |row| Some(Rank::Number(live(row)?.track_in_qty))),
            "LATEST_TRACKIN_TIME" => Box::new(move |row| {
                let latest = self.machines[row].latest;
                (latest != NULL_CODE).then(|| Rank::Number(i64::from(latest)))
            }),
            _ => {
                let (master, now) = (self.resources.frame(), self.realtime.frame());
                match master.column(field) {
                    Some(column) => Box::new(move |row| rank(column, row)),
                    None => {
                        let column = now.column(field)?;
                        Box::new(move |row| rank(column, live(row)?.from as usize))
                    }
                }
            }
        })
    }

    /// One machine; `None` when the master lacks it.
    pub fn machine(&self, query: &MachineQuery) -> Option<EquipmentRecord> {
        let ids = self.resources.frame().key();
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if ids.value(middle) < query.resource_id.as_str() {
                low = middle + 1
            } else {
                high = middle
            }
        }
        (low < self.len() && ids.value(low) == query.resource_id).then(|| self.record(low as u32))
    }

    fn record(&self, row: u32) -> EquipmentRecord {
        let machine = &self.machines[row as usize];
        let master = self.resources.frame();
        let now = self.realtime.frame();
        let row = row as usize;
        let text = |column: &'static str| master.text(column).get(row).map(str::to_owned);
        let flag = |column: &'static str| {
            let flags = master.int(column);
            flags.is_valid(row).then(|| flags.value(row))
        };
        let live = |column: &'static str| {
            let value = machine
                .has_realtime()
                .then(|| now.text(column).get(machine.from as usize))
                .flatten();
            value.map(str::to_owned)
        };
        let names = master.name("RESOURCENAME");
        let workcenter = master.text("WORKCENTERNAME").codes()[row] as usize;
        EquipmentRecord {
            resourceid: master.key().value(row).to_owned(),
            resourcename: names.is_valid(row).then(|| names.value(row).to_owned()),
            workcentername: text("WORKCENTERNAME"),
            workcenter_group: self.group_name(machine.group).map(str::to_owned),
            workcenter_group_seq: self.sequences.get(workcenter).copied().flatten(),
            workcenter_short: self.shorts.get(workcenter).cloned().flatten(),
            locationname: text("LOCATIONNAME"),
            resourcefamilyname: text("RESOURCEFAMILYNAME"),
            vendorname: text("VENDORNAME"),
            vendormodel: text("VENDORMODEL"),
            pj_department: text("PJ_DEPARTMENT"),
            pj_assetsstatus: text("PJ_ASSETSSTATUS"),
            pj_isproduction: flag("PJ_ISPRODUCTION"),
            pj_iskey: flag("PJ_ISKEY"),
            pj_ismonitor: flag("PJ_ISMONITOR"),
            equipmentassetsstatus: live("EQUIPMENTASSETSSTATUS"),
            equipmentassetsstatusreason: live("EQUIPMENTASSETSSTATUSREASON"),
            status_category: live("STATUS_CATEGORY"),
            e10_state: machine.state,
            joborder: live("JOBORDER"),
            jobmodel: live("JOBMODEL"),
            jobstage: live("JOBSTAGE"),
            jobid: live("JOBID"),
            jobstatus: live("JOBSTATUS"),
            createdate: live("CREATEDATE"),
            createusername: live("CREATEUSERNAME"),
            createuser: live("CREATEUSER"),
            technicianusername: live("TECHNICIANUSERNAME"),
            technicianuser: live("TECHNICIANUSER"),
            symptomcode: live("SYMPTOMCODE"),
            causecode: live("CAUSECODE"),
            repaircode: live("REPAIRCODE"),
            lot_count: machine.has_realtime().then_some(machine.lot_count),
            total_trackin_qty: machine.has_realtime().then_some(machine.track_in_qty),
            latest_trackin_time: (machine.latest != NULL_CODE)
                .then(|| now.text("LOTTRACKINTIME").name(machine.latest).to_owned()),
            lot_details: machine.has_realtime().then(|| self.lots_on(machine.from, machine.to)),
        }
    }

    /// The first row of every distinct lot id.
    fn lots_on(&self, from: u32, to: u32) -> Vec<LotOnMachine> {
        let now = self.realtime.frame();
        let lots = now.name("RUNCARDLOTID");
        let qty = now.int("LOTTRACKINQTY_PCS");
        let mut seen = BTreeSet::new();
        (from as usize..to as usize)
            .filter(|&row| {
                lots.is_valid(row) && !lots.value(row).is_empty() && seen.insert(lots.value(row))
            })
            .map(|row| LotOnMachine {
                runcardlotid: lots.value(row).to_owned(),
                lottrackinqty_pcs: qty.is_valid(row).then(|| qty.value(row)),
                lottrackintime: now.text("LOTTRACKINTIME").get(row).map(str::to_owned),
                lottrackinemployee: now.text("LOTTRACKINEMPLOYEE").get(row).map(str::to_owned),
            })
            .collect()
    }
}
