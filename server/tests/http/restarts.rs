//! Restarts of the worker: what the policy answers, and what the watchdog is handed.

use std::path::Path;
use std::sync::Arc;

use mes_dashboard::app_state::AppState;
use mes_dashboard::restart::{RestartLimits, RestartLog, RestartRequest};
use mes_dashboard::runtime_contract::RuntimePaths;
use mes_dashboard::supervisor::identity::Identity;
use serde_json::{Value, json};

use crate::health::administered;
use crate::service::{Answer, Service};

const PATH: &str = "/admin/api/worker/restart";

/// The restarts in a folder of a test.
pub fn restarts_in(folder: &Path) -> Arc<RestartLog> {
    let paths = RuntimePaths {
        runtime_dir: folder.to_owned(),
        pid_file: folder.join("supervisor.pid"),
        restart_flag: folder.join("restart.json"),
        state_file: folder.join("state.json"),
    };
    let limits = RestartLimits::DEFAULT;
    Arc::new(RestartLog::new(paths, limits))
}

/// Writes the state file: restarts of so many seconds ago, kept by this process.
pub fn keep(folder: &Path, ages: &[i64]) {
    let history: Vec<Value> = ages.iter().map(|age| record(*age)).collect();
    let watchdog = Identity::of_this_process().unwrap();
    let file = json!({ "watchdog": watchdog, "history": history });
    std::fs::write(folder.join("state.json"), file.to_string()).unwrap();
}

fn record(age: i64) -> Value {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(age);
    json!({
        "id": age.to_string(), "requested_by": "chen", "requested_at": at, "requested_ip": null,
        "completed_at": at, "success": true, "source": "manual", "decision": "allowed",
        "decision_reason": "", "manual_override": false, "policy_state": "allowed",
    })
}

fn flag(folder: &Path) -> Option<RestartRequest> {
    RestartRequest::read(&folder.join("restart.json")).unwrap()
}

struct Room {
    service: Service,
    folder: tempfile::TempDir,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = administered(Service::loaded()).state;
        let restarts = restarts_in(folder.path());
        Self { service: Service::with(AppState { restarts, ..state }), folder }
    }

    async fn ask(&self, body: &str) -> Answer {
        self.service.post(PATH, "application/json", body.to_owned()).await
    }

    fn flag(&self) -> Option<RestartRequest> {
        flag(self.folder.path())
    }
}

#[tokio::test]
async fn an_administrator_hands_a_restart_to_the_watchdog() {
    let room = Room::new();
    keep(room.folder.path(), &[]);
    let answer = room.ask("{}").await;
    assert_eq!(answer.status, 202);
    let data = answer.json()["data"].clone();
    assert_eq!(
        (&data["policy_state"]["state"], &data["decision"]),
        (&json!("allowed"), &json!("allowed"))
    );
    let raised = room.flag().unwrap();
    assert_eq!(data["request_id"], json!(raised.id));
    assert_eq!(
        (data["requested_by"].as_str().unwrap(), raised.ip.is_some()),
        (raised.user.as_str(), true)
    );
    // Until the watchdog has taken it down there is no second one.
    room.ask("{}").await.failure(409, "RESTART_POLICY_BLOCKED");
    assert_eq!(room.flag().unwrap(), raised);
    let audit = room.service.get("/admin/api/audit").await.json()["data"]["entries"].clone();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["target"]),
        (&json!("worker_restart"), &json!("allowed, allowed"))
    );
}

