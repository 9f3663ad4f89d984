//! Answers that callers share are those that each would get alone, and never older than what was published.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compute_core::source_contract::EQUIPMENT_STATUS_COLUMNS;
use compute_core::table::Dataset;
use fastrand::Rng;
use mes_dashboard::app_state::AppState;
use mes_dashboard::http::shared_answers::SharedAnswers;
use serde_json::{Value, json};

use crate::plant::{Row, batch, lot, lot_batch, lots, status};
use crate::service::{Answer, Service};

const PATHS: [&str; 14] = [
    "/api/resource/status",
    "/api/resource/status/options",
    "/api/resource/status/summary",
    "/api/resource/status/matrix",
    "/api/wip/overview/summary",
    "/api/wip/overview/matrix",
    "/api/wip/overview/hold",
    "/api/wip/detail/%E7%84%8A%E6%8E%A5_WB",
    "/api/wip/meta/packages",
    "/api/wip/meta/search",
    "/api/wip/hold-detail/lots",
    "/api/wip/qc-gate",
    "/api/hold-overview/treemap",
    "/api/job-query/resources",
];

/// Known of some paths and ignored by others; the last ones by all, or wrong.
const PARAMETERS: [&str; 16] = [
    "package=QFN",
    "package=SOT-23",
    "type=PJA1",
    "lotid=A00-001",
    "include_dummy=true",
    "q=GA",
    "field=lotid",
    "reason=%E8%87%AA%E8%A1%8C%E6%9A%AB%E5%81%9C",
    "page=2",
    "page_size=1",
    "status_categories=DOWN",
    "is_production=true",
    "workcenter_groups=%E7%84%8A%E6%8E%A5_WB",
    "_=1",
    "colour=red",
    "include_dummy=maybe",
];

const CODINGS: [&str; 5] = ["", "zstd", "br", "gzip", "gzip, br;q=0.5"];

/// The version `number` of the lots: `number` lots more than the tiny plant has.
fn lots_of(number: usize) -> Vec<Row> {
    let more = (0..number).map(|n| lot(&format!("GB26{n:07}-A00-001"), 7, "焊接_WB", "QFN"));
    lots().into_iter().chain(more).collect()
}

fn publish(service: &Service, number: usize) {
    service.publish(Dataset::Wip, &lot_batch(&lots_of(number)));
    let state = ["PRD", "UDT", "SBY"][number % 3];
    let states = [status("m1", state), status("m3", "PRD")];
    service.publish(Dataset::Equipment, &batch(EQUIPMENT_STATUS_COLUMNS, &states));
}

/// The answer without what depends on the time.
fn lasting(answer: &Answer) -> (u16, String, String, Value) {
    let mut plain = Vec::new();
    let body = &answer.body[..];
    match answer.header("content-encoding") {
        "zstd" => plain = zstd::decode_all(body).unwrap(),
        "br" => drop(brotli::Decompressor::new(body, 4096).read_to_end(&mut plain).unwrap()),
        "gzip" => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap()),
        _ => plain = body.to_vec(),
    }
    let mut body: Value = serde_json::from_slice(&plain).unwrap_or_default();
    if let Some(meta) = body["meta"].as_object_mut() {
        for name in ["timestamp", "data_updated_at", "data_age_seconds", "request_id"] {
            meta.remove(name);
        }
    }
    let header = |name| answer.header(name).to_owned();
    (answer.status.as_u16(), header("etag"), header("content-encoding"), body)
}

#[tokio::test]
async fn a_shared_answer_is_the_one_that_each_caller_would_get_alone() {
    let (shared, alone) = (Service::loaded(), Service::loaded());
    let nothing_kept = Arc::new(SharedAnswers::within(0));
    let alone = Service::with(AppState { shared_answers: nothing_kept.clone(), ..alone.state });
    let mut random = Rng::with_seed(14);
    let mut version = 0;
    let mut answered = [0; 3];
    for _ in 0..3_000 {
        if random.u8(..) < 8 {
            version = random.usize(0..4) * 200;
            publish(&shared, version);
            publish(&alone, version);
        }
        let picked = (0..random.usize(0..3)).map(|_| PARAMETERS[random.usize(..PARAMETERS.len())]);
        let query: Vec<&str> = picked.collect();
        let path = format!("{}?{}", PATHS[random.usize(..PATHS.len())], query.join("&"));
        let coding = CODINGS[random.usize(..CODINGS.len())];
        let mut headers = vec![("accept-encoding", coding)];
        let (first, again) =
            (shared.get_with(&path, &headers).await, shared.get_with(&path, &headers).await);
        let expected = lasting(&alone.get_with(&path, &headers).await);
        assert_eq!(lasting(&first), expected, "{path} in {coding:?} of {version}");
        assert_eq!(lasting(&again), expected, "{path} in {coding:?} of {version}");
        answered[usize::from(expected.0 != 200) + usize::from(expected.2.is_empty())] += 1;
        if first.status == 200 {
            let tag = first.header("etag").to_owned();
            headers.push(("if-none-match", &tag));
            assert_eq!(shared.get_with(&path, &headers).await.status, 304, "{path}");
        }
    }
    assert!(answered.iter().all(|count| *count > 30), "{answered:?}");
    assert_eq!(nothing_kept.bytes().await, 0);
    let kept = shared.state.shared_answers.bytes().await;
    assert!((100_000..64 << 20).contains(&kept), "{kept}");
}

#[tokio::test]
async fn what_an_answer_says_about_itself_is_its_own() {
    let service = Service::loaded();
    let path = "/api/wip/overview/summary?package=QFN";
    let plain = service.get(path).await.json();
    assert!(plain["meta"].get("ignored_parameters").is_none(), "{plain}");
    let kept = service.state.shared_answers.bytes().await;
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    for (path, ignored) in [
        ("/api/wip/overview/summary?_=1&package=+QFN+", json!(["_"])),
        ("/api/wip/overview/summary?package=QFN&colour=red", json!(["colour"])),
    ] {
        let answer = service.get(path).await.json();
        assert_eq!(answer["data"], plain["data"]);
        assert_eq!(answer["meta"]["ignored_parameters"], ignored);
        let time = |answer: &Value| answer["meta"]["timestamp"].as_str().unwrap().to_owned();
        assert!(time(&answer) > time(&plain), "{path}");
    }
    assert_eq!(service.state.shared_answers.bytes().await, kept, "one question, one answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_is_older_than_what_was_published_before_its_question() {
    const VERSIONS: usize = 150;
    let service = Arc::new(Service::loaded());
    let published = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (service, published) = (service.clone(), published.clone());
            tokio::spawn(async move {
                let mut newest = 0;
                loop {
                    let least = published.load(Ordering::SeqCst);
                    let body = service.get("/api/wip/overview/summary").await.json();
                    let number = body["data"]["totalLots"].as_u64().unwrap() as usize - 5;
                    assert!(number >= least.max(newest), "{number} after {least} and {newest}");
                    newest = number;
                    if number == VERSIONS {
                        return;
                    }
                }
            })
        })
        .collect();
    for number in 1..=VERSIONS {
        service.publish(Dataset::Wip, &lot_batch(&lots_of(number)));
        published.store(number, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    for reader in readers {
        reader.await.unwrap();
    }
}
