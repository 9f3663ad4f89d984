//! The refresher with a scripted source, on paused time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::snapshot::{
    Answer, CompressionLevels, Intervals, Refresher, SnapshotStore, SourceRead, TableSource,
};
use tokio_util::sync::CancellationToken;

use crate::tables;

/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// A source that counts reads and fails on demand.
struct Told {
    /// By dataset, read beforehand: waiting for a database would let the paused clock run on.
    tables: Vec<SourceRead>,
    /// `None` when the database rejects the query.
    stamp: Mutex<Option<String>>,
    broken: AtomicBool,
    hangs: AtomicBool,
    reads: AtomicUsize,
}

impl TableSource for Told {
    fn change_stamp<'a>(&'a self, _dataset: Dataset) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let stamp = self.stamp.lock().unwrap().clone();
            stamp.map(Some).ok_or_else(|| "invalid input syntax".to_owned())
        })
    }

    fn read<'a>(&'a self, dataset: Dataset) -> Answer<'a, SourceRead> {
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
            Ok(self.tables[dataset as usize].clone())
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

/// A refresher over a plant that stays as it is, started, with everything loaded and the clock paused.
struct Running {
    source: Arc<Told>,
    store: Arc<SnapshotStore>,
    refresher: Arc<Refresher>,
    stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    async fn start(check: Duration, full_read: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, database) =
            crate::sqlite::database(folder.path(), &tables::script(&crate::sqlite::TYPES)).await;
        let mut tables = Vec::new();
        for dataset in Dataset::ALL {
            tables.push(database.read_table(dataset).await.unwrap());
        }
        let source = Arc::new(Told {
            tables,
            stamp: Mutex::new(Some("1".to_owned())),
            broken: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
        });
        let store = Arc::new(SnapshotStore::new(4, CompressionLevels::default()));
        let intervals = Intervals {
            wip: check,
            resource: check,
            equipment: check,
            full_read,
            longest_read: LIMIT,
        };
        let rules = Arc::new(SiteRules::default());
        let refresher = Arc::new(Refresher::new(
            store.clone(),
            source.clone(),
            rules,
            TimeZone::UTC,
            intervals,
            Timestamp::now,
        ));
        let stop = CancellationToken::new();
        let tasks = refresher.start(&stop);
        // Real time until everything is prepared, then only the clock moves.
        while !store.current().is_complete() {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        Self { source, store, refresher, stop, tasks }
    }

    fn reads(&self) -> usize {
        self.source.reads.load(Ordering::SeqCst)
    }

    fn set_stamp(&self, stamp: Option<&str>) {
        *self.source.stamp.lock().unwrap() = stamp.map(str::to_owned);
    }

    fn is_stale(&self) -> bool {
        self.store.current().state(Dataset::Wip).is_stale()
    }

    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Time between checks.
const EVERY: Duration = Duration::from_secs(60);
/// Longer than any test.
const NEVER: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn the_last_good_snapshot_stays_and_says_that_it_is_stale() {
    let running = Running::start(EVERY, NEVER).await;
    let version = || running.store.current().published(Dataset::Wip).unwrap().version.clone();
    let error = || running.store.current().state(Dataset::Wip).error.clone().unwrap();
    let first = version();
    assert_eq!(running.reads(), 1);

    tokio::time::sleep(EVERY * 10).await;
    assert_eq!(running.reads(), 2, "an unchanged stamp needs no read; the first load had none");

    running.source.broken.store(true, Ordering::SeqCst);
    running.set_stamp(Some("2"));
    until(|| running.is_stale()).await;
    assert_eq!(version(), first, "the last good snapshot stays");
    assert!(error().contains("the database is gone"), "{}", error());

    running.source.broken.store(false, Ordering::SeqCst);
    until(|| !running.is_stale()).await;
    assert_eq!(version(), first, "equal content keeps its version");

    running.source.hangs.store(true, Ordering::SeqCst);
    running.set_stamp(Some("3"));
    until(|| running.is_stale()).await;
    assert!(error().contains("did not respond within 20 s"), "{}", error());
    running.source.hangs.store(false, Ordering::SeqCst);
    until(|| !running.is_stale()).await;

    let before = running.reads();
    running.refresher.refresh_now();
    until(|| running.reads() > before).await;
    running.end().await;
}

#[tokio::test]
async fn a_stamp_that_never_changes_saves_reads_for_the_full_read_interval_only() {
    let running = Running::start(EVERY, Duration::from_secs(150)).await;
    // The first load has no stamp, so that the check at 60 s reads. Further checks are at 120 s and 180 s;
    // the full reads are not at 240 s, but at 210 s, 360 s and so on.
    let seconds = |count| tokio::time::sleep(Duration::from_secs(count));
    seconds(65).await;
    assert_eq!(running.reads(), 2, "with a stamp now");
    seconds(140).await;
    assert_eq!(running.reads(), 2, "checks only");
    seconds(10).await;
    assert_eq!(running.reads(), 3, "one interval after the one before");
    seconds(1_500).await;
    let reads = running.reads();
    assert!((11..=13).contains(&reads), "{reads} reads in 11 intervals, and the first check");
    running.end().await;
}

#[tokio::test]
async fn checks_that_come_seldom_wait_for_no_full_read() {
    let running = Running::start(NEVER, Duration::from_secs(150)).await;
    tokio::time::sleep(Duration::from_secs(160)).await;
    assert_eq!(running.reads(), 2);
    running.end().await;
}

#[tokio::test]
async fn a_stamp_that_cannot_be_had_costs_a_read_and_nothing_else() {
    let running = Running::start(EVERY, NEVER).await;
    running.set_stamp(None);
    tokio::time::sleep(EVERY * 3 + Duration::from_secs(5)).await;
    assert_eq!(running.reads(), 4, "each check reads");
    assert!(!running.is_stale());
    running.set_stamp(Some("1"));
    tokio::time::sleep(EVERY + Duration::from_secs(5)).await;
    let reads = running.reads();
    tokio::time::sleep(EVERY * 5).await;
    assert_eq!(running.reads(), reads, "reads are saved again");
    running.end().await;
}
