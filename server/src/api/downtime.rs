//! `/api/downtime/*`, `/api/snapshot/downtime` and `/api/snapshot/downtime-jobs`: what stood still, and why.

use axum::extract::State;
use axum::response::Response;
use compute_core::downtime::{
    DowntimeEvents, DowntimeEventsQuery, DowntimeFilter, DowntimeMachines, DowntimeMachinesQuery,
    DowntimeSort, DowntimeSummary, DowntimeTable, DowntimeView, JobLink, JobTable,
};
use compute_core::downtime_category::DowntimeCategory;
use compute_core::equipment::State as MachineState;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::IntoParams;

use super::history::joined::or_absent;
use super::history::parameters::{MachineParameters, RangeParameters, filter};
use super::resource::FlagParameters;
use super::snapshot::range_table;
use crate::app_state::AppState;
use crate::day_ranges::{DayRange, RangeFailure};
use crate::http::envelope::{Basis, Success, version_of};
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, Missing};
use crate::http::headers::insert;
use crate::http::query::Query;
use crate::http::response::{CACHE_STATUS, Conditional};
use crate::http::values::{Clamped, Names};

/// Which downtimes.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct DowntimeParameters {
    /// UDT, SDT or EGT; other states have no downtimes.
    #[param(inline)]
    state: Option<MachineState>,
    /// Reasons, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["Jam"]), required = false)]
    reason: Names,
    /// Category of the reason.
    #[param(inline)]
    category: Option<DowntimeCategory>,
    /// Shift of the day in which the downtime began, from 0.
    #[serde(default, deserialize_with = "shift")]
    #[param(required = false, value_type = u8, maximum = 23)]
    shift: Option<u8>,
    /// How the job was found.
    #[param(inline)]
    job_link: Option<JobLink>,
}

/// The number of a shift as text; a day has at most 24.
fn shift<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let number = text.parse::<u8>().ok().filter(|number| *number < 24);
    let expected = &"the number of a shift, 0 to 23";
    number.map(Some).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), expected))
}

/// Which page.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct DowntimePage {
    /// From 1; less is taken as 1.
    #[serde(default)]
    #[param(required = false, default = 1, value_type = u32)]
    page: Clamped<1, 1, { u32::MAX }>,
    /// Rows per page; moved into 1 to 200.
    #[serde(default)]
    #[param(required = false, default = 50, value_type = u32)]
    per_page: Clamped<50, 1, 200>,
}

impl DowntimePage {
    fn offset(&self) -> u32 {
        (self.page.0 - 1).saturating_mul(self.per_page.0)
    }
}

/// In which order.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct DowntimeOrder {
    /// Order; longest first when absent. Equal downtimes are by RESOURCEID, missing values last.
    #[param(inline)]
    sort: Option<DowntimeSort>,
    /// Whether the order is reversed.
    #[serde(default)]
    #[param(required = false)]
    descending: bool,
}

fn downtime_filter(
    app: &AppState,
    machines: MachineParameters,
    flags: FlagParameters,
    asked: DowntimeParameters,
) -> Result<DowntimeFilter, ApiError> {
    Ok(DowntimeFilter {
        machines: filter(app, machines, flags)?,
        states: asked.state.into_iter().collect(),
        reasons: asked.reason.whole(),
        categories: asked.category.into_iter().collect(),
        shifts: asked.shift.into_iter().collect(),
        job_links: asked.job_link.into_iter().collect(),
        ..DowntimeFilter::default()
    })
}

/// Answers a question on a blocking thread, because it reads every row.
async fn ask<T: Serialize + Send + 'static>(
    app: &AppState,
    conditional: &Conditional,
    range: DayRange,
    question: impl FnOnce(&DowntimeView) -> T + Send + 'static,
) -> Result<Response, ApiError> {
    let equipment = app.equipment()?;
    let fragments = app.downtime.fragments(range).await.map_err(or_absent)?;
    let jobs = app.downtime.jobs(range).await?;
    let version =
        [&version_of(&fragments.bytes), &version_of(&jobs.bytes), &equipment.basis.version];
    let basis = Basis {
        version: version_of(version.map(String::as_str).join(" ").as_bytes()),
        updated_at: fragments.read_at.min(jobs.read_at).min(equipment.basis.updated_at),
        stale: fragments.is_stale || jobs.is_stale || equipment.basis.stale,
        quality: app.downtime_level(range).max(equipment.basis.quality),
    };
    let status = fragments.status;
    let computed = tokio::task::spawn_blocking(move || {
        let fragments = DowntimeTable::from_ipc(&fragments.bytes).map_err(RangeFailure::defect)?;
        let jobs = JobTable::from_ipc(&jobs.bytes).map_err(RangeFailure::defect)?;
        let view = DowntimeView::join(fragments.into(), jobs.into(), equipment.table);
        Ok::<T, RangeFailure>(question(&view))
    });
    let answer = computed.await.map_err(RangeFailure::defect)??;
    let mut response = conditional.answer(&basis, move || Ok(answer)).await?;
    insert(response.headers_mut(), CACHE_STATUS, status.name());
    Ok(response)
}

