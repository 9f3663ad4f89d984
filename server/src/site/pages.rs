//! The navigation as the caller sees it, and its management.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::auth::role::Role;
use crate::http::body::JsonObject;
use crate::http::caller::Caller;
use crate::http::envelope::{Success, written};
use crate::http::error::ApiError;
use crate::http::failures::{
    AdminFailures, CommandFailures, Conflicting, ConstantFailures, NotReady,
};
use crate::operations::audit::Commander;
use crate::pages::{
    ChangeError, Drawer, Edition, Layout, MOST_DRAWERS, MOST_NAME_CHARS, Names, Page, PageRegistry,
};

/// The navigation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Navigation {
    /// Drawers with pages that the caller may see, in order.
    pub drawers: Vec<Drawer>,
}

impl Navigation {
    /// What somebody of this role sees.
    pub fn of(pages: &PageRegistry, edition: &Edition, role: Option<Role>) -> Self {
        Self { drawers: edition.layout.seen_by(role, pages.program()) }
    }
}

/// The pages that the caller may see, in their drawers
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/api/pages",
    tag = "Description",
    responses(
        (status = 200, description = "Drawers and pages in order; pages in development for administrators only", body = Success<Navigation>),
        ConstantFailures
    )
)]
pub async fn list(State(app): State<AppState>, caller: Caller) -> Response {
    let edition = app.pages.known().await;
    let data = Navigation::of(&app.pages, &edition, caller.role());
    let body = Success::now(data);
    // The list differs per user.
    ([(header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// A page, as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManagedPage {
    /// How it is laid out.
    #[serde(flatten)]
    page: Page,
    /// The least role that it may be shown to; null where the program has no such page any more,
    /// which then is kept and shown to nobody.
    least_role: Option<Role>,
    /// State and role can't be changed.
    fixed: bool,
}

/// A drawer, as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManagedDrawer {
    /// Names it for good.
    id: String,
    /// What it is called.
    name: Names,
    /// Its pages, in order.
    pages: Vec<ManagedPage>,
}

/// The whole layout.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManagedPages {
    /// To be sent back with a change.
    revision: i64,
    /// When it was changed last: ISO 8601, UTC; null for never.
    changed_at: Option<String>,
    /// Who changed it last.
    changed_by: Option<String>,
    /// Drawers at most.
    most_drawers: usize,
    /// Longest name, in characters.
    most_name_chars: usize,
    /// All drawers, in order.
    drawers: Vec<ManagedDrawer>,
}

impl ManagedPages {
    fn of(pages: &PageRegistry, edition: &Edition) -> Self {
        let managed = |page: &Page| {
            let known = pages.program().iter().find(|known| known.path == page.path);
            ManagedPage {
                page: page.clone(),
                least_role: known.map(|known| known.least),
                fixed: known.is_some_and(|known| known.is_fixed),
            }
        };
        let drawers = edition.layout.drawers.iter().map(|drawer| ManagedDrawer {
            id: drawer.id.clone(),
            name: drawer.name.clone(),
            pages: drawer.pages.iter().map(managed).collect(),
        });
        let (changed_at, changed_by) = edition.changed.clone().unzip();
        Self {
            revision: edition.revision,
            changed_at: changed_at.map(written),
            changed_by,
            most_drawers: MOST_DRAWERS,
            most_name_chars: MOST_NAME_CHARS,
            drawers: drawers.collect(),
        }
    }
}

fn managed(app: &AppState, edition: &Edition) -> Response {
    let data = ManagedPages::of(&app.pages, edition);
    Success::now(data).into_response()
}

fn unavailable(cause: sqlx::Error) -> ApiError {
    tracing::error!(%cause, "the layout of pages can't be read or written");
    ApiError::layout_unavailable()
}

/// All pages and drawers
///
/// # Errors
/// The application's database gives no answer.
#[utoipa::path(
    get,
    path = "/admin/api/pages",
    tag = "Operation",
    responses(
        (status = 200, description = "The layout and its revision", body = Success<ManagedPages>),
        AdminFailures,
        NotReady
    )
)]
pub async fn show(State(app): State<AppState>) -> Result<Response, ApiError> {
    let edition = app.pages.latest().await.map_err(unavailable)?;
    Ok(managed(&app, &edition))
}

/// A layout in the place of another.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LayoutChange {
    /// The revision that it was made from.
    revision: i64,
    /// All drawers with all pages, in order.
    drawers: Vec<Drawer>,
}

/// Change pages and drawers
///
/// The layout is replaced whole. Every page has to be in it once; a page that is left out is refused.
///
/// # Errors
/// The layout breaks a rule, somebody else changed it in the meantime, or it can't be stored.
#[utoipa::path(
    put,
    path = "/admin/api/pages",
    tag = "Operation",
    request_body = LayoutChange,
    responses(
        (status = 200, description = "The layout as it is now", body = Success<ManagedPages>),
        CommandFailures,
        Conflicting,
        NotReady
    )
)]
pub async fn replace(
    State(app): State<AppState>,
    commander: Commander,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let change: LayoutChange = body.read()?;
    let act = commander.act("pages", None, None);
    let layout = Layout { drawers: change.drawers };
    let changed = app.pages.change(change.revision, layout, act).await;
    let edition = changed.map_err(|error| match error {
        ChangeError::Conflict { current } => ApiError::conflict(current),
        ChangeError::Rule(violation) => ApiError::validation(violation.zh_tw, violation.en),
        ChangeError::Store(cause) => unavailable(cause),
    })?;
    Ok(managed(&app, &edition))
}
