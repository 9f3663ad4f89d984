//! The roll-up of history against the rows themselves, in every kind of database: equal to the last
//! bit, whatever happens to the rows, the files and the clocks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compute_core::history::Day;
use compute_core::site_rules::SiteRules;
use jiff::Timestamp;
use jiff::civil::date;
use mes_dashboard::database::{Database, PoolLimits};
use mes_dashboard::day_ranges::{DayRange, RangeFailure};
use mes_dashboard::history_rollup::{
    HistoryRollup, Policy, RollupClock, RollupSetup, Store, Verdict,
};
use mes_dashboard::hour_ranges::{HourRanges, Hours};
use mes_dashboard::route_cache::{RouteCache, RouteCacheLimits};
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, PlantSize, sql};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::reading;
use crate::server::Server;
use crate::settings::{counting, limits};

const TABLE: &str = "DW_MES_RESOURCESTATUS_SHIFT";
/// Days of the generated plant.
const DAYS: u16 = 45;

/// A day before the injected clock's.
fn day(ago: u16) -> Day {
    Day::parse("2024-03-20").unwrap().days_before(ago)
}

fn range(from: u16, to: u16) -> DayRange {
    DayRange { first: day(from), last: day(to) }
}

enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A database with the hours of a generated plant and of rows that no plan foresees.
struct Plant {
    url: String,
    writer: Writer,
    _server: Option<Server>,
    folder: tempfile::TempDir,
}

/// Hours typed as a database has them: of time and hours.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Sqlite,
    Typed,
    Text,
}

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Typed, Kind::Text];

impl Plant {
    async fn of(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (server, url, mut writer) = match kind {
            Kind::Sqlite => {
                let path = folder.path().join("plant.sqlite");
                let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
                let writer = SqliteConnection::connect_with(&options).await.unwrap();
                (None, format!("sqlite:{}", path.display()), Writer::Sqlite(writer))
            }
            Kind::Typed | Kind::Text => {
                let server = Server::start();
                let writer = server.connect().await;
                let url = server.url();
                (Some(server), url, Writer::Postgres(writer))
            }
        };
        let size =
            PlantSize { lots: 100, machines: 30, history_days: DAYS.into(), finished_jobs: 0 };
        let factory = Factory::new(7, date(2024, 3, 20).at(8, 0, 0, 0), size);
        let mut script: String = sql::statements(&factory, SourceTable::ShiftHours).collect();
        if let Kind::Text = kind {
            script = script.replacen("TXNDATE timestamp", "TXNDATE text", 1);
            script = script.replacen("HOURS double precision", "HOURS text", 1);
        }
        let odd = match kind {
            Kind::Typed => {
                "(null, '2024-03-10 08:00:00', 'PRD', 8), ('M', null, 'PRD', 8), \
                 ('M', 'infinity', 'PRD', 8), (' M ', '2024-03-11 08:00:00', 'prd?', 'NaN'), \
                 ('M', '2024-03-11 08:00:00', null, -3.00005), ('M', '2024-02-29', 'PRD', 99999)"
            }
            _ => {
                "(null, '2024-03-10 08:00:00', 'PRD', '8'), ('M', null, 'PRD', '8'), \
                 ('M', 'soon', 'PRD', '8'), (' M ', '2024/3/11', 'prd?', 'many'), \
                 ('M', '20240311', null, '-3,00005'), ('M', '2024-02-29T00:00:00', 'PRD', '7:30'), \
                 ('M', '2024-02-30', 'PRD', '1')"
            }
        };
        for (names, rows) in [
            ("HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS", odd),
            // Rows that are there twice count twice, as they always did.
            (
                "HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS",
                "('D', '2024-03-12 08:00:00', 'SBY', '1.5'), ('D', '2024-03-12 08:00:00', 'SBY', '1.5')",
            ),
        ] {
            script.push_str(&format!("insert into {TABLE} ({names}) values {rows};"));
        }
        execute(&mut writer, &script).await;
        Self { url, writer, _server: server, folder }
    }

