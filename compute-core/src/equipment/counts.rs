//! Counts by state, category and group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filter::{EquipmentFilter, State};
use super::view::{EquipmentView, Machine, UNKNOWN};
use crate::metric::StateCounts;
use crate::order;
use crate::site_rules::{STATUS_CATEGORIES, StatusCategory};

impl StateCounts {
    pub(super) fn count(&mut self, state: State) {
        *match state {
            State::Prd => &mut self.prd,
            State::Sby => &mut self.sby,
            State::Udt => &mut self.udt,
            State::Sdt => &mut self.sdt,
            State::Egt => &mut self.egt,
            State::Nst => &mut self.nst,
            State::Other => &mut self.other,
        } += 1;
    }
}

/// Machines by E10 state; states that are none, and machines without state, count as OTHER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the fields are the E10 codes themselves")]
pub struct StateTotals {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub prd: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sby: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub udt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sdt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub egt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub nst: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub other: i64,
}

impl From<StateCounts> for StateTotals {
    fn from(counts: StateCounts) -> Self {
        let StateCounts { prd, sby, udt, sdt, egt, nst, other } = counts;
        Self { prd, sby, udt, sdt, egt, nst, other }
    }
}

/// Key figures of the filtered machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EquipmentSummary {
    /// Machines.
    pub total_count: u32,
    /// By E10 code; empty without machines.
    #[cfg_attr(
        feature = "ts",
        ts(
            type = "Partial<Record<\"PRD\" | \"SBY\" | \"UDT\" | \"SDT\" | \"EGT\" | \"NST\" | \"OTHER\", number>>"
        )
    )]
    pub by_status: BTreeMap<&'static str, i64>,
    /// By status category; machines without a real-time row are UNKNOWN.
    pub by_status_category: BTreeMap<String, u32>,
    /// By group; machines without one are UNKNOWN.
    pub by_workcenter_group: BTreeMap<String, u32>,
    /// Machines with an open job.
    pub with_active_job: u32,
    /// Machines with a lot.
    pub with_wip: u32,
    /// OU %, one decimal.
    pub ou_pct: f64,
    /// Availability % over machines, one decimal.
    pub availability_pct: f64,
}

/// One group of the state matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupStates {
    /// Group, UNKNOWN for machines without one.
    pub workcenter_group: String,
    /// Its sequence; when unknown, one behind all others and at least 999.
    pub workcenter_sequence: i32,
    /// Machines.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
    /// By E10 code.
    #[serde(flatten)]
    pub states: StateTotals,
}

/// Dashboard key figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kpi {
    /// Machines.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
    /// By code.
    #[serde(flatten)]
    pub states: KpiStates,
    /// PRD.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub run: i64,
    /// Machines in any other state, or in none.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub other: i64,
    /// OU %, one decimal.
    pub ou_pct: f64,
    /// PRD / all machines, percent, one decimal.
    pub run_pct: f64,
}

/// Counts as the dashboard groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the fields are the E10 codes and their usual groups")]
pub struct KpiStates {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub prd: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sby: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub udt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sdt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub egt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub nst: i64,
    /// UDT + SDT.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub down: i64,
    /// SBY + NST.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub idle: i64,
    /// EGT.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub eng: i64,
}

impl From<StateCounts> for KpiStates {
    fn from(counts: StateCounts) -> Self {
        let StateCounts { prd, sby, udt, sdt, egt, nst, .. } = counts;
        Self { prd, sby, udt, sdt, egt, nst, down: udt + sdt, idle: sby + nst, eng: egt }
    }
}

/// One group as a dashboard card.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkcenterCard {
    /// Group, UNKNOWN for machines without one.
    pub workcenter: String,
    /// Its sequence; when unknown, one behind all others and at least 999.
    pub order: i32,
    /// Always empty; kept for clients of the recorded system.
    pub original_wcs: Vec<String>,
    /// Machines.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
    /// By code.
    #[serde(flatten)]
    pub states: KpiStates,
    /// OU %, one decimal.
    pub ou_pct: f64,
    /// PRD / all machines, percent, one decimal.
    pub run_pct: f64,
}

