//! Snapshots: full, delta, codings, tags.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::Schema;
use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable};
use compute_core::table::{Columns, Dataset};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::freshness::decoded;
use crate::plant;
use crate::service::Service;

/// All lots, as browsers hold them.
const WHOLE: &str = "/api/snapshot/wip?include_dummy=true";

#[tokio::test]
async fn a_full_snapshot_states_what_it_is() {
    let service = Service::loaded();
    for dataset in Dataset::ALL {
        let path = format!("/api/snapshot/{}?include_dummy=true", dataset.name());
        let answer = service.get(&path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/vnd.apache.arrow.stream");
        assert_eq!(answer.header("x-mes-kind"), "full");
        assert_eq!(answer.header("x-mes-stale"), "false");
        let version = answer.header("x-mes-version");
        assert_eq!(answer.header("etag"), format!("\"{version}\""));
        assert!(answer.header("x-mes-updated-at").ends_with('Z'));
    }
    let answer = service.get(WHOLE).await;
    assert_eq!(answer.header("x-mes-rows"), "6");
    assert_eq!(answer.header("x-mes-sys-date"), "2026-11-20 08:00:00");
    assert_eq!(LotTable::from_ipc(&answer.body).unwrap().len(), 6);
}

#[tokio::test]
async fn codings_hold_the_same_bytes_under_their_own_tags() {
    let service = Service::loaded();
    let plain = service.get(WHOLE).await;
    let version = plain.header("x-mes-version").to_owned();
    for coding in ["zstd", "br", "gzip"] {
        let answer = service.get_with(WHOLE, &[("accept-encoding", coding)]).await;
        assert_eq!(answer.header("content-encoding"), coding);
        assert_eq!(answer.header("etag"), format!("\"{version}-{coding}\""));
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(decoded(&answer), plain.body);
        let tag = answer.header("etag").to_owned();
        let again = service.get_with(WHOLE, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304);
        assert_eq!(again.header("x-mes-version"), version);
    }
}

#[tokio::test]
async fn a_long_body_comes_in_what_is_there_until_it_is_compressed() {
    let service = Service::loaded();
    let lot = |n: u32| plant::lot(&format!("LOT-{n:05}"), n, "焊接_WB", "SOT-23");
    let lots: Vec<plant::Row> = (0..40_000).map(lot).collect();
    service.publish(Dataset::Wip, &plant::lot_batch(&lots));
    let coded_as =
        async |coding: &str| service.get_with(WHOLE, &[("accept-encoding", coding)]).await;
    let plain = coded_as("zstd").await;
    assert!(plain.body.len() > 1 << 20, "{} bytes", plain.body.len());
    assert_eq!(plain.header("content-encoding"), "", "being compressed");
    let waiting = coded_as("gzip, identity;q=0").await;
    assert_eq!(waiting.header("content-encoding"), "gzip");
    assert_eq!(decoded(&waiting), plain.body);
    let other = coded_as("br, gzip;q=0.5").await;
    assert_eq!(other.header("content-encoding"), "gzip", "which is there already");
    let version = plain.header("x-mes-version");
    for (answer, tag) in
        [(&plain, format!("\"{version}\"")), (&other, format!("\"{version}-gzip\""))]
    {
        assert_eq!(answer.header("etag"), tag);
    }
    // A caller that takes nothing else waits for the one that began it.
    let zstd = coded_as("zstd, identity;q=0").await;
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert_eq!(decoded(&zstd), plain.body);
    assert_eq!(coded_as("zstd").await.body, zstd.body);
}

#[tokio::test]
async fn a_delta_leads_to_the_bytes_of_the_full_table() {
    let service = Service::loaded();
    let many = |count: u32| -> Vec<plant::Row> {
        (0..count).map(|n| plant::lot(&format!("LOT-{n:05}"), n, "焊接_WB", "SOT-23")).collect()
    };
    service.publish(Dataset::Wip, &plant::lot_batch(&many(500)));
    let old = service.get(WHOLE).await;
    let mut changed = many(502);
    changed.remove(7);
    changed[20] = plant::held("LOT-00021", "自行暫停");
    service.publish(Dataset::Wip, &plant::lot_batch(&changed));
    let new = service.get(WHOLE).await;
    let (base, version) = (old.header("x-mes-version"), new.header("x-mes-version"));
    assert_ne!(base, version);

    let path = format!("{WHOLE}&since={base}");
    let delta = service.get_with(&path, &[("accept-encoding", "zstd")]).await;
    assert_eq!(delta.header("x-mes-kind"), "delta");
    assert_eq!(delta.header("x-mes-base-version"), base);
    assert_eq!(delta.header("x-mes-version"), version);
    assert_eq!(delta.header("etag"), format!("\"{version}-zstd\""));
    let plain = decoded(&delta);
    assert!(plain.len() < new.body.len() / 2);
    let change = Delta::from_ipc(&LAYOUT, &plain).unwrap();
    assert_eq!((change.base_version.as_str(), change.version.as_str()), (base, version));
    let table = LotTable::from_ipc(&old.body).unwrap().apply(&change.delta).unwrap();
    assert_eq!(table.frame().to_ipc(Columns::Display), new.body);

    let current = service.get(&format!("{WHOLE}&since={version}")).await;
    let nothing = Delta::from_ipc(&LAYOUT, &current.body).unwrap().delta;
    assert_eq!((nothing.rows(), nothing.removed()), (0, 0));
    let tag = delta.header("etag").to_owned();
    let unchanged = service.get_with(&path, &[("if-none-match", &tag)]).await;
    assert_eq!(unchanged.status, 304);
}

#[tokio::test]
async fn an_unknown_base_is_answered_with_the_full_table() {
    let service = Service::loaded();
    for since in ["0123456789abcdef0123456789abcdef", "x", "..%2f", "%00"] {
        let answer = service.get(&format!("{WHOLE}&since={since}")).await;
        assert_eq!(answer.header("x-mes-kind"), "full", "{since}");
        assert!(LotTable::from_ipc(&answer.body).is_ok());
    }
}

#[tokio::test]
async fn all_columns_have_their_own_tag() {
    let service = Service::loaded();
    let display = service.get(WHOLE).await;
    let path = "/api/snapshot/wip?include_dummy=true&columns=ALL&since=whatever";
    let all = service.get(path).await;
    assert_eq!(all.header("x-mes-kind"), "full");
    assert!(all.body.len() > display.body.len());
    assert_ne!(all.header("etag"), display.header("etag"));
    assert_eq!(LotTable::from_ipc(&all.body).unwrap().len(), 6);
    let tag = all.header("etag").to_owned();
    let again = service.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, 304);

    // A column that only this form has changes: the display version stays, this tag does not.
    let mut rows = plant::lots();
    rows[0].push(("OWNER", "someone else".to_owned()));
    service.publish(Dataset::Wip, &plant::lot_batch(&rows));
    assert_eq!(service.get(WHOLE).await.header("etag"), display.header("etag"));
    let changed = service.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, 200);
}

