//! `/api/resource/history/*` and `/api/snapshot/history`: hours of the machines over a range of days.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use compute_core::equipment::{EquipmentFilter, EquipmentView};
use compute_core::field_contract::{FIELDS, Field};
use compute_core::history::{
    Day, Granularity, HistoryDetailQuery, HistoryHeatmap, HistoryQuery, HistoryView, HoursFigures,
    MOST_DAYS, MachineHours, TrendPoint, WorkcenterHours,
};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::export::{FileFormat, FileParameters};
use super::resource::FlagParameters;
use super::snapshot::{SNAPSHOT_CODINGS, arrow};
use crate::app_state::{AppState, Current};
use crate::data_quality::Level;
use crate::hour_ranges::{DayRange, Hours, HoursFailure};
use crate::http::body::Body;
use crate::http::coding::{self, Coding};
use crate::http::csv;
use crate::http::envelope::{Basis, Success, version_of, written};
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, QueryFailures, ReadFailures};
use crate::http::headers::insert;
use crate::http::language::Language;
use crate::http::query::Query;
use crate::http::response::CACHE_STATUS;
use crate::http::response::{Conditional, compression_failed};
use crate::http::values::Names;
use crate::http::workbook::Workbook;
use crate::route_cache::{CacheStatus, RouteKey};

/// Days, both included.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct RangeParameters {
    /// First day.
    #[serde(deserialize_with = "day")]
    #[param(value_type = String, format = Date, example = "2026-11-01")]
    start_date: Day,
    /// Last day, at most 730 days later.
    #[serde(deserialize_with = "day")]
    #[param(value_type = String, format = Date, example = "2026-11-20")]
    end_date: Day,
}

/// A day as `YYYY-MM-DD`.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    let day = Day::parse(&text).filter(|_| text.len() == 10);
    day.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"YYYY-MM-DD"))
}

impl RangeParameters {
    /// The days.
    ///
    /// # Errors
    /// The end is before the start, or too long after it.
    fn range(&self) -> Result<DayRange, ApiError> {
        let Self { start_date: first, end_date: last } = *self;
        if (0..MOST_DAYS).contains(&first.days_until(last)) {
            return Ok(DayRange { first, last });
        }
        let allowed = format!("{first} – start_date + {}", MOST_DAYS - 1);
        Err(ApiError::not_allowed("end_date", &last.to_string(), &allowed))
    }
}

/// Which machines.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct MachineParameters {
    /// Workcenter groups: a comma list, or the parameter several times with a group each. A group
    /// with commas in its name is known in a list as well.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "TMTT,焊接_DB")]
    workcenter_groups: Names,
    /// Families, in the same ways.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    families: Names,
    /// Literal text anywhere in the machine's name or id, any case.
    text: Option<String>,
}

/// The filter, as the machines that there are now understand it.
fn filter(
    app: &AppState,
    machines: MachineParameters,
    flags: FlagParameters,
) -> Result<EquipmentFilter, ApiError> {
    let equipment = app.equipment()?.table;
    Ok(EquipmentFilter {
        workcenter_groups: machines.workcenter_groups.read(|name| equipment.knows_group(name)),
        families: machines.families.read(|name| equipment.knows_family(name)),
        text: machines.text,
        ..flags.into()
    })
}

/// How the days are put together.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct GranularityParameters {
    /// Length of the periods; weeks begin on Monday.
    #[serde(default)]
    #[param(value_type = Option<Granularity>, inline)]
    granularity: Granularity,
}

/// What the history can be asked for.
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
    /// One entry a cell that has an OU %, by sequence, then date.
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
    /// One row a machine, by sequence, family and name.
    data: Vec<MachineHours>,
    /// Number of rows.
    total: usize,
}

impl From<HoursFailure> for ApiError {
    fn from(failure: HoursFailure) -> Self {
        match failure {
            HoursFailure::Database(cause) => (&*cause).into(),
            HoursFailure::Source(cause) => {
                tracing::error!(%cause, "the hours in the database break the source contract");
                Self::query_error()
            }
            HoursFailure::Defect(cause) => {
                tracing::error!(%cause, "the hours can't be answered");
                Self::internal()
            }
        }
    }
}

