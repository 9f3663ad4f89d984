//! The stream of new versions.

use jiff::Timestamp;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::Request;
use compute_core::table::Dataset;
use futures_util::StreamExt;
use mes_dashboard::app_state::AppState;
use mes_dashboard::auth::role::Role;
use mes_dashboard::serving::Places;

use crate::plant;
use crate::service::Service;

struct Reader(BodyDataStream, String);

impl Reader {
    async fn of(service: &Service, last_event_id: Option<&str>) -> Self {
        Self::with(service, last_event_id.map(|id| ("last-event-id", id))).await
    }

    async fn with(service: &Service, header: Option<(&str, &str)>) -> Self {
        let mut request = Request::get("/api/events");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = service.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self(response.into_body().into_data_stream(), String::new())
    }

    /// The next block of lines, or `None` at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.1.find("\n\n") {
                let rest = self.1.split_off(end + 2);
                return Some(std::mem::replace(&mut self.1, rest));
            }
            let bytes = self.0.next().await?.unwrap();
            self.1.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// Data and id of the next event of a kind; all else is passed over.
    async fn next(&mut self, kind: &str) -> (serde_json::Value, String) {
        loop {
            let block = self.block().await.unwrap();
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = line("data: ").filter(|_| line("event: ") == Some(kind)) {
                let id = line("id: ").unwrap_or_default().to_owned();
                return (serde_json::from_str(data).unwrap(), id);
            }
        }
    }

    /// The next new version's dataset, version and event id.
    async fn event(&mut self) -> (String, String, String) {
        let (data, id) = self.next("snapshot").await;
        assert!(data["rows"].is_u64() && data["updated_at"].is_string());
        let text = |key: &str| data[key].as_str().unwrap().to_owned();
        (text("dataset"), text("version"), id)
    }
}