    async fn execute(&mut self, script: &str) {
        execute(&mut self.writer, script).await;
    }

    fn files(&self) -> std::path::PathBuf {
        self.folder.path().join("rollup")
    }
}

async fn execute(writer: &mut Writer, script: &str) {
    match writer {
        Writer::Sqlite(writer) => writer.execute(AssertSqlSafe(script.to_owned())).await.map(drop),
        Writer::Postgres(writer) => {
            writer.execute(AssertSqlSafe(script.to_owned())).await.map(drop)
        }
    }
    .unwrap();
}

/// Clocks of the roll-up that only the test moves.
#[derive(Clone)]
struct Clocks(Arc<Mutex<(Timestamp, Duration)>>, Arc<Mutex<Duration>>);

impl Clocks {
    fn new() -> Self {
        let now: Timestamp = "2024-03-20T08:00:00Z".parse().unwrap();
        Self(Arc::new(Mutex::new((now, Duration::ZERO))), Arc::default())
    }

    /// Time goes by.
    fn pass(&self, seconds: u64) {
        let mut both = self.0.lock().unwrap();
        both.1 += Duration::from_secs(seconds);
    }

    /// Time goes by at each look at the clock: everything seems to take at least so long.
    fn pass_at_each_look(&self, seconds: u64) {
        *self.1.lock().unwrap() = Duration::from_secs(seconds);
    }

    /// The wall clock is set.
    fn set(&self, now: &str) {
        self.0.lock().unwrap().0 = now.parse().unwrap();
    }

    fn injected(&self) -> RollupClock {
        let (now, elapsed) = (self.clone(), self.clone());
        RollupClock {
            now: Box::new(move || now.0.lock().unwrap().0),
            elapsed: Box::new(move || {
                let mut both = elapsed.0.lock().unwrap();
                both.1 += *elapsed.1.lock().unwrap();
                both.1
            }),
        }
    }
}

const POLICY: Policy = Policy {
    days: 60,
    recent: 7,
    check_every: Duration::from_secs(300),
    sweep_every: Duration::from_secs(86_400),
    load: 1.0,
};

fn patient() -> PoolLimits {
    PoolLimits { call_timeout: Duration::from_secs(20), ..limits() }
}

fn rollup_with(
    plant: &Plant,
    clocks: &Clocks,
    requests: &Arc<Database>,
    policy: Policy,
    basis: &str,
) -> Arc<HistoryRollup> {
    let one = PoolLimits { size: 1, max_overflow: 0, ..patient() };
    let reader = Database::new(&plant.url, one, counting()).unwrap();
    let setup =
        RollupSetup { table: TABLE.to_owned(), reading: reading(), rules: Arc::default(), policy };
    let store = Store::new(&plant.files(), basis);
    HistoryRollup::new(setup, store, reader, requests.clone(), clocks.injected())
}

/// A server over a plant: answers with the roll-up, and without.
struct Both {
    requests: Arc<Database>,
    rollup: Arc<HistoryRollup>,
    clocks: Clocks,
}

impl Both {
    fn over(plant: &Plant) -> Self {
        Self::with(plant, POLICY)
    }

    fn with(plant: &Plant, policy: Policy) -> Self {
        let clocks = Clocks::new();
        let requests = Database::new(&plant.url, patient(), counting()).unwrap();
        let rollup = rollup_with(plant, &clocks, &requests, policy, "a");
        Self { requests, rollup, clocks }
    }

    /// Does what the plan says until there is nothing to do; returns the number of steps.
    async fn keep(&self) -> usize {
        for steps in 0..200 {
            let before = format!("{:?}", self.rollup.report());
            let pause = Box::pin(self.rollup.step()).await;
            let report = self.rollup.report();
            assert_eq!(report.problem, None);
            // With a load of 1 a step that did something has no pause.
            if pause > Duration::ZERO && before == format!("{report:?}") {
                return steps;
            }
        }
        panic!("the keeper does not come to an end: {:?}", self.rollup.report());
    }

