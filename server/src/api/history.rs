//! `/api/resource/history/*` and `/api/snapshot/history`: hours of the machines over a range of days.

pub(crate) mod parameters;
pub(crate) mod joined;
pub(crate) mod export;
pub(crate) mod snapshot;

use axum::extract::State;
use axum::response::Response;
use compute_core::equipment::EquipmentFilter;
use compute_core::history::{
    Granularity, HistoryHeatmap, HistoryQuery, HoursFigures, MOST_DAYS, MachineHours, TrendPoint,
    WorkcenterHours,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::resource::FlagParameters;
use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, ReadFailures};
use crate::http::query::Query;
use crate::http::response::Conditional;
use joined::{Joined, machines_of};
use parameters::{GranularityParameters, MachineParameters, RangeParameters, filter};

/// Options of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryOptions {
    /// Groups by sequence.
    workcenter_groups: Vec<String>,
    /// Families by name.
    families: Vec<String>,
    /// Lengths of periods.
    granularities: [Granularity; 4],
    /// Days that one question may span.
    max_days: i32,
}

/// OU % of one workcenter group in one period.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatmapCell {
    /// Workcenter group, or a workcenter that is not mapped.
    workcenter: String,
    /// Its sequence; when it is not mapped, one behind all others and at least 999.
    workcenter_seq: i32,
    /// The period.
    date: String,
    /// OU %.
    ou_pct: f64,
}

impl HeatmapCell {
    /// One entry per cell with an OU %, by sequence, then date.
    pub fn list(heatmap: HistoryHeatmap) -> Vec<Self> {
        let dates = heatmap.dates;
        let rows = heatmap.workcenters.into_iter().zip(heatmap.ou_pct);
        rows.flat_map(|(name, cells)| {
            let cells = dates.clone().into_iter().zip(cells);
            cells.filter_map(move |(date, ou_pct)| {
                Some(Self {
                    workcenter: name.workcenter.clone(),
                    workcenter_seq: name.workcenter_seq,
                    date,
                    ou_pct: ou_pct?,
                })
            })
        })
        .collect()
    }
}

/// What happened, at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryFigures {
    /// All hours.
    kpi: HoursFigures,
    /// By period, ascending.
    trend: Vec<TrendPoint>,
    /// By workcenter group and period.
    heatmap: Vec<HeatmapCell>,
    /// By workcenter group, OU % descending.
    workcenter_comparison: Vec<WorkcenterHours>,
}

/// Machine by machine.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryMachines {
    /// One row per machine, by sequence, family and name.
    data: Vec<MachineHours>,
    /// Number of rows.
    total: usize,
}

/// Options of the history
///
/// # Errors
/// No equipment has been loaded yet.
#[utoipa::path(
    get,
    path = "/api/resource/history/options",
    tag = "Equipment history",
    operation_id = "history_options",
    responses(
        (status = 200, description = "The options", body = Success<HistoryOptions>),
        ReadFailures
    )
)]
pub async fn options(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let equipment = app.equipment()?;
    let options = || {
        let facets = equipment.table.facets(&EquipmentFilter::default());
        let names = |counts: Vec<compute_core::equipment::NameCount>| {
            counts.into_iter().map(|count| count.name).collect()
        };
        let mut families: Vec<String> = names(facets.families);
        families.sort_unstable();
        Ok(HistoryOptions {
            workcenter_groups: names(facets.workcenter_groups),
            families,
            granularities: [
                Granularity::Day,
                Granularity::Week,
                Granularity::Month,
                Granularity::Year,
            ],
            max_days: MOST_DAYS - 1,
        })
    };
    conditional.answer(&equipment.basis, options).await
}

/// Key figures, trend, heatmap and comparison of a range of days
///
/// `X-Mes-Cache` is `miss` when the hours were put together for this response, else `l1` or `l2`;
/// `X-Mes-Days-Rolled-Up` and `X-Mes-Days-Read` say how many days came out of the roll-up, and how many
/// were read from the database. While too many days are not rolled up yet, the answer is 503
/// `HISTORY_PENDING` with their number. While the
/// database is unavailable, a range that was read before is served with its last hours and
/// `meta.stale` is true.
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/resource/history/summary",
    tag = "Equipment history",
    operation_id = "history_summary",
    params(RangeParameters, GranularityParameters, MachineParameters, FlagParameters),
    responses(
        (status = 200, description = "The figures", body = Success<HistoryFigures>),
        HistoryFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(period): Query<GranularityParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
) -> Result<Response, ApiError> {
    let query = HistoryQuery {
        filter: filter(&app, machines, flags)?,
        granularity: period.granularity,
        ..HistoryQuery::default()
    };
    let (figures, joined) =
        Joined::ask(&app, range.range()?, move |view| view.summary(&query)).await?;
    let answer = move || {
        Ok(HistoryFigures {
            kpi: figures.kpi,
            trend: figures.trend,
            heatmap: HeatmapCell::list(figures.heatmap),
            workcenter_comparison: figures.workcenter_comparison,
        })
    };
    let response = conditional.answer(&joined.basis, answer).await?;
    Ok(joined.marked(response))
}

/// Hours of every machine
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/resource/history/detail",
    tag = "Equipment history",
    operation_id = "history_detail",
    params(RangeParameters, MachineParameters, FlagParameters),
    responses(
        (status = 200, description = "The machines", body = Success<HistoryMachines>),
        HistoryFailures
    )
)]
pub async fn detail(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
) -> Result<Response, ApiError> {
    let (data, joined) = machines_of(&app, range, filter(&app, machines, flags)?).await?;
    let answer = move || Ok(HistoryMachines { total: data.len(), data });
    let response = conditional.answer(&joined.basis, answer).await?;
    Ok(joined.marked(response))
}