/// Hours joined with the machines, and what answers from them state.
pub struct Joined {
    view: HistoryView,
    /// Version and freshness.
    pub basis: Basis,
    status: CacheStatus,
}

impl Joined {
    /// Asks for a range and computes the answer aside, as it reads every row.
    ///
    /// # Errors
    /// The hours or the machines can't be had.
    pub async fn ask<T: Send + 'static>(
        app: &AppState,
        range: DayRange,
        question: impl FnOnce(&HistoryView) -> T + Send + 'static,
    ) -> Result<(T, Self), ApiError> {
        let equipment = app.equipment()?;
        let hours = app.history.hours(range).await?;
        let quality = app.history_level(range);
        let computed = tokio::task::spawn_blocking(move || {
            let joined = Self::of(&hours, equipment, quality)?;
            Ok((question(&joined.view), joined))
        });
        computed.await.map_err(|cause| HoursFailure::Defect(cause.to_string().into()))?
    }

    fn of(
        hours: &Hours,
        equipment: Current<EquipmentView>,
        quality: Level,
    ) -> Result<Self, ApiError> {
        let table =
            hours.table().map_err(|cause| HoursFailure::Defect(cause.to_string().into()))?;
        let basis = Basis {
            version: version_of(
                format!("{} {}", version_of(&hours.bytes), equipment.basis.version).as_bytes(),
            ),
            updated_at: hours.read_at.min(equipment.basis.updated_at),
            stale: hours.is_stale || equipment.basis.stale,
            quality: quality.max(equipment.basis.quality),
        };
        let view = HistoryView::join(table.into(), equipment.table);
        Ok(Self { view, basis, status: hours.status })
    }

    /// Says where the hours come from.
    pub fn marked(&self, mut response: Response) -> Response {
        insert(response.headers_mut(), CACHE_STATUS, self.status.name());
        response
    }
}

/// What the history can be asked for
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
/// `X-Mes-Cache` says whether the hours were asked for in the database (`miss`) or kept (`l1`,
/// `l2`). A range that was read before is answered with its last hours while the database is in
/// trouble; `meta.stale` is then true.
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

async fn machines_of(
    app: &AppState,
    range: RangeParameters,
    filter: EquipmentFilter,
) -> Result<(Vec<MachineHours>, Joined), ApiError> {
    let query = HistoryDetailQuery {
        hours: HistoryQuery { filter, ..HistoryQuery::default() },
        ..HistoryDetailQuery::default()
    };
    Joined::ask(app, range.range()?, move |view| view.detail(&query).machines).await
}

/// Hours of every machine as a file
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export",
    params(RangeParameters, MachineParameters, FlagParameters, FileParameters),
    responses(
        (
            status = 200,
            description = "The machines",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        HistoryFailures
    )
)]
pub async fn export(
    State(app): State<AppState>,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(FileParameters { format }): Query<FileParameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    file(&app, range, filter(&app, machines, flags)?, format, &headers).await
}

/// Which hours, for an export whose parameters are too long for an address.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExportQuestion {
    /// First day.
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    start_date: Day,
    /// Last day, at most 730 days later.
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, format = Date, example = "2026-11-20")]
    end_date: Day,
    /// Workcenter groups, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    workcenter_groups: Names,
    /// Families, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    families: Names,
    /// Literal text anywhere in the machine's name or id, any case.
    text: Option<String>,
    /// Only production machines, or only others.
    is_production: Option<bool>,
    /// Only key machines, or only others.
    is_key: Option<bool>,
    /// Only monitored machines, or only others.
    is_monitor: Option<bool>,
    /// `csv` or `xlsx`; `csv` when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: FileFormat,
}

/// Hours of every machine as a file, for many names
///
/// As with GET, with the parameters in a body, which has no limit of an address.
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export_by_body",
    request_body = ExportQuestion,
    responses(
        (
            status = 200,
            description = "The machines",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        QueryFailures
    )
)]
pub async fn export_by_body(
    State(app): State<AppState>,
    headers: HeaderMap,
    Body(asked): Body<ExportQuestion>,
) -> Result<Response, ApiError> {
    let ExportQuestion { start_date, end_date, workcenter_groups, families, text, .. } = asked;
    let ExportQuestion { is_production, is_key, is_monitor, format, .. } = asked;
    let machines = MachineParameters { workcenter_groups, families, text };
    let flags = FlagParameters { is_production, is_key, is_monitor };
    let range = RangeParameters { start_date, end_date };
    file(&app, range, filter(&app, machines, flags)?, format, &headers).await
}

