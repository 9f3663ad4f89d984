//! Alert rules: what fires and when, who is told, and what bad input does.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compute_core::alert::AlertRule;
use compute_core::table::Dataset;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::app_state::AppState;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::role::Role;
use mes_dashboard::plant_alerts::{AlertSetup, PlantAlerts, Target, WebhookTimes, Webhooks};
use mes_dashboard::plant_memory::{Bounds, Folder, MemorySetup, PlantMemory};
use mes_dashboard::secret::Secret;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::plant;
use crate::service::{Answer, Service};

const SECRET: &str = "kD8-vQx2Lr9_mT4zYb6WnE1sHc7JpA3f";
const TIMES: WebhookTimes =
    WebhookTimes { timeout: Duration::from_millis(300), first_pause: Duration::from_millis(20) };

/// A clock that a test sets. It stands still until it is let run, which pauses between attempts need.
#[derive(Clone, Default)]
struct TestClock(Arc<Mutex<(i64, Option<Instant>)>>);

impl TestClock {
    /// Plant time of 20 November 2026.
    fn set(&self, time: &str) {
        let at: Timestamp = format!("2026-11-20T{time}+08:00").parse().unwrap();
        self.set_ms(at.as_millisecond());
    }

    fn set_ms(&self, at_ms: i64) {
        let mut clock = self.0.lock().unwrap();
        *clock = (at_ms, clock.1.map(|_| Instant::now()));
    }

    fn run(&self) {
        self.0.lock().unwrap().1 = Some(Instant::now());
    }

    fn clock(&self) -> Clock {
        let clock = self.0.clone();
        Clock::new(move || {
            let (at_ms, since) = *clock.lock().unwrap();
            let passed = since.map_or(0, |since| since.elapsed().as_millis() as i64);
            Timestamp::from_millisecond(at_ms + passed).unwrap()
        })
    }
}

fn rule(id: &str, threshold: u32, for_minutes: u32) -> Value {
    json!({ "id": id, "name": format!("Rule {id}"), "figure": "lots", "comparison": "above",
        "threshold": threshold, "forMinutes": for_minutes, "enabled": true })
}

fn rules(values: &[Value]) -> Vec<AlertRule> {
    values.iter().map(|value| serde_json::from_value(value.clone()).unwrap()).collect()
}

fn alerts(folder: &Path, clock: &TestClock, webhooks: Option<Webhooks>) -> Arc<PlantAlerts> {
    PlantAlerts::new(AlertSetup {
        folder: folder.to_owned(),
        zone: TimeZone::get("Asia/Taipei").unwrap(),
        clock: clock.clock(),
        webhooks,
    })
}

/// The service with a rule `lots` that fires, over a memory; and the id of the firing.
pub fn with_a_firing(service: Service, folder: &Path) -> (Service, String) {
    let clock = TestClock::default();
    clock.set("07:40:00");
    let alerts = alerts(folder, &clock, None);
    let plant = service.state.snapshots.current();
    alerts.note(&plant);
    alerts.replace_rules(0, rules(&[rule("lots", 0, 0)])).unwrap();
    alerts.note(&plant);
    let memory = memory(&folder.join("memory"), &clock);
    memory.note(&plant);
    let firing = alerts.shown().firing[0].id.clone();
    let state = AppState { alerts: Some(alerts), memory: Some(memory), ..service.state };
    (Service::with(state), firing)
}

fn memory(folder: &Path, clock: &TestClock) -> Arc<PlantMemory> {
    let clock = clock.clock();
    PlantMemory::new(MemorySetup {
        folder: Folder::new(folder.to_owned()),
        bounds: Bounds { days: 35, bytes: 1 << 30 },
        interval: Duration::ZERO,
        shifts: Default::default(),
        zone: TimeZone::get("Asia/Taipei").unwrap(),
        now: Box::new(move || clock.now()),
    })
}

