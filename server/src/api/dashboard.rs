//! `/api/dashboard/*`: figures of the equipment dashboard, asked by POST with filters in the body.

use axum::extract::State;
use axum::response::Response;
use compute_core::equipment::{EquipmentFilter, EquipmentList, Kpi, ListQuery, WorkcenterCard};
use compute_core::history::{Day, HistoryQuery, OuPoint};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::history::{HeatmapCell, Joined};
use crate::app_state::{AppState, cold_start};
use crate::history::DayRange;
use crate::http::body::{Fields, wrong_kind};
use crate::http::envelope::{Conditional, Success};
use crate::http::error::ApiError;
use crate::http::failures::{BodyFailures, QueryFailures};
use crate::http::json_body::JsonObject;

/// Days when the caller names no number.
const DEFAULT_DAYS: u32 = 7;
/// Days at most.
const MOST_DAYS: u32 = 365;
/// Machines on a page when the caller names no number, and at most.
const PAGE: (u32, u32) = (100, 500);

/// Body of the dashboard's questions.
#[derive(Debug, Default, ToSchema)]
pub struct DashboardQuestion {
    /// Which machines; all when absent or null.
    pub filters: Option<DashboardFilters>,
}

/// Each filter counts only when it is `true`.
#[derive(Debug, Default, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DashboardFilters {
    /// Only production machines.
    pub is_production: Option<bool>,
    /// Only key machines.
    pub is_key: Option<bool>,
    /// Only monitored machines.
    pub is_monitor: Option<bool>,
}

impl DashboardQuestion {
    fn read(mut body: Map<String, Value>) -> Result<Self, ApiError> {
        let filters = match body.remove("filters") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(filters)) => filters,
            Some(other) => return Err(wrong_kind("filters", "object", &other)),
        };
        let flag = |name: &str| match filters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(wrong_kind(&format!("filters.{name}"), "boolean", other)),
        };
        Ok(Self {
            filters: Some(DashboardFilters {
                is_production: flag("isProduction")?,
                is_key: flag("isKey")?,
                is_monitor: flag("isMonitor")?,
            }),
        })
    }
}

/// Body of questions about the last days.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body for the API description")]
pub struct DaysQuestion {
    /// Which machines; all when absent or null.
    filters: Option<DashboardFilters>,
    /// Number of days before today; moved into 1 to 365, 7 when absent.
    days: Option<u32>,
}

/// Body of the question for a page of machines.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body for the API description")]
pub struct PageQuestion {
    /// Which machines; all when absent or null.
    filters: Option<DashboardFilters>,
    /// Machines to skip.
    offset: Option<u32>,
    /// Machines on the page; moved into 1 to 500, 100 when absent.
    limit: Option<u32>,
}

impl From<DashboardQuestion> for EquipmentFilter {
    fn from(question: DashboardQuestion) -> Self {
        let filters = question.filters.unwrap_or_default();
        let only_true = |flag: Option<bool>| flag.filter(|wanted| *wanted);
        Self {
            is_production: only_true(filters.is_production),
            is_key: only_true(filters.is_key),
            is_monitor: only_true(filters.is_monitor),
            ..Self::default()
        }
    }
}

/// Machines by what they do, OU % and run %
///
/// # Errors
/// The body is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    post,
    path = "/api/dashboard/kpi",
    tag = "Equipment",
    request_body = DashboardQuestion,
    responses(
        (status = 200, description = "The figures", body = Success<Kpi>),
        BodyFailures
    )
)]
pub async fn kpi(
    State(app): State<AppState>,
    conditional: Conditional,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let filter = DashboardQuestion::read(body)?.into();
    let equipment = app.equipment()?;
    conditional.uncached(&equipment.basis, || Ok(equipment.table.kpi(&filter))).await
}

/// The figures of every workcenter group
///
/// # Errors
/// The body is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    post,
    path = "/api/dashboard/workcenter_cards",
    tag = "Equipment",
    request_body = DashboardQuestion,
    responses(
        (status = 200, description = "One card a group", body = Success<Vec<WorkcenterCard>>),
        BodyFailures
    )
)]
pub async fn workcenter_cards(
    State(app): State<AppState>,
    conditional: Conditional,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let filter = DashboardQuestion::read(body)?.into();
    let equipment = app.equipment()?;
    conditional.uncached(&equipment.basis, || Ok(equipment.table.workcenter_cards(&filter))).await
}

