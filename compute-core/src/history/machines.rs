//! Hours machine by machine: as a list, and as group → family → machine.

use serde::{Deserialize, Serialize};

use super::figures::{HoursFigures, Whole};
use super::summary::HistoryQuery;
use super::tally::Tally;
use super::view::HistoryView;
use crate::order;

/// A page of the machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryDetailQuery {
    /// Which hours; the granularity has no effect.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<HistoryQuery>"))]
    pub hours: HistoryQuery,
    /// Machines to skip.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Machines at most; all when absent.
    pub limit: Option<u32>,
}

/// Machines of one family of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct FamilyMachinesQuery {
    /// Which hours; the granularity has no effect.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<HistoryQuery>"))]
    pub hours: HistoryQuery,
    /// Name of the group.
    pub group: String,
    /// Name of the family; null for machines without one.
    pub family: Option<String>,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineHours {
    /// Workcenter group, or a workcenter that is not mapped.
    pub workcenter: String,
    /// Its sequence; when it is not mapped, one behind all others and at least 999.
    pub workcenter_seq: i32,
    /// RESOURCEFAMILYNAME.
    pub family: Option<String>,
    /// RESOURCENAME.
    pub resource: Option<String>,
    /// RESOURCEID.
    pub resource_id: String,
    /// Its figures; shares are of all its hours.
    #[serde(flatten)]
    pub figures: HoursFigures,
}

/// Machines by sequence, family, name and id.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryDetail {
    /// Machines with hours, on all pages.
    pub total: u32,
    /// This page.
    pub machines: Vec<MachineHours>,
}

/// A family within its group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FamilyHours {
    /// RESOURCEFAMILYNAME; null for machines without one.
    pub family: Option<String>,
    /// Its figures; shares are of all its hours.
    #[serde(flatten)]
    pub figures: HoursFigures,
}

/// A group of the table of machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupHours {
    /// Workcenter group, or a workcenter that is not mapped.
    pub workcenter: String,
    /// Its sequence; when it is not mapped, one behind all others and at least 999.
    pub workcenter_seq: i32,
    /// Its figures; shares are of all its hours.
    #[serde(flatten)]
    pub figures: HoursFigures,
    /// Families by name, those without a name last.
    pub families: Vec<FamilyHours>,
}

/// A machine as it is listed: place, master row, hours.
type Listed<'a> = (Place<'a>, usize, Tally);
/// Where a machine stands in lists: `None` sorts last.
type Place<'a> = (usize, (bool, Option<&'a str>), (bool, Option<&'a str>));

impl HistoryView {
    /// Machines with hours, in the order of lists.
    fn ordered(&self, hours: &HistoryQuery) -> Vec<Listed<'_>> {
        let (start, end) = (hours.start_date.as_deref(), hours.end_date.as_deref());
        let periods = self.periods(hours.granularity, start, end);
        let places = self.places_in_lists();
        let mut machines: Vec<Option<Listed<'_>>> = vec![None; places.len()];
        for (machine, row, rows) in self.selected(&hours.filter, &periods.days) {
            let tally = self.table.tally(machine, rows);
            machines[places[machine] as usize] = Some((self.place(row), row, tally));
        }
        machines.into_iter().flatten().collect()
    }

    fn place(&self, row: usize) -> Place<'_> {
        let (family, name) = (self.equipment.family(row), self.equipment.name(row));
        let group = self.groups.of_row[row] as usize;
        (group, (family.is_none(), family), (name.is_none(), name))
    }

    /// Where each machine of the table stands in lists; one that the master lacks is in none.
    fn places_in_lists(&self) -> &[u32] {
        self.in_lists.get_or_init(|| {
            let count = self.master_rows.len();
            let row = |machine: u32| self.master_rows[machine as usize] as usize;
            let is_known = |machine: &u32| row(*machine) < self.equipment.len();
            let mut machines: Vec<u32> = (0..count as u32).filter(is_known).collect();
            // They come by RESOURCEID, which decides among equals.
            order::sort_by(&mut machines, |a, b| self.place(row(*a)).cmp(&self.place(row(*b))));
            let mut places = vec![0; count];
            for (place, machine) in (0..).zip(machines) {
                places[machine as usize] = place;
            }
            places
        })
    }

    fn machine(&self, (place, row, tally): &Listed<'_>) -> MachineHours {
        let (workcenter, sequence) = &self.groups.names[place.0];
        let owned = |text: Option<&str>| text.map(str::to_owned);
        MachineHours {
            workcenter: workcenter.clone(),
            workcenter_seq: *sequence,
            family: owned(place.1.1),
            resource: owned(place.2.1),
            resource_id: self.equipment.id(*row).to_owned(),
            figures: HoursFigures::of(tally, Whole::AllHours),
        }
    }

    /// Machines with hours, a page of them.
    pub fn detail(&self, query: &HistoryDetailQuery) -> HistoryDetail {
        let machines = self.ordered(&query.hours);
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let page = machines.iter().skip(query.offset as usize).take(limit);
        HistoryDetail {
            total: machines.len() as u32,
            machines: page.map(|machine| self.machine(machine)).collect(),
        }
    }

    /// Groups with their families.
    pub fn tree(&self, query: &HistoryQuery) -> Vec<GroupHours> {
        let sum = |machines: &[Listed<'_>]| {
            let mut sum = Tally::default();
            for (_, _, tally) in machines {
                sum.merge(tally);
            }
            HoursFigures::of(&sum, Whole::AllHours)
        };
        let machines = self.ordered(query);
        let groups = machines.chunk_by(|a, b| a.0.0 == b.0.0);
        let shown = |of_group: &[Listed<'_>]| {
            let (workcenter, sequence) = &self.groups.names[of_group[0].0.0];
            let families = of_group.chunk_by(|a, b| a.0.1 == b.0.1);
            GroupHours {
                workcenter: workcenter.clone(),
                workcenter_seq: *sequence,
                figures: sum(of_group),
                families: families
                    .map(|of_family| FamilyHours {
                        family: of_family[0].0.1.1.map(str::to_owned),
                        figures: sum(of_family),
                    })
                    .collect(),
            }
        };
        groups.map(shown).collect()
    }

    /// The machines of one family of one group, by name.
    pub fn family_machines(&self, query: &FamilyMachinesQuery) -> Vec<MachineHours> {
        self.ordered(&query.hours)
            .iter()
            .filter(|(place, _, _)| {
                self.groups.names[place.0].0 == query.group && place.1.1 == query.family.as_deref()
            })
            .map(|machine| self.machine(machine))
            .collect()
    }
}
