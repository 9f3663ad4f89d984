//! `/api/events`: a stream that announces new versions of datasets and whether all data is current.
//!
//! The id of an event lists the versions that the reader has received. A reader that reconnects
//! with `Last-Event-ID` receives only what has changed since; that works across restarts and
//! between replicas, because the server keeps no state per reader.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use compute_core::table::Dataset;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use utoipa::ToSchema;

use super::monotonic_reads;
use crate::app_state::{AppState, HealthStatus};
use crate::auth::cookie::{CookieUse, Sent};
use crate::data_quality::Level;
use crate::degraded_reason::DegradedReason;
use crate::http::caller::{Caller, Who, borne};
use crate::http::envelope::written;
use crate::http::error::ApiError;
use crate::http::exposure::StreamHolder;
use crate::http::failures::ConstantFailures;
use crate::http::rate_limit::ClientAddress;
use crate::plant_alerts::AlertNews;
use crate::serving::client_key;
use crate::snapshot::{Plant, Published};

/// Interval of heartbeats, so that proxies and clients see that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(3);
/// Reconnect delays after a stream that ends with its worker are spread over this time.
const RETURN_MS: std::ops::Range<u64> = 100..1_500;
/// Interval at which the session of an open stream is checked.
const SESSION_EVERY: Duration = Duration::from_secs(2);
/// Retry-After for a client with too many streams, s.
const TOO_MANY_SECS: u32 = 30;
/// Characters of a version in an event id.
const VERSION_PREFIX: usize = 12;

/// Data of a `snapshot` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotEvent {
    /// Which has a new version.
    #[schema(value_type = Dataset)]
    dataset: &'static str,
    /// The version that can be fetched now.
    version: String,
    /// Its rows.
    rows: usize,
    /// When it was read from the database: ISO 8601, UTC.
    updated_at: String,
    /// What has been announced so far, where several servers share it: as the cookie `mes_announced` or
    /// the header `X-Mes-Read-Token` it makes any of them respond with this version or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    read_token: Option<String>,
}

impl SnapshotEvent {
    fn of(published: &Published, read_token: Option<String>) -> Self {
        Self {
            read_token,
            dataset: published.dataset.name(),
            version: published.version.clone(),
            rows: published.rows,
            updated_at: written(published.updated_at),
        }
    }
}

/// Data of a `condition` event.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConditionEvent {
    /// As in `/health`.
    status: HealthStatus,
    /// As in `/health`: why not everything is current; null when it is.
    degraded_reason: Option<DegradedReason>,
    /// The datasets whose last refresh failed, and when each was last found current
    /// (ISO 8601, UTC; null when it was never loaded).
    stale: BTreeMap<&'static str, Option<String>>,
    /// The datasets with findings, and how grave they are: `notice`, or `warning` when numbers may be
    /// wrong. `/api/data-quality` has the findings.
    data_quality: BTreeMap<&'static str, Level>,
}

impl ConditionEvent {
    fn of(app: &AppState, plant: &Plant) -> Self {
        let (status, degraded_reason) = app.health_status(plant);
        let stale = Dataset::ALL.iter().filter(|dataset| plant.state(**dataset).is_stale());
        let checked =
            |dataset: &Dataset| (dataset.name(), plant.state(*dataset).checked_at.map(written));
        let levels = Dataset::ALL.map(|dataset| (dataset.name(), app.level(plant, dataset)));
        Self {
            status,
            degraded_reason,
            stale: stale.map(checked).collect(),
            data_quality: levels.into_iter().filter(|(_, level)| *level != Level::Ok).collect(),
        }
    }
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FarewellReason {
    /// This server is replaced by another.
    ServerLeaves,
    /// The session was ended: signed out, by an administrator, or because its user was changed.
    SessionEnded,
    /// The session's time is over.
    SessionExpired,
}

/// Data of a `farewell` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct FarewellEvent {
    /// Why the stream ends.
    reason: FarewellReason,
    /// When to connect again, ms from now.
    return_ms: u64,
}

