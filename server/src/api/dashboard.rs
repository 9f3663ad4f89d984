//! `/api/dashboard/*`: figures of the equipment dashboard, asked by POST with filters in the body.

use axum::extract::State;
use axum::response::Response;
use compute_core::equipment::{EquipmentFilter, Kpi, WorkcenterCard};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::wrong_kind;
use super::envelope::{Conditional, Success};
use super::error::ApiError;
use super::failures::BodyFailures;
use super::live::AppState;
use super::parameters::JsonObject;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::language::Language;
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
