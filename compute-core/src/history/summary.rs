//! Key figures, trend, heatmap and comparison.

use serde::{Deserialize, Serialize};

use super::figures::{HoursFigures, Whole};
use super::tally::Tally;
use super::view::{HistoryView, Periods, Sums, Workcenters};
use crate::calendar::Granularity;
use crate::equipment::EquipmentFilter;
use crate::order;

/// Which hours, and how they are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryQuery {
    /// Which machines.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<EquipmentFilter>"))]
    pub filter: EquipmentFilter,
    /// How long the periods are.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Granularity>"))]
    pub granularity: Granularity,
    /// First day, `YYYY-MM-DD`; that of the table when absent or earlier.
    pub start_date: Option<String>,
    /// Last day; that of the table when absent or later.
    pub end_date: Option<String>,
}

/// The figures of one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrendPoint {
    /// The period: `YYYY-MM-DD` (of a week: its Monday), `YYYY-MM` or `YYYY`.
    pub date: String,
    /// Its figures; shares are of the six E10 states together.
    #[serde(flatten)]
    pub figures: HoursFigures,
}

/// OU % of one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OuPoint {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// OU %, two decimals; null where there is nothing to divide by, or hours are below 0.
    pub ou_pct: Option<f64>,
}

/// Where machines are counted: a workcenter group, or a workcenter under its own name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkcenterName {
    /// The name.
    pub workcenter: String,
    /// Its sequence; when it is not mapped, one behind all others and at least 999.
    pub workcenter_seq: i32,
}

/// OU % by workcenter and period.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryHeatmap {
    /// Rows that have hours, by sequence, then name.
    pub workcenters: Vec<WorkcenterName>,
    /// Periods that have hours, ascending.
    pub dates: Vec<String>,
    /// One list of OU % per workcenter, with one value per period; null where there are no hours,
    /// nothing to divide by, or hours below 0.
    pub ou_pct: Vec<Vec<Option<f64>>>,
}

/// One workcenter of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkcenterHours {
    /// Workcenter group, or a workcenter that is not mapped.
    pub workcenter: String,
    /// OU %, one decimal; null where there is nothing to divide by, or hours are below 0.
    pub ou_pct: Option<f64>,
    /// PRD hours, one decimal.
    pub prd_hours: f64,
    /// Machines with hours.
    pub machine_count: u32,
}

/// What happened, at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistorySummary {
    /// All hours; shares are of the six E10 states together.
    pub kpi: HoursFigures,
    /// Periods that have hours, ascending.
    pub trend: Vec<TrendPoint>,
    /// OU % by workcenter group and period.
    pub heatmap: HistoryHeatmap,
    /// Workcenter groups by OU % descending (null last), then name.
    pub workcenter_comparison: Vec<WorkcenterHours>,
}

/// Periods that have hours, with their place.
fn used(sums: &Sums) -> Vec<usize> {
    let has_hours = |(_, tally): &(usize, &Tally)| tally.machines > 0;
    sums.periods.iter().enumerate().filter(has_hours).map(|(period, _)| period).collect()
}

fn heatmap(sums: &Sums, periods: &Periods, places: &Workcenters, digits: usize) -> HistoryHeatmap {
    let columns = used(sums);
    let rows: Vec<usize> =
        (0..places.names.len()).filter(|place| sums.workcenters[*place].machines > 0).collect();
    let count = periods.begins.len();
    let cell = |place: usize, period: usize| {
        let tally = &sums.cells[place * count + period];
        tally.ou_pct(digits).filter(|_| tally.machines > 0)
    };
    HistoryHeatmap {
        workcenters: rows
            .iter()
            .map(|place| {
                let (name, sequence) = &places.names[*place];
                WorkcenterName { workcenter: name.clone(), workcenter_seq: *sequence }
            })
            .collect(),
        dates: columns
            .iter()
            .map(|period| periods.granularity.label(periods.begins[*period]))
            .collect(),
        ou_pct: rows
            .iter()
            .map(|place| columns.iter().map(|period| cell(*place, *period)).collect())
            .collect(),
    }
}

impl HistoryView {
    fn asked(&self, query: &HistoryQuery) -> Periods {
        let (start, end) = (query.start_date.as_deref(), query.end_date.as_deref());
        self.periods(query.granularity, start, end)
    }

    /// Key figures, trend, heatmap and comparison.
    pub fn summary(&self, query: &HistoryQuery) -> HistorySummary {
        let periods = self.asked(query);
        let sums = self.sums(&query.filter, &periods, &self.groups);
        let mut all = Tally::default();
        for tally in &sums.workcenters {
            all.merge(tally);
        }
        let mut comparison: Vec<WorkcenterHours> = self
            .groups
            .names
            .iter()
            .zip(&sums.workcenters)
            .filter(|(_, tally)| tally.machines > 0)
            .map(|((name, _), tally)| {
                let figures = HoursFigures::of(tally, Whole::SixStates);
                WorkcenterHours {
                    workcenter: name.clone(),
                    ou_pct: figures.ou_pct,
                    prd_hours: figures.prd_hours,
                    machine_count: tally.machines,
                }
            })
            .collect();
        order::sort_by(&mut comparison, |a, b| {
            // What is absent comes last.
            let pct = |row: &WorkcenterHours| row.ou_pct.unwrap_or(f64::NEG_INFINITY);
            pct(b).total_cmp(&pct(a)).then_with(|| a.workcenter.cmp(&b.workcenter))
        });
        HistorySummary {
            kpi: HoursFigures::of(&all, Whole::SixStates),
            trend: used(&sums)
                .into_iter()
                .map(|period| TrendPoint {
                    date: periods.granularity.label(periods.begins[period]),
                    figures: HoursFigures::of(&sums.periods[period], Whole::SixStates),
                })
                .collect(),
            heatmap: heatmap(&sums, &periods, &self.groups, 1),
            workcenter_comparison: comparison,
        }
    }

    /// OU % of every period that has hours, two decimals.
    pub fn ou_trend(&self, query: &HistoryQuery) -> Vec<OuPoint> {
        let periods = self.asked(query);
        let sums = self.sums(&query.filter, &periods, &self.groups);
        used(&sums)
            .into_iter()
            .map(|period| OuPoint {
                date: periods.granularity.label(periods.begins[period]),
                ou_pct: sums.periods[period].ou_pct(2),
            })
            .collect()
    }

    /// OU % by workcenter (not by group) and period, two decimals.
    pub fn utilization_heatmap(&self, query: &HistoryQuery) -> HistoryHeatmap {
        let periods = self.asked(query);
        let sums = self.sums(&query.filter, &periods, &self.workcenters);
        heatmap(&sums, &periods, &self.workcenters, 2)
    }
}
