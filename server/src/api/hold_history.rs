//! `/api/hold-history/*` and `/api/snapshot/hold-history`: holds that came and went.

use axum::extract::State;
use axum::response::Response;
use compute_core::calendar::Day;
use compute_core::hold_history::{
    HoldClass, HoldHistoryFilter, HoldHistoryOverview, HoldHistoryTable, HoldKind, HoldRecordSort,
    HoldRecords, HoldRecordsQuery,
};
use compute_core::lot::HoldType;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::history::joined::or_absent;
use super::history::parameters::{RangeParameters, some_day};
use super::snapshot::range_table;
use crate::app_state::{AppState, cold_start};
use crate::day_ranges::{DayRange, RangeFailure, RangeRead};
use crate::hold_ranges::HoldCompanions;
use crate::http::envelope::{Basis, Success, version_of};
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, Missing};
use crate::http::headers::insert;
use crate::http::query::Query;
use crate::http::response::{CACHE_STATUS, Conditional};
use crate::http::values::{Clamped, Names};

/// Which holds.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct HoldParameters {
    /// Only this kind of hold.
    #[param(inline)]
    hold_type: Option<HoldType>,
    /// Hold reasons, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["自行暫停"]), required = false)]
    reason: Names,
    /// Workcenter groups, or workcenters that have none, exactly; in an address it is repeated for
    /// several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    workcenter: Names,
    /// Packages, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    package: Names,
    /// Departments of who held the lot, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    department: Names,
    /// Whether only lots count that were held for the same reason before.
    #[serde(default)]
    #[param(required = false)]
    repeats_only: bool,
    /// Parts of the lot's name or its work order, any case: one of them has to occur. Commas separate
    /// them, `*` stands for anything.
    text: Option<String>,
    /// How long the hold lasted; does not narrow the trend.
    #[param(inline)]
    duration: Option<HoldClass>,
    /// Production day of the range; does not narrow the trend.
    #[serde(default, deserialize_with = "some_day")]
    #[param(value_type = Option<String>, format = Date)]
    day: Option<Day>,
    /// Holds of the day or range that began, were released or were on at its end; all that were on at
    /// any of its moments when absent. Does not narrow the trend.
    #[param(inline)]
    kind: Option<HoldKind>,
}

impl From<HoldParameters> for HoldHistoryFilter {
    fn from(asked: HoldParameters) -> Self {
        Self {
            hold_type: asked.hold_type,
            reasons: asked.reason.whole(),
            workcenters: asked.workcenter.whole(),
            packages: asked.package.whole(),
            departments: asked.department.whole(),
            repeats_only: asked.repeats_only,
            text: asked.text,
            durations: asked.duration.into_iter().collect(),
            day: asked.day.map(|day| day.to_string()),
            kind: asked.kind,
        }
    }
}

/// In which order, and which page.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct RecordsParameters {
    /// Order; newest first when absent. Equal holds are by CONTAINERID, missing values last.
    #[param(inline)]
    sort: Option<HoldRecordSort>,
    /// Whether the order is reversed.
    #[serde(default)]
    #[param(required = false)]
    descending: bool,
    /// From 1; less is taken as 1.
    #[serde(default)]
    #[param(required = false, default = 1, value_type = u32)]
    page: Clamped<1, 1, { u32::MAX }>,
    /// Holds per page; moved into 1 to 200.
    #[serde(default)]
    #[param(required = false, default = 50, value_type = u32)]
    per_page: Clamped<50, 1, 200>,
}

/// The holds of a range, and the freshness of responses from them.
async fn read(app: &AppState, range: DayRange) -> Result<(RangeRead, Basis), ApiError> {
    let plant = app.snapshots.current();
    let workcenters = plant.workcenters.as_ref();
    let workcenters = workcenters.ok_or_else(|| cold_start(app, &plant, "workcenter"))?;
    let companions = HoldCompanions {
        version: workcenters.published.version.clone(),
        workcenters: workcenters.table.clone(),
        lots: plant.lots.as_ref().map(|read| read.table.clone()),
        now: app.plant_now(),
    };
    let read = app.holds.holds(range, &companions).await.map_err(or_absent)?;
    let basis = Basis {
        version: version_of(&read.bytes),
        updated_at: read.read_at,
        stale: read.is_stale,
        quality: app.holds_level(range),
    };
    Ok((read, basis))
}

