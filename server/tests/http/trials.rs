//! Faults of real sites in a small plant in every kind of database, and the resulting report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use compute_core::quality::Reason;
use compute_core::site_rules::SiteRules;
use compute_core::source_contract::Storage;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mes_dashboard::reading::Reading;
use mes_dashboard::snapshot::{Intervals, Refresher};
use mes_dashboard::source::MesDatabase;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::postgres::Server;
use crate::service::{self, Service};
use crate::small_plant::{DAYS, Kind, LOTS, MACHINES, SmallPlant, plant_day, plant_time};

const LIMIT: Duration = Duration::from_secs(60);

fn zone() -> TimeZone {
    TimeZone::get("Asia/Taipei").unwrap()
}

fn database(plant: &SmallPlant) -> MesDatabase {
    let reading = Reading::new(zone());
    MesDatabase::new(plant.url(), service::tables(), LIMIT, reading).unwrap()
}

/// The service over the plant as it is now.
async fn loaded(plant: &SmallPlant) -> Service {
    let service = Service::asking(plant.url());
    load(&service, &database(plant), None).await;
    service
}

/// Loads every table, as if the database's clock showed `now`.
async fn load(service: &Service, database: &MesDatabase, now: Option<Timestamp>) {
    let store = &service.state.snapshots;
    for dataset in Dataset::ALL {
        let mut read = database.read_table(dataset).await.unwrap();
        read.database_now = now.unwrap_or(read.database_now);
        let prepared = store.prepare(dataset, read, &zone(), &SiteRules::default()).unwrap();
        store.publish(prepared, Timestamp::now());
    }
}

/// A question about all days with hours.
fn range() -> String {
    format!("start_date={}&end_date={}", plant_day(-DAYS), plant_day(-1))
}

async fn report(service: &Service) -> Value {
    let hours = format!("/api/resource/history/summary?{}", range());
    assert_eq!(service.get(&hours).await.status, 200);
    let machines: Vec<String> = (1..=10).map(|n| format!("M{n:02}")).collect();
    let (first, last) = (plant_day(-2), plant_day(0));
    let jobs = json!({ "resource_ids": machines, "start_date": first, "end_date": last });
    let jobs = service.post("/api/job-query/jobs", "application/json", jobs.to_string()).await;
    let shown = jobs.json()["data"]["total"].as_u64().unwrap();
    let report = service.get("/api/data-quality").await.json()["data"].clone();
    let jobs = dataset(&report, "jobs");
    assert_eq!(jobs["rows_kept"], shown);
    assert_eq!(jobs["rows_read"], 10, "a job is shown or counted");
    report
}

/// `dataset reason column count key` of every finding.
fn findings(report: &Value) -> Vec<String> {
    let datasets = report["datasets"].as_array().unwrap();
    let of = |entry: &Value| {
        let dataset = entry["dataset"].as_str().unwrap().to_owned();
        let found = entry["findings"].as_array().unwrap().clone();
        found.into_iter().map(move |found| {
            let text = |key: &str| found[key].as_str().unwrap_or("-").to_owned();
            let column = text("column");
            let column = if column.is_empty() { "-".to_owned() } else { column };
            let (reason, key) = (text("reason"), text("sample_key"));
            format!("{dataset} {reason} {column} {} {key}", found["count"])
        })
    };
    datasets.iter().flat_map(of).collect()
}

fn dataset<'a>(report: &'a Value, name: &str) -> &'a Value {
    let datasets = report["datasets"].as_array().unwrap();
    datasets.iter().find(|entry| entry["dataset"] == name).unwrap()
}

/// A fault, where it can be, and what is then in the report.
struct Trial {
    kinds: &'static [Kind],
    statements: String,
    findings: Vec<&'static str>,
    level: &'static str,
}

fn trial(statements: impl Into<String>, level: &'static str, findings: &[&'static str]) -> Trial {
    Trial { kinds: &Kind::ALL, statements: statements.into(), findings: findings.into(), level }
}