/// No arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct OptionsQuery {}

/// Values that filters take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Options {
    /// Groups by sequence.
    pub workcenter_groups: Vec<String>,
    /// Status categories.
    pub status_categories: Vec<String>,
}

/// A name and how many machines bear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameCount {
    /// The name.
    pub name: String,
    /// Machines.
    pub count: u32,
}

/// Choices per dimension; the filter on a dimension does not narrow itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EquipmentFacets {
    /// Groups by sequence.
    pub workcenter_groups: Vec<NameCount>,
    /// Families by machines descending, then name.
    pub families: Vec<NameCount>,
    /// Status categories in their usual order.
    pub status_categories: Vec<NameCount>,
}

impl EquipmentView {
    fn states_of(&self, rows: &[u32]) -> StateCounts {
        let mut counts = StateCounts::default();
        for &row in rows {
            counts.count(self.machines[row as usize].state);
        }
        counts
    }

    /// Counts per group code; the last entry is that of machines without group.
    fn states_by_group(&self, rows: &[u32]) -> Vec<StateCounts> {
        let mut groups = vec![StateCounts::default(); self.workcenters.group_names().count() + 1];
        for &row in rows {
            let machine = &self.machines[row as usize];
            groups[machine.group as usize].count(machine.state);
        }
        groups
    }

    /// Counts, OU % and availability of the filtered machines.
    pub fn summary(&self, filter: &EquipmentFilter) -> EquipmentSummary {
        let rows = self.select(filter);
        let counts = self.states_of(&rows);
        let mut summary = EquipmentSummary {
            total_count: rows.len() as u32,
            by_status: BTreeMap::new(),
            by_status_category: BTreeMap::new(),
            by_workcenter_group: BTreeMap::new(),
            with_active_job: 0,
            with_wip: 0,
            ou_pct: counts.ou_pct(),
            availability_pct: counts.availability_pct(),
        };
        if rows.is_empty() {
            return summary;
        }
        summary.by_status = [
            ("PRD", counts.prd),
            ("SBY", counts.sby),
            ("UDT", counts.udt),
            ("SDT", counts.sdt),
            ("EGT", counts.egt),
            ("NST", counts.nst),
            ("OTHER", counts.other),
        ]
        .into();
        let categories = self.realtime.frame().text("STATUS_CATEGORY");
        let mut by_category = vec![0_u32; categories.cardinality() + 1];
        let mut by_group = vec![0_u32; self.workcenters.group_names().count() + 1];
        for &row in &rows {
            let machine = &self.machines[row as usize];
            by_category[(machine.category as usize).min(categories.cardinality())] += 1;
            by_group[machine.group as usize] += 1;
            summary.with_active_job += u32::from(machine.has_job);
            summary.with_wip += u32::from(machine.lot_count > 0);
        }
        // A group may really be called UNKNOWN; then it shares the entry with what has no name.
        let add = |entries: &mut BTreeMap<String, u32>, name: Option<&str>, count: u32| {
            if count > 0 {
                *entries.entry(name.unwrap_or(UNKNOWN).to_owned()).or_default() += count;
            }
        };
        for (code, count) in by_category.into_iter().enumerate() {
            let name = (code < categories.cardinality()).then(|| categories.name(code as u32));
            add(&mut summary.by_status_category, name, count);
        }
        for (code, count) in by_group.into_iter().enumerate() {
            add(&mut summary.by_workcenter_group, self.group_name(code as u32), count);
        }
        summary
    }

    /// Group × state, groups by sequence; groups without machines are left out.
    pub fn matrix(&self, filter: &EquipmentFilter) -> Vec<GroupStates> {
        let groups = self.states_by_group(&self.select(filter));
        self.group_order()
            .into_iter()
            .map(|(code, sequence)| (code, sequence, groups[code as usize]))
            .filter(|(.., counts)| counts.total() > 0)
            .map(|(code, sequence, counts)| GroupStates {
                workcenter_group: self.group_name(code).unwrap_or(UNKNOWN).to_owned(),
                workcenter_sequence: sequence,
                total: counts.total(),
                states: counts.into(),
            })
            .collect()
    }