/// Answers a question about the holds on a blocking thread, because it reads every row.
async fn ask<T: Serialize + Send + 'static>(
    app: &AppState,
    conditional: &Conditional,
    range: DayRange,
    question: impl FnOnce(&HoldHistoryTable) -> T + Send + 'static,
) -> Result<Response, ApiError> {
    let (read, basis) = read(app, range).await?;
    let bytes = read.bytes.clone();
    let computed = tokio::task::spawn_blocking(move || {
        let table = HoldHistoryTable::from_ipc(&bytes).map_err(RangeFailure::defect)?;
        Ok::<T, RangeFailure>(question(&table))
    });
    let answer = computed.await.map_err(RangeFailure::defect)??;
    let mut response = conditional.answer(&basis, move || Ok(answer)).await?;
    insert(response.headers_mut(), CACHE_STATUS, read.status.name());
    Ok(response)
}

/// Trend, totals, Paretos and hours of the holds of a range of production days
///
/// A production day begins at `PLANT_DAY_START` and has the name of the calendar day of its begin.
/// `absent` names what the site doesn't have of the optional columns and tables.
///
/// # Errors
/// A parameter is wrong, the site has no table of holds (404), the workcenters have not been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/hold-history/overview",
    tag = "Hold history",
    operation_id = "hold_history_overview",
    params(RangeParameters, HoldParameters),
    responses(
        (status = 200, description = "The figures", body = Success<HoldHistoryOverview>),
        Missing,
        HistoryFailures
    )
)]
pub async fn overview(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(asked): Query<HoldParameters>,
) -> Result<Response, ApiError> {
    let filter = asked.into();
    ask(&app, &conditional, range.range()?, move |table| table.overview(&filter)).await
}

/// One page of the holds of a range of production days
///
/// # Errors
/// A parameter is wrong, the site has no table of holds (404), the workcenters have not been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/hold-history/records",
    tag = "Hold history",
    operation_id = "hold_history_records",
    params(RangeParameters, HoldParameters, RecordsParameters),
    responses(
        (status = 200, description = "The page", body = Success<HoldRecords>),
        Missing,
        HistoryFailures
    )
)]
pub async fn records(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
    Query(asked): Query<HoldParameters>,
    Query(page): Query<RecordsParameters>,
) -> Result<Response, ApiError> {
    let query = HoldRecordsQuery {
        filter: asked.into(),
        sort: page.sort,
        descending: page.descending,
        offset: (page.page.0 - 1).saturating_mul(page.per_page.0),
        limit: Some(page.per_page.0),
    };
    ask(&app, &conditional, range.range()?, move |table| table.records(&query)).await
}

/// Holds of a range of production days as an Arrow IPC stream
///
/// One row per hold that was on at some moment of the range: texts, HOLDTXNDATE and RELEASETXNDATE in
/// seconds since 1970 of plant time (NULL: still on), QTY and RANK (above 1: a repeat). Schema
/// metadata: `start_date`, `end_date`, `now`, `day_start`, `shifts`, `absent`.
///
/// # Errors
/// A parameter is wrong, the site has no table of holds (404), the workcenters have not been loaded
/// yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/snapshot/hold-history",
    tag = "Snapshots",
    operation_id = "hold_history_snapshot",
    params(RangeParameters),
    responses(
        (
            status = 200,
            description = "The holds",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the holds"),
                ("X-Mes-Kind" = String, description = "`full`"),
                ("X-Mes-Updated-At" = String, description = "When the holds were read: ISO 8601, UTC"),
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
    let (holds, _) = read(&app, range.range()?).await?;
    range_table(&app, &conditional, holds).await
}
