//! Figures, Paretos and comparisons of the downtimes that a filter leaves.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::events::JobLink;
use super::figures::{Downs, DowntimeFigures, Tally, hours};
use super::filter::DowntimeFilter;
use super::fragments::is_down;
use super::list::DowntimeMachine;
use super::sums::Sums;
use super::view::DowntimeView;
use crate::calendar::Day;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::State;
use crate::history::WorkcenterName;
use crate::metric::round_half_even;
use crate::order;

/// Machines of the list of the worst ones.
const WORST: usize = 10;

/// Downtimes of one reason, as a bar of a Pareto chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReasonDowntime {
    /// The reason; null for downtimes without one.
    pub reason: Option<String>,
    /// Its category.
    pub category: DowntimeCategory,
    /// Downtimes.
    pub events: u32,
    /// Their hours, one decimal.
    pub hours: f64,
    /// Running share of what the chart is ordered by, one decimal; null when there is nothing to
    /// divide by.
    pub cumulative_pct: Option<f64>,
}

/// Downtimes of one category.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryDowntime {
    /// The category.
    pub category: DowntimeCategory,
    /// Downtimes.
    pub events: u32,
    /// Their hours, one decimal.
    pub hours: f64,
}

/// Downtimes of one state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateDowntime {
    /// UDT, SDT or EGT.
    pub state: State,
    /// Downtimes.
    pub events: u32,
    /// Their hours, one decimal.
    pub hours: f64,
}

/// Downtimes by how their job was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkDowntime {
    /// How.
    pub job_link: JobLink,
    /// Downtimes.
    pub events: u32,
}

/// Figures of one shift of the day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftDowntime {
    /// Its number, from 0; null for hours whose begin is not known.
    pub shift: Option<u8>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: DowntimeFigures,
}

/// Figures of one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeDay {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Its figures; a downtime belongs to the day of its first fragment.
    #[serde(flatten)]
    pub figures: DowntimeFigures,
}

/// Figures of a workcenter group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupDowntime {
    /// The group, or a workcenter that has none.
    #[serde(flatten)]
    pub name: WorkcenterName,
    /// Its figures.
    #[serde(flatten)]
    pub figures: DowntimeFigures,
}

/// Figures of a machine family.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FamilyDowntime {
    /// The family; null for machines without one.
    pub family: Option<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: DowntimeFigures,
}

/// Rows of downtimes that are in no event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// Rows of the source.
    pub fragments: u32,
    /// Their hours, one decimal.
    pub hours: f64,
}

/// What stood still. Each list of a dimension that can be filtered ignores the filter on itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeSummary {
    /// Columns of downtimes and jobs that the site doesn't have, or the table of jobs; without
    /// OLDLASTSTATUSCHANGEDATE there are no downtimes.
    pub absent: Vec<String>,
    /// All that pass the filter.
    pub figures: DowntimeFigures,
    /// Every day of the range.
    pub trend: Vec<DowntimeDay>,
    /// Reasons by hours descending, then name, null last.
    pub reasons_by_hours: Vec<ReasonDowntime>,
    /// Reasons by downtimes descending, then name, null last.
    pub reasons_by_events: Vec<ReasonDowntime>,
    /// All categories, in their order.
    pub categories: Vec<CategoryDowntime>,
    /// UDT, SDT and EGT.
    pub states: Vec<StateDowntime>,
    /// By how the job was found.
    pub job_links: Vec<LinkDowntime>,
    /// Shifts in their order.
    pub shifts: Vec<ShiftDowntime>,
    /// Groups that have hours or downtimes, by sequence, then name.
    pub groups: Vec<GroupDowntime>,
    /// Families that have any, by name, null last.
    pub families: Vec<FamilyDowntime>,
    /// The ten machines with the most hours of downtimes, then by name and RESOURCEID.
    pub worst: Vec<DowntimeMachine>,
    /// Downtimes of reasons that no rule names; they are in the category `other`.
    pub unlisted_reasons: u32,
    /// Rows whose begin is not known: they are in the hours of their machines only.
    pub untimed: LeftOut,
    /// Rows of machines that the master doesn't have, whatever the filter but for its days.
    pub unknown_machines: LeftOut,
}