async fn file(
    app: &AppState,
    range: RangeParameters,
    filter: EquipmentFilter,
    format: FileFormat,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let name = format!("resource-history_{}_{}", range.start_date, range.end_date);
    let (machines, joined) = machines_of(app, range, filter).await?;
    let fields: Vec<_> = FIELDS.iter().filter(|field| field.dataset == "history").collect();
    // Programs that say nothing about languages look columns up by the names that they always had.
    let is_chinese = headers.contains_key(header::ACCEPT_LANGUAGE)
        && Language::of(headers) == Language::TraditionalChinese;
    let title = |field: &&Field| if is_chinese { field.label_zh } else { field.export_header };
    let titles: Vec<&str> = fields.iter().map(title).collect();
    let rows: Vec<Vec<Value>> = machines
        .into_iter()
        .map(|machine| {
            let row = serde_json::to_value(machine).unwrap_or_default();
            fields.iter().map(|field| row[field.api_key].clone()).collect()
        })
        .collect();
    let file: axum::body::Body = match format {
        FileFormat::Csv => csv::write(&titles, &rows).into(),
        FileFormat::Xlsx => {
            let mut workbook = Workbook::new(&titles)?;
            rows.iter().try_for_each(|row| workbook.add(row))?;
            workbook.finish(&app.answer_room).await?.into_body()
        }
    };
    Ok(joined.marked((format.headers(&name), file).into_response()))
}

/// Hours of a range of days as an Arrow IPC stream
///
/// One row a machine and day: HISTORYID, TXNDATE and a column a state (PRD, SBY, UDT, SDT, EGT,
/// NST, OTHER) with the hours in 1/10,000 h. Machines that the equipment master does not have are
/// in it as well.
///
/// # Errors
/// A parameter is wrong, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/snapshot/history",
    tag = "Snapshots",
    operation_id = "history_snapshot",
    params(RangeParameters),
    responses(
        (
            status = 200,
            description = "The hours",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the hours"),
                ("X-Mes-Kind" = String, description = "`full`"),
                ("X-Mes-Updated-At" = String, description = "When the hours were read: ISO 8601, UTC"),
                ("X-Mes-Stale" = String, description = "`true` when the database could not be asked again"),
                ("X-Mes-Cache" = String, description = "`miss` when the database was asked, else `l1` or `l2`")
            )
        ),
        HistoryFailures
    )
)]
pub async fn snapshot(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
) -> Result<Response, ApiError> {
    let hours = app.history.hours(range.range()?).await?;
    let version = version_of(&hours.bytes);
    let mut response = match conditional.not_modified(&version) {
        Some(unchanged) => unchanged,
        None => {
            let coding = conditional.coding(&SNAPSHOT_CODINGS)?;
            arrow(&version, coding, encoded(&app, &version, coding, hours.bytes).await?)
        }
    };
    let headers = response.headers_mut();
    insert(headers, HeaderName::from_static("x-mes-version"), &version);
    insert(headers, HeaderName::from_static("x-mes-kind"), "full");
    insert(headers, HeaderName::from_static("x-mes-updated-at"), &written(hours.read_at));
    insert(
        headers,
        HeaderName::from_static("x-mes-stale"),
        if hours.is_stale { "true" } else { "false" },
    );
    insert(headers, CACHE_STATUS, hours.status.name());
    Ok(response)
}

/// The bytes in a coding, compressed once a version.
async fn encoded(
    app: &AppState,
    version: &str,
    coding: Coding,
    plain: Bytes,
) -> Result<Bytes, ApiError> {
    let Some(token) = coding.token() else { return Ok(plain) };
    let cache = &app.route_cache;
    let compress = || async move {
        tokio::task::spawn_blocking(move || coding::compress_once(coding, plain))
            .await
            .map_err(compression_failed)?
            .map_err(compression_failed)
    };
    let key = RouteKey::new("history in a coding", &[version], token);
    cache.get_or_load(key, cache.keep(), compress).await.map(|(bytes, _)| bytes)
}
