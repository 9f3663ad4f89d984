//! HTTP: one table of routes, and what surrounds every request.

mod assets;
mod body;
mod cached;
mod coding;
mod csv;
mod dashboard;
mod description;
mod docs;
mod envelope;
mod error;
mod events;
mod failures;
mod fields;
mod health;
mod history;
mod job_query;
mod language;
mod live;
mod logs;
mod metrics;
mod parameters;
mod preference;
mod rate_limit;
mod refresh;
mod request;
mod resource;
mod security_headers;
mod snapshot;
mod system;
mod table_browser;
mod wip;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use assets::{PAGES, warm as warm_assets};
pub use error::ErrorCode;
pub use health::{HealthMemo, condition};
pub use live::AppState;
pub use rate_limit::{RateBudget, RateBudgets, RateLimits};

/// Every route; its path stands beside its handler.
fn routed() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(wip::overview::summary))
        .routes(routes!(wip::overview::matrix))
        .routes(routes!(wip::overview::hold))
        .routes(routes!(wip::detail::page))
        .routes(routes!(wip::lot::record))
        .routes(routes!(wip::meta::workcenters))
        .routes(routes!(wip::meta::packages))
        .routes(routes!(wip::meta::search))
        .routes(routes!(wip::hold_detail::summary))
        .routes(routes!(wip::hold_detail::distribution))
        .routes(routes!(wip::hold_detail::lots))
        .routes(routes!(wip::qc_gate::waiting))
        .routes(routes!(resource::status))
        .routes(routes!(resource::options))
        .routes(routes!(resource::summary))
        .routes(routes!(resource::matrix))
        .routes(routes!(dashboard::kpi))
        .routes(routes!(history::options))
        .routes(routes!(history::summary))
        .routes(routes!(history::detail))
        .routes(routes!(history::export))
        .routes(routes!(dashboard::workcenter_cards))
        .routes(routes!(dashboard::detail))
        .routes(routes!(dashboard::ou_trend))
        .routes(routes!(dashboard::utilization_heatmap))
        .routes(routes!(job_query::resources))
        .routes(routes!(job_query::jobs))
        .routes(routes!(job_query::transactions))
        .routes(routes!(job_query::export))
        .routes(routes!(table_browser::info))
        .routes(routes!(table_browser::columns))
        .routes(routes!(table_browser::rows))
        .routes(routes!(snapshot::table))
        .routes(routes!(history::snapshot))
        .routes(routes!(events::stream))
        .routes(routes!(fields::registry))
        .routes(routes!(description::document))
        .routes(routes!(docs::page))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::health))
        .routes(routes!(health::deep))
        .routes(routes!(metrics::scrape))
        .routes(routes!(system::status))
        .routes(routes!(system::worker))
        .routes(routes!(system::breaker))
        .routes(routes!(logs::entries))
        .routes(routes!(logs::cleanup))
        .routes(routes!(logs::last_hour))
        .routes(routes!(refresh::now))
}

/// The whole service: API, API page and front end.
pub fn router(state: AppState) -> Router {
    let (api, _) = routed().split_for_parts();
    let service = api
        .route("/api/docs/page.js", get(docs::script))
        .route("/api/docs/page.css", get(docs::style))
        .fallback(assets::fallback)
        .method_not_allowed_fallback(wrong_method);
    let service = service.layer(from_fn_with_state(state.clone(), rate_limit::limit));
    let surroundings =
        request::Surroundings { metrics: state.requests.clone(), shows_causes: state.shows_causes };
    request::surround(service, surroundings).with_state(state)
}

/// The description of every route.
pub fn openapi() -> OpenApi {
    description::complete(routed().to_openapi())
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
