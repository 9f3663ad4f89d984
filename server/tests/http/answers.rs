//! What all answers have in common: parameters that are not known, large answers, pages instead of JSON.

use axum::http::Method;
use mes_dashboard::auth::role::Role;
use serde_json::{Value, json};

use crate::queries;
use crate::service::Service;

const IGNORED: &str = "x-mes-ignored-parameters";

#[tokio::test]
async fn every_endpoint_names_the_parameters_that_it_does_not_know() {
    let (service, _folder) = queries::over_sqlite().await;
    let api = service.get("/api/openapi.json").await.json();
    let mut asked = 0;
    for (path, item) in api["paths"].as_object().unwrap() {
        if item["get"].is_null() || path == "/api/events" {
            continue;
        }
        let path = path.replace("{dataset}", "wip").replace("{workcenter}", "TMTT");
        let path = path.replace("{lotid}", "GA26010001-A00-001").replace("{job_id}", "J1");
        let range = "start_date=2026-10-31&end_date=2026-11-01";
        let answer = service.get(&format!("{path}?{range}&reason=x&q=ab&nonsens%C3%A9=1")).await;
        if answer.status == 401 || answer.status == 403 {
            continue;
        }
        let header = answer.header(IGNORED);
        assert!(header.split(", ").any(|name| name == "nonsens%C3%A9"), "{path}: {header}");
        if answer.status == 200
            && answer.header("content-type") == "application/json"
            && path.starts_with("/api/")
            && path != "/api/openapi.json"
        {
            let names = &answer.json()["meta"]["ignored_parameters"];
            assert!(names.as_array().unwrap().contains(&json!("nonsensé")), "{path}: {names}");
            asked += 1;
        }
    }
    assert!(asked >= 15, "{asked}");
}

#[tokio::test]
async fn a_name_that_was_meant_is_told_and_known_ones_are_not() {
    let (service, _folder) = queries::over_sqlite().await;
    let asked = service.get("/api/wip/overview/summary?pakage=SOT-23&lotid=&empty=").await;
    let meta = &asked.json()["meta"];
    assert_eq!(meta["ignored_parameters"], json!(["pakage"]));
    assert_eq!(meta["did_you_mean"], json!({ "pakage": "package" }));
    let known = service.get("/api/wip/overview/summary?package=SOT-23&include_dummy=1").await;
    assert_eq!(known.json()["meta"].get("ignored_parameters"), None);
    assert_eq!(known.header(IGNORED), "");
    // Responses without `meta` have it in a header.
    let rows = service.get("/api/snapshot/wip?states=HOLD&formats=csv&columns=all").await;
    assert_eq!((rows.status.as_u16(), rows.header(IGNORED)), (200, "states, formats"));
    // Bodies as well.
    let body = json!({
        "resource_ids": ["m1"], "start_date": "2026-11-01", "end_date": "2026-11-02",
        "end_dates": "2026-11-03", "none": null
    });
    let jobs = service.post("/api/job-query/jobs", "application/json", body.to_string()).await;
    let meta = &jobs.json()["meta"];
    assert_eq!(meta["ignored_parameters"], json!(["end_dates"]));
    assert_eq!(meta["did_you_mean"], json!({ "end_dates": "end_date" }));
}

#[tokio::test]
async fn large_answers_are_packed_for_those_who_take_it() {
    let (service, _folder) = queries::over_sqlite().await;
    let body = json!({ "table_name": "DW_MES_JOB" }).to_string();
    let ask = async |coding: &'static str| {
        let request = axum::http::Request::builder()
            .method(Method::POST)
            .uri("/api/query_table")
            .header("content-type", "application/json")
            .header("accept-encoding", coding);
        service.ask(request.body(body.clone().into()).unwrap()).await
    };
    let (plain, packed) = (ask("gzip, br").await, ask("gzip, br, zstd").await);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(packed.header("content-encoding"), "zstd");
    assert_eq!(packed.header("vary"), "accept-encoding");
    let unpacked: Value =
        serde_json::from_slice(&zstd::decode_all(&packed.body[..]).unwrap()).unwrap();
    assert_eq!(unpacked["data"], plain.json()["data"]);
    assert_eq!(plain.json()["data"]["row_count"], 5);
    ask("identity;q=0, gzip").await.failure(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_page_keeps_a_long_address_and_never_answers_with_json() {
    let service = Service::loaded().open_to(Some(Role::Viewer));
    let html = [("accept", "text/html,*/*;q=0.8"), ("accept-language", "en")];
    let families = "%E7%84%8A".repeat(12).repeat(160);
    let long = format!("/resource-history?families={families}");
    assert!(long.len() > 16 * 1024, "beyond the limit of other addresses");
    let page = service.get_with(&long, &html).await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(String::from_utf8_lossy(&page.body).contains("<title>MES"), "the page itself");
    let refused = service.get(&format!("/api/wip/overview/summary?package={families}")).await;
    refused.failure(400, "VALIDATION_ERROR");
    // A failure of a page is rendered as a page.
    let far = service.get_with(&format!("/{}%3Cb%3E?{families}", "x".repeat(2000)), &html).await;
    assert_eq!(
        (far.status.as_u16(), far.header("content-type")),
        (400, "text/html; charset=utf-8")
    );
    let text = String::from_utf8_lossy(&far.body);
    assert!(text.contains("The URL is too long") && text.contains("href=\"/\""), "{text}");
    assert_eq!(far.header("x-content-type-options"), "nosniff");
    let program = service.get(&format!("/{}?{families}", "x".repeat(2000))).await;
    program.failure(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_table_with_all_columns_is_made_once() {
    let service = Service::loaded();
    for coding in ["identity", "zstd", "br", "gzip"] {
        let headers = [("accept-encoding", coding)];
        let first =
            service.get_with("/api/snapshot/wip?include_dummy=true&columns=all", &headers).await;
        let second =
            service.get_with("/api/snapshot/wip?include_dummy=true&columns=all", &headers).await;
        assert_eq!(first.body.as_ptr(), second.body.as_ptr(), "{coding}: the same memory");
        assert_eq!(first.header("etag"), second.header("etag"));
    }
}
