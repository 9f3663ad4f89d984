//! Snapshots: full, delta, codings, tags.

use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable};
use compute_core::table::{Columns, Dataset};

use crate::freshness::decoded;
use crate::plant;
use crate::service::Service;

#[tokio::test]
async fn a_full_snapshot_states_what_it_is() {
    let service = Service::loaded();
    for dataset in Dataset::ALL {
        let answer = service.get(&format!("/api/snapshot/{}", dataset.name())).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/vnd.apache.arrow.stream");
        assert_eq!(answer.header("x-mes-kind"), "full");
        assert_eq!(answer.header("x-mes-stale"), "false");
        let version = answer.header("x-mes-version");
        assert_eq!(answer.header("etag"), format!("\"{version}\""));
        assert!(answer.header("x-mes-updated-at").ends_with('Z'));
    }
    let answer = service.get("/api/snapshot/wip").await;
    assert_eq!(answer.header("x-mes-rows"), "6");
    assert_eq!(answer.header("x-mes-sys-date"), "2026-11-20 08:00:00");
    assert_eq!(LotTable::from_ipc(&answer.body).unwrap().len(), 6);
}

#[tokio::test]
async fn codings_hold_the_same_bytes_under_their_own_tags() {
    let service = Service::loaded();
    let plain = service.get("/api/snapshot/wip").await;
    let version = plain.header("x-mes-version").to_owned();
    for coding in ["zstd", "br", "gzip"] {
        let answer = service.get_with("/api/snapshot/wip", &[("accept-encoding", coding)]).await;
        assert_eq!(answer.header("content-encoding"), coding);
        assert_eq!(answer.header("etag"), format!("\"{version}-{coding}\""));
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(decoded(&answer), plain.body);
        let tag = answer.header("etag").to_owned();
        let again = service.get_with("/api/snapshot/wip", &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304);
        assert_eq!(again.header("x-mes-version"), version);
    }
}

#[tokio::test]
async fn a_delta_leads_to_the_bytes_of_the_full_table() {
    let service = Service::loaded();
    let many = |count: u32| -> Vec<plant::Row> {
        (0..count).map(|n| plant::lot(&format!("LOT-{n:05}"), n, "焊接_WB", "SOT-23")).collect()
    };
    service.publish(Dataset::Wip, &plant::lot_batch(&many(500)));
    let old = service.get("/api/snapshot/wip").await;
    let mut changed = many(502);
    changed.remove(7);
    changed[20] = plant::held("LOT-00021", "自行暫停");
    service.publish(Dataset::Wip, &plant::lot_batch(&changed));
    let new = service.get("/api/snapshot/wip").await;
    let (base, version) = (old.header("x-mes-version"), new.header("x-mes-version"));
    assert_ne!(base, version);

    let path = format!("/api/snapshot/wip?since={base}");
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

    let current = service.get(&format!("/api/snapshot/wip?since={version}")).await;
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
        let answer = service.get(&format!("/api/snapshot/wip?since={since}")).await;
        assert_eq!(answer.header("x-mes-kind"), "full", "{since}");
        assert!(LotTable::from_ipc(&answer.body).is_ok());
    }
}

#[tokio::test]
async fn all_columns_have_their_own_tag() {
    let service = Service::loaded();
    let display = service.get("/api/snapshot/wip").await;
    let path = "/api/snapshot/wip?columns=ALL&since=whatever";
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
    assert_eq!(service.get("/api/snapshot/wip").await.header("etag"), display.header("etag"));
    let changed = service.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, 200);
}
