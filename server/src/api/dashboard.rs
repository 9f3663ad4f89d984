//! `/api/dashboard/*`: figures of the equipment dashboard, asked by POST with filters in the body.

use axum::extract::State;
use axum::response::Response;
use compute_core::equipment::{EquipmentFilter, EquipmentList, Kpi, ListQuery, WorkcenterCard};
use compute_core::history::{Day, HistoryQuery, OuPoint};
use serde::Deserialize;
use utoipa::ToSchema;

use super::history::HeatmapCell;
use super::history::joined::Joined;
use crate::app_state::{AppState, cold_start};
use crate::day_ranges::DayRange;
use crate::http::body::Body;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{BodyFailures, QueryFailures};
use crate::http::response::Conditional;
use crate::http::values::Clamped;

/// Body of the dashboard's questions.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DashboardQuestion {
    /// Which machines; all when absent or null.
    filters: Option<DashboardFilters>,
}

/// Each filter counts only when it is `true`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DashboardFilters {
    /// Only production machines.
    is_production: Option<bool>,
    /// Only key machines.
    is_key: Option<bool>,
    /// Only monitored machines.
    is_monitor: Option<bool>,
}

/// Body of questions about the last days.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DaysQuestion {
    /// Which machines; all when absent or null.
    filters: Option<DashboardFilters>,
    /// Number of days before today; moved into 1 to 365, 7 when absent.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    days: Clamped<7, 1, 365>,
}

/// Body of the question for a page of machines.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PageQuestion {
    /// Which machines; all when absent or null.
    filters: Option<DashboardFilters>,
    /// Machines to skip.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    offset: Clamped<0, 0, { u32::MAX }>,
    /// Machines on the page; moved into 1 to 500, 100 when absent.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    limit: Clamped<100, 1, 500>,
}

fn filter(filters: Option<DashboardFilters>) -> EquipmentFilter {
    let Some(filters) = filters else { return EquipmentFilter::default() };
    let only_true = |flag: Option<bool>| flag.filter(|wanted| *wanted);
    EquipmentFilter {
        is_production: only_true(filters.is_production),
        is_key: only_true(filters.is_key),
        is_monitor: only_true(filters.is_monitor),
        ..EquipmentFilter::default()
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
    Body(DashboardQuestion { filters }): Body<DashboardQuestion>,
) -> Result<Response, ApiError> {
    let filter = filter(filters);
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
    Body(DashboardQuestion { filters }): Body<DashboardQuestion>,
) -> Result<Response, ApiError> {
    let filter = filter(filters);
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
    Body(asked): Body<PageQuestion>,
) -> Result<Response, ApiError> {
    let query = ListQuery {
        filter: filter(asked.filters),
        offset: asked.offset.0,
        limit: Some(asked.limit.0),
        ..ListQuery::default()
    };
    let equipment = app.equipment()?;
    conditional.uncached(&equipment.basis, || Ok(equipment.table.list(&query))).await
}

/// The days before today, by "now" of the data.
fn last_days(app: &AppState, days: u32) -> Result<DayRange, ApiError> {
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
        (status = 200, description = "One entry per day", body = Success<Vec<OuPoint>>),
        QueryFailures
    )
)]
pub async fn ou_trend(
    State(app): State<AppState>,
    conditional: Conditional,
    Body(asked): Body<DaysQuestion>,
) -> Result<Response, ApiError> {
    let range = last_days(&app, asked.days.0)?;
    let query = HistoryQuery { filter: filter(asked.filters), ..HistoryQuery::default() };
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
    Body(asked): Body<DaysQuestion>,
) -> Result<Response, ApiError> {
    let range = last_days(&app, asked.days.0)?;
    let query = HistoryQuery { filter: filter(asked.filters), ..HistoryQuery::default() };
    let (heatmap, joined) =
        Joined::ask(&app, range, move |view| view.utilization_heatmap(&query)).await?;
    let response = conditional.uncached(&joined.basis, || Ok(HeatmapCell::list(heatmap))).await?;
    Ok(joined.marked(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_counts_only_when_true() {
        let flags = |is_key| DashboardFilters { is_production: None, is_key, is_monitor: None };
        assert_eq!(filter(None), EquipmentFilter::default());
        assert_eq!(filter(Some(flags(Some(false)))), EquipmentFilter::default());
        assert_eq!(filter(Some(flags(Some(true)))).is_key, Some(true));
    }
}
