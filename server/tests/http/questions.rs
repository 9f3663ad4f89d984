//! Answers from the snapshot, and the parameters that shape them.

use serde_json::json;

use crate::history::below;
use crate::service::Service;

#[tokio::test]
async fn an_answer_is_framed_with_the_freshness_of_its_data() {
    let service = Service::loaded();
    let answer = service.get("/api/wip/overview/summary").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let body = answer.json();
    assert_eq!(body["success"], true);
    assert_eq!(body["data"]["totalLots"], 5);
    let meta = &body["meta"];
    assert_eq!(meta["data_version"].as_str().unwrap().len(), 32);
    assert_eq!(meta["stale"], false);
    assert!(meta["data_age_seconds"].as_u64().unwrap() < 60);
    assert!(meta["data_updated_at"].as_str().unwrap() <= meta["timestamp"].as_str().unwrap());
}

#[tokio::test]
async fn filters_are_stripped_and_unknown_parameters_ignored() {
    let service = Service::loaded();
    let lots = |query: &'static str| {
        let service = &service;
        async move {
            let answer = service.get(&format!("/api/wip/overview/summary?{query}")).await;
            answer.json()["data"]["totalLots"].as_u64().unwrap()
        }
    };
    assert_eq!(lots("workorder=++ga261000075++").await, 2);
    assert_eq!(lots("workorder=&package=+").await, 5);
    assert_eq!(lots("package=QFN&pj_type=none&colour=red").await, 2);
    assert_eq!(lots("package=qfn").await, 0);
    assert_eq!(lots("lotid=.*").await, 0);
    assert_eq!(lots("include_dummy=ON").await, 6);
    assert_eq!(lots("include_dummy=no").await, 5);
}

#[tokio::test]
async fn a_group_name_may_hold_a_slash() {
    let service = Service::loaded();
    let answer = service.get("/api/wip/detail/%E5%88%87%E5%89%B2%2F%E7%A0%94%E7%A3%A8").await;
    let data = &answer.json()["data"];
    assert_eq!(data["workcenter"], "切割/研磨");
    assert_eq!(data["pagination"]["total_count"], 1);
}

#[tokio::test]
async fn pages_are_clamped_as_documented() {
    let service = Service::loaded();
    let group = "/api/wip/detail/%E7%84%8A%E6%8E%A5_WB";
    let page = |query: &'static str| {
        let service = &service;
        async move {
            let answer = service.get(&format!("{group}?{query}")).await;
            answer.json()["data"]["pagination"].clone()
        }
    };
    assert_eq!(page("").await["page_size"], 100);
    assert_eq!(page("page=-7&page_size=0").await["page_size"], 1);
    assert_eq!(page("page=0").await["page"], 1);
    assert_eq!(page("page_size=99999999999999999999").await["page_size"], 500);
    let reason = "/api/wip/hold-detail/lots?reason=%E8%87%AA%E8%A1%8C%E6%9A%AB%E5%81%9C";
    let held = service.get(&format!("{reason}&per_page=0")).await.json();
    assert_eq!(held["data"]["pagination"]["perPage"], 1);
    let none = service.get("/api/wip/meta/search?field=LotID&q=GA26&limit=-3").await;
    assert_eq!(none.json()["data"], json!({ "items": [] }));
}

#[tokio::test]
async fn wrong_values_are_named_with_what_is_allowed() {
    let service = Service::loaded();
    let cases = [
        ("/api/wip/overview/matrix?status=BAD", ["status", "BAD", "RUN, QUEUE, HOLD"]),
        ("/api/wip/overview/matrix?hold_type=x", ["hold_type", "x", "quality, non-quality"]),
        ("/api/wip/overview/summary?include_dummy=maybe", ["include_dummy", "maybe", "true/1"]),
        ("/api/wip/detail/TMTT?page=abc", ["page", "abc", "whole number"]),
        ("/api/wip/detail/TMTT?page_size=1.5", ["page_size", "1.5", "whole number"]),
        ("/api/wip/meta/search?field=x&q=AB", ["field", "x", "workorder, lotid, package, pj_type"]),
        ("/api/wip/meta/search?q=AB", ["Missing", "field", ""]),
        ("/api/wip/hold-detail/summary", ["Missing", "reason", ""]),
        ("/api/wip/hold-detail/lots?reason=a&age_range=9", ["age_range", "9", "0-1, 1-3, 3-7, 7+"]),
        ("/api/hold-overview/summary?hold_type=x", ["hold_type", "x", "quality, non-quality"]),
        ("/api/hold-overview/matrix?age_range=9", ["age_range", "9", "0-1, 1-3, 3-7, 7+"]),
        ("/api/hold-overview/lots?sort=waist", ["sort", "waist", "lotId, workorder"]),
        ("/api/resource/status?is_production=maybe", ["is_production", "maybe", "false/0"]),
        ("/api/resource/status?status_categories=XX", ["status_categories", "XX", "PRODUCTIVE"]),
        ("/api/wip/overview/summary?lotid=a&lotid=b", ["lotid", "one value", "\"b\""]),
        ("/api/snapshot/wip?columns=some", ["columns", "some", "display, all"]),
    ];
    for (path, words) in cases {
        let answer = service.get_with(path, &[("accept-language", "en")]).await;
        let message = answer.failure(400, "VALIDATION_ERROR");
        for word in words {
            assert!(message.contains(word), "{path}: {message}");
        }
    }
}

