//! One table of routes, and what surrounds every request.

mod description;

use std::collections::HashMap;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::{OpenApi, ServerBuilder};
use utoipa_axum::routes;

use crate::api::{
    alerts, dashboard, data_quality, downtime, events, fields, history, hold_history,
    hold_overview, job_query, memory, monotonic_reads, production_day, resource, snapshot,
    table_browser, wip,
};
use crate::app_state::AppState;
use crate::auth::role::Role;
use crate::http::access::{Access, Guard, equip};
use crate::http::error::ApiError;
use crate::http::failures::ConstantFailures;
use crate::http::rate_limit::RateClass;
use crate::http::response::Conditional;
use crate::http::route_table::Routes;
use crate::http::{cors, mount, request, security_headers};
use crate::operations::{
    alert_commands, audit, health, logs, metrics, refresh, system, worker_restart,
};
use crate::site::{assets, choices, docs, pages, session, sign_in, views};

/// Every route with its access; its path is declared at its handler.
fn table() -> Routes<AppState> {
    Routes::default()
        .with(
            Access::reads(Role::Viewer),
            [
                routes!(wip::overview::summary),
                routes!(wip::overview::matrix),
                routes!(wip::overview::hold),
                routes!(wip::detail::page),
                routes!(wip::lot::record),
                routes!(wip::meta::workcenters),
                routes!(wip::meta::packages),
                routes!(wip::meta::search),
                routes!(wip::hold_detail::summary),
                routes!(wip::hold_detail::distribution),
                routes!(wip::hold_detail::lots),
                routes!(wip::qc_gate::waiting),
                routes!(hold_overview::summary),
                routes!(hold_overview::matrix),
                routes!(hold_overview::treemap),
                routes!(hold_overview::lots),
                routes!(resource::status),
                routes!(resource::options),
                routes!(resource::summary),
                routes!(resource::matrix),
                routes!(dashboard::kpi),
                routes!(dashboard::workcenter_cards),
                routes!(snapshot::table),
                routes!(events::stream),
                routes!(fields::registry),
                routes!(data_quality::report),
                routes!(production_day::show),
                routes!(memory::index),
                routes!(memory::shift),
                routes!(alerts::show),
                routes!(views::list),
                routes!(choices::show),
            ],
        )
        .with(Access::changes(Role::Viewer), [routes!(choices::keep)])
        .with(
            Access::reads(Role::Viewer).counted_as(RateClass::Query),
            [
                routes!(memory::kept_rows::table),
                routes!(history::options),
                routes!(history::summary),
                routes!(history::detail),
                routes!(history::snapshot::snapshot),
                routes!(hold_history::overview),
                routes!(hold_history::records),
                routes!(hold_history::snapshot),
                routes!(downtime::summary),
                routes!(downtime::machines),
                routes!(downtime::events),
                routes!(downtime::snapshot),
                routes!(downtime::jobs),
                routes!(dashboard::detail),
                routes!(dashboard::ou_trend),
                routes!(dashboard::utilization_heatmap),
                routes!(job_query::resources),
                routes!(job_query::jobs),
                routes!(job_query::transactions),
            ],
        )
        .with(
            Access::reads(Role::Viewer).counted_as(RateClass::Export),
            [
                routes!(history::export::export, history::export::export_by_body),
                routes!(hold_overview::export),
                routes!(job_query::export),
            ],
        )
        .with(
            Access::reads(Role::Engineer).counted_as(RateClass::Query),
            [
                routes!(table_browser::info),
                routes!(table_browser::columns),
                routes!(table_browser::rows),
                routes!(alerts::try_rule),
            ],
        )
        .with(
            Access::changes(Role::Engineer),
            [routes!(alert_commands::acknowledge), routes!(alert_commands::silence)],
        )
        .with(Access::reads(Role::Admin).unlimited(), [routes!(health::deep)])
        .with(
            Access::reads(Role::Admin).private(),
            [
                routes!(system::status),
                routes!(system::worker),
                routes!(logs::entries),
                routes!(logs::last_hour),
                routes!(audit::entries),
                routes!(session::list),
                routes!(pages::show),
                routes!(alert_commands::show),
            ],
        )
        .with(
            Access::changes(Role::Admin).private(),
            [
                routes!(system::breaker),
                routes!(worker_restart::restart),
                routes!(logs::cleanup),
                routes!(session::revoke),
                routes!(refresh::now),
                routes!(pages::replace),
                routes!(alert_commands::replace),
                routes!(views::pin),
                routes!(views::unpin),
            ],
        )
        .with(Access::SIGN_IN, [routes!(sign_in::send)])
        .with(Access::SIGN_IN.private(), [routes!(session::sign_in)])
        .with(Access::OWN_SESSION, [routes!(sign_in::leave)])
        .with(Access::OWN_SESSION.private(), [routes!(session::sign_out)])
        .with(Access::PUBLIC.private(), [routes!(session::show)])
        .with(Access::PUBLIC, [routes!(pages::list), routes!(document), routes!(docs::page)])
        .with(
            Access::PUBLIC.unlimited(),
            [
                routes!(sign_in::form),
                routes!(health::live),
                routes!(health::ready),
                routes!(health::health),
                routes!(metrics::scrape),
            ],
        )
}

