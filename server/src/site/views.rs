//! Views that administrators pinned for everybody.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{CommandFailures, Missing, NotReady, ReadFailures};
use crate::http::query::Segment;
use crate::operations::audit::Commander;
use crate::pinned_views::{PinError, PinnedView};

/// Pinned views.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewList {
    /// Oldest first.
    views: Vec<PinnedView>,
}

fn unavailable(cause: impl std::fmt::Display) -> ApiError {
    tracing::error!(%cause, "pinned views can't be read or written");
    ApiError::views_unavailable()
}

fn refused(error: PinError) -> ApiError {
    match error {
        PinError::Rule(violation) => ApiError::validation(violation.zh_tw, violation.en),
        PinError::Unknown => ApiError::not_found(
            "找不到此共用檢視，可能已被移除",
            "There is no such pinned view; it may have been unpinned already",
        ),
        PinError::Store(cause) => unavailable(cause),
    }
}

/// The views that administrators pinned for everybody
///
/// # Errors
/// The application's database gives no answer.
#[utoipa::path(
    get,
    path = "/api/views",
    tag = "Description",
    responses(
        (status = 200, description = "Names and addresses", body = Success<ViewList>),
        ReadFailures
    )
)]
pub async fn list(State(app): State<AppState>) -> Result<Response, ApiError> {
    let views = app.pinned_views.list().await.map_err(unavailable)?;
    let body = Success::now(ViewList { views: views.to_vec() });
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// A view to pin.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewView {
    /// 1 to 80 characters; a name is pinned once.
    #[schema(example = "SOT-23 on hold")]
    name: String,
    /// Path and query of a page of this site; at most 2,000 bytes.
    #[schema(example = "/wip-overview?package=SOT-23&status=HOLD")]
    address: String,
}

/// Pin a view for everybody
///
/// # Errors
/// The name is taken, a rule is broken, or it can't be stored.
#[utoipa::path(
    post,
    path = "/admin/api/views",
    tag = "Operation",
    request_body = NewView,
    responses(
        (status = 200, description = "It is pinned", body = Success<PinnedView>),
        CommandFailures,
        NotReady
    )
)]
pub async fn pin(
    State(app): State<AppState>,
    commander: Commander,
    Body(NewView { name, address }): Body<NewView>,
) -> Result<Response, ApiError> {
    let act = commander.act("pin_view", None, None);
    let view = app.pinned_views.pin(&name, &address, act).await.map_err(refused)?;
    Ok(Success::now(view).into_response())
}

/// A view that is pinned no more.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unpinned {
    /// Its id.
    id: String,
}

/// Unpin a view
///
/// # Errors
/// There is no view of this id, or it can't be stored.
#[utoipa::path(
    delete,
    path = "/admin/api/views/{id}",
    tag = "Operation",
    params(("id" = String, Path, description = "Id from the list")),
    responses(
        (status = 200, description = "It is unpinned", body = Success<Unpinned>),
        CommandFailures,
        Missing,
        NotReady
    )
)]
pub async fn unpin(
    State(app): State<AppState>,
    commander: Commander,
    Segment(id): Segment,
) -> Result<Response, ApiError> {
    app.pinned_views.unpin(&id, commander.act("unpin_view", None, None)).await.map_err(refused)?;
    Ok(Success::now(Unpinned { id }).into_response())
}
