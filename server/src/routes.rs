//! HTTP: one table of routes, and what surrounds every request.

mod access;
mod assets;
mod audit;
mod body;
mod boot;
mod cached;
mod coding;
mod dashboard;
mod data_quality;
mod description;
mod docs;
mod envelope;
mod error;
mod events;
mod exposure;
mod export;
mod failure_page;
mod failures;
mod fields;
mod health;
mod history;
mod ignored;
mod job_query;
mod language;
mod live;
mod logs;
mod metrics;
mod mount;
mod pages;
mod parameters;
mod preference;
mod forwarded;
mod rate_limit;
mod refresh;
mod request;
mod resource;
mod rows;
mod security_headers;
mod session;
mod sign_in;
mod snapshot;
mod spool;
mod system;
mod table_browser;
mod wip;
mod worker_restart;

use std::collections::HashMap;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

use crate::auth::role::Role;
use access::Routes;

pub use access::{Access, Effect};
pub use assets::warm as warm_assets;
pub use error::ErrorCode;
pub use exposure::{EventStreams, Exposure, StreamHolder};
pub use health::{HealthMemo, condition};
pub use live::AppState;
pub use mount::BasePath;
pub use rate_limit::{RateBudget, RateBudgets, RateLimits};
pub use spool::AnswerRoom;

/// Every route, with what it needs from its caller; its path stands beside its handler.
fn table() -> Routes {
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
                routes!(resource::status),
                routes!(resource::options),
                routes!(resource::summary),
                routes!(resource::matrix),
                routes!(dashboard::kpi),
                routes!(history::options),
                routes!(history::summary),
                routes!(history::detail),
                routes!(history::export, history::export_by_body),
                routes!(dashboard::workcenter_cards),
                routes!(dashboard::detail),
                routes!(dashboard::ou_trend),
                routes!(dashboard::utilization_heatmap),
                routes!(job_query::resources),
                routes!(job_query::jobs),
                routes!(job_query::transactions),
                routes!(job_query::export),
                routes!(snapshot::table),
                routes!(history::snapshot),
                routes!(events::stream),
                routes!(fields::registry),
                routes!(data_quality::report),
            ],
        )
        .with(
            Access::reads(Role::Engineer),
            [
                routes!(table_browser::info),
                routes!(table_browser::columns),
                routes!(table_browser::rows),
            ],
        )
        .with(
            Access::reads(Role::Admin),
            [
                routes!(health::deep),
                routes!(system::status),
                routes!(system::worker),
                routes!(logs::entries),
                routes!(logs::last_hour),
                routes!(audit::entries),
                routes!(session::list),
                routes!(pages::show),
            ],
        )
        .with(
            Access::changes(Role::Admin),
            [
                routes!(system::breaker),
                routes!(worker_restart::restart),
                routes!(logs::cleanup),
                routes!(session::revoke),
                routes!(refresh::now),
                routes!(pages::replace),
            ],
        )
        .with(Access::SIGN_IN, [routes!(session::sign_in), routes!(sign_in::send)])
        .with(Access::OWN_SESSION, [routes!(session::sign_out), routes!(sign_in::leave)])
        .with(
            Access::PUBLIC,
            [
                routes!(session::show),
                routes!(pages::list),
                routes!(sign_in::form),
                routes!(description::document),
                routes!(docs::page),
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
    let service = api
        .route_layer(from_fn_with_state(state.clone(), access::identify))
        .route("/admin/login/page.css", get(sign_in::style))
        .route("/api/docs/page.js", get(docs::script))
        .route("/api/docs/page.css", get(docs::style))
        .fallback(assets::fallback)
        .method_not_allowed_fallback(wrong_method);
    let service = service.layer(from_fn_with_state(state.clone(), rate_limit::limit));
    let surroundings = request::Surroundings {
        metrics: state.requests.clone(),
        shows_causes: state.shows_causes,
        exposure: state.exposure.clone(),
    };
    let exposure = state.exposure.clone();
    mount::mount(request::surround(service, surroundings).with_state(state), &exposure.base_path)
}

/// The description of every route.
pub fn openapi() -> OpenApi {
    description::complete(table().into_router().to_openapi())
}

/// Writes the description as a file would hold it.
///
/// # Errors
/// The writer's.
pub fn print_openapi(out: &mut impl std::io::Write) -> std::io::Result<()> {
    writeln!(out, "{}", openapi().to_pretty_json()?)
}

async fn wrong_method(request: Request) -> error::ApiError {
    error::ApiError::method_not_allowed(request.method())
}