    /// Answers that nothing has cached.
    fn ranges(&self, rollup: Option<Arc<HistoryRollup>>) -> HourRanges {
        let limits =
            RouteCacheLimits { l1_bytes: 0, l2_value_bytes: 0, keep: Duration::from_secs(1) };
        let cache = Arc::new(RouteCache::new(limits));
        let rules: Arc<SiteRules> = Arc::default();
        HourRanges::new(self.requests.clone(), rules, TABLE.to_owned(), cache, reading())
            .with_rollup(rollup)
    }

    async fn rolled(&self, range: DayRange) -> Result<Hours, RangeFailure> {
        let ranges = self.ranges(Some(self.rollup.clone()));
        Box::pin(ranges.hours(range)).await
    }

    /// Holds an answer of both against each other: the hours to the last bit, and what was counted.
    async fn same(&self, range: DayRange, why: &str) -> Hours {
        let (with, without) = (self.ranges(Some(self.rollup.clone())), self.ranges(None));
        // On the heap: the stack of a test is small.
        let (rolled, raw) = (Box::pin(with.hours(range)), Box::pin(without.hours(range)));
        let (rolled, raw) = (rolled.await.unwrap(), raw.await.unwrap());
        assert_eq!(rolled.read.bytes, raw.read.bytes, "{why}: {range:?}");
        assert_eq!(counts(&with), counts(&without), "{why}: {range:?}");
        rolled
    }
}

/// Counts of the newest read: of rows, and by reason and column.
fn counts(ranges: &HourRanges) -> (u64, u64, BTreeMap<(&'static str, &'static str), u64>) {
    let ledger = ranges.newest().unwrap().ledger(|machine| machine != "D");
    let findings = ledger.findings();
    let found = findings.map(|found| ((found.reason.name(), found.column), found.count)).collect();
    (ledger.rows_read, ledger.rows_kept, found)
}

#[tokio::test]
async fn answers_are_those_of_the_rows_to_the_last_bit() {
    for kind in KINDS {
        Box::pin(answers_of(kind)).await;
    }
}

async fn answers_of(kind: Kind) {
    let why = format!("{kind:?}");
    let plant = Plant::of(kind).await;
    let both = Both::over(&plant);
    // Nothing is rolled up yet: small ranges are read, large ones are pending.
    let before = both.same(range(5, 0), &why).await;
    assert_eq!((before.made_of.rolled_up, before.made_of.read), (0, 6));
    let pending = both.rolled(range(60, 0)).await.unwrap_err();
    let nothing = RangeFailure::Pending { missing: 61, days: 61, answered_from: None };
    assert_eq!(format!("{pending:?}"), format!("{nothing:?}"));

    // In the middle of it: newest days first, the others from the database.
    both.rollup.step().await;
    both.rollup.step().await;
    let report = both.rollup.report();
    assert_eq!(report.rolled_up_to, Some(day(1).to_string()), "{report:?}");
    let part = both.same(range(20, 0), &why).await;
    assert!(part.made_of.rolled_up > 0 && part.made_of.read > 10, "{:?}", part.made_of);

    both.keep().await;
    let report = both.rollup.report();
    assert_eq!((report.days_pending, report.days_rolled_up), (0, 60));
    assert_eq!(report.rolled_up_from, Some(day(60).to_string()));
    for (from, to) in [(1, 1), (7, 1), (30, 1), (60, 1), (19, 3), (25, 21), (44, 44), (59, 50)] {
        let made_of = both.same(range(from, to), &why).await.made_of;
        assert_eq!((made_of.rolled_up, made_of.read), (u32::from(from - to) + 1, 0));
    }
    // Today, and days before those that are kept.
    assert_eq!(both.same(range(10, 0), &why).await.made_of.read, 1);
    assert_eq!(both.same(range(62, 58), &why).await.made_of.read, 2);

    let mut verified = Vec::new();
    Box::pin(both.rollup.verify(|day| verified.push(day))).await.unwrap();
    assert_eq!(verified.len(), 60);
    assert!(verified.iter().all(|day| day.verdict == Verdict::Same), "{verified:?}");
    assert!(verified.iter().map(|day| day.rows).sum::<u64>() > 1_000);

    // Rolled-up days need no database.
    both.requests.breaker().force_open();
    let alone = both.rolled(range(30, 1)).await.unwrap();
    assert_eq!((alone.read.is_stale, alone.made_of.read), (false, 0));
    assert!(both.rolled(range(30, 0)).await.is_err());
    let steps = both.keep().await;
    assert_eq!(steps, 0, "the keeper asks nothing while the breaker is open");
}