/// New versions as they come (server-sent events)
///
/// First the current version of every dataset (or, with `Last-Event-ID`, of those that changed
/// since), then each new one. An event named `condition` is sent at the start and whenever it
/// changes: whether all data is current and can be trusted; its data is `ConditionEvent`. An event named
/// `alerts` is sent in the same way where alert rules are watched: how many fire; its data is `AlertNews`. An event
/// named `heartbeat` is sent after 15 seconds without another event. An event named `farewell` is
/// the final one: the server is being replaced, or the session that the stream was opened with has
/// ended; its data is `FarewellEvent`. A slow reader receives the newest version only.
#[utoipa::path(
    get,
    path = "/api/events",
    tag = "Snapshots",
    params((
        "Last-Event-ID" = Option<String>, Header,
        description = "Id of the last event that the reader has received; browsers send it on their own"
    )),
    responses(
        (
            status = 200,
            description = "Events named `snapshot`, `condition`, `alerts`, `heartbeat` and `farewell`",
            content_type = "text/event-stream",
            body = SnapshotEvent
        ),
        ConstantFailures
    )
)]
pub async fn stream(
    State(app): State<AppState>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let holder = match caller.session() {
        Some(session) => Some(StreamHolder::User(session.user_name.clone())),
        None => address.map(client_key).map(StreamHolder::Address),
    };
    let place = match holder {
        Some(holder) => Some(app.event_streams.enter(holder).ok_or_else(|| {
            tracing::warn!(user = caller.name(), "too many event streams of one visitor");
            ApiError::too_many_requests(TOO_MANY_SECS)
        })?),
        // From inside of the process.
        None => None,
    };
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let told = Told::parse(last.unwrap_or_default());
    let start = Event::default().retry(RECONNECT).comment("connected");
    let end = end_of_session(app.clone(), caller, headers);
    let events = stream::once(async move { Ok(start) }).chain(news(app, told, end));
    // The permit is released when the stream is dropped.
    let events = events.inspect(move |_| {
        let _ = &place;
    });
    // An event, because a page does not see comments.
    let beat = Event::default().event("heartbeat").data("alive");
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).event(beat);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Ends with the session or token that the stream was opened with: immediately when the session ends in this
/// process, within [`SESSION_EVERY`] plus the cache time of sessions when it ends elsewhere. An
/// open stream does not count as use of the session. When the store is unavailable, the stream
/// stays open.
async fn end_of_session(app: AppState, caller: Caller, headers: HeaderMap) -> FarewellReason {
    if let (Who::Bearer(_), Some(token)) = (&caller.who, borne(&headers)) {
        let mut every = tokio::time::interval(SESSION_EVERY);
        loop {
            every.tick().await;
            if let Ok(None) = app.auth.tokens.find(token).await {
                return FarewellReason::SessionEnded;
            }
        }
    }
    let (Who::SignedIn(session), Sent::One(cookie)) =
        (&caller.who, app.auth.cookies.sent(CookieUse::Session, &headers))
    else {
        return std::future::pending().await;
    };
    let (sessions, mut session) = (&app.auth.sessions, session.clone());
    let (mut ends, mut every) = (sessions.ends(), tokio::time::interval(SESSION_EVERY));
    loop {
        tokio::select! {
            _ = every.tick() => {}
            changed = ends.changed() => if changed.is_err() {
                return FarewellReason::SessionEnded;
            },
        }
        match sessions.peek(cookie).await {
            Ok(Some(found)) => session = found,
            Ok(None) if sessions.is_expired(&session) => return FarewellReason::SessionExpired,
            Ok(None) => return FarewellReason::SessionEnded,
            Err(_) if sessions.is_expired(&session) => return FarewellReason::SessionExpired,
            Err(_) => {}
        }
    }
}

/// What a reader was told last besides versions.
#[derive(Default)]
struct Before {
    condition: Option<ConditionEvent>,
    alerts: Option<AlertNews>,
}