struct Plant {
    service: Service,
    alerts: Arc<PlantAlerts>,
    memory: Arc<PlantMemory>,
    clock: TestClock,
    folder: tempfile::TempDir,
}

impl Plant {
    fn new(of: &[Value]) -> Self {
        Self::telling(of, None)
    }

    fn telling(of: &[Value], webhooks: Option<Webhooks>) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
        clock.set("07:40:00");
        let alerts = alerts(&folder.path().join("alerts"), &clock, webhooks);
        let memory = memory(&folder.path().join("memory"), &clock);
        let state = Service::loaded().state;
        let state =
            AppState { alerts: Some(alerts.clone()), memory: Some(memory.clone()), ..state };
        let plant = Self { service: Service::with(state), alerts, memory, clock, folder };
        plant.alerts.note(&Default::default());
        plant.alerts.replace_rules(0, rules(of)).unwrap();
        plant
    }

    /// So many lots are published then.
    fn publish(&self, time: &str, lots: u32) {
        let rows: Vec<_> =
            (0..lots).map(|n| plant::lot(&format!("LOT-{n:05}"), n, "焊接_WB", "QFN")).collect();
        self.service.publish(Dataset::Wip, &plant::lot_batch(&rows));
        self.look(time);
    }

    /// Nothing new is published then.
    fn look(&self, time: &str) {
        self.clock.set(time);
        let plant = self.service.state.snapshots.current();
        self.memory.note(&plant);
        self.alerts.note(&plant);
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("alerts").join(name)
    }

    /// The process ends, and another one takes its place.
    fn again(&mut self, webhooks: Option<Webhooks>) {
        self.alerts = alerts(Path::new("/nowhere"), &self.clock, None);
        let state = AppState { alerts: None, ..self.service.state.clone() };
        self.service = Service::with(state);
        self.alerts = alerts(&self.folder.path().join("alerts"), &self.clock, webhooks);
        let state = AppState { alerts: Some(self.alerts.clone()), ..self.service.state.clone() };
        self.service = Service::with(state);
    }

    fn phase(&self) -> Value {
        json!(self.alerts.shown().rules[0].phase)
    }

    /// When rules fired and until when, oldest first, plant time of 20 November.
    fn fired(&self) -> Vec<(String, Option<String>)> {
        let now = self.alerts.shown();
        let time = |at: &str| {
            let at: Timestamp = at.parse().unwrap();
            at.to_zoned(TimeZone::get("Asia/Taipei").unwrap()).strftime("%H:%M").to_string()
        };
        let mut all: Vec<_> = now.firing.iter().chain(&now.ended).collect();
        all.sort_by_key(|firing| firing.id.rsplit('.').next().unwrap().parse::<u32>().unwrap());
        all.iter().map(|one| (time(&one.fired_at), one.ended_at.as_deref().map(time))).collect()
    }

    async fn send(&self, role: Role, method: Method, path: &str, body: &Value) -> Answer {
        let person = self.service.person(role).await;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("cookie", &person.cookie)
            .header("x-csrf-token", &person.token);
        self.service.ask(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

fn spans(of: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    of.iter().map(|(from, until)| ((*from).to_owned(), until.map(str::to_owned))).collect()
}

#[tokio::test]
async fn a_rule_fires_after_its_time_and_keeps_its_evidence() {
    let plant = Plant::new(&[rule("many", 10, 5)]);
    assert_eq!(plant.phase(), "unknown");
    plant.publish("07:40:00", 5);
    assert_eq!(plant.phase(), "clear");
    plant.publish("07:42:00", 30);
    for minute in ["07:43:00", "07:45:00", "07:46:30"] {
        plant.look(minute);
        assert_eq!(plant.phase(), "pending", "{minute}");
    }
    plant.look("07:47:00");
    let shown = plant.service.get("/api/alerts").await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    let shown = shown.json()["data"].take();
    assert_eq!((&shown["enabled"], &shown["rules"][0]["value"]), (&json!(true), &json!(30.0)));
    let firing = &shown["firing"][0];
    let version = &plant.service.state.snapshots.current();
    let version = &version.published(Dataset::Wip).unwrap().version;
    assert_eq!((&firing["version"], &firing["value"]), (&json!(version), &json!(30.0)));
    assert_eq!(firing["plant_time"], "2026-11-20 07:47:00");
    assert!(firing["since"].as_str().unwrap().starts_with("2026-11-19T23:42:00"));
    let rows = firing["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["id"]), (20, &json!("LOT-00000")));
    assert_eq!((&rows[0]["group"], &rows[0]["ageDays"]), (&json!("焊接_WB"), &json!(2.5)));
    // The same link shows the same lots: the version is kept.
    let moment = firing["plant_time"].as_str().unwrap().replace(' ', "T");
    let kept = plant.service.get(&format!("/api/memory/shift?at={moment}")).await;
    assert_eq!(kept.status, 200);
    plant.publish("07:49:00", 10);
    assert_eq!(plant.fired(), spans(&[("07:47", Some("07:49"))]));
    assert_eq!(json!(plant.alerts.shown().ended[0].end), "resolved");
}

#[tokio::test]
async fn a_gap_is_no_time_and_ends_nothing() {
    let mut plant = Plant::new(&[rule("many", 10, 5)]);
    plant.publish("07:40:00", 30);
    plant.look("07:43:00");
    // The database is away for ten minutes: nothing is known.
    let (wip, store) = (Dataset::Wip, plant.service.state.snapshots.clone());
    store.fail(wip, "the database is away".to_owned(), Timestamp::now());
    for minute in 44..53 {
        plant.look(&format!("07:{minute}:00"));
    }
    assert_eq!(plant.phase(), "pending");
    store.confirm(wip, Timestamp::now());
    plant.look("07:53:00");
    plant.look("07:54:59");
    assert_eq!(plant.phase(), "pending", "three and two minutes are known, less a second");
    plant.look("07:55:00");
    assert_eq!(plant.fired(), spans(&[("07:55", None)]));
    // A restart of an hour: it still fires, and is over when a look says so.
    plant.again(None);
    assert_eq!(plant.fired(), spans(&[]), "read with the first look");
    plant.look("08:55:00");
    assert_eq!(plant.fired(), spans(&[("07:55", None)]));
    plant.publish("08:56:00", 3);
    assert_eq!(plant.fired(), spans(&[("07:55", Some("08:56"))]));
}

#[tokio::test]
async fn a_clock_that_is_set_back_adds_nothing_and_stops_nothing() {
    let plant = Plant::new(&[rule("many", 10, 3)]);
    plant.publish("09:00:00", 30);
    plant.look("09:02:00");
    plant.look("08:00:00");
    plant.look("08:00:50");
    assert_eq!(plant.phase(), "pending");
    plant.look("08:01:00");
    assert_eq!(plant.fired(), spans(&[("08:01", None)]));
    plant.publish("07:00:00", 3);
    assert_eq!(plant.fired(), spans(&[("08:01", Some("07:00"))]));
}

#[tokio::test]
async fn a_rule_that_comes_and_goes_every_second_fires_every_five_minutes() {
    let plant = Plant::new(&[rule("flaps", 10, 0)]);
    for second in 0..900 {
        let time = format!("08:{:02}:{:02}", second / 60, second % 60);
        plant.publish(&time, if second % 2 == 0 { 30 } else { 3 });
    }
    let begins: Vec<String> = plant.fired().into_iter().map(|(from, _)| from).collect();
    assert_eq!(begins, ["08:00", "08:05", "08:10"]);
}

#[tokio::test]
async fn rules_are_replaced_as_a_whole_by_administrators() {
    let plant = Plant::new(&[rule("many", 10, 0)]);
    const PATH: &str = "/admin/api/alert-rules";
    plant.publish("07:40:00", 30);
    let put = async |body: &Value| plant.send(Role::Admin, Method::PUT, PATH, body).await;
    let wrong = json!({ "revision": 1, "rules": [rule("many", 10, 0), { "id": "x" }] });
    let message = put(&wrong).await.failure(400, "VALIDATION_ERROR");
    assert!(message.contains("rules[1]") && message.contains("name"), "{message}");
    let mut other = rule("many", 10, 0);
    other["figure"] = "lotz".into();
    let body = json!({ "revision": 1, "rules": [other] });
    let message = put(&body).await.failure(400, "VALIDATION_ERROR");
    assert!(message.contains("rules[0].figure") && message.contains("lotz"), "{message}");
    put(&json!({ "revision": 7, "rules": [] })).await.failure(409, "CONFLICT");
    put(&json!({ "rules": [] })).await.failure(400, "VALIDATION_ERROR");
    let body = json!({ "revision": 1, "rules": [rule("many", 20, 0)] });
    plant.send(Role::Engineer, Method::PUT, PATH, &body).await.failure(403, "FORBIDDEN");
    let answer = put(&body).await;
    assert_eq!(answer.json()["data"]["revision"], 2);
    // Another threshold is another rule: what fired is withdrawn, and it fires anew.
    plant.look("07:41:00");
    assert_eq!(json!(plant.alerts.shown().ended[0].end), "withdrawn");
    assert_eq!(plant.fired().len(), 2);
    // Another name is not.
    let mut renamed = rule("many", 20, 0);
    renamed["name"] = "很多".into();
    put(&json!({ "revision": 2, "rules": [renamed] })).await;
    plant.look("07:42:00");
    assert_eq!((plant.fired().len(), &*plant.alerts.shown().rules[0].rule.name), (2, "很多"));
    // What was done is recorded, what was refused is not.
    let entries = plant.service.state.audit.read(None, 10).await.unwrap();
    let entries = json!(entries);
    let told: Vec<&Value> = entries.as_array().unwrap().iter().map(|one| &one["target"]).collect();
    assert_eq!(told, ["revision 3: changed many", "revision 2: changed many"]);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_the_rules_go_on() {
    let mut plant = Plant::new(&[rule("many", 10, 0)]);
    plant.publish("07:40:00", 30);
    let problems = |plant: &Plant| {
        let problems = plant.alerts.report().rule_problems;
        problems.join("; ")
    };
    std::fs::write(plant.path("rules.json"), "{\n \"revision\": 2,\n \"rules\": [").unwrap();
    plant.look("07:41:00");
    assert!(problems(&plant).starts_with("line 3, column 11"), "{}", problems(&plant));
    assert_eq!(plant.phase(), "firing", "the rules of before");
    let health = plant.service.get("/health").await.json().to_string();
    assert!(health.contains("alerts: line 3, column 11"), "{health}");
    // By hand: a rule with an unknown filter beside one that can be used.
    let mut strange = rule("strange", 1, 0);
    strange["lotFilter"] = json!({ "packges": ["QFN"] });
    let file = json!({ "revision": 3, "rules": [strange, rule("few", 1, 0)] });
    std::fs::write(plant.path("rules.json"), file.to_string()).unwrap();
    plant.look("07:42:00");
    assert!(
        problems(&plant).starts_with("rules[0].lotFilter.packges: unknown field"),
        "{}",
        problems(&plant)
    );
    let shown = plant.alerts.shown();
    assert_eq!((shown.rules.len(), &*shown.rules[0].rule.id), (1, "few"));
    // After a restart over a damaged file there are none until an administrator gives some.
    std::fs::write(plant.path("rules.json"), "nonsense").unwrap();
    plant.again(None);
    plant.look("07:43:00");
    assert!(problems(&plant).starts_with("line 1"), "{}", problems(&plant));
    let body = json!({ "revision": 0, "rules": [rule("new", 1, 0)] });
    let answer = plant.send(Role::Admin, Method::PUT, "/admin/api/alert-rules", &body).await;
    assert_eq!(answer.json()["data"]["problems"], json!([]));
    let names = std::fs::read_dir(plant.path("")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().any(|name| name.starts_with("rules.json.corrupt-")));
    plant.look("07:44:00");
    assert_eq!(plant.phase(), "firing");
    // A state that makes no sense is set aside.
    std::fs::write(plant.path("state.json"), "{ \"firings\": 7 }").unwrap();
    plant.again(None);
    plant.look("07:45:00");
    assert_eq!(plant.fired(), spans(&[("07:45", None)]));
}

#[tokio::test]
async fn one_process_watches_and_others_show_what_it_found() {
    let plant = Plant::new(&[rule("many", 10, 0)]);
    plant.publish("07:40:00", 30);
    let second = alerts(&plant.folder.path().join("alerts"), &plant.clock, None);
    let now = plant.service.state.snapshots.current();
    second.note(&now);
    assert!(!second.report().is_keeper && plant.alerts.report().is_keeper);
    assert_eq!(json!(second.shown()), json!(plant.alerts.shown()));
    let state = AppState { alerts: Some(second), ..plant.service.state.clone() };
    let plant = Plant { service: Service::with(state), ..plant };
    let body = json!({ "rule": "many", "minutes": 5 });
    let answer = plant.send(Role::Engineer, Method::POST, "/api/alerts/silence", &body).await;
    answer.failure(503, "SERVICE_UNAVAILABLE");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 5);
}

#[tokio::test]
async fn firings_are_acknowledged_and_rules_silenced() {
    let plant = Plant::new(&[rule("many", 10, 0), rule("more", 20, 0)]);
    plant.publish("07:40:00", 15);
    let firing = plant.alerts.shown().firing[0].id.clone();
    let news = |firing, unacknowledged| {
        let news = plant.alerts.news();
        assert_eq!((news.firing, news.unacknowledged), (firing, unacknowledged));
    };
    news(1, 1);
    const ACKNOWLEDGE: &str = "/api/alerts/acknowledge";
    let body = json!({ "firing": firing });
    plant.send(Role::Viewer, Method::POST, ACKNOWLEDGE, &body).await.failure(403, "FORBIDDEN");
    let other = json!({ "firing": "none" });
    plant.send(Role::Engineer, Method::POST, ACKNOWLEDGE, &other).await.failure(404, "NOT_FOUND");
    let answer = plant.send(Role::Engineer, Method::POST, ACKNOWLEDGE, &body).await.json();
    assert_eq!(answer["data"]["firing"][0]["acknowledged"]["by"], "some-engineer");
    let again = plant.send(Role::Admin, Method::POST, ACKNOWLEDGE, &body).await.json();
    assert_eq!(again["data"]["firing"][0]["acknowledged"]["by"], "some-engineer");
    news(1, 0);
    const SILENCE: &str = "/api/alerts/silence";
    for wrong in [
        json!({ "rule": "many" }),
        json!({ "rule": "many", "minutes": -1 }),
        json!({ "rule": "many", "minutes": 43201 }),
        json!({ "rule": "many", "minutes": 5, "reason": "長".repeat(201) }),
    ] {
        let answer = plant.send(Role::Engineer, Method::POST, SILENCE, &wrong).await;
        answer.failure(400, "VALIDATION_ERROR");
    }
    let body = json!({ "rule": "more", "minutes": 10, "reason": "保養" });
    let answer = plant.send(Role::Engineer, Method::POST, SILENCE, &body).await.json();
    assert_eq!(answer["data"]["silences"][0]["reason"], "保養");
    // It is watched all the same, and told when the silence ends.
    plant.publish("07:42:00", 30);
    assert_eq!(plant.alerts.shown().firing.len(), 2);
    news(1, 0);
    assert!(!plant.alerts.shown().firing[0].announced);
    plant.look("07:51:00");
    news(2, 1);
    assert!(plant.alerts.shown().firing[0].announced && plant.alerts.shown().silences.is_empty());
    let entries = json!(plant.service.state.audit.read(None, 10).await.unwrap());
    let acts: Vec<&Value> = entries.as_array().unwrap().iter().map(|one| &one["action"]).collect();
    assert_eq!(acts, ["silence_alert", "acknowledge_alert", "acknowledge_alert"]);
    assert_eq!(
        (&entries[0]["target"], &entries[0]["reason"]),
        (&json!("more: 10 min"), &json!("保養"))
    );
    // Nothing is watched: nothing is shown, and nothing can be done.
    let state = AppState { alerts: None, ..plant.service.state.clone() };
    let plant = Plant { service: Service::with(state), ..plant };
    let shown = plant.service.get("/api/alerts").await.json();
    assert_eq!(shown["data"]["enabled"], false);
    plant.send(Role::Engineer, Method::POST, SILENCE, &body).await.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_rule_can_be_tried_over_kept_shifts_and_fires_as_it_did() {
    let plant = Plant::new(&[rule("many", 10, 5)]);
    for (time, lots) in [
        ("07:40:00", 5),
        ("07:42:00", 30),
        ("07:44:00", 31),
        ("07:46:00", 32),
        ("07:48:00", 33),
        ("07:50:00", 7),
        ("08:00:00", 40),
        ("08:02:00", 41),
        ("08:30:00", 42),
        ("08:32:00", 43),
        ("08:33:30", 44),
    ] {
        plant.publish(time, lots);
    }
    assert_eq!(plant.fired(), spans(&[("07:48", Some("07:50")), ("08:33", None)]));
    const REPLAY: &str = "/api/alerts/replay";
    let body = json!({ "rule": rule("tried", 10, 5) });
    let answer = plant.send(Role::Engineer, Method::POST, REPLAY, &body).await.json();
    let replay = &answer["data"]["replay"];
    let firings = replay["firings"].as_array().unwrap();
    let told: Vec<_> = firings.iter().map(|one| (&one["from"], &one["until"])).collect();
    let until = json!("2026-11-20 07:50:00");
    assert_eq!(
        told,
        [(&json!("2026-11-20 07:48:00"), &until), (&json!("2026-11-20 08:33:30"), &Value::Null),]
    );
    let live = plant.alerts.shown();
    assert_eq!(firings[0]["rows"], json!(live.ended[0].rows));
    assert_eq!(firings[0]["version"], json!(live.ended[0].version));
    assert_eq!((&replay["gaps"], &answer["data"]["shifts"]), (&json!(2), &json!(1)));
    assert_eq!(replay["points"].as_array().unwrap().len(), 11);
    for (wrong, place) in [
        (json!({}), "rule"),
        (json!({ "rule": rule("Ä", 1, 1) }), "rule.id"),
        (json!({ "rule": rule("a", 1, 1), "shifts": 15 }), "shifts"),
        (json!({ "rule": rule("a", 1, 1), "shifts": 0 }), "shifts"),
    ] {
        let answer = plant.send(Role::Engineer, Method::POST, REPLAY, &wrong).await;
        let message = answer.failure(400, "VALIDATION_ERROR");
        assert!(message.contains(place), "{message}");
    }
}

/// What a receiver does with the next request.
#[derive(Clone, Copy, Debug)]
enum Does {
    Answers(u16),
    Hangs,
}

/// A request that came: headers in lower case, and the body.
#[derive(Clone, Debug)]
struct Came {
    head: String,
    body: Vec<u8>,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Receiver {
    address: String,
    came: Arc<Mutex<Vec<Came>>>,
    _serving: JoinHandle<()>,
}

impl Receiver {
    /// Does these things in order, and accepts what comes later.
    async fn new(does: &[Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook?key=k", listener.local_addr().unwrap());
        let came: Arc<Mutex<Vec<Came>>> = Arc::default();
        let (seen, does) = (came.clone(), does.to_vec());
        let serving = tokio::spawn(async move {
            let mut does = does.into_iter();
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    let mut part = [0; 4096];
                    let count = stream.read(&mut part).await.unwrap();
                    bytes.extend_from_slice(&part[..count]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let head = head.replace('\r', "").to_lowercase();
                    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    let length: usize = line.unwrap().parse().unwrap();
                    if body.len() >= length {
                        break (head, body.as_bytes().to_vec());
                    }
                };
                seen.lock().unwrap().push(Came { head, body });
                match does.next().unwrap_or(Does::Answers(200)) {
                    Does::Hangs => open.push(stream),
                    Does::Answers(status) => {
                        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            }
        });
        Self { address, came, _serving: serving }
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    async fn all(&self, count: usize) -> Vec<Came> {
        until(|| self.came().len() >= count).await;
        self.came()
    }
}

async fn until(holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("in time");
}

fn webhooks(addresses: &[&str]) -> Option<Webhooks> {
    let targets = addresses.iter().map(|address| Target::new(address).unwrap()).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.unwrap().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    Some(Webhooks::new(targets, &Secret::from(SECRET), TIMES, Arc::new(tls)))
}

/// Sends in the background until it is stopped.
struct Sending(CancellationToken, JoinHandle<()>);

impl Sending {
    fn of(plant: &Plant) -> Self {
        plant.clock.run();
        let stop = CancellationToken::new();
        let store = plant.service.state.snapshots.clone();
        Self(stop.clone(), tokio::spawn(plant.alerts.clone().keep(store, stop)))
    }

    async fn stop(self) {
        self.0.cancel();
        self.1.await.unwrap();
    }
}

fn signature(came: &Came) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let (id, at) = (came.header("webhook-id"), came.header("webhook-timestamp"));
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&came.body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())).to_lowercase()
}

#[tokio::test]
async fn webhooks_are_signed_retried_and_each_is_accepted_once() {
    let receiver = Receiver::new(&[
        Does::Answers(500),
        Does::Hangs,
        Does::Answers(429),
        Does::Answers(204),
        Does::Answers(204),
    ])
    .await;
    let hanging = Receiver::new(&[Does::Hangs; 50]).await;
    let addresses = [hanging.address.as_str(), receiver.address.as_str()];
    let plant = Plant::telling(&[rule("many", 10, 0)], webhooks(&addresses));
    plant.publish("07:40:00", 30);
    let sending = Sending::of(&plant);
    let came = receiver.all(4).await;
    let body = came[0].json();
    assert_eq!((&body["type"], &body["data"]["value"]), (&json!("alert.fired"), &json!(30.0)));
    assert_eq!(body["data"]["rule"]["name"], "Rule many");
    assert_eq!(body["data"]["rows"].as_array().unwrap().len(), 20);
    assert!(came[0].head.starts_with("post /hook?key=k http/1.1"));
    for one in &came {
        assert_eq!(one.header("webhook-id"), came[0].header("webhook-id"));
        assert_eq!(one.body, came[0].body);
        assert_eq!(one.header("webhook-signature"), signature(one));
    }
    until(|| plant.alerts.report().counts.delivered == 1).await;
    plant.publish("07:41:00", 3);
    let ended = receiver.all(5).await[4].json();
    assert_eq!(
        (&ended["type"], &ended["data"]["end"]),
        (&json!("alert.ended"), &json!("resolved"))
    );
    until(|| plant.alerts.report().counts.delivered == 2).await;
    let report = plant.alerts.report();
    assert!(report.counts.retried >= 3 && report.webhooks_waiting == 2, "{report:?}");
    let told = report.webhook_problems.join(" ");
    assert!(told.contains("no answer within 300 ms") && !told.contains("key=k"), "{told}");
    let health = plant.service.get("/health").await.json().to_string();
    assert!(health.contains("webhook: http://127.0.0.1") && !health.contains("key=k"));
    sending.stop().await;
    assert_eq!(receiver.came().len(), 5, "nothing is sent twice");
}

#[tokio::test]
async fn a_restart_sends_what_was_not_accepted_and_nothing_twice() {
    let receiver = Receiver::new(&[Does::Answers(200), Does::Hangs]).await;
    let to = || webhooks(&[&receiver.address]);
    let mut plant = Plant::telling(&[rule("many", 10, 0)], to());
    plant.publish("07:40:00", 30);
    let sending = Sending::of(&plant);
    receiver.all(1).await;
    until(|| plant.alerts.report().counts.delivered == 1).await;
    plant.publish("07:41:00", 3);
    receiver.all(2).await;
    // The process ends while the second one hangs.
    sending.stop().await;
    plant.again(to());
    plant.look("07:42:00");
    let sending = Sending::of(&plant);
    let came = receiver.all(3).await;
    until(|| plant.alerts.report().webhooks_waiting == 0).await;
    sending.stop().await;
    let ids: Vec<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    assert!(ids[0] != ids[1] && ids[1] == ids[2], "{ids:?}");
    assert_eq!((came[1].body.clone(), receiver.came().len()), (came[2].body.clone(), 3));
    // An address that is gone is not told, and what waited for it is counted.
    let mut plant = Plant::telling(&[rule("many", 10, 0)], to());
    plant.publish("07:40:00", 30);
    plant.again(None);
    plant.look("07:41:00");
    let report = plant.alerts.report();
    assert_eq!((report.webhooks_waiting, report.counts.given_up), (0, 1));
}

#[tokio::test]
async fn what_a_receiver_refuses_is_given_up_and_the_next_is_sent() {
    let receiver = Receiver::new(&[Does::Answers(410), Does::Answers(301)]).await;
    let plant = Plant::telling(&[rule("many", 10, 0)], webhooks(&[&receiver.address]));
    plant.publish("07:40:00", 30);
    let sending = Sending::of(&plant);
    receiver.all(1).await;
    plant.publish("07:41:00", 3);
    receiver.all(2).await;
    until(|| plant.alerts.report().counts.given_up == 2).await;
    let problems = plant.alerts.report().webhook_problems;
    assert!(problems[0].ends_with("the receiver answered 301"), "{problems:?}");
    // Nobody listens: that may pass.
    plant.publish("07:50:00", 30);
    until(|| plant.alerts.report().counts.delivered == 1).await;
    sending.stop().await;
    assert_eq!(receiver.came().len(), 3);
}

#[tokio::test]
async fn thousands_of_turns_keep_the_state_small_and_count_what_is_lost() {
    let plant = Plant::telling(&[rule("flaps", 10, 0)], webhooks(&["http://127.0.0.1:9/x"]));
    for turn in 0..700 {
        plant.clock.set_ms(1_795_000_000_000 + turn * 150_000);
        let lots = if turn % 2 == 0 { 30 } else { 3 };
        let rows: Vec<_> =
            (0..lots).map(|n| plant::lot(&format!("L-{n}"), n, "焊接_WB", "QFN")).collect();
        plant.service.publish(Dataset::Wip, &plant::lot_batch(&rows));
        plant.alerts.note(&plant.service.state.snapshots.current());
    }
    let (shown, report) = (plant.alerts.shown(), plant.alerts.report());
    assert_eq!(report.counts.fired, 350);
    assert_eq!(report.webhooks_waiting, 400);
    assert_eq!(report.counts.given_up, 700 - 400);
    assert!(shown.firing.len() + shown.ended.len() <= 300);
    let bytes = std::fs::metadata(plant.path("state.json")).unwrap().len();
    assert!(bytes < 4_000_000, "{bytes}");
}