#[tokio::test]
async fn a_range_that_is_pending_is_answered_from_its_newest_part_on() {
    let plant = Plant::of(Kind::Sqlite).await;
    let both = Both::over(&plant);
    both.clocks.pass_at_each_look(5);
    for rolled_up in 1..=3 {
        both.rollup.step().await;
        let pending = both.rolled(range(60, 0)).await.unwrap_err();
        let told = RangeFailure::Pending {
            missing: 61 - rolled_up,
            days: 61,
            answered_from: Some(day(rolled_up as u16)),
        };
        assert_eq!(format!("{pending:?}"), format!("{told:?}"));
        let part = both.same(range(rolled_up as u16, 0), "the part that is there").await;
        assert_eq!((part.made_of.rolled_up as usize, part.made_of.read), (rolled_up, 1));
        let old = both.rolled(range(50, 40)).await.unwrap_err();
        assert!(matches!(old, RangeFailure::Pending { answered_from: None, .. }), "{old:?}");
    }
    // These are never rolled up, so that no response says that they are pending.
    assert_eq!(both.same(range(90, 61), "beyond the days that are kept").await.made_of.read, 30);
}

#[tokio::test]
async fn years_without_rows_cost_a_few_statements() {
    for kind in KINDS {
        let mut plant = Plant::of(kind).await;
        let years = Policy { days: 3_660, ..POLICY };
        let both = Both::with(&plant, years);
        let steps = both.keep().await;
        assert!(steps < 20, "{kind:?}: {steps} steps");
        assert_eq!(both.rollup.report().days_rolled_up, 3_660);
        both.clocks.pass(300);
        let steps = both.keep().await;
        assert!(steps < 10, "{kind:?}: {steps} checks");
        both.same(range(731, 0), "two years").await;
        // What is behind a gap is found, also when it comes late.
        let row = |ago| {
            format!(
                "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
                 values ('OLD', '{}', 'PRD', '8')",
                day(ago)
            )
        };
        plant.execute(&row(1_000)).await;
        both.clocks.pass(86_400);
        both.keep().await;
        assert_eq!(both.same(range(1_300, 700), "late").await.made_of.read, 0);
        assert_eq!(both.rollup.report().days_changed, 1, "{kind:?}");
        plant.execute(&row(2_000)).await;
        both.rollup.store().request_rebuild().unwrap();
        both.keep().await;
        assert_eq!(both.same(range(2_300, 1_700), "rebuilt").await.made_of.read, 0);
    }
}