/// The file in every format as its rows, for the same question.
async fn files(service: &Service, question: &str) -> Vec<(String, RecordBatch)> {
    let mut found = Vec::new();
    for format in ["arrow", "arrow-file", "parquet"] {
        let path = format!("/api/snapshot/wip?format={format}&{question}");
        let body = service.get(&path).await.body;
        let mut batches: Vec<RecordBatch> = match format {
            "arrow" => StreamReader::try_new(Cursor::new(body), None).unwrap().flatten().collect(),
            "arrow-file" => {
                FileReader::try_new(Cursor::new(body), None).unwrap().flatten().collect()
            }
            _ => {
                let reader = ParquetRecordBatchReaderBuilder::try_new(body).unwrap();
                reader.build().unwrap().flatten().collect()
            }
        };
        // Parquet has no batch where it has no row.
        let batch = batches.pop().unwrap_or_else(|| RecordBatch::new_empty(Schema::empty().into()));
        found.push((format.to_owned(), batch));
    }
    found
}

#[tokio::test]
async fn files_have_the_rows_that_the_figures_count() {
    let service = Service::loaded();
    service.publish(
        Dataset::Wip,
        &plant::lot_batch(&[
            plant::lot("LOT-1", 10, "焊接_WB", "SOT-23"),
            plant::lot("LOT-2", 20, "焊接_WB", "QFN, large"),
            plant::lot("LOT-3", 40, "切割/研磨", "SOT-23"),
            plant::held("LOT-4", "自行暫停"),
            plant::lot("x-dummy-1", 80, "焊接_WB", "SOT-23"),
        ]),
    );
    for (question, lots) in [
        ("", 4),
        ("include_dummy=true", 5),
        ("workcenter=%E7%84%8A%E6%8E%A5_WB&package=QFN%2C%20large&package=SOT-23", 3),
        ("package=QFN%2C%20large", 1),
        ("lotid=lot-3", 1),
        ("package=none", 0),
    ] {
        let summary = service.get(&format!("/api/wip/overview/summary?{question}")).await;
        assert_eq!(summary.json()["data"]["totalLots"], lots, "{question}");
        for (format, batch) in files(&service, question).await {
            assert_eq!(batch.num_rows(), lots, "{format} {question}");
        }
        let csv = service.get(&format!("/api/snapshot/wip?format=csv&{question}")).await;
        assert_eq!(String::from_utf8_lossy(&csv.body).lines().count(), 1 + lots);
        assert_eq!(csv.header("x-mes-rows"), lots.to_string());
        assert_eq!(csv.header("x-mes-rows-left-out"), (5 - lots).to_string());
        assert_eq!(csv.header("x-mes-kind"), "file");
    }
    let held = service.get("/api/snapshot/wip?status=HOLD&format=csv").await;
    assert!(String::from_utf8_lossy(&held.body).contains("自行暫停"));
}

#[tokio::test]
async fn a_file_says_what_it_holds_and_has_its_own_tag() {
    let service = Service::loaded();
    let (_, batch) = files(&service, "package=SOT-23").await.swap_remove(0);
    let schema = batch.schema();
    let filter: Value = serde_json::from_str(&schema.metadata()["filter"]).unwrap();
    assert_eq!((&filter["packages"], &filter["includeDummy"]), (&json!(["SOT-23"]), &json!(false)));
    assert_eq!(schema.metadata()["time_zone"], "Asia/Taipei");
    let age = schema.field_with_name("AGE_CENTIDAYS").unwrap();
    assert_eq!(age.metadata()["unit"], "0.01 day");

    let mut tags = std::collections::BTreeSet::new();
    for question in ["", "?format=csv", "?format=xlsx", "?package=SOT-23", "?columns=all"] {
        let path = format!("/api/snapshot/wip{question}");
        let tag = service.get(&path).await.header("etag").to_owned();
        let again = service.get_with(&path, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304, "{question}");
        tags.insert(tag);
    }
    assert_eq!(tags.len(), 5);
}

#[tokio::test]
async fn only_lots_have_filters() {
    let service = Service::loaded();
    let table = service.get("/api/snapshot/resource?format=csv").await;
    assert_eq!((table.status.as_u16(), table.header("x-mes-rows")), (200, "3"));
    service.get("/api/snapshot/resource?package=SOT-23").await.failure(400, "VALIDATION_ERROR");
}
