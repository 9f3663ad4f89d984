//! `/api/events`: tells pages that a dataset has a new version.
//!
//! The id of an event lists the versions that the reader has been told so far. A reader that
//! comes back with `Last-Event-ID` is told only what changed meanwhile; that works across
//! restarts and between replicas, because nothing is remembered here.

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
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

use super::envelope::written;
use super::failures::ConstantFailures;
use super::live::AppState;
use crate::snapshot::Published;

/// Silence is broken this often, so that proxies and clients know that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(3);
/// So much of a version goes into an event id.
const VERSION_PREFIX: usize = 12;

/// Data of a `snapshot` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotEvent {
    /// `wip`, `resource`, `equipment` or `workcenter`.
    #[schema(example = "wip")]
    dataset: &'static str,
    /// The version that can be fetched now.
    version: String,
    /// Its rows.
    rows: usize,
    /// When it was read from the database: ISO 8601, UTC.
    updated_at: String,
}

impl From<&Published> for SnapshotEvent {
    fn from(published: &Published) -> Self {
        Self {
            dataset: published.dataset.name(),
            version: published.version.clone(),
            rows: published.rows,
            updated_at: written(published.updated_at),
        }
    }
}

/// New versions as they come (server-sent events)
///
/// First the current version of every dataset (or, with `Last-Event-ID`, of those that changed
/// since), then each new one. A comment every 15 seconds keeps the stream alive. A slow reader
/// is told the newest version only.
#[utoipa::path(
    get,
    path = "/api/events",
    tag = "Snapshots",
    params((
        "Last-Event-ID" = Option<String>, Header,
        description = "Id of the last event that the reader has; browsers send it by themselves"
    )),
    responses(
        (
            status = 200,
            description = "Events named `snapshot`",
            content_type = "text/event-stream",
            body = SnapshotEvent
        ),
        ConstantFailures
    )
)]
pub async fn stream(State(app): State<AppState>, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let told = Told::parse(last.unwrap_or_default());
    let start = Event::default().retry(RECONNECT).comment("connected");
    let events = stream::once(async move { Ok(start) }).chain(news(app, told));
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("heartbeat");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The broadcast only wakes the stream; what it tells comes from the store, so a reader that
/// missed some versions is simply told the current one.
fn news(app: AppState, told: Told) -> impl Stream<Item = Result<Event, Infallible>> {
    let wake = app.snapshots.subscribe();
    let draining = app.draining.clone();
    let rounds =
        stream::unfold((app, wake, told, true), |(app, mut wake, mut told, first)| async move {
            if !first && matches!(wake.recv().await, Err(RecvError::Closed)) {
                return None;
            }
            let plant = app.snapshots.current();
            let mut events = Vec::new();
            for published in Dataset::ALL.iter().filter_map(|dataset| plant.published(*dataset)) {
                if !told.note(published.dataset, &published.version) {
                    continue;
                }
                let event = Event::default()
                    .event("snapshot")
                    .id(told.id())
                    .json_data(SnapshotEvent::from(published.as_ref()));
                match event {
                    Ok(event) => events.push(Ok(event)),
                    Err(error) => tracing::error!(%error, "event cannot be written"),
                }
            }
            Some((stream::iter(events), (app, wake, told, false)))
        });
    rounds.flatten().take_until(draining.cancelled_owned())
}

/// The versions a reader has been told, by dataset; only their beginnings are kept.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told(BTreeMap<&'static str, String>);

impl Told {
    /// Reads an event id; whatever is not readable counts as not told.
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

    /// Notes a version; says whether it is news.
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