#[tokio::test]
async fn late_changes_of_old_days_are_found_whatever_they_are() {
    for kind in KINDS {
        let mut plant = Plant::of(kind).await;
        let both = Both::over(&plant);
        both.keep().await;
        both.clocks.pass(300);
        both.keep().await;
        let of =
            |ago: u16| format!("TXNDATE >= '{}' and TXNDATE < '{}'", day(ago), day(ago).next());
        let one = |ago: u16| {
            format!(
                "(select min(HISTORYID) from {TABLE} where {} and length(HISTORYID) > 3)",
                of(ago)
            )
        };
        let (o20, o21, o22) = (one(20), one(21), one(22));
        let changes = [
            format!("update {TABLE} set HOURS = '3.25' where {} and HISTORYID = {o20}", of(20)),
            // The same hours in another state, and of another machine.
            format!(
                "update {TABLE} set OLDSTATUSNAME = 'EGT' where {} and HISTORYID = {o21}",
                of(21)
            ),
            format!("update {TABLE} set HISTORYID = 'LATE' where {} and HISTORYID = {o22}", of(22)),
            format!("delete from {TABLE} where {}", of(23)),
            format!(
                "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
                 values ('NEW', '{}', 'PRD', '12')",
                day(24)
            ),
            // A duplicate of a row, and a day before the plant had any.
            format!(
                "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
                 values ('D', '2024-03-12 08:00:00', 'SBY', '1.5')"
            ),
            format!(
                "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
                 values ('NEW', '{}', 'PRD', '4')",
                day(55)
            ),
        ];
        for (number, change) in changes.iter().enumerate() {
            plant.execute(change).await;
            both.clocks.pass(86_400);
            both.keep().await;
            both.same(range(60, 1), change).await;
            assert_eq!(both.rollup.report().days_changed, number as u64 + 1, "{kind:?} {change}");
        }
        if !matches!(kind, Kind::Typed) {
            let odd = format!(
                "update {TABLE} set HOURS = 'none' where {} and HISTORYID = {}",
                of(30),
                one(30)
            );
            plant.execute(&odd).await;
            both.clocks.pass(86_400);
            both.keep().await;
            both.same(range(60, 1), &odd).await;
        }
    }
}

#[tokio::test]
async fn a_day_that_is_written_while_it_is_read_is_read_again_until_it_is_quiet() {
    for kind in [Kind::Sqlite, Kind::Typed] {
        let mut plant = Plant::of(kind).await;
        let both = Both::over(&plant);
        both.keep().await;
        // A load in several steps, in a day of the last week and in an older one.
        for step in 0..3 {
            for ago in [2, 40] {
                let row = format!(
                    "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
                     values ('STEP{step}', '{}', 'PRD', '1.25')",
                    day(ago)
                );
                plant.execute(&row).await;
            }
            both.clocks.pass(301);
            both.keep().await;
            both.same(range(60, 1), "after a step").await;
        }
        assert_eq!(both.rollup.report().days_changed, 6);
    }
}

#[tokio::test]
async fn damaged_files_are_named_counted_and_read_again() {
    let plant = Plant::of(Kind::Sqlite).await;
    let both = Both::over(&plant);
    both.keep().await;
    let path = plant.files().join("2024-02.arrows");
    let whole = std::fs::read(&path).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for (number, bytes) in [&altered[..], &whole[..whole.len() - 7], &[]].iter().enumerate() {
        std::fs::write(&path, bytes).unwrap();
        // At once: what can't be trusted is asked of the database.
        let answer = both.same(range(40, 15), "damaged").await;
        assert!(answer.made_of.read > 0 && answer.made_of.rolled_up > 0, "{:?}", answer.made_of);
        both.keep().await;
        let report = both.rollup.report();
        assert_eq!((report.files_damaged, report.days_pending), (number as u64 + 1, 0));
        assert_eq!(both.same(range(60, 1), "read again").await.made_of.read, 0);
    }
    let aside = std::fs::read_dir(plant.files()).unwrap();
    let aside = aside.filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains(".corrupt-")
    });
    assert!(aside.count() > 0);
    // Left by a writer that was killed.
    std::fs::write(plant.files().join(".2024-02.arrows-x.unfinished"), b"torn").unwrap();
    assert_eq!(both.same(range(60, 1), "killed").await.made_of.read, 0);
}

#[tokio::test]
async fn a_folder_that_takes_no_files_costs_speed_only() {
    let plant = Plant::of(Kind::Sqlite).await;
    let both = Both::over(&plant);
    std::fs::write(plant.files(), b"not a folder").unwrap();
    both.rollup.step().await;
    let problem = both.rollup.report().problem.unwrap();
    assert!(problem.contains("rollup"), "{problem}");
    // Days that never come are not waited for.
    let answer = both.same(range(60, 0), "no folder").await;
    assert_eq!(answer.made_of.rolled_up, 0);
    std::fs::remove_file(plant.files()).unwrap();
    both.keep().await;
    assert_eq!(both.same(range(60, 1), "repaired").await.made_of.read, 0);
}

