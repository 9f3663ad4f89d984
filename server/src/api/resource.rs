//! `/api/resource/status*`: machines merged with their real-time status.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use compute_core::equipment::{
    EquipmentFilter, EquipmentRecord, EquipmentSummary, EquipmentView, GroupStates, Options,
    OptionsQuery,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::{AppState, Current};
use crate::http::envelope::{CountedSuccess, Success};
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::values::Names;

/// Which machines, by what they are.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct FlagParameters {
    /// Only production machines, or only others.
    pub is_production: Option<bool>,
    /// Only key machines, or only others.
    pub is_key: Option<bool>,
    /// Only monitored machines, or only others.
    pub is_monitor: Option<bool>,
}

impl From<FlagParameters> for EquipmentFilter {
    fn from(asked: FlagParameters) -> Self {
        Self {
            is_production: asked.is_production,
            is_key: asked.is_key,
            is_monitor: asked.is_monitor,
            ..Self::default()
        }
    }
}

/// Which machines, by where they are.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct GroupParameters {
    /// Workcenter groups: a comma list, or the parameter several times with a group each. A group
    /// with commas in its name is known in a list as well.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "TMTT,焊接_DB")]
    workcenter_groups: Names,
}

impl GroupParameters {
    fn read(self, equipment: &EquipmentView) -> Vec<String> {
        self.workcenter_groups.read(|name| equipment.knows_group(name))
    }
}

/// Which machines, by what they do now.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct CategoryParameters {
    /// Status categories, see `/api/resource/status/options`: a comma list, or the parameter
    /// several times with a category each.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "PRODUCTIVE,DOWN")]
    status_categories: Names,
    /// Only machines with an open job order, or only others.
    has_job: Option<bool>,
}

impl CategoryParameters {
    /// The categories, all of which there are.
    fn read(self, equipment: &EquipmentView) -> Result<Vec<String>, ApiError> {
        let known = equipment.options(&OptionsQuery {}).status_categories;
        let is_known = |name: &str| known.iter().any(|category| category == name);
        let asked = self.status_categories.read(is_known);
        match asked.iter().find(|name| !is_known(name)) {
            Some(other) => {
                Err(ApiError::not_allowed("status_categories", other, &known.join(", ")))
            }
            None => Ok(asked),
        }
    }
}

/// Extractor: the machines, and which of them are asked for.
pub struct Asked {
    equipment: Current<EquipmentView>,
    filter: EquipmentFilter,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let Query(groups) = Query::<GroupParameters>::from_request_parts(parts, app).await?;
        let Query(flags) = Query::<FlagParameters>::from_request_parts(parts, app).await?;
        let Query(categories) = Query::<CategoryParameters>::from_request_parts(parts, app).await?;
        let equipment = app.equipment()?;
        let filter = EquipmentFilter {
            workcenter_groups: groups.read(&equipment.table),
            has_job: categories.has_job,
            status_categories: categories.read(&equipment.table)?,
            ..flags.into()
        };
        Ok(Self { equipment, filter })
    }
}

/// One record a machine
///
/// In the order of machine ids. Real-time fields are null for a machine without real-time status.
///
/// # Errors
/// A parameter is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    get,
    path = "/api/resource/status",
    tag = "Equipment",
    params(GroupParameters, FlagParameters, CategoryParameters),
    responses(
        (status = 200, description = "The machines", body = CountedSuccess<EquipmentRecord>),
        ReadFailures
    )
)]
pub async fn status(
    conditional: Conditional,
    Asked { equipment, filter }: Asked,
) -> Result<Response, ApiError> {
    conditional.counted(&equipment.basis, || equipment.table.status(&filter)).await
}

/// What the equipment filters can be set to
///
/// # Errors
/// No equipment has been loaded yet.
#[utoipa::path(
    get,
    path = "/api/resource/status/options",
    tag = "Equipment",
    responses(
        (status = 200, description = "The options", body = Success<Options>),
        ReadFailures
    )
)]
pub async fn options(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let equipment = app.equipment()?;
    conditional.answer(&equipment.basis, || Ok(equipment.table.options(&OptionsQuery {}))).await
}

/// Machines by status, OU % and availability
///
/// # Errors
/// A parameter is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    get,
    path = "/api/resource/status/summary",
    tag = "Equipment",
    params(GroupParameters, FlagParameters, CategoryParameters),
    responses(
        (status = 200, description = "The figures", body = Success<EquipmentSummary>),
        ReadFailures
    )
)]
pub async fn summary(
    conditional: Conditional,
    Asked { equipment, filter }: Asked,
) -> Result<Response, ApiError> {
    conditional.answer(&equipment.basis, || Ok(equipment.table.summary(&filter))).await
}

/// Machines by workcenter group and status
///
/// # Errors
/// A parameter is wrong, or no equipment has been loaded yet.
#[utoipa::path(
    get,
    path = "/api/resource/status/matrix",
    tag = "Equipment",
    params(GroupParameters, FlagParameters, CategoryParameters),
    responses(
        (status = 200, description = "One row per group", body = Success<Vec<GroupStates>>),
        ReadFailures
    )
)]
pub async fn matrix(
    conditional: Conditional,
    Asked { equipment, filter }: Asked,
) -> Result<Response, ApiError> {
    conditional.answer(&equipment.basis, || Ok(equipment.table.matrix(&filter))).await
}
