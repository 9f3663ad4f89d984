//! The refresher with a source that does as told, on paused time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::RecordBatch;
use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use mes_dashboard::snapshot::{
    Answer, CompressionLevels, Intervals, Refresher, SnapshotStore, TableSource,
};
use tokio_util::sync::CancellationToken;

use crate::tables;

/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// A source that counts reads and fails on demand.
struct Told {
    /// By dataset, read beforehand: waiting for a database would let the paused clock run on.
    tables: Vec<RecordBatch>,
    stamp: Mutex<String>,
    broken: AtomicBool,
    hangs: AtomicBool,
    reads: AtomicUsize,
}

impl TableSource for Told {
    fn change_stamp<'a>(&'a self, _dataset: Dataset) -> Answer<'a, Option<String>> {
        Box::pin(async move { Ok(Some(self.stamp.lock().unwrap().clone())) })
    }

    fn read<'a>(&'a self, dataset: Dataset) -> Answer<'a, (RecordBatch, Vec<String>)> {
        Box::pin(async move {
            if dataset == Dataset::Wip {
                self.reads.fetch_add(1, Ordering::SeqCst);
            }
            if self.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if self.broken.load(Ordering::SeqCst) {
                return Err("the database is gone".to_owned());
            }
            Ok((self.tables[dataset as usize].clone(), Vec::new()))
        })
    }
}

/// Lets the refresher's tasks run until `done`.
async fn until(done: impl Fn() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(3600);
    while !done() {
        assert!(tokio::time::Instant::now() < limit, "it never came true");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn the_last_good_snapshot_stays_and_says_that_it_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let (_, database) =
        crate::sqlite::database(folder.path(), &tables::script(&crate::sqlite::TYPES)).await;
    let mut tables = Vec::new();
    for dataset in Dataset::ALL {
        tables.push(database.read_table(dataset).await.unwrap().0);
    }
    let source = Arc::new(Told {
        tables,
        stamp: Mutex::new("1".to_owned()),
        broken: AtomicBool::new(false),
        hangs: AtomicBool::new(false),
        reads: AtomicUsize::new(0),
    });
    let store = Arc::new(SnapshotStore::new(4, CompressionLevels::default()));
    let every = Duration::from_secs(60);
    let intervals =
        Intervals { wip: every, resource: every, equipment: every, longest_read: LIMIT };
    let rules = Arc::new(SiteRules::default());
    let refresher =
        Arc::new(Refresher::new(store.clone(), source.clone(), rules, intervals, Timestamp::now));
    let stop = CancellationToken::new();
    let tasks = refresher.start(&stop);
    // Real time until the database has answered, then only the clock moves.
    while !store.current().is_complete() {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    let version = || store.current().published(Dataset::Wip).unwrap().version.clone();
    let stale = || store.current().state(Dataset::Wip).is_stale();
    let first = version();
    assert_eq!(source.reads.load(Ordering::SeqCst), 1);

    tokio::time::sleep(every * 10).await;
    assert_eq!(source.reads.load(Ordering::SeqCst), 1, "an unchanged stamp needs no read");

    source.broken.store(true, Ordering::SeqCst);
    *source.stamp.lock().unwrap() = "2".to_owned();
    until(stale).await;
    assert_eq!(version(), first, "the last good snapshot stays");
    let error = store.current().state(Dataset::Wip).error.clone().unwrap();
    assert!(error.contains("the database is gone"), "{error}");

    source.broken.store(false, Ordering::SeqCst);
    until(|| !stale()).await;
    assert_eq!(version(), first, "equal content keeps its version");

    source.hangs.store(true, Ordering::SeqCst);
    *source.stamp.lock().unwrap() = "3".to_owned();
    until(stale).await;
    let error = store.current().state(Dataset::Wip).error.clone().unwrap();
    assert!(error.contains("no answer within 20 s"), "{error}");
    source.hangs.store(false, Ordering::SeqCst);
    until(|| !stale()).await;

    let before = source.reads.load(Ordering::SeqCst);
    refresher.refresh_now();
    until(|| source.reads.load(Ordering::SeqCst) > before).await;
    stop.cancel();
    for task in tasks {
        task.await.unwrap();
    }
}