#[tokio::test(start_paused = true)]
async fn current_versions_come_first_then_new_ones() {
    let service = Service::loaded();
    let mut reader = Reader::of(&service, None).await;
    let mut first = Vec::new();
    for _ in Dataset::ALL {
        first.push(reader.event().await.0);
    }
    assert_eq!(first, ["wip", "resource", "equipment", "workcenter"]);

    service.publish(Dataset::Wip, &plant::lot_batch(&[plant::lot("L1", 1, "A", "B")]));
    let (dataset, version, id) = reader.event().await;
    assert_eq!(dataset, "wip");
    let plant_now = service.state.snapshots.current();
    assert_eq!(version, plant_now.published(Dataset::Wip).unwrap().version);

    // A reader that has received everything receives nothing; one that missed a version receives
    // that one.
    let mut back = Reader::of(&service, Some(&id)).await;
    service.publish(Dataset::Wip, &plant::lot_batch(&[plant::lot("L2", 1, "A", "B")]));
    assert_eq!(back.event().await.0, "wip");
    let mut later = Reader::of(&service, Some(&id)).await;
    let (dataset, version, _) = later.event().await;
    let plant_now = service.state.snapshots.current();
    assert_eq!(
        (dataset.as_str(), &version),
        ("wip", &plant_now.published(Dataset::Wip).unwrap().version)
    );
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_heartbeat() {
    let service = Service::cold();
    let mut reader = Reader::of(&service, Some("nonsense")).await;
    assert!(reader.block().await.unwrap().contains("retry: 3000"));
    reader.next("condition").await;
    let before = tokio::time::Instant::now();
    assert!(reader.block().await.unwrap().starts_with("event: heartbeat\n"));
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn the_stream_ends_when_the_server_drains() {
    let service = Service::cold();
    let mut reader = Reader::of(&service, None).await;
    reader.block().await.unwrap();
    service.state.draining.cancel();
    let mut farewell = reader.block().await.unwrap();
    while !farewell.contains("event: farewell") {
        farewell = reader.block().await.unwrap();
    }
    let wait = farewell.lines().find_map(|line| line.strip_prefix("retry: ")).unwrap();
    assert!(wait.parse::<u64>().unwrap() < 1_500, "{farewell}");
    let data = format!("data: {{\"reason\":\"server_leaves\",\"return_ms\":{wait}}}");
    assert!(farewell.contains(&data), "{farewell}");
    let end = tokio::time::timeout(Duration::from_secs(1), reader.block()).await;
    assert_eq!(end.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_falls_behind_is_told_the_newest() {
    let service = Service::cold();
    let mut reader = Reader::of(&service, None).await;
    reader.block().await.unwrap();
    for n in 0..200 {
        let lots = [plant::lot(&format!("L{n}"), n, "A", "B")];
        service.publish(Dataset::Wip, &plant::lot_batch(&lots));
    }
    let newest = service.state.snapshots.current().published(Dataset::Wip).unwrap().version.clone();
    assert_eq!(reader.event().await.1, newest);
}

#[tokio::test(start_paused = true)]
async fn pages_are_told_when_data_becomes_stale_and_current_again() {
    let service = Service::loaded();
    let store = &service.state.snapshots;
    let mut reader = Reader::of(&service, None).await;
    // One machine of the plant has no real-time row.
    let quality = serde_json::json!({ "equipment": "notice" });
    let healthy = serde_json::json!({
        "status": "healthy", "degraded_reason": null, "stale": {}, "data_quality": quality
    });
    assert_eq!(reader.next("condition").await.0, healthy);
    store.fail(Dataset::Wip, "the database is away".to_owned(), Timestamp::now());
    let (told, id) = reader.next("condition").await;
    assert_eq!(
        (&told["status"], &told["degraded_reason"]),
        (&"degraded".into(), &"cache_stale".into())
    );
    let checked_at = store.current().state(Dataset::Wip).checked_at.unwrap();
    let told_at: jiff::Timestamp = told["stale"]["wip"].as_str().unwrap().parse().unwrap();
    assert!((told_at.as_millisecond() - checked_at.as_millisecond()).abs() <= 1);
    assert!(!told.to_string().contains("away") && id.is_empty());
    // Failing again is no news; that everything fails is.
    store.fail(Dataset::Wip, "still away".to_owned(), Timestamp::now());
    for dataset in [Dataset::Resource, Dataset::Equipment, Dataset::Workcenter] {
        store.fail(dataset, "away".to_owned(), Timestamp::now());
    }
    assert_eq!(reader.next("condition").await.0["degraded_reason"], "database_unreachable");
    for dataset in Dataset::ALL {
        store.confirm(dataset, jiff::Timestamp::now());
    }
    assert_eq!(reader.next("condition").await.0, healthy);
}

/// Asks for a stream as a client at this address.
async fn asked(service: &Service, peer: &str, cookie: &str) -> axum::response::Response {
    let peer: SocketAddr = peer.parse().unwrap();
    let request = Request::get("/api/events").header("cookie", cookie);
    service.send(request.extension(ConnectInfo(peer)).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_visitor_has_a_bounded_number_of_streams_and_leaves_the_others_theirs() {
    let service = Service::cold();
    let service = Service::with(AppState { event_streams: Places::new(3), ..service.state });
    let (chen, lin) = (service.person(Role::Viewer).await, service.person(Role::Engineer).await);
    let mut open = Vec::new();
    for port in 1..=3 {
        let response = asked(&service, &format!("10.0.0.1:{port}"), "").await;
        assert_eq!(response.status(), 200);
        open.push(response);
    }
    let refused = asked(&service, "10.0.0.1:4", "").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((30..=60).contains(&wait), "{wait}");
    // Other addresses, and users wherever they are, have their own.
    assert_eq!(asked(&service, "10.0.0.2:1", "").await.status(), 200);
    for person in [&chen, &lin] {
        let streams = [1, 2, 3].map(|_| asked(&service, "10.0.0.1:5", &person.cookie));
        for stream in futures_util::future::join_all(streams).await {
            assert_eq!(stream.status(), 200);
            open.push(stream);
        }
        assert_eq!(asked(&service, "10.0.0.9:1", &person.cookie).await.status(), 429);
    }
    assert_eq!(service.state.event_streams.taken(), 9);
    open.clear();
    assert_eq!(service.state.event_streams.taken(), 0);
    assert_eq!(asked(&service, "10.0.0.1:4", "").await.status(), 200);
}

/// Why a stream ends, when it does.
async fn reason(reader: &mut Reader) -> String {
    let (data, _) = reader.next("farewell").await;
    let end = tokio::time::timeout(Duration::from_secs(20), reader.block()).await;
    assert_eq!(end.unwrap(), None);
    data["reason"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let service = Service::loaded().open_to(None);
    let person = service.person(Role::Viewer).await;
    let mut reader = Reader::with(&service, Some(("cookie", &person.cookie))).await;
    reader.next("condition").await;
    let sessions = &service.state.auth.sessions;
    let value = person.cookie.split_once('=').unwrap().1;
    let session = sessions.find(value).await.unwrap().unwrap();
    let signed_out = tokio::time::Instant::now();
    sessions.end(&session).await.unwrap();
    assert_eq!(reason(&mut reader).await, "session_ended");
    assert!(signed_out.elapsed() < Duration::from_secs(1), "at once in this process");
    assert_eq!(asked(&service, "10.0.0.1:1", &person.cookie).await.status(), 401);
}

#[tokio::test]
async fn pages_are_told_when_a_rule_fires() {
    let folder = tempfile::tempdir().unwrap();
    let (service, _) = crate::alerts::with_a_firing(Service::loaded(), folder.path());
    let mut reader = Reader::of(&service, None).await;
    let (news, id) = reader.next("alerts").await;
    assert_eq!((&news["firing"], &news["unacknowledged"]), (&1.into(), &1.into()));
    assert!(id.is_empty());
    let alerts = service.state.alerts.clone().unwrap();
    let firing = alerts.shown().firing[0].id.clone();
    alerts.acknowledge(&firing, "chen").unwrap();
    service.state.snapshots.wake();
    let (news, _) = reader.next("alerts").await;
    assert_eq!((&news["firing"], &news["unacknowledged"]), (&1.into(), &0.into()));
}