/// Two sets of downtimes to compare: two periods, or two groups of machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DowntimeComparisonQuery {
    /// What is compared.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<DowntimeFilter>"))]
    pub after: DowntimeFilter,
    /// What it is compared with.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<DowntimeFilter>"))]
    pub before: DowntimeFilter,
}

/// One reason before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeChange {
    /// The reason; null for downtimes without one.
    pub reason: Option<String>,
    /// Downtimes before.
    pub before_events: u32,
    /// Their hours, one decimal.
    pub before_hours: f64,
    /// Downtimes after.
    pub after_events: u32,
    /// Their hours, one decimal.
    pub after_hours: f64,
    /// Hours after − hours before, one decimal, from unrounded hours.
    pub change_hours: f64,
}

/// Two sets of downtimes side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeComparison {
    /// What is compared.
    pub after: DowntimeFigures,
    /// What it is compared with.
    pub before: DowntimeFigures,
    /// Reasons of either by the size of the change of their hours, largest first, then name, null last.
    pub reasons: Vec<DowntimeChange>,
}

impl DowntimeView {
    /// Figures, trend and Paretos.
    pub fn summary(&self, filter: &DowntimeFilter) -> DowntimeSummary {
        let sums = self.sums(filter);
        let mut groups = vec![Tally::default(); self.groups.names.len()];
        let mut families: BTreeMap<(bool, &str), Tally> = BTreeMap::new();
        for (machine, tally) in sums.machines.iter().enumerate() {
            if tally.is_empty() {
                continue;
            }
            let row = self.master_rows[machine] as usize;
            groups[self.groups.of_row[row] as usize].merge(tally);
            let family = self.equipment.family(row);
            let key = (family.is_none(), family.unwrap_or_default());
            families.entry(key).or_default().merge(tally);
        }
        let worst = self.worst_of(&sums, WORST, |_, tally| tally.downs.events() > 0);
        let shifts = sums.shifts.iter().enumerate();
        let last_shift = sums.shifts.len() - 1;
        let count = |downs: &Downs| (downs.events(), hours(downs.units()));
        let left_out = |(fragments, units)| LeftOut { fragments, hours: hours(units) };
        DowntimeSummary {
            absent: [&self.table.absent[..], &self.jobs.absent].concat(),
            figures: DowntimeFigures::of(&sums.all()),
            trend: sums
                .dates
                .clone()
                .zip(&sums.days)
                .map(|(day, tally)| DowntimeDay {
                    date: Day(day).to_string(),
                    figures: DowntimeFigures::of(tally),
                })
                .collect(),
            reasons_by_hours: self.pareto(&sums.reasons, Downs::units),
            reasons_by_events: self.pareto(&sums.reasons, |downs| i64::from(downs.events())),
            categories: DowntimeCategory::ALL
                .into_iter()
                .zip(&sums.categories)
                .map(|(category, downs)| {
                    let (events, hours) = count(downs);
                    CategoryDowntime { category, events, hours }
                })
                .collect(),
            states: State::ALL
                .into_iter()
                .filter(|state| is_down(*state))
                .map(|state| {
                    let (events, units) = sums.states.of(state);
                    StateDowntime { state, events, hours: hours(units) }
                })
                .collect(),
            job_links: JobLink::ALL
                .into_iter()
                .zip(&sums.links)
                .map(|(job_link, downs)| LinkDowntime { job_link, events: downs.events() })
                .collect(),
            shifts: shifts
                .filter(|(shift, tally)| *shift < last_shift || !tally.is_empty())
                .map(|(shift, tally)| ShiftDowntime {
                    shift: (shift < last_shift).then_some(shift as u8),
                    figures: DowntimeFigures::of(tally),
                })
                .collect(),
            groups: self
                .groups
                .names
                .iter()
                .zip(&groups)
                .filter(|(_, tally)| !tally.is_empty())
                .map(|((name, sequence), tally)| GroupDowntime {
                    name: WorkcenterName { workcenter: name.clone(), workcenter_seq: *sequence },
                    figures: DowntimeFigures::of(tally),
                })
                .collect(),
            families: families
                .into_iter()
                .filter(|(_, tally)| !tally.is_empty())
                .map(|((is_none, family), tally)| FamilyDowntime {
                    family: (!is_none).then(|| family.to_owned()),
                    figures: DowntimeFigures::of(&tally),
                })
                .collect(),
            worst: worst
                .into_iter()
                .map(|(machine, tally)| self.machine(machine, &tally))
                .collect(),
            unlisted_reasons: sums.unlisted,
            untimed: left_out(sums.untimed),
            unknown_machines: left_out(sums.unknown),
        }
    }

