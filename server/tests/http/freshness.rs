//! Conditional requests, content codings, stale data, health.

use jiff::Timestamp;
use std::io::Read;

use compute_core::table::Dataset;

use crate::plant;
use crate::service::{Answer, Service};

pub fn decoded(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "" => plain.extend_from_slice(&answer.body),
        "zstd" => plain = zstd::stream::decode_all(&answer.body[..]).unwrap(),
        "br" => {
            brotli::Decompressor::new(&answer.body[..], 4096).read_to_end(&mut plain).unwrap();
        }
        "gzip" => {
            flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut plain).unwrap();
        }
        other => panic!("unexpected coding {other}"),
    }
    plain
}

#[tokio::test]
async fn a_current_tag_is_answered_with_304_in_any_coding() {
    let service = Service::loaded();
    let path = "/api/wip/overview/matrix?status=RUN";
    let tag = service.get(path).await.header("etag").to_owned();
    let opaque = tag.trim_matches('"').to_owned();
    for known in
        [tag.clone(), format!("\"x\", W/{tag}"), format!("\"{opaque}-br\""), "*".to_owned()]
    {
        let answer = service.get_with(path, &[("if-none-match", &known)]).await;
        assert_eq!(answer.status, 304, "{known}");
        assert!(answer.body.is_empty());
        assert!(!answer.header("etag").is_empty());
    }
    let answer = service.get_with(path, &[("if-none-match", "\"old\"")]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_tag_changes_with_the_data_only() {
    let service = Service::loaded();
    let path = "/api/wip/overview/summary";
    let before = service.get(path).await.header("etag").to_owned();
    assert_eq!(service.get(path).await.header("etag"), before);
    service.publish(Dataset::Wip, &plant::lot_batch(&[plant::lot("L1", 1, "A", "B")]));
    let answer = service.get_with(path, &[("if-none-match", &before)]).await;
    assert_eq!(answer.status, 200);
    assert_ne!(answer.header("etag"), before);
    assert_eq!(answer.json()["data"]["totalLots"], 1);
}

#[tokio::test]
async fn a_wrong_parameter_is_an_error_even_with_a_current_tag() {
    let service = Service::loaded();
    let answer =
        service.get_with("/api/wip/overview/matrix?status=BAD", &[("if-none-match", "*")]).await;
    answer.failure(400, "VALIDATION_ERROR");
    let unknown = service.get_with("/api/wip/lot/NOPE", &[("if-none-match", "*")]).await;
    unknown.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_coding_decodes_to_the_same_answer() {
    let service = Service::loaded();
    for path in ["/api/fields", "/api/openapi.json", "/api/docs/page.js"] {
        let plain = service.get(path).await;
        assert_eq!(plain.header("content-encoding"), "");
        let mut tags = vec![plain.header("etag").to_owned()];
        for (wish, coding) in [
            ("gzip, deflate, br, zstd", "zstd"),
            ("br;q=1, gzip;q=0.8", "br"),
            ("gzip", "gzip"),
            ("identity, gzip;q=0.5", ""),
        ] {
            let answer = service.get_with(path, &[("accept-encoding", wish)]).await;
            assert_eq!(answer.header("content-encoding"), coding, "{wish}");
            assert!(answer.header("vary").contains("accept-encoding"));
            let stamped = path == "/api/fields";
            if !stamped {
                assert_eq!(decoded(&answer), plain.body, "{path} {wish}");
            }
            tags.push(answer.header("etag").to_owned());
        }
        assert_eq!(tags[0], tags[4]);
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 4, "one tag a representation");
    }
    let refused = service.get_with("/api/fields", &[("accept-encoding", "identity;q=0")]).await;
    refused.failure(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_data_and_says_so() {
    let service = Service::loaded();
    let fresh = service.get("/health").await.json();
    assert_eq!(fresh["data"]["status"], "healthy");
    assert_eq!(fresh["data"]["cache"]["rows"], 6);
    assert_eq!(fresh["data"]["services"]["database"], "healthy");

    service.state.snapshots.fail(
        Dataset::Wip,
        "connect to 10.1.2.3 refused".to_owned(),
        Timestamp::now(),
    );
    let answer = service.get("/api/wip/overview/summary").await.json();
    assert_eq!(answer["meta"]["stale"], true);
    assert_eq!(answer["data"]["totalLots"], 5);
    let equipment = service.get("/api/resource/status/summary").await.json();
    assert_eq!(equipment["meta"]["stale"], false);
    let health = service.get("/health").await;
    assert_eq!(health.status, 200);
    let health = health.json();
    assert_eq!(health["data"]["status"], "degraded");
    assert_eq!(health["data"]["degraded_reason"], "cache_stale");
    assert!(!health.to_string().contains("10.1.2.3"), "causes are for the log");
    assert_eq!(service.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn without_snapshot_and_database_it_is_unhealthy() {
    let service = Service::cold();
    for dataset in Dataset::ALL {
        service.state.snapshots.fail(dataset, "refused".to_owned(), Timestamp::now());
    }
    let health = service.get("/health").await;
    assert_eq!(health.status, 503);
    let body = health.json();
    assert_eq!(body["success"], false);
    assert_eq!(body["data"]["status"], "unhealthy");
    assert_eq!(body["data"]["degraded_reason"], "database_unreachable");
    let answer = service.get("/api/wip/overview/summary").await.json();
    assert_eq!(answer["meta"]["degraded_reason"], "database_unreachable");
}

#[tokio::test]
async fn health_shows_the_breaker_and_the_pool_as_they_are() {
    let service = Service::loaded();
    let health = service.get("/health").await.json();
    let data = &health["data"];
    let keys = |part: &serde_json::Value| {
        part.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        keys(&data["circuit_breaker"]),
        "enabled failure_count failure_rate forced last_failure_time open_until state success_count \
         total_count window_size"
    );
    assert_eq!(
        keys(&data["database_pool"]["state"]),
        "checked_in checked_out max_capacity overflow saturation size waiting"
    );
    assert_eq!(data["circuit_breaker"]["state"], "CLOSED");
    assert_eq!(data["circuit_breaker"]["enabled"], true);
    let runtime = &data["database_pool"]["runtime"];
    assert_eq!((&runtime["pool_size"], &runtime["max_overflow"]), (&10.into(), &20.into()));
    assert_eq!(runtime["call_timeout_ms"], 20_000);
    assert_eq!(data["database_pool"]["state"]["max_capacity"], 30);

    service.state.database.breaker().force_open();
    let health = service.get("/health").await;
    assert_eq!(health.status, 200);
    let body = health.json();
    assert_eq!(body["data"]["status"], "degraded");
    assert_eq!(body["data"]["degraded_reason"], "circuit_breaker_open");
    assert_eq!(body["data"]["circuit_breaker"]["state"], "OPEN");
    assert_eq!(service.get("/api/wip/overview/summary").await.status, 200, "snapshots are served");
}