/// One that only databases hold whose cells can be anything.
fn any_cell(
    statements: impl Into<String>,
    level: &'static str,
    findings: &[&'static str],
) -> Trial {
    Trial { kinds: &Kind::ANY_CELL, ..trial(statements, level, findings) }
}

/// All hours of a machine with this in place of their moments.
fn without_day(cell: &str) -> Trial {
    any_cell(
        format!(
            "update DW_MES_RESOURCESTATUS_SHIFT set TXNDATE = '{cell}' where HISTORYID = 'M07'"
        ),
        "notice",
        &["history no_day TXNDATE 4 M07", "history unreadable TXNDATE 4 M07"],
    )
}

fn trials() -> Vec<Trial> {
    let yesterday = plant_day(-1);
    vec![
        trial("", "ok", &[]),
        // Moments.
        trial(
            "update DW_MES_LOT_V set SYS_DATE = '2099-12-31 00:00:00' where LOTID = 'L005'",
            "notice",
            &["wip future_moment SYS_DATE 1 L005"],
        ),
        trial(
            format!("update DW_MES_LOT_V set SYS_DATE = '{}' where LOTID = 'L005'", plant_time(2)),
            "notice",
            &["wip future_moment SYS_DATE 1 L005"],
        ),
        any_cell(
            "update DW_MES_LOT_V set SYS_DATE = replace(SYS_DATE, '-', '/');
             update DW_MES_RESOURCESTATUS_SHIFT set TXNDATE = replace(TXNDATE, '-', '/')",
            "ok",
            &[],
        ),
        any_cell(
            "update DW_MES_LOT_V set MOVEINTIMESTAMP = 'soon' where LOTID = 'L005'",
            "notice",
            &["wip unreadable MOVEINTIMESTAMP 1 L005"],
        ),
        // Numbers.
        trial(
            "update DW_MES_LOT_V set QTY = 3000000000 where LOTID = 'L005';
             update DW_MES_LOT_V set AGEBYDAYS = 1000000000000 where LOTID = 'L006';
             update DW_MES_EQUIPMENTSTATUS_WIP_V set LOTTRACKINQTY_PCS = 3000000000 where RESOURCEID = 'M07'",
            "notice",
            &[
                "wip out_of_range QTY 1 L005",
                "wip out_of_range AGEBYDAYS 1 L006",
                "equipment out_of_range LOTTRACKINQTY_PCS 1 M07",
            ],
        ),
        any_cell("update DW_MES_LOT_V set QTY = '1,500' where LOTID = 'L005'", "ok", &[]),
        any_cell(
            "update DW_MES_RESOURCE set PJ_ISPRODUCTION = 'Y', PJ_ISKEY = 'N'",
            "ok",
            &[],
        ),
        any_cell(
            "update DW_MES_LOT_V set QTY = 'many'",
            "warning",
            &["wip unreadable QTY 240 L001"],
        ),
        // Blanks.
        trial(
            "update DW_MES_EQUIPMENTSTATUS_WIP_V set RESOURCEID = RESOURCEID || '    '",
            "ok",
            &["equipment trimmed RESOURCEID 120 M01"],
        ),
        trial(
            "update DW_MES_LOT_V set HOLDREASONNAME = HOLDREASONNAME || '  ' where HOLDREASONNAME is not null",
            "ok",
            &["wip trimmed HOLDREASONNAME 8 L030"],
        ),
        // Rows that no number shows.
        trial(
            "update DW_MES_LOT_V set PACKAGE_LEF = '' where LOTID = 'L005'",
            "notice",
            &["wip not_in_matrix PACKAGE_LEF 1 L005"],
        ),
        trial(
            "update DW_MES_LOT_V set WORKORDER = null where LOTID in ('L005', 'L006')",
            "notice",
            &["wip no_work_order WORKORDER 2 L005"],
        ),
        trial(
            "update DW_MES_LOT_V set WORKORDER = null where LOTID like 'L01%'",
            "warning",
            &["wip no_work_order WORKORDER 10 L010"],
        ),
        trial(
            "update DW_MES_RESOURCE set OBJECTCATEGORY = 'FAB', OBJECTTYPE = 'FAB' where RESOURCEID = 'M07'",
            "ok",
            &["resource other_category OBJECTCATEGORY 1 M07"],
        ),
        trial(
            "update DW_MES_RESOURCE set OBJECTCATEGORY = 'FAB', OBJECTTYPE = 'FAB'",
            "warning",
            &[
                "resource other_category OBJECTCATEGORY 120 M01",
            ],
        ),
        trial(
            "insert into DW_MES_RESOURCE select * from DW_MES_RESOURCE where RESOURCEID = 'M07'",
            "notice",
            &["resource duplicate_key RESOURCEID 1 M07"],
        ),
        // The two tables of machines.
        trial(
            "update DW_MES_EQUIPMENTSTATUS_WIP_V set RESOURCEID = 'X07' where RESOURCEID = 'M07'",
            "notice",
            &[
                "equipment unknown_machine RESOURCEID 1 X07",
                "equipment no_realtime_row - 1 M07",
            ],
        ),
        // Hours.
        trial(
            format!("insert into DW_MES_RESOURCESTATUS_SHIFT values ('M07', '{yesterday} 07:30:00', 'SBY', -18)"),
            "notice",
            &["history negative_hours HOURS 1 M07"],
        ),
        trial(
            format!("insert into DW_MES_RESOURCESTATUS_SHIFT values ('M07', '{yesterday} 07:30:00', 'PRD', 2)"),
            "notice",
            &["history day_over24_hours HOURS 1 M07"],
        ),
        trial(
            format!("insert into DW_MES_RESOURCESTATUS_SHIFT values ('X07', '{yesterday} 07:30:00', 'PRD', 2)"),
            "notice",
            &["history unknown_machine HISTORYID 1 X07"],
        ),
        trial(
            "update DW_MES_RESOURCESTATUS_SHIFT set OLDSTATUSNAME = 'UNAVAILABLE' where HISTORYID = 'M07' and OLDSTATUSNAME = 'SBY'",
            "notice",
            &["history unknown_code OLDSTATUSNAME 2 M07"],
        ),
        any_cell(
            format!("insert into DW_MES_RESOURCESTATUS_SHIFT values ('M07', '{yesterday} 07:30:00', 'UDT', 'n/a')"),
            "notice",
            &["history unreadable HOURS 1 M07"],
        ),
        // Hours without a day, whatever their column holds, and sums that no single row may have.
        trial(
            "update DW_MES_RESOURCESTATUS_SHIFT set TXNDATE = null where HISTORYID = 'M07'",
            "notice",
            &["history no_day TXNDATE 4 M07"],
        ),
        without_day("1795621992"),
        without_day("1795621992123"),
        without_day("1701010101"),
        without_day("46351.3"),
        without_day("2461370.8"),
        without_day("0000-00-00 00:00:00"),
        without_day("2026-W48-4"),
        without_day("2026-330 07:30"),
        without_day("2026"),
        without_day("2026 Nov 26"),
        without_day("26-NOV-26"),
        trial(
            format!(
                "insert into DW_MES_RESOURCESTATUS_SHIFT values ('M07', '{yesterday} 07:30:00', 'PRD', 9000); \
                 insert into DW_MES_RESOURCESTATUS_SHIFT values ('M07', '{yesterday} 08:30:00', 'PRD', 9000)"
            ),
            "notice",
            &["history day_over24_hours HOURS 1 M07"],
        ),
        // One cell with a decimal comma among thousands.
        any_cell(
            "update DW_MES_LOT_V set QTY = '1,000'; \
             update DW_MES_LOT_V set QTY = '12,0' where LOTID = 'L001'",
            "notice",
            &["wip ambiguous QTY 239 L002"],
        ),
        trial(
            "delete from DW_MES_LOT_V",
            "notice",
            &["wip empty_table - 1 -"],
        ),
        // Jobs.
        trial(
            "update DW_MES_JOB set CREATEDATE = null where JOBID = 'J02'",
            "warning",
            &["jobs no_day CREATEDATE 1 J02"],
        ),
        any_cell(
            "update DW_MES_JOB set CREATEDATE = '26-NOV-26' where JOBID = 'J02'",
            "warning",
            &["jobs no_day CREATEDATE 1 J02"],
        ),
        trial(
            "update DW_MES_JOB set RESOURCEID = RESOURCEID || '  ' where JOBID in ('J02', 'J03')",
            "ok",
            &["jobs trimmed RESOURCEID 2 J02"],
        ),
    ]
}

#[tokio::test]
async fn the_report_holds_what_was_put_in_and_nothing_else() {
    let server = Server::start();
    for (place, kind) in Kind::ALL.into_iter().enumerate() {
        let plant = SmallPlant::new(kind, &server, &format!("trials_{place}")).await;
        for Trial { statements, findings: expected, level, .. } in
            trials().into_iter().filter(|trial| trial.kinds.contains(&kind))
        {
            plant.reset().await;
            if !statements.is_empty() {
                plant.run(&statements).await;
            }
            let service = loaded(&plant).await;
            let report = report(&service).await;
            let mut expected: Vec<String> =
                expected.iter().map(|found| found.to_string()).collect();
            let mut found = findings(&report);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{kind:?}: {statements}");
            assert_eq!(report["level"], level, "{kind:?}: {statements}");
            let lots = if statements.starts_with("delete from DW_MES_LOT_V") { 0 } else { LOTS };
            assert_eq!(dataset(&report, "wip")["rows_read"], lots);
            assert!(
                dataset(&report, "history")["rows_read"].as_u64() >= Some(480),
                "rows, not sums"
            );
            assert_eq!(dataset(&report, "equipment")["rows_read"], MACHINES);
        }
    }
}

#[tokio::test]
async fn the_golden_data_has_next_to_nothing_to_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("golden.sqlite");
    let packed = concat!(env!("CARGO_MANIFEST_DIR"), "/../parity-fixtures/golden/dwh.sqlite.zst");
    let golden = zstd::stream::decode_all(std::fs::File::open(packed).unwrap()).unwrap();
    std::fs::write(&path, golden).unwrap();
    let url = format!("sqlite:{}", path.display());
    let database = MesDatabase::new(&url, service::tables(), LIMIT, Reading::new(zone())).unwrap();
    let service = Service::asking(&url);
    load(&service, &database, Some("2026-11-20T00:00:00Z".parse().unwrap())).await;
    let report = service.get("/api/data-quality").await.json()["data"].clone();
    assert_eq!(report["level"], "notice", "{report}");
    for entry in report["datasets"].as_array().unwrap() {
        let found = entry["findings"].as_array().unwrap().iter();
        let lost = found.filter(|found| {
            found["expected"] == false
                && ["cell_missing", "row_left_out"].contains(&found["effect"].as_str().unwrap())
        });
        let lost: u64 = lost.map(|found| found["count"].as_u64().unwrap()).sum();
        assert!(lost * 100 <= entry["rows_read"].as_u64().unwrap(), "{entry}");
    }
}