/// The machines one by one, a page of them
///
/// # Errors
/// The body is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    post,
    path = "/api/dashboard/detail",
    tag = "Equipment",
    operation_id = "dashboard_detail",
    request_body = PageQuestion,
    responses(
        (status = 200, description = "The page", body = Success<EquipmentList>),
        BodyFailures
    )
)]
pub async fn detail(
    State(app): State<AppState>,
    conditional: Conditional,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let fields = Fields(body.clone());
    let query = ListQuery {
        filter: DashboardQuestion::read(body)?.into(),
        offset: fields.offset("offset")?,
        limit: Some(fields.limit("limit", PAGE.0, PAGE.1)?),
        ..ListQuery::default()
    };
    let equipment = app.equipment()?;
    conditional.uncached(&equipment.basis, || Ok(equipment.table.list(&query))).await
}

/// The days before today, by "now" of the data.
fn last_days(app: &AppState, body: &Map<String, Value>) -> Result<DayRange, ApiError> {
    let days = Fields(body.clone()).limit("days", DEFAULT_DAYS, MOST_DAYS)?;
    let plant = app.snapshots.current();
    let today =
        plant.now().and_then(Day::parse).ok_or_else(|| cold_start(app, &plant, "equipment"))?;
    Ok(DayRange::before(today, days as u16))
}

/// OU % of the last days, today left out; two decimals
///
/// # Errors
/// The body is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/dashboard/ou_trend",
    tag = "Equipment",
    request_body = DaysQuestion,
    responses(
        (status = 200, description = "One entry a day", body = Success<Vec<OuPoint>>),
        QueryFailures
    )
)]
pub async fn ou_trend(
    State(app): State<AppState>,
    conditional: Conditional,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let range = last_days(&app, &body)?;
    let filter = DashboardQuestion::read(body)?.into();
    let query = HistoryQuery { filter, ..HistoryQuery::default() };
    let (points, joined) = Joined::ask(&app, range, move |view| view.ou_trend(&query)).await?;
    let response = conditional.uncached(&joined.basis, || Ok(points)).await?;
    Ok(joined.marked(response))
}

/// OU % by workcenter and day of the last days, today left out; two decimals
///
/// # Errors
/// The body is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/dashboard/utilization_heatmap",
    tag = "Equipment",
    request_body = DaysQuestion,
    responses(
        (
            status = 200,
            description = "One entry a workcenter and day",
            body = Success<Vec<HeatmapCell>>
        ),
        QueryFailures
    )
)]
pub async fn utilization_heatmap(
    State(app): State<AppState>,
    conditional: Conditional,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let range = last_days(&app, &body)?;
    let filter = DashboardQuestion::read(body)?.into();
    let query = HistoryQuery { filter, ..HistoryQuery::default() };
    let (heatmap, joined) =
        Joined::ask(&app, range, move |view| view.utilization_heatmap(&query)).await?;
    let response = conditional.uncached(&joined.basis, || Ok(HeatmapCell::list(heatmap))).await?;
    Ok(joined.marked(response))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::language::Language;
    use serde_json::json;

    fn filter(body: Value) -> Result<EquipmentFilter, ApiError> {
        let Value::Object(body) = body else { unreachable!("tests pass objects") };
        DashboardQuestion::read(body).map(Into::into)
    }

    #[test]
    fn a_flag_counts_only_when_true() {
        for body in [json!({}), json!({"filters": null}), json!({"filters": {"isKey": false}})] {
            assert_eq!(filter(body).unwrap(), EquipmentFilter::default());
        }
        let asked = filter(json!({"filters": {"isKey": true, "colour": 3}})).unwrap();
        assert_eq!(asked.is_key, Some(true));
        assert_eq!(asked.is_production, None);
    }

    #[test]
    fn wrong_kinds_are_named_with_their_place() {
        let error = filter(json!({"filters": {"isKey": "yes"}})).unwrap_err();
        let message = error.message(Language::English);
        assert!(message.contains("filters.isKey") && message.contains("string"), "{message}");
        assert!(filter(json!({"filters": []})).is_err());
    }
}
