//! No client sees older data after newer data, whichever of several servers it reaches.
//!
//! What a client has seen travels with it as a [`ReadToken`]: in a cookie, and for scripts in the header
//! `X-Mes-Read-Token`, which every response with data of the plant has and a request may repeat. A server
//! that is behind waits for the data, for two seconds at most, and then answers 503: never older data.
//! A server that shares with no other needs none of this, and sends neither.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use compute_core::table::Dataset;

use crate::app_state::AppState;
use crate::auth::cookie::{CookieUse, Sent};
use crate::http::error::ApiError;
use crate::sharing::{ReadToken, Sharing};
use crate::snapshot::Plant;

/// Carries the token of scripts, both ways.
pub const READ_TOKEN: HeaderName = HeaderName::from_static("x-mes-read-token");

const LOTS: &[Dataset] = &[Dataset::Wip];
const MACHINES: &[Dataset] = &[Dataset::Resource, Dataset::Equipment, Dataset::Workcenter];
const ALL: &[Dataset] = &Dataset::ALL;
/// Of the program, of the caller, or of a query to the database.
const NONE: &[Dataset] = &[];

/// What the routes below a path show of the plant; the first that fits.
const SHOWN: [(&str, &[Dataset]); 17] = [
    ("/api/snapshot/wip", LOTS),
    ("/api/snapshot/resource", &[Dataset::Resource]),
    ("/api/snapshot/equipment", &[Dataset::Equipment]),
    ("/api/snapshot/workcenter", &[Dataset::Workcenter]),
    ("/api/wip", LOTS),
    ("/api/hold-overview", LOTS),
    ("/api/resource", MACHINES),
    ("/api/dashboard", MACHINES),
    ("/api/downtime", MACHINES),
    ("/api/session", NONE),
    ("/api/pages", NONE),
    ("/api/openapi.json", NONE),
    ("/api/docs", NONE),
    ("/api/views", NONE),
    ("/api/choices", NONE),
    ("/api/fields", NONE),
    ("/api/", ALL),
];

fn shown_at(path: &str) -> &'static [Dataset] {
    let fits = |prefix: &str| {
        let rest = path.strip_prefix(prefix);
        rest.is_some_and(|rest| prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    };
    SHOWN.into_iter().find(|(prefix, _)| fits(prefix)).map_or(NONE, |(_, shown)| shown)
}

/// What a request's client has seen: by its cookie, by what was announced to its page, by its header.
fn seen_by(app: &AppState, sharing: &Sharing, headers: &HeaderMap) -> Seen {
    let cookie = |purpose| match app.auth.cookies.sent(purpose, headers) {
        Sent::One(text) => ReadToken::parse(sharing.key(), text),
        Sent::Nothing | Sent::Several => None,
    };
    let kept = cookie(CookieUse::Read).unwrap_or_default();
    let in_header = headers.get(READ_TOKEN).and_then(|value| value.to_str().ok());
    let in_header = in_header.and_then(|text| ReadToken::parse(sharing.key(), text));
    let mut all = kept.clone();
    for more in [cookie(CookieUse::Announced), in_header].into_iter().flatten() {
        all.merge(&more);
    }
    if let Some(latest) = sharing.latest() {
        all.forget_after(latest);
    }
    Seen { kept, all }
}

struct Seen {
    /// What the cookie says.
    kept: ReadToken,
    /// Everything together.
    all: ReadToken,
}

/// Holds a request to what its client has seen, and tells the client what it is shown.
pub async fn hold_to_seen(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let shown = shown_at(request.uri().path());
    let Some(sharing) = app.sharing.clone().filter(|_| !shown.is_empty()) else {
        return next.run(request).await;
    };
    let Seen { kept, mut all } = seen_by(&app, &sharing, request.headers());
    if sharing.hold_to(&all, shown).await.is_err() {
        return ApiError::behind().into_response();
    }
    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return response;
    }
    // What was shown is not newer than what is published by now.
    all.show(&app.snapshots.current(), shown);
    let Some(text) = all.write(sharing.key()) else { return response };
    let headers = response.headers_mut();
    if all != kept {
        let cookie = app.auth.cookies.set(CookieUse::Read, &text, None);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.insert(READ_TOKEN, text);
    }
    response
}

/// The token of what a server announces; `None` where servers don't share.
pub(super) fn announced(app: &AppState, plant: &Plant) -> Option<String> {
    let sharing = app.sharing.as_ref()?;
    let mut token = ReadToken::default();
    token.show(plant, ALL);
    token.write(sharing.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_show_what_their_paths_say() {
        for (path, shown) in [
            ("/api/wip/overview/summary", LOTS),
            ("/api/hold-overview/lots", LOTS),
            ("/api/snapshot/wip", LOTS),
            ("/api/snapshot/history", ALL),
            ("/api/resource/status", MACHINES),
            ("/api/events", ALL),
            ("/api/session", NONE),
            ("/api/sessions", ALL),
            ("/api/wipe", ALL),
            ("/health", NONE),
            ("/", NONE),
        ] {
            assert_eq!(shown_at(path), shown, "{path}");
        }
    }
}