/// Columns of numbers that the plant has, and the row that gets the hostile cell.
const NUMBERS: [(Dataset, &str, &str, &[&str]); 4] = [
    (
        Dataset::Wip,
        "DW_MES_LOT_V",
        "LOTID = 'L005'",
        &[
            "QTY",
            "CURRENTHOLDCOUNT",
            "AGEBYDAYS",
            "EQUIPMENTCOUNT",
            "SPECSEQUENCE",
            "WORKCENTERSEQUENCE_GROUP",
            "QTY2",
            "REMAINTIME",
        ],
    ),
    (
        Dataset::Resource,
        "DW_MES_RESOURCE",
        "RESOURCEID = 'M05'",
        &["PJ_ISPRODUCTION", "PJ_ISKEY", "PJ_ISMONITOR"],
    ),
    (
        Dataset::Equipment,
        "DW_MES_EQUIPMENTSTATUS_WIP_V",
        "RESOURCEID = 'M05'",
        &["LOTTRACKINQTY_PCS"],
    ),
    (
        Dataset::Workcenter,
        "DW_MES_SPEC_WORKCENTER_V",
        "WORK_CENTER = 'QC-1'",
        &["WORKCENTERSEQUENCE_GROUP"],
    ),
];

#[tokio::test]
async fn no_cell_of_a_number_takes_its_dataset_away() {
    let server = Server::start();
    for (place, kind) in Kind::ALL.into_iter().enumerate() {
        let plant = SmallPlant::new(kind, &server, &format!("numbers_{place}")).await;
        let clean = loaded(&plant).await;
        let rows = |service: &Service, dataset| {
            service.state.snapshots.current().published(dataset).unwrap().rows
        };
        for value in ["9000000000000000000", "-9000000000000000000", "'1e30'", "'NaN'", "'1.5.2'"] {
            // Columns of numbers hold numbers only.
            if kind == Kind::Postgres && value.contains('\'') {
                continue;
            }
            plant.reset().await;
            for (_, table, row, columns) in NUMBERS {
                for column in columns {
                    plant.run(&format!("update {table} set {column} = {value} where {row}")).await;
                }
            }
            let service = loaded(&plant).await;
            for (dataset, table, _, columns) in NUMBERS {
                let whose = format!("{kind:?} {value} {table}");
                assert_eq!(rows(&service, dataset), rows(&clean, dataset), "{whose}");
                let ledger = service.state.snapshots.current().ledger(dataset).into_owned();
                for column in columns {
                    let known = dataset.source_columns().iter();
                    let kind_of = known.clone().find(|known| known.name == *column).unwrap().kind;
                    assert_ne!(kind_of.storage(), Storage::Text);
                    let found = ledger.findings().find(|found| found.column == *column);
                    // 64 bits hold these numbers.
                    let fits = kind_of == compute_core::source_contract::SourceKind::Long
                        && !value.contains('\'');
                    assert!(
                        fits || found.is_some_and(|found| found.count == 1),
                        "{whose} {column}"
                    );
                    assert!(fits || found.is_some_and(|found| found.sample_key.is_some()));
                }
            }
            assert_eq!(service.get("/api/wip/overview/summary").await.status, 200);
            assert_eq!(service.get("/api/resource/status").await.status, 200);
        }
    }
}