/// Figures, trend and Paretos of the downtimes of a range of days
///
/// Downtimes are UDT, SDT and EGT events. `absent` names the optional columns that the site doesn't
/// have; without OLDLASTSTATUSCHANGEDATE there are hours and no downtimes.
///
/// # Errors
/// A parameter is wrong, the site has no table of states by shift (404), no equipment has been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/downtime/summary",
    tag = "Downtime",
    operation_id = "downtime_summary",
    params(RangeParameters, MachineParameters, FlagParameters, DowntimeParameters),
    responses(
        (status = 200, description = "The figures", body = Success<DowntimeSummary>),
        Missing,
        HistoryFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(asked): Query<DowntimeParameters>,
) -> Result<Response, ApiError> {
    let filter = downtime_filter(&app, machines, flags, asked)?;
    ask(&app, &conditional, range.range()?, move |view| view.summary(&filter)).await
}

/// Figures of each machine
///
/// # Errors
/// A parameter is wrong, the site has no table of states by shift (404), no equipment has been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/downtime/machines",
    tag = "Downtime",
    operation_id = "downtime_machines",
    params(RangeParameters, MachineParameters, FlagParameters, DowntimeParameters, DowntimePage),
    responses(
        (status = 200, description = "The machines", body = Success<DowntimeMachines>),
        Missing,
        HistoryFailures
    )
)]
pub async fn machines(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(asked): Query<DowntimeParameters>,
    Query(page): Query<DowntimePage>,
) -> Result<Response, ApiError> {
    let query = DowntimeMachinesQuery {
        filter: downtime_filter(&app, machines, flags, asked)?,
        offset: page.offset(),
        limit: Some(page.per_page.0),
    };
    ask(&app, &conditional, range.range()?, move |view| view.machines(&query)).await
}

/// One page of the downtimes, with their jobs
///
/// # Errors
/// A parameter is wrong, the site has no table of states by shift (404), no equipment has been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/downtime/events",
    tag = "Downtime",
    operation_id = "downtime_events",
    params(
        RangeParameters, MachineParameters, FlagParameters, DowntimeParameters, DowntimeOrder, DowntimePage
    ),
    responses(
        (status = 200, description = "The downtimes", body = Success<DowntimeEvents>),
        Missing,
        HistoryFailures
    )
)]
#[expect(clippy::too_many_arguments, reason = "one per group of parameters")]
pub async fn events(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(asked): Query<DowntimeParameters>,
    Query(order): Query<DowntimeOrder>,
    Query(page): Query<DowntimePage>,
) -> Result<Response, ApiError> {
    let query = DowntimeEventsQuery {
        filter: downtime_filter(&app, machines, flags, asked)?,
        sort: order.sort,
        descending: order.descending,
        offset: page.offset(),
        limit: Some(page.per_page.0),
    };
    ask(&app, &conditional, range.range()?, move |view| view.events(&query)).await
}

/// States of the machines over a range of days, row by row, as an Arrow IPC stream
///
/// Texts of the source, what a state counts as (E10_STATE), what a reason is (CATEGORY), DAY in days
/// since 1970, BEGIN and END in seconds since 1970 of plant time (NULL: not known, not ended) and UNITS
/// of 1/10,000 h. Schema metadata: `start_date`, `end_date`, `day_start`, `shifts`, `absent`.
///
/// # Errors
/// A parameter is wrong, the site has no table of states by shift (404), or the database can't be
/// asked.
#[utoipa::path(
    get,
    path = "/api/snapshot/downtime",
    tag = "Snapshots",
    operation_id = "downtime_snapshot",
    params(RangeParameters),
    responses(
        (
            status = 200,
            description = "The fragments",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the fragments"),
                ("X-Mes-Kind" = String, description = "`full`"),
                ("X-Mes-Updated-At" = String, description = "When the fragments were read: ISO 8601, UTC"),
                ("X-Mes-Stale" = String, description = "`true` when the database was unavailable"),
                ("X-Mes-Cache" = String, description = "`miss` when the database was asked, else `l1` or `l2`")
            )
        ),
        Missing,
        HistoryFailures
    )
)]
pub async fn snapshot(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
) -> Result<Response, ApiError> {
    let fragments = app.downtime.fragments(range.range()?).await.map_err(or_absent)?;
    range_table(&app, &conditional, fragments).await
}

/// All maintenance jobs as an Arrow IPC stream
///
/// Texts of the source, and CREATEDATE, ENDDATE, FIRSTCLOCKONDATE and LASTCLOCKOFFDATE in seconds since
/// 1970 of plant time. Schema metadata `absent`. A site without the table has no jobs.
///
/// # Errors
/// A parameter is wrong, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/snapshot/downtime-jobs",
    tag = "Snapshots",
    operation_id = "downtime_jobs_snapshot",
    params(RangeParameters),
    responses(
        (
            status = 200,
            description = "The jobs",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the jobs"),
                ("X-Mes-Kind" = String, description = "`full`"),
                ("X-Mes-Updated-At" = String, description = "When the jobs were read: ISO 8601, UTC"),
                ("X-Mes-Stale" = String, description = "`true` when the database was unavailable"),
                ("X-Mes-Cache" = String, description = "`miss` when the database was asked, else `l1` or `l2`")
            )
        ),
        HistoryFailures
    )
)]
pub async fn jobs(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
) -> Result<Response, ApiError> {
    let jobs = app.downtime.jobs(range.range()?).await?;
    range_table(&app, &conditional, jobs).await
}