/// What every route needs from its caller.
pub fn declared_access() -> HashMap<(Method, String), Access> {
    table().declared()
}

/// The whole service: API, API page and front end.
pub fn router(state: AppState) -> Router {
    let (api, _) = table().into_router().split_for_parts();
    let guard = Guard { auth: state.auth.clone(), rate_limits: state.rate_limits.clone() };
    let service = api
        .route("/admin/login/page.css", get(sign_in::style))
        .route("/api/docs/page.js", get(docs::script))
        .route("/api/docs/page.css", get(docs::style))
        .fallback(assets::fallback)
        .method_not_allowed_fallback(wrong_method);
    let service = service
        .layer(from_fn_with_state(state.clone(), monotonic_reads::hold_to_seen))
        .layer(from_fn_with_state(Arc::new(guard), equip));
    let service = match cors::layer(&state.exposure.cors_origins) {
        Some(layer) => service.layer(layer),
        None => service,
    };
    let surroundings = request::Surroundings {
        metrics: state.requests.clone(),
        shows_causes: state.shows_causes,
        exposure: state.exposure.clone(),
        framed: security_headers::policy_for_frames(&state.exposure.frame_ancestors),
    };
    let exposure = state.exposure.clone();
    mount::mount(request::surround(service, surroundings).with_state(state), &exposure.base_path)
}

/// The description of every route.
fn openapi() -> OpenApi {
    description::complete(table().into_router().to_openapi())
}

/// The description with its keys in order: some have none of their own, and equal ones have one tag.
fn ordered(api: &OpenApi) -> serde_json::Result<Value> {
    serde_json::to_value(api)
}

/// Writes the description as a file would hold it.
///
/// # Errors
/// The writer's.
pub fn print_openapi(out: &mut impl std::io::Write) -> std::io::Result<()> {
    writeln!(out, "{:#}", ordered(&openapi())?)
}

async fn wrong_method(request: Request) -> ApiError {
    ApiError::method_not_allowed(request.method())
}

static DOCUMENT: LazyLock<Result<Bytes, serde_json::Error>> =
    LazyLock::new(|| Ok(ordered(&openapi())?.to_string().into()));

/// This description
///
/// # Errors
/// The caller refuses every coding.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "Description",
    responses(
        (status = 200, description = "OpenAPI 3.1 document", content_type = "application/json", body = Object),
        ConstantFailures
    )
)]
pub async fn document(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let base = app.exposure.base_path.as_str();
    let bytes = match DOCUMENT.as_ref() {
        Ok(bytes) if base.is_empty() => Ok(bytes.clone()),
        Ok(_) => below(base).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let bytes = bytes.map_err(|error| {
        tracing::error!(%error, "the description cannot be written");
        ApiError::internal()
    })?;
    conditional.constant("application/json", bytes).await
}

/// The document of a service below a path.
fn below(base: &str) -> Result<Bytes, serde_json::Error> {
    let mut api = openapi();
    api.servers = Some(vec![ServerBuilder::new().url(base).build()]);
    Ok(ordered(&api)?.to_string().into())
}