#[tokio::test]
async fn the_policy_refuses_and_an_override_needs_a_reason() {
    let room = Room::new();
    keep(room.folder.path(), &[10]);
    let answer = room.ask("{}").await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    answer.failure(429, "TOO_MANY_REQUESTS");
    // What is left of the cooldown, spread over up to twice of it.
    assert!((49..=100).contains(&wait), "{wait}");
    keep(room.folder.path(), &[300, 200, 100]);
    room.ask("{}").await.failure(409, "RESTART_POLICY_BLOCKED");
    for incomplete in [
        r#"{ "manual_override": true }"#,
        r#"{ "manual_override": true, "override_acknowledged": true }"#,
        r#"{ "manual_override": true, "override_acknowledged": true, "override_reason": "  " }"#,
        r#"{ "manual_override": true, "override_reason": "worker hangs" }"#,
    ] {
        room.ask(incomplete).await.failure(400, "RESTART_OVERRIDE_REASON_REQUIRED");
    }
    for wrong in [
        r#"{ "manual_override": "yes" }"#.to_owned(),
        r#"{ "override_reason": 7 }"#.to_owned(),
        json!({ "override_reason": "x".repeat(501) }).to_string(),
    ] {
        room.ask(&wrong).await.failure(400, "VALIDATION_ERROR");
    }
    assert_eq!(room.flag(), None);
    let body = r#"{ "manual_override": true, "override_acknowledged": true, "override_reason": "卡住了" }"#;
    let answer = room.ask(body).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["data"]["decision"]),
        (202, &json!("overridden"))
    );
    let raised = room.flag().unwrap();
    assert_eq!(
        (raised.override_reason.as_deref(), raised.policy_state.as_str()),
        (Some("卡住了"), "blocked")
    );
}

#[tokio::test]
async fn without_a_watchdog_nothing_is_promised() {
    let room = Room::new();
    let status = room.service.get("/admin/api/worker/status").await.json()["data"].clone();
    assert_eq!(status["watchdog_running"], false);
    let said = room.ask("{}").await.failure(500, "RESTART_FAILED");
    assert!(said.contains("mes-dashboard-watchdog"), "{said}");
    // One that ended without a word, whose pid somebody else has.
    let mut gone = Identity::of_this_process().unwrap();
    gone.start_time += 1;
    let file = json!({ "watchdog": gone, "history": [] });
    std::fs::write(room.folder.path().join("state.json"), file.to_string()).unwrap();
    room.ask("{}").await.failure(500, "RESTART_FAILED");
    // A folder that can't be written to.
    keep(room.folder.path(), &[]);
    std::fs::create_dir(room.folder.path().join("restart.json")).unwrap();
    room.ask("{}").await.failure(409, "RESTART_POLICY_BLOCKED");
}

#[tokio::test]
async fn the_restarts_of_the_worker_are_told_with_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let service = administered(Service::loaded());
    let restarts = restarts_in(folder.path());
    let service = Service::with(AppState { restarts: restarts.clone(), ..service.state });
    let asked = async |records: &[i64]| {
        keep(folder.path(), records);
        restarts.refresh();
        service.get("/admin/api/worker/status").await.json()["data"].clone()
    };
    let calm = asked(&[4_000, 300]).await;
    assert_eq!(calm["policy_state"]["state"], "allowed");
    assert_eq!(calm["restart_history"].as_array().unwrap().len(), 1, "bounded by the window");
    let soon = asked(&[300, 10]).await;
    assert_eq!(soon["policy_state"]["state"], "cooldown");
    assert!(soon["policy_state"]["seconds_left"].as_u64().unwrap() <= 51);
    let churning = asked(&[300, 200, 100]).await;
    assert_eq!(churning["policy_state"]["state"], "blocked");
    assert_eq!(churning["restart_churn"]["exceeded"], true);
    let health = service.get("/health").await.json()["data"].clone();
    assert_eq!(health["resilience"]["alerts"][0]["name"], "restart_churn");
    assert_eq!(health["runtime_contract"]["valid"], true);

    std::fs::write(folder.path().join("state.json"), "{\"history\": [").unwrap();
    restarts.refresh();
    let damaged = service.get("/admin/api/worker/status").await.json()["data"].clone();
    assert_eq!(damaged["policy_state"]["state"], "blocked", "nobody knows what there was");
    assert!(damaged["restart_history_problem"].as_str().unwrap().contains("state.json"));
}
