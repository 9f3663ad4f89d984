//! The hours of every machine as a CSV or Excel file.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use compute_core::equipment::EquipmentFilter;
use compute_core::field_contract::{FIELDS, Field, SemanticType};
use compute_core::history::{Day, HistoryDetailQuery, HistoryQuery};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::joined::Joined;
use super::parameters::{
    ComparisonParameters, MachineParameters, RangeParameters, day, filter, some_day,
};
use crate::api::export::{FileParameters, FileResponse, TableFile};
use crate::api::file_footer::{FileFooter, Label, Words, is_chinese};
use crate::api::resource::FlagParameters;
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, QueryFailures};
use crate::http::query::Query;
use crate::http::values::Names;

/// What the filters are called in files.
const LABELS: [(&str, Label); 6] = [
    ("workcenterGroups", Label::Field("history", "workcenter")),
    ("families", Label::Field("history", "family")),
    ("isProduction", Label::Field("equipment", "PJ_ISPRODUCTION")),
    ("isKey", Label::Field("equipment", "PJ_ISKEY")),
    ("isMonitor", Label::Field("equipment", "PJ_ISMONITOR")),
    ("text", Label::Field("history", "resource")),
];
const DAYS: Words = ("日期", "Days");
const COMPARED: Words = ("比較的日期", "Days to compare with");

/// Hours of every machine as a file
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export",
    params(
        RangeParameters,
        ComparisonParameters,
        MachineParameters,
        FlagParameters,
        FileParameters
    ),
    responses(FileResponse, HistoryFailures)
)]
pub async fn export(
    State(app): State<AppState>,
    Query(range): Query<RangeParameters>,
    Query(compared): Query<ComparisonParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(form): Query<FileParameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let filter = filter(&app, machines, flags)?;
    file(&app, range, compared.range()?, filter, form, &headers).await
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
    /// First of the days to compare with, whose hours are further columns.
    #[serde(default, deserialize_with = "some_day")]
    #[schema(value_type = Option<String>, format = Date)]
    compare_start: Option<Day>,
    /// Last of them.
    #[serde(default, deserialize_with = "some_day")]
    #[schema(value_type = Option<String>, format = Date)]
    compare_end: Option<Day>,
    /// Workcenter groups, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    workcenter_groups: Names,
    /// Families, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    families: Names,
    /// Parts of the machine's name or id, any case: one of them has to occur. Commas separate them, `*` stands for anything.
    text: Option<String>,
    /// Only production machines, or only others.
    is_production: Option<bool>,
    /// Only key machines, or only others.
    is_key: Option<bool>,
    /// Only monitored machines, or only others.
    is_monitor: Option<bool>,
}

/// Hours of every machine as a file, for many names
///
/// As with GET, with the question in a body, which has no limit of an address.
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export_by_body",
    params(FileParameters),
    request_body = ExportQuestion,
    responses(FileResponse, QueryFailures)
)]
pub async fn export_by_body(
    State(app): State<AppState>,
    headers: HeaderMap,
    Query(form): Query<FileParameters>,
    Body(asked): Body<ExportQuestion>,
) -> Result<Response, ApiError> {
    let ExportQuestion { start_date, end_date, workcenter_groups, families, text, .. } = asked;
    let ExportQuestion { compare_start, compare_end, .. } = asked;
    let ExportQuestion { is_production, is_key, is_monitor, .. } = asked;
    let machines = MachineParameters { workcenter_groups, families, text };
    let flags = FlagParameters { is_production, is_key, is_monitor };
    let range = RangeParameters { start_date, end_date };
    let compared = ComparisonParameters { compare_start, compare_end }.range()?;
    file(&app, range, compared, filter(&app, machines, flags)?, form, &headers).await
}

/// The machines of a range and what they add up to, as rows of a file.
async fn rows_of(
    app: &AppState,
    range: &RangeParameters,
    filter: &EquipmentFilter,
) -> Result<(Vec<Map<String, Value>>, Map<String, Value>, Joined), ApiError> {
    let hours = HistoryQuery { filter: filter.clone(), ..HistoryQuery::default() };
    let asked = Joined::ask(app, range.range()?, move |view| {
        let figures = view.summary(&hours).kpi;
        let machines =
            view.detail(&HistoryDetailQuery { hours, ..HistoryDetailQuery::default() }).machines;
        (machines.iter().map(as_object).collect(), as_object(&figures))
    });
    let ((machines, mut figures), joined): ((Vec<_>, Map<_, _>), _) = asked.await?;
    // Shares of the plant are of the six states, those of machines of all their hours.
    figures.retain(|key, _| {
        !key.ends_with("_pct") || ["ou_pct", "availability_pct"].contains(&key.as_str())
    });
    Ok((machines, figures, joined))
}

fn as_object(row: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(row) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// The key of the figure of the days that are compared with.
fn compared_key(key: &str) -> String {
    format!("compared_{key}")
}

/// Figures of a machine, which both ranges have.
fn figures() -> impl Iterator<Item = &'static Field> {
    let is_figure = |field: &&Field| {
        use SemanticType::{Count, Duration, Percentage};
        matches!(field.semantic_type, Percentage | Duration | Count)
    };
    FIELDS.iter().filter(|field| field.dataset == "history").filter(is_figure)
}

/// Adds the figures of the other days to `rows`; machines that have hours then only come last.
fn compare(rows: &mut Vec<Map<String, Value>>, others: Vec<Map<String, Value>>) {
    let places: HashMap<Value, usize> =
        rows.iter().enumerate().map(|(place, row)| (row["resource_id"].clone(), place)).collect();
    for mut other in others {
        let moved: Vec<(String, Value)> = figures()
            .filter_map(|field| Some((compared_key(field.api_key), other.remove(field.api_key)?)))
            .collect();
        match places.get(&other["resource_id"]) {
            Some(place) => rows[*place].extend(moved),
            None => {
                other.extend(moved);
                rows.push(other);
            }
        }
    }
}

async fn file(
    app: &AppState,
    range: RangeParameters,
    compared: Option<RangeParameters>,
    filter: EquipmentFilter,
    FileParameters { format, footer }: FileParameters,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let days = |range: &RangeParameters| format!("{} – {}", range.start_date, range.end_date);
    let (mut rows, mut totals, joined) = rows_of(app, &range, &filter).await?;
    let mut said = FileFooter::of(headers, &app.reading, &joined.basis).with(DAYS, days(&range));
    let mut more = Vec::new();
    if let Some(compared) = &compared {
        let (others, sums, _) = rows_of(app, compared, &filter).await?;
        compare(&mut rows, others);
        totals.extend(sums.into_iter().map(|(key, sum)| (compared_key(&key), sum)));
        let title = |field: &Field| {
            let title = if is_chinese(headers) { field.label_zh } else { field.export_header };
            (format!("{title} ({})", days(compared)), compared_key(field.api_key))
        };
        more = figures().map(title).collect();
        said = said.with(COMPARED, days(compared));
    }
    let said = said.filtered(&filter, &LABELS).with_totals(Value::Object(totals));
    let name = format!("resource-history_{}_{}", range.start_date, range.end_date);
    let footer = footer.then_some(said);
    let file = TableFile { dataset: "history", name: &name, format, footer, more };
    Ok(joined.marked(file.answer(app, headers, rows.into_iter()).await?))
}
