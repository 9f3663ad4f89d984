//! What operators and their programs read.

use compute_core::table::Dataset;
use serde_json::Value;

use crate::service::Service;

#[tokio::test]
async fn health_says_what_to_do_and_since_when() {
    let service = Service::loaded();
    let resilience = async || service.get("/health").await.json()["data"]["resilience"].clone();
    let well = resilience().await;
    assert_eq!(well["recovery_recommendation"]["action"], "none");
    assert_eq!((&well["degraded_since"], &well["sustained"]), (&Value::Null, &false.into()));
    service.state.snapshots.fail(Dataset::Wip, "away".to_owned());
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(400);
    service.state.degraded.note(true, long_ago);
    let trouble = resilience().await;
    assert_eq!(trouble["recovery_recommendation"]["action"], "observe_and_retry");
    assert_eq!(trouble["recovery_recommendation"]["reason"], "cache_stale");
    assert_eq!(trouble["sustained"], true);
    assert_eq!(trouble["alerts"][0]["name"], "sustained_degradation");
    assert!(trouble["degraded_since"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn metrics_count_answers_by_route_and_show_the_plant() {
    let service = Service::loaded();
    service.get("/api/wip/lot/NOPE").await;
    service.get("/api/wip/lot/ALSO-NOPE").await;
    service.get("/no/such/page").await;
    service.state.snapshots.fail(Dataset::Equipment, "away".to_owned());
    let answer = service.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    for line in [
        "mes_http_requests_total{method=\"GET\",route=\"/api/wip/lot/{lotid}\",status=\"404\"} 2",
        "mes_dataset_rows{name=\"wip\"} 6.0",
        "mes_dataset_stale{name=\"equipment\"} 1.0",
        "mes_dataset_stale{name=\"wip\"} 0.0",
        "mes_degraded{name=\"cache_stale\"} 1.0",
        "mes_circuit_breaker_state{name=\"closed\"} 1.0",
        "mes_database_pool_connections{name=\"capacity\"} 30.0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("no/such"), "routes are ours: {text}");
}