    fn pareto(&self, reasons: &[Downs], size: impl Fn(&Downs) -> i64) -> Vec<ReasonDowntime> {
        let mut bars: Vec<(u32, &Downs)> =
            (0..).zip(reasons).filter(|(_, downs)| downs.events() > 0).collect();
        // Codes ascend by name and that of none is the largest; the sort is stable.
        order::sort_by_key(&mut bars, |(_, downs)| Reverse(size(downs)));
        let all: i64 = bars.iter().map(|(_, downs)| size(downs)).sum();
        let mut running = 0;
        let bar = |(reason, downs): (u32, &Downs)| {
            running += size(downs);
            let share = || round_half_even(running as f64 / all as f64 * 100.0, 1);
            ReasonDowntime {
                reason: self.reason(reason).map(str::to_owned),
                category: self.category(reason),
                events: downs.events(),
                hours: hours(downs.units()),
                cumulative_pct: (all > 0).then(share),
            }
        };
        bars.into_iter().map(bar).collect()
    }

    /// Two sets of downtimes side by side.
    pub fn compare(&self, query: &DowntimeComparisonQuery) -> DowntimeComparison {
        // What is shown is that of the page beside.
        let (before, after) = (self.sums(&query.before), self.sums(&query.after));
        // What passes a filter on reasons too; the Pareto ignores it.
        let is_wanted = |filter: &DowntimeFilter, reason: u32| {
            let name = self.reason(reason);
            filter.reasons.is_empty()
                || name.is_some_and(|name| filter.reasons.iter().any(|wanted| wanted == name))
        };
        let side = |filter: &DowntimeFilter, sums: &Sums, reason: u32| {
            let downs = sums.reasons[reason as usize];
            if is_wanted(filter, reason) { downs } else { Downs::default() }
        };
        let mut changes: Vec<(u32, Downs, Downs)> = (0..after.reasons.len() as u32)
            .map(|reason| {
                let after = side(&query.after, &after, reason);
                (reason, side(&query.before, &before, reason), after)
            })
            .filter(|(_, before, after)| before.events() + after.events() > 0)
            .collect();
        let change = |before: &Downs, after: &Downs| after.units() - before.units();
        order::sort_by_key(&mut changes, |(_, before, after)| {
            Reverse(change(before, after).unsigned_abs())
        });
        DowntimeComparison {
            after: DowntimeFigures::of(&after.all()),
            before: DowntimeFigures::of(&before.all()),
            reasons: changes
                .into_iter()
                .map(|(reason, before, after)| DowntimeChange {
                    reason: self.reason(reason).map(str::to_owned),
                    before_events: before.events(),
                    before_hours: hours(before.units()),
                    after_events: after.events(),
                    after_hours: hours(after.units()),
                    change_hours: hours(change(&before, &after)),
                })
                .collect(),
        }
    }
}