#[tokio::test]
async fn held_lots_are_the_same_in_every_answer() {
    let service = Service::loaded();
    let data = |path: &'static str| {
        let service = &service;
        async move { service.get(&format!("/api/hold-overview/{path}")).await.json()["data"].clone() }
    };
    let summary = data("summary").await;
    assert_eq!(summary["totalLots"], 2);
    assert_eq!(summary["totalQty"], 200);
    assert_eq!((&summary["avgAge"], &summary["maxAge"]), (&json!(2.5), &json!(2.5)));
    assert_eq!(data("matrix").await["matrix"], json!({ "焊接_WB": { "SOT-23": 200 } }));
    let group = &data("treemap").await[0];
    assert_eq!((&group["workcenter"], &group["lots"]), (&json!("焊接_WB"), &json!(2)));
    // Several reasons.
    let (hold, special) = ("%E8%87%AA%E8%A1%8C%E6%9A%AB%E5%81%9C", "%E7%89%B9%E6%AE%8A");
    let both = format!(
        "/api/hold-overview/lots?reason={hold}&reason={special}%E9%9C%80%E6%B1%82%E7%AE%A1%E6%8E%A7"
    );
    let lots = service.get(&both).await.json()["data"].clone();
    assert_eq!(lots["pagination"]["total"], 2);
    assert_eq!(lots["lots"][0]["holdType"], "quality");
    assert_eq!(lots["lots"][1]["holdType"], "non-quality");
    assert_eq!(data("lots?hold_type=NON-quality").await["pagination"]["total"], 1);
    assert_eq!(data("lots?age_range=3-7").await["pagination"]["total"], 0);
    assert_eq!(
        data("lots?sort=lotId&descending=1&per_page=1").await["lots"][0]["lotId"],
        "GA261000077-A00-002"
    );

    let question = r#"{ "hold_type": "quality", "reason": ["自行暫停"] }"#;
    let path = "/api/hold-overview/export?sort=lotId";
    let file = service.post(path, "application/json", question).await;
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("\u{feff}Lot ID,Work order,Hold type,"), "{text}");
    assert!(
        lines[1].starts_with("GA261000077-A00-001,GA261000077,quality,自行暫停,2.5,100,"),
        "{text}"
    );
    let told =
        below(&service.post(&format!("{path}&footer=true"), "application/json", question).await);
    assert_eq!((&told[0][0], &told[0][5]), (&"Total".to_owned(), &"100".to_owned()));
    assert_eq!(told[1..3], [["Rows", "1"], ["Filter: Hold type", "quality"]]);
    assert_eq!(told[3], ["Filter: Hold reason", "自行暫停"]);
    let version = service.get("/api/hold-overview/summary").await.json()["meta"].clone();
    assert_eq!(told[5], ["Version", version["data_version"].as_str().unwrap()]);
    let all = below(&service.post(&format!("{path}&footer=1"), "application/json", "{}").await);
    assert_eq!(all[1..3], [["Rows", "2"], ["Filters", "none"]]);
}

#[tokio::test]
async fn equipment_lists_are_trimmed_and_counted() {
    let service = Service::loaded();
    let groups = "workcenter_groups=%E7%84%8A%E6%8E%A5_WB+,+nowhere";
    let body = service.get(&format!("/api/resource/status?{groups}")).await.json();
    assert_eq!(body["count"], 2);
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    let down = service.get("/api/resource/status?status_categories=+DOWN+,").await.json();
    assert_eq!(down["count"], 1);
    assert_eq!(down["data"][0]["RESOURCEID"], "m2");
}

#[tokio::test]
async fn dashboard_questions_come_in_a_body() {
    let service = Service::loaded();
    for body in ["", "{}", r#"{"filters":null}"#, r#"{"filters":{"isProduction":false}}"#] {
        let answer = service.post("/api/dashboard/kpi", "application/json", body).await;
        assert_eq!(answer.json()["data"]["total"], 3, "{body}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let key = r#"{"filters":{"isKey":true}}"#;
    let cards =
        service.post("/api/dashboard/workcenter_cards", "application/json; charset=utf-8", key);
    assert_eq!(cards.await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_lot_is_found_by_its_exact_id() {
    let service = Service::loaded();
    let body = service.get("/api/wip/lot/GA261000075-A00-001").await.json();
    assert_eq!(body["data"]["lotId"], "GA261000075-A00-001");
    assert_eq!(body["data"]["fieldLabels"]["lotId"], "Run Card Lot ID");
    let message = service.get("/api/wip/lot/NOPE").await.failure(404, "NOT_FOUND");
    assert!(message.contains("NOPE"));
}