/// The service with a refresher that checks all the time and reads in full never.
struct Watched {
    service: Service,
    stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Watched {
    async fn start(plant: &SmallPlant) -> Self {
        let service = Service::asking(plant.url());
        let often = Duration::from_millis(50);
        let never = Duration::from_secs(86_400);
        let intervals = Intervals {
            wip: often,
            resource: often,
            equipment: often,
            full_read: never,
            longest_read: LIMIT,
        };
        let refresher = Arc::new(Refresher::new(
            service.state.snapshots.clone(),
            Arc::new(database(plant)),
            Arc::new(SiteRules::default()),
            zone(),
            intervals,
            Timestamp::now,
        ));
        let stop = CancellationToken::new();
        let tasks = refresher.start(&stop);
        let watched = Self { service, stop, tasks };
        watched.until(|service| service.state.snapshots.current().is_complete()).await;
        watched
    }

    async fn until(&self, holds: impl Fn(&Service) -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !holds(&self.service) {
            assert!(Instant::now() < deadline, "it never came true");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn version(&self) -> String {
        let plant = self.service.state.snapshots.current();
        plant.published(Dataset::Wip).unwrap().version.clone()
    }

    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Lots with a date that can't be right.
fn ahead(service: &Service) -> u64 {
    service.state.snapshots.current().ledger(Dataset::Wip).count(Reason::FutureMoment)
}

/// Seconds that the lot which waits longest at a QC gate has waited.
async fn longest_wait(service: &Service) -> i64 {
    let gate = service.get("/api/wip/qc-gate").await.json();
    gate["data"]["lots"][0]["waitSecs"].as_i64().unwrap()
}

#[tokio::test]
async fn a_row_from_the_future_hides_no_later_change_and_is_never_now() {
    let server = Server::start();
    for (place, kind) in Kind::ALL.into_iter().enumerate() {
        let plant = SmallPlant::new(kind, &server, &format!("future_{place}")).await;
        let watched = Watched::start(&plant).await;
        let service = &watched.service;
        let a_day = 86_398..86_402;
        assert!(a_day.contains(&longest_wait(service).await));
        let before = watched.version();
        plant
            .run("update DW_MES_LOT_V set SYS_DATE = '2099-12-31 00:00:00' where LOTID = 'L005'")
            .await;
        watched.until(|service| ahead(service) == 1).await;
        assert_eq!(watched.version(), before, "{kind:?}: nothing that is shown has changed");
        assert!(a_day.contains(&longest_wait(service).await), "{kind:?}");

        let held = service.get("/api/wip/overview/summary").await.json()["data"].clone();
        plant
            .run(&format!(
                "update DW_MES_LOT_V set CURRENTHOLDCOUNT = 1, HOLDREASONNAME = '首件異常(QC)', SYS_DATE = '{}' where LOTID = 'L007'",
                plant_time(0)
            ))
            .await;
        watched.until(|_| watched.version() != before).await;
        let now = service.get("/api/wip/overview/summary").await.json()["data"].clone();
        assert_ne!(now, held, "{kind:?}");
        let hold = service.get("/api/wip/overview/hold").await.json().to_string();
        assert!(hold.contains("首件異常"), "{kind:?}: {hold}");
        assert!((86_398..86_520).contains(&longest_wait(service).await), "{kind:?}");

        // When every row is from the future, the database's clock decides.
        plant.run("update DW_MES_LOT_V set SYS_DATE = '2099-12-31 00:00:00'").await;
        watched.until(|service| ahead(service) == LOTS as u64).await;
        let wait = longest_wait(service).await;
        assert!((86_390..86_700).contains(&wait), "{kind:?}: {wait}");
        let days = json!({ "days": 3 }).to_string();
        let trend = service.post("/api/dashboard/ou_trend", "application/json", days).await.json();
        let points = trend["data"].as_array().unwrap();
        assert_eq!(points.last().unwrap()["date"], plant_day(-1), "{kind:?}: {trend}");
        watched.end().await;
    }
}