/// The store only wakes the stream, which then reads the versions from it: a reader that missed
/// some versions receives the current one.
fn news(
    app: AppState,
    told: Told,
    end: impl Future<Output = FarewellReason> + Send + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let wake = app.snapshots.subscribe();
    let draining = app.draining.clone();
    let start = (app, wake, told, Before::default());
    let rounds = stream::unfold(start, |(app, mut wake, mut told, mut before)| async move {
        if before.condition.is_some() && wake.changed().await.is_err() {
            return None;
        }
        let plant = app.snapshots.current();
        let read_token = monotonic_reads::announced(&app, &plant);
        let mut events = Vec::new();
        for published in Dataset::ALL.iter().filter_map(|dataset| plant.published(*dataset)) {
            if told.note(published.dataset, &published.version) {
                let event = Event::default().event("snapshot").id(told.id());
                let news = SnapshotEvent::of(published, read_token.clone());
                events.push(event.json_data(news));
            }
        }
        let now = ConditionEvent::of(&app, &plant);
        if before.condition.as_ref() != Some(&now) {
            events.push(Event::default().event("condition").json_data(&now));
            before.condition = Some(now);
        }
        let alerts = app.alerts.as_ref().map(|alerts| alerts.news());
        if before.alerts != alerts {
            events.extend(alerts.map(|news| Event::default().event("alerts").json_data(news)));
            before.alerts = alerts;
        }
        let written = events.into_iter().filter_map(|event| {
            event.inspect_err(|error| tracing::error!(%error, "event cannot be written")).ok()
        });
        let written: Vec<_> = written.map(Ok).collect();
        Some((stream::iter(written), (app, wake, told, before)))
    });
    let (tell, told) = tokio::sync::oneshot::channel();
    let over = async move {
        let reason = tokio::select! {
            () = draining.cancelled_owned() => FarewellReason::ServerLeaves,
            reason = end => reason,
        };
        // The stream may have been dropped.
        let _ = tell.send(reason);
    };
    let farewell = stream::once(async {
        let reason = told.await.unwrap_or(FarewellReason::ServerLeaves);
        let return_ms = fastrand::u64(RETURN_MS);
        // Also sets the delay of the browser's own reconnection.
        let event = Event::default().event("farewell").retry(Duration::from_millis(return_ms));
        // Words and numbers are always JSON.
        Ok(event.json_data(FarewellEvent { reason, return_ms }).unwrap_or_default())
    });
    rounds.flatten().take_until(Box::pin(over)).chain(farewell)
}

/// The versions that a reader has received, by dataset; only their beginnings are kept.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told(BTreeMap<&'static str, String>);

impl Told {
    /// Reads an event id; parts that can't be read count as not received.
    fn parse(id: &str) -> Self {
        let known = id.split('.').filter_map(|part| {
            let (dataset, version) = part.split_once('-')?;
            Some((Dataset::by_name(dataset)?.name(), version.to_owned()))
        });
        Self(known.collect())
    }

    fn id(&self) -> String {
        let parts: Vec<String> =
            self.0.iter().map(|(dataset, version)| format!("{dataset}-{version}")).collect();
        parts.join(".")
    }

    /// Records a version; returns whether it is new to the reader.
    fn note(&mut self, dataset: Dataset, version: &str) -> bool {
        let prefix: String = version.chars().take(VERSION_PREFIX).collect();
        let before = self.0.insert(dataset.name(), prefix.clone());
        before.as_deref() != Some(prefix.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_was_told() {
        let mut told = Told::default();
        assert!(told.note(Dataset::Wip, "0123456789abcdef0123456789abcdef"));
        assert!(told.note(Dataset::Resource, "ffff"));
        assert_eq!(told.id(), "resource-ffff.wip-0123456789ab");
        let mut later = Told::parse(&told.id());
        assert_eq!(later, told);
        assert!(!later.note(Dataset::Wip, "0123456789abcdef0123456789abcdef"));
        assert!(later.note(Dataset::Wip, "1123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn a_strange_id_counts_as_nothing_told() {
        for id in ["", "...", "wip", "lots-1", "\u{0}", "-", "wip-"] {
            assert!(Told::parse(id).note(Dataset::Wip, "0123"), "{id}");
        }
    }
}
