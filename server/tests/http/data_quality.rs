//! What was found in the source tables, where callers meet it.

use compute_core::source_contract::{EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS};
use compute_core::table::Dataset;
use serde_json::{Value, json};

use crate::plant;
use crate::service::Service;

/// The entry of a dataset.
fn dataset<'a>(report: &'a Value, name: &str) -> &'a Value {
    let datasets = report["data"]["datasets"].as_array().unwrap();
    datasets.iter().find(|entry| entry["dataset"] == name).unwrap()
}

/// Reason, column, count and sample key of the findings of a dataset.
fn findings(report: &Value, name: &str) -> Vec<Value> {
    let found = dataset(report, name)["findings"].as_array().unwrap();
    let short = |found: &Value| {
        json!([found["reason"], found["column"], found["count"], found["sample_key"]])
    };
    found.iter().map(short).collect()
}

#[tokio::test]
async fn the_report_compares_the_real_time_rows_with_the_master() {
    let service = Service::loaded();
    let answer = service.get("/api/data-quality").await;
    let report = answer.json();
    assert_eq!(report["data"]["level"], "notice");
    assert_eq!(dataset(&report, "wip")["table"], "DW_MES_LOT_V");
    assert_eq!(dataset(&report, "wip")["level"], "ok");
    assert_eq!(dataset(&report, "wip")["rows_read"], 6);
    assert!(report["meta"]["data_version"].is_string());
    assert_eq!(findings(&report, "equipment"), [json!(["no_realtime_row", "", 1, "m3"])]);
    let tag = answer.header("etag").to_owned();
    let again = service.get_with("/api/data-quality", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn rows_of_unknown_machines_are_a_warning_wherever_their_numbers_are() {
    let service = Service::loaded();
    let mut excluded = plant::machine("m4", "WB-1");
    excluded.push(("LOCATIONNAME", "報廢".to_owned()));
    let machines = [plant::machine("m1", "WB-1"), excluded];
    service.publish(Dataset::Resource, &plant::batch(RESOURCE_COLUMNS, &machines));
    // The master leaves m4 out, but has a row for it.
    let states = ["m1", "m4", "x1", "x2"].map(|id| plant::status(id, "PRD"));
    service.publish(Dataset::Equipment, &plant::batch(EQUIPMENT_STATUS_COLUMNS, &states));
    let report = service.get("/api/data-quality").await.json();
    assert_eq!(report["data"]["level"], "warning");
    let equipment = dataset(&report, "equipment");
    assert_eq!(findings(&report, "equipment"), [json!(["unknown_machine", "RESOURCEID", 2, "x1"])]);
    assert_eq!((&equipment["rows_read"], &equipment["rows_kept"]), (&json!(4), &json!(2)));
    assert_eq!(equipment["alerts"][0]["name"], "data_quality_left_out");

    let status = service.get("/api/resource/status/summary").await.json();
    assert_eq!(status["meta"]["data_quality"], "warning");
    let lots = service.get("/api/wip/overview/summary").await.json();
    assert_eq!(lots["meta"].get("data_quality"), None, "lots are not concerned");

    let health = service.get("/health").await.json();
    assert_eq!(health["data"]["status"], "healthy", "data never makes the server unwell");
    assert_eq!(health["data"]["data_quality"]["level"], "warning");
    assert_eq!(health["data"]["data_quality"]["datasets"]["equipment"]["cases"], 2);
    let resilience = &health["data"]["resilience"];
    assert_eq!(resilience["alerts"][0]["subject"], "equipment");
    assert_eq!(resilience["recovery_recommendation"]["action"], "check_source_data");

    let metrics = service.get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    let line = "mes_data_quality_cases{dataset=\"equipment\",reason=\"unknown_machine\",column=\"RESOURCEID\"} 2.0";
    assert!(text.lines().any(|other| other == line), "{text}");
    assert!(text.contains("mes_data_quality_level{name=\"equipment\"} 2.0"), "{text}");
}

#[tokio::test]
async fn before_the_first_load_there_is_an_empty_report() {
    let report = Service::cold().get("/api/data-quality").await.json();
    assert_eq!(report["data"]["level"], "ok");
    assert_eq!(dataset(&report, "wip")["read_at"], Value::Null);
}

#[tokio::test]
async fn a_rule_that_matches_nothing_is_a_hint_with_what_there_is_instead() {
    let service = Service::loaded();
    let machines = [("m1", "PRD"), ("m2", "RUN"), ("m3", "RUN")];
    let states = machines.map(|(id, state)| plant::status(id, state));
    service.publish(Dataset::Equipment, &plant::batch(EQUIPMENT_STATUS_COLUMNS, &states));
    let report = service.get("/api/data-quality").await.json();
    assert_eq!(
        dataset(&report, "wip")["hints"],
        json!([{
            "rule": "qc_gate_specs", "entries": ["*QC* & *GATE*"], "columns": "SPECNAME", "rows": 6,
            "found": [{ "value": "WB Step-1", "rows": 6 }]
        }]),
        "a held lot has a non-quality reason"
    );
    let hint = &dataset(&report, "equipment")["hints"][0];
    assert_eq!((&hint["rule"], &hint["rows"]), (&json!("states"), &json!(2)));
    assert_eq!(hint["found"], json!([{ "value": "RUN", "rows": 2 }]));
    let mut other = plant::machine("m1", "WB-1");
    other.retain(|(column, _)| *column != "OBJECTTYPE");
    service.publish(Dataset::Resource, &plant::batch(RESOURCE_COLUMNS, &[other]));
    let report = service.get("/api/data-quality").await.json();
    let hint = &dataset(&report, "resource")["hints"][0];
    assert_eq!(hint["entries"], json!(["ASSEMBLY / ASSEMBLY", "WAFERSORT / WAFERSORT"]));
    assert_eq!(hint["found"], json!([{ "value": "ASSEMBLY / –", "rows": 1 }]));
}