#[tokio::test]
async fn a_step_of_the_clock_makes_no_day_final() {
    let mut plant = Plant::of(Kind::Sqlite).await;
    let both = Both::over(&plant);
    both.keep().await;
    both.clocks.set("2025-01-05T08:00:00Z");
    both.keep().await;
    both.clocks.pass(400);
    both.keep().await;
    both.clocks.set("2024-03-20T08:00:00Z");
    both.keep().await;
    both.same(range(60, 0), "back again").await;
    // The day that was empty when the clock was ahead is over now.
    let row = format!(
        "insert into {TABLE} (HISTORYID, TXNDATE, OLDSTATUSNAME, HOURS) \
         values ('NEXT', '2024-12-30 08:00:00', 'PRD', 8)"
    );
    plant.execute(&row).await;
    both.clocks.set("2025-01-05T08:00:00Z");
    both.clocks.pass(90_000);
    both.keep().await;
    let december = DayRange {
        first: Day::parse("2024-12-20").unwrap(),
        last: Day::parse("2025-01-04").unwrap(),
    };
    assert_eq!(both.same(december, "ahead").await.made_of.read, 0);
}

#[tokio::test]
async fn a_start_after_a_stop_looks_at_days_that_may_have_changed() {
    let mut plant = Plant::of(Kind::Sqlite).await;
    let first = Both::over(&plant);
    first.keep().await;
    first.clocks.pass(300);
    first.keep().await;
    drop(first);
    let newest = format!("TXNDATE >= '{}' and TXNDATE < '2024-04'", day(2));
    plant.execute(&format!("delete from {TABLE} where {newest}")).await;
    let second = Both::over(&plant);
    // Before the first check: recent days of the database, older ones of files.
    let answer = second.same(range(30, 1), "at the start").await;
    assert_eq!((answer.made_of.read, answer.made_of.rolled_up), (7, 23));
    // While the database can't be asked, they are as they were, and marked.
    second.requests.breaker().force_open();
    let stale = second.rolled(range(30, 1)).await.unwrap();
    assert!(stale.read.is_stale);
    second.requests.breaker().reset();
    second.keep().await;
    assert_eq!(second.same(range(30, 1), "checked").await.made_of.read, 0);

    // One writes, the other waits for its end, and reads the same files.
    let third = Both::over(&plant);
    third.rollup.step().await;
    assert!(!third.rollup.report().is_keeper);
    assert_eq!(third.rollup.report().days_rolled_up, 60);
    assert_eq!(third.same(range(60, 20), "a reader").await.made_of.read, 0);
    drop(second);
    third.keep().await;
    assert!(third.rollup.report().is_keeper);
}

#[tokio::test]
async fn files_of_other_settings_and_before_a_rebuild_are_none() {
    let plant = Plant::of(Kind::Sqlite).await;
    let both = Both::over(&plant);
    both.keep().await;
    let other = rollup_with(&plant, &both.clocks, &both.requests, POLICY, "other rules");
    assert_eq!(other.cover(range(30, 1), true).days(), 0);
    both.rollup.store().request_rebuild().unwrap();
    assert_eq!(both.rollup.cover(range(30, 1), true).days(), 0);
    assert_eq!(both.same(range(30, 1), "rebuild").await.made_of.rolled_up, 0);
    both.keep().await;
    assert_eq!(both.same(range(60, 1), "rebuilt").await.made_of.read, 0);
}

/// Nothing of a folder is needed, or harmed, by one that only looks.
#[test]
fn a_look_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent");
    let store = Store::new(Path::new(&path), "a");
    assert_eq!(store.generation().unwrap(), 0);
    assert!(!path.exists());
}