    /// Dashboard key figures.
    pub fn kpi(&self, filter: &EquipmentFilter) -> Kpi {
        let counts = self.states_of(&self.select(filter));
        Kpi {
            total: counts.total(),
            states: counts.into(),
            run: counts.prd,
            other: counts.other,
            ou_pct: counts.ou_pct(),
            run_pct: counts.run_pct(),
        }
    }

    /// Groups as dashboard cards, by sequence, then machines descending, then name.
    pub fn workcenter_cards(&self, filter: &EquipmentFilter) -> Vec<WorkcenterCard> {
        let groups = self.states_by_group(&self.select(filter));
        let mut cards: Vec<WorkcenterCard> = self
            .group_order()
            .into_iter()
            .map(|(code, sequence)| (code, sequence, groups[code as usize]))
            .filter(|(.., counts)| counts.total() > 0)
            .map(|(code, order, counts)| WorkcenterCard {
                workcenter: self.group_name(code).unwrap_or(UNKNOWN).to_owned(),
                order,
                original_wcs: Vec::new(),
                total: counts.total(),
                states: counts.into(),
                ou_pct: counts.ou_pct(),
                run_pct: counts.run_pct(),
            })
            .collect();
        order::sort_by_key(&mut cards, |card| (card.order, std::cmp::Reverse(card.total)));
        cards
    }

    /// Values that filters take.
    pub fn options(&self, _query: &OptionsQuery) -> Options {
        Options {
            workcenter_groups: self
                .workcenters
                .groups()
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
            status_categories: STATUS_CATEGORIES.map(|category| category.code.to_owned()).into(),
        }
    }

    /// Choices per dimension with machine counts.
    pub fn facets(&self, filter: &EquipmentFilter) -> EquipmentFacets {
        let without = |change: fn(&mut EquipmentFilter)| {
            let mut filter = filter.clone();
            change(&mut filter);
            self.select(&filter)
        };
        let tally = |rows: Vec<u32>, size: usize, code: fn(&Machine) -> u32| {
            let mut counts = vec![0_u32; size];
            for row in rows {
                if let Some(count) = counts.get_mut(code(&self.machines[row as usize]) as usize) {
                    *count += 1;
                }
            }
            counts
        };
        let families = self.resources.frame().text("RESOURCEFAMILYNAME");
        let categories = self.realtime.frame().text("STATUS_CATEGORY");
        let by_group = tally(
            without(|filter| filter.workcenter_groups.clear()),
            self.workcenters.group_names().count(),
            |machine| machine.group,
        );
        let by_family =
            tally(without(|filter| filter.families.clear()), families.cardinality(), |machine| {
                machine.family
            });
        let by_category = tally(
            without(|filter| filter.status_categories.clear()),
            categories.cardinality(),
            |machine| machine.category,
        );
        let mut family_counts: Vec<NameCount> = families
            .names()
            .zip(by_family)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| NameCount { name: name.to_owned(), count })
            .collect();
        order::sort_by_key(&mut family_counts, |entry| std::cmp::Reverse(entry.count));
        EquipmentFacets {
            workcenter_groups: self
                .group_order()
                .into_iter()
                .filter_map(|(code, _)| {
                    let count = by_group.get(code as usize).copied().filter(|count| *count > 0)?;
                    Some(NameCount { name: self.group_name(code)?.to_owned(), count })
                })
                .collect(),
            families: family_counts,
            status_categories: STATUS_CATEGORIES
                .into_iter()
                .filter_map(|StatusCategory { code: name, .. }| {
                    let count = categories.find(name).map(|code| by_category[code as usize])?;
                    (count > 0).then(|| NameCount { name: name.to_owned(), count })
                })
                .collect(),
        }
    }
}
