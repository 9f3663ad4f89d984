//! Hours of the machines: the database's rows to answers, from both kinds of databases, kept and stale.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compute_core::history::HistoryTable;
use compute_core::quality::Reason;
use mes_dashboard::app_state::AppState;
use mes_dashboard::history_rollup::{HistoryRollup, Policy, RollupClock, RollupSetup, Store};
use mes_dashboard::hour_ranges::HourRanges;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};

use crate::postgres::Server;
use crate::service::{Answer, Service, cells, database, reading, tables};

/// Shifts of three known machines and one that the master does not have, around a turn of months.
pub fn script(time: &str, hours: &str) -> String {
    let rows = [
        // Two shifts of one day; 8 + 8 h PRD of 24 h.
        ("m1", "2026-10-31 08:00:00", "PRD", "8.00"),
        ("m1", "2026-10-31 20:00:00", "PRD", "8.00"),
        ("m1", "2026-10-31 20:00:00", "UDT", "4.5"),
        ("m1", "2026-10-31 20:00:00", "IDLE", "3.5"),
        ("m1", "2026-11-01 08:00:00", "SBY", "24"),
        ("m2", "2026-11-01 23:59:59", "PRD", "0.00005"),
        ("m2", "2026-11-01 00:00:00", "NST", "12"),
        ("m3", "2026-11-01 08:00:00", "EGT", "6.25"),
        ("m3", "2026-11-01 08:00:00", "PRD", "2.05"),
        ("ghost", "2026-11-01 08:00:00", "PRD", "24"),
        // Midnight after the range.
        ("m1", "2026-11-02 00:00:00", "PRD", "24"),
    ];
    let values: Vec<String> = rows
        .iter()
        .map(|(id, at, state, hours)| format!("('{id}', '{at}', '{state}', {hours})"))
        .collect();
    format!(
        "create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID varchar(20), TXNDATE {time}, \
         OLDSTATUSNAME varchar(20), HOURS {hours}); \
         insert into DW_MES_RESOURCESTATUS_SHIFT values {}, (null, null, null, null);",
        values.join(", ")
    )
}

pub async fn write_sqlite(path: &Path, script: String) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut writer = options.connect().await.unwrap();
    writer.execute(AssertSqlSafe(script)).await.unwrap();
    writer.close().await.unwrap();
}

/// The loaded plant over a SQLite file with hours, which lives as long as the folder.
async fn over_sqlite() -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    write_sqlite(&path, script("text", "real")).await;
    (Service::loaded_over(&format!("sqlite:{}", path.display())), folder)
}

const RANGE: &str = "start_date=2026-10-31&end_date=2026-11-01";

async fn get(service: &Service, what: &str) -> Answer {
    let answer = service.get(&format!("/api/resource/history/{what}")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer
}

async fn answers_questions(service: &Service) {
    let summary = get(service, &format!("summary?{RANGE}")).await.json();
    let data = &summary["data"];
    let kpi = &data["kpi"];
    // 18.05005 of 64.8 h without NST; IDLE is a part of its own.
    assert_eq!(kpi["prd_hours"], 18.1);
    assert_eq!((&kpi["other_hours"], &kpi["total_hours"]), (&json!(3.5), &json!(68.3)));
    assert_eq!(kpi["machine_count"], 3);
    assert_eq!(kpi["ou_pct"], json!(34.2));
    assert_eq!(kpi["availability_pct"], json!(74.5));
    let dates: Vec<&Value> =
        data["trend"].as_array().unwrap().iter().map(|point| &point["date"]).collect();
    assert_eq!(dates, ["2026-10-31", "2026-11-01"]);
    assert_eq!(data["trend"][0]["ou_pct"], 78.0);
    assert_eq!(
        data["heatmap"],
        json!([
            { "workcenter": "切割/研磨", "workcenter_seq": 30, "date": "2026-11-01", "ou_pct": 24.7 },
            { "workcenter": "焊接_WB", "workcenter_seq": 90, "date": "2026-10-31", "ou_pct": 78.0 },
            { "workcenter": "焊接_WB", "workcenter_seq": 90, "date": "2026-11-01", "ou_pct": 0.0 },
        ])
    );
    let best = &data["workcenter_comparison"][0];
    assert_eq!((&best["workcenter"], &best["ou_pct"]), (&json!("焊接_WB"), &json!(36.0)));
    let months = get(service, &format!("summary?{RANGE}&granularity=month")).await.json();
    assert_eq!(months["data"]["trend"][1]["date"], "2026-11");
    let one = get(service, &format!("summary?{RANGE}&workcenter_groups=切割/研磨")).await.json();
    assert_eq!(one["data"]["kpi"]["machine_count"], 1);
    let named = get(service, &format!("summary?{RANGE}&text=M2")).await.json();
    assert_eq!(named["data"]["kpi"]["nst_hours"], 12.0);

    let detail = get(service, &format!("detail?{RANGE}")).await.json();
    assert_eq!(detail["data"]["total"], 3);
    let ids: Vec<&Value> = detail["data"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| &machine["resource_id"])
        .collect();
    assert_eq!(ids, ["m3", "m1", "m2"]);
    // Shares of all hours of the machine, IDLE included.
    assert_eq!(detail["data"]["data"][1]["prd_pct"], 33.3);

    let csv = get(service, &format!("export?{RANGE}&families=GWB")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("2026-10-31_2026-11-01.csv"));
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("\u{feff}Workcenter group,Workcenter sequence,Family,Machine,"));
    assert!(lines[1].starts_with("切割/研磨,30,GWB,m3,m3,24.7,100.0,2.0,24.7"), "{}", lines[1]);
    assert_eq!(lines.len(), 4);

    // The same by body, which takes names that no address has room for.
    let mut families: Vec<String> =
        (0..150).map(|number| format!("{number}號機台焊接站點家族")).collect();
    families.push("GWB".to_owned());
    let body =
        json!({ "start_date": "2026-10-31", "end_date": "2026-11-01", "families": families });
    let path = "/api/resource/history/export";
    let posted = service.post(path, "application/json", body.to_string()).await;
    assert_eq!((posted.status.as_u16(), &posted.body), (200, &csv.body));
    let wrong = json!({ "start_date": "2026-10-31", "families": "GWB" });
    let wrong = service.post(path, "application/json", wrong.to_string()).await;
    assert!(wrong.failure(400, "VALIDATION_ERROR").contains("end_date"));
    // Readers who ask for a language get its headers.
    let chinese = [("accept-language", "zh-TW")];
    let path = format!("/api/resource/history/export?{RANGE}&families=GWB");
    let chinese = service.get_with(&path, &chinese).await;
    let text = String::from_utf8(chinese.body.to_vec()).unwrap();
    assert!(text.starts_with("\u{feff}站點群組,"), "{text}");

    let path = format!("export?{RANGE}&families=GWB&format=xlsx");
    let workbook = get(service, &path).await;
    assert!(workbook.header("content-type").ends_with("spreadsheetml.sheet"));
    assert!(workbook.header("content-disposition").contains("2026-10-31_2026-11-01.xlsx"));
    let found_cells = cells(&workbook.body);
    assert_eq!(found_cells.len(), 4 * 23, "{found_cells:?}");
    assert_eq!(found_cells[23..30], ["切割/研磨", "30", "GWB", "m3", "m3", "24.7", "100"]);
    // With what stands below the rows, for people.
    let path = format!("export?{RANGE}&families=GWB&is_key=false&footer=true");
    let told = below(&get(service, &path).await);
    assert_eq!(told[0][..3], ["Total", "", ""]);
    let prd = months["data"]["kpi"]["prd_hours"].to_string();
    assert!(told[0].contains(&prd), "{told:?} has {prd}");
    let facts: Vec<&str> = told[1..].iter().map(|line| line[0].as_str()).collect();
    let names = [
        "Rows",
        "Filter: Days",
        "Filter: Family",
        "Filter: Key machine",
        "Data read",
        "Version",
        "Time zone",
        "File made",
    ];
    assert_eq!(facts, names);
    let values: Vec<&str> = told[1..5].iter().map(|line| line[1].as_str()).collect();
    assert_eq!(values, ["3", "2026-10-31 – 2026-11-01", "GWB", "No"]);
    assert_eq!(told[7][1], "Asia/Taipei");
    let workbook = get(service, &format!("{path}&format=xlsx")).await;
    assert!(cells(&workbook.body).iter().any(|cell| cell == "Filter: Key machine"));

    let path = format!("/api/resource/history/export?{RANGE}&format=pdf");
    service.get(&path).await.failure(400, "VALIDATION_ERROR");
}

/// Other days are further columns of a file.
async fn compares_days_in_a_file(service: &Service) {
    let path = "export?start_date=2026-11-01&end_date=2026-11-01&footer=true\
        &compare_start=2026-10-31&compare_end=2026-10-31";
    let compared = String::from_utf8(get(service, path).await.body.to_vec()).unwrap();
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(compared.as_bytes());
    let titles = table.headers().unwrap().clone();
    let place = |title: &str| titles.iter().position(|found| found == title).unwrap();
    let now = place("Productive hours");
    let then = place("Productive hours (2026-10-31 – 2026-10-31)");
    let total = |day: &'static str| async move {
        let path = format!("summary?start_date={day}&end_date={day}");
        get(service, &path).await.json()["data"]["kpi"]["prd_hours"].to_string()
    };
    let lines: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let sums = lines.iter().find(|line| &line[0] == "Total").unwrap();
    let number = |text: &str| text.parse::<f64>().unwrap();
    assert_eq!(number(&sums[now]), number(&total("2026-11-01").await));
    assert_eq!(number(&sums[then]), number(&total("2026-10-31").await));
    assert!(lines.iter().any(|line| &line[0] == "Filter: Days to compare with"));
    let half = format!("/api/resource/history/export?{RANGE}&compare_start=2026-10-30");
    assert!(service.get(&half).await.failure(400, "VALIDATION_ERROR").contains("compare_end"));
}

/// The lines below the rows of a CSV file, as cells.
pub fn below(file: &Answer) -> Vec<Vec<String>> {
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let (_, below) = text.split_once("\r\n\r\n").expect("an empty line ends the rows");
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).from_reader(below.as_bytes());
    let lines = reader.records().map(Result::unwrap);
    lines.map(|line| line.iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn sqlite_answers_questions() {
    let (service, _folder) = over_sqlite().await;
    answers_questions(&service).await;
    compares_days_in_a_file(&service).await;
}

#[tokio::test]
async fn postgres_answers_questions() {
    let server = Server::start();
    let kinds = [
        ("times", "timestamp", "double precision"),
        ("texts", "varchar(19)", "varchar(20)"),
        ("zones", "timestamptz", "numeric(12,5)"),
    ];
    for (name, time, hours) in kinds {
        let mut owner = server.connect().await;
        owner.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let url = format!("{}/{name}", server.url().trim_end_matches("/postgres"));
        let mut writer = sqlx::PgConnection::connect(&url).await.unwrap();
        // Days are those of the plant, whatever the zone of a session is.
        let script = format!("set timezone to 'Asia/Taipei'; {}", script(time, hours));
        writer.execute(AssertSqlSafe(script)).await.unwrap();
        writer.close().await.unwrap();
        let service = Service::loaded_over(&url);
        answers_questions(&service).await;
        compares_days_in_a_file(&service).await;
    }
}

#[tokio::test]
async fn the_range_comes_as_a_table_with_its_version() {
    let (service, _folder) = over_sqlite().await;
    let path = format!("/api/snapshot/history?{RANGE}");
    let full = service.get_with(&path, &[("accept-encoding", "zstd")]).await;
    assert_eq!(full.status, 200);
    assert_eq!(full.header("x-mes-cache"), "miss");
    assert_eq!(full.header("x-mes-stale"), "false");
    let bytes = zstd::decode_all(&full.body[..]).unwrap();
    let table = HistoryTable::from_ipc(&bytes).unwrap();
    // The machine that the master does not have is in the table.
    assert_eq!(table.len(), 5);
    let again = service.get_with(&path, &[("if-none-match", full.header("etag"))]).await;
    assert_eq!(again.status, 304);
    assert_eq!(again.header("x-mes-cache"), "l1");
    assert_eq!(again.header("x-mes-version"), full.header("x-mes-version"));
}

#[tokio::test]
async fn a_range_that_was_read_outlives_the_database() {
    let (service, _folder) = over_sqlite().await;
    let before = get(&service, &format!("summary?{RANGE}")).await.json();
    assert_eq!(before["meta"]["stale"], false);
    service.state.database.breaker().force_open();
    // Fresh hours come from the cache. Once they are not fresh any more, the last ones are stale.
    let kept = get(&service, &format!("summary?{RANGE}")).await;
    assert_eq!(kept.header("x-mes-cache"), "l1");
    service.state.route_cache.forget_all().await;
    let stale = get(&service, &format!("summary?{RANGE}")).await.json();
    assert_eq!(stale["data"], before["data"]);
    assert_eq!(stale["meta"]["stale"], true);
    assert_eq!(stale["meta"]["data_version"], before["meta"]["data_version"]);
    // A range that nobody read has nothing to show.
    let unread = "/api/resource/history/summary?start_date=2026-10-31&end_date=2026-10-31";
    let refused = service.get(unread).await;
    refused.failure(503, "CIRCUIT_BREAKER_OPEN");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
}

#[tokio::test]
async fn the_last_days_end_before_the_plants_today() {
    let (service, _folder) = over_sqlite().await;
    let ask = async |path: &str, body: Value| {
        let path = format!("/api/dashboard/{path}");
        let answer = service.post(&path, "application/json", body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["data"].clone()
    };
    // The plant's newest lot is of 2026-11-20.
    assert_eq!(ask("ou_trend", json!({ "days": 7 })).await, json!([]));
    assert_eq!(
        ask("ou_trend", json!({ "days": 19 })).await,
        json!([
            { "date": "2026-11-01", "ou_pct": 6.35 },
            { "date": "2026-11-02", "ou_pct": 100.0 },
        ])
    );
    let cells =
        ask("utilization_heatmap", json!({ "days": 19, "filters": { "isProduction": true } }))
            .await;
    assert_eq!(cells.as_array().unwrap().len(), 3);
    assert_eq!(
        cells[0],
        json!({ "workcenter": "SAW", "workcenter_seq": 30, "date": "2026-11-01", "ou_pct": 24.7 })
    );
    let page = ask("detail", json!({ "offset": 1, "limit": 1 })).await;
    assert_eq!((&page["total"], page["rows"].as_array().unwrap().len()), (&json!(3), 1));
}

/// The service with a roll-up that has done one step, at a time when reading one day takes 5 s.
async fn rolling_up(url: &str, files: &Path) -> Service {
    let service = Service::loaded_over(url);
    let seconds = AtomicU64::new(0);
    let clock = RollupClock {
        now: Box::new(|| "2026-11-02T00:00:00Z".parse().unwrap()),
        elapsed: Box::new(move || Duration::from_secs(seconds.fetch_add(5, Ordering::Relaxed))),
    };
    let policy = Policy {
        days: 100,
        recent: 7,
        check_every: Duration::from_secs(300),
        sweep_every: Duration::from_secs(86_400),
        load: 1.0,
    };
    let table = tables().shift_hours;
    let setup =
        RollupSetup { table: table.clone(), reading: reading(), rules: Arc::default(), policy };
    let (store, requests) = (Store::new(files, "test"), service.state.database.clone());
    let rollup = HistoryRollup::new(setup, store, database(url), requests.clone(), clock);
    rollup.step().await;
    assert_eq!(rollup.report().problem, None);
    let cache = service.state.route_cache.clone();
    let history = HourRanges::new(requests, Arc::default(), table, cache, reading());
    let history = Arc::new(history.with_rollup(Some(rollup)));
    Service::with(AppState { history, ..service.state })
}

#[tokio::test]
async fn a_range_that_is_pending_names_the_days_and_the_part_that_is_there() {
    let (_, folder) = over_sqlite().await;
    let url = format!("sqlite:{}", folder.path().join("plant.sqlite").display());
    let service = rolling_up(&url, &folder.path().join("rollup")).await;
    let days = "start_date=2026-09-01&end_date=2026-11-02";
    for path in ["/api/snapshot/history", "/api/resource/history/summary"] {
        let pending = service.get(&format!("{path}?{days}")).await;
        let message = pending.failure(503, "HISTORY_PENDING");
        assert!(message.contains("63 天中尚有 62 天"), "{message}");
        assert_eq!(pending.headers["retry-after"], "5");
        let meta = &pending.json()["meta"];
        assert_eq!((&meta["days_pending"], &meta["retry_after_seconds"]), (&json!(62), &json!(5)));
        assert_eq!(meta["rolled_up_from"], "2026-11-01");
    }
    let part = get(&service, "summary?start_date=2026-11-01&end_date=2026-11-02").await;
    assert_eq!(part.headers["x-mes-days-rolled-up"], "1");
    assert_eq!(part.headers["x-mes-days-read"], "1");
    let report = service.get("/health").await.json();
    let history = &report["data"]["history"];
    assert_eq!((&history["enabled"], &history["is_keeper"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn wrong_questions_are_named_and_ask_nothing() {
    let service = Service::loaded();
    service.state.database.breaker().force_open();
    for (query, name) in [
        ("", "start_date"),
        ("start_date=2026-11-01", "end_date"),
        ("start_date=2026-11-31&end_date=2026-12-01", "start_date"),
        ("start_date=2026-11-02&end_date=2026-11-01", "end_date"),
        ("start_date=2024-11-01&end_date=2026-11-02", "end_date"),
        ("start_date=2026-11-01T00&end_date=2026-11-02", "start_date"),
        ("start_date=2026-11-01&end_date=2026-11-02&granularity=hour", "granularity"),
        ("start_date=2026-11-01&end_date=2026-11-02&is_key=maybe", "is_key"),
    ] {
        let refused = service.get(&format!("/api/resource/history/summary?{query}")).await;
        let message = refused.failure(400, "VALIDATION_ERROR");
        assert!(message.contains(name), "{query}: {message}");
    }
    // 730 days later is the last day that may be asked for.
    let longest = "/api/snapshot/history?start_date=2024-11-01&end_date=2026-11-01";
    service.get(longest).await.failure(503, "CIRCUIT_BREAKER_OPEN");
    let options = service.get("/api/resource/history/options").await.json();
    assert_eq!(options["data"]["workcenter_groups"], json!(["切割/研磨", "焊接_WB"]));
    assert_eq!(options["data"]["max_days"], 730);
}

#[tokio::test]
async fn a_defect_of_the_source_costs_its_own_row_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    let defect =
        "insert into DW_MES_RESOURCESTATUS_SHIFT values ('m1', '2026-11-01', 'NST', 1e12);";
    write_sqlite(&path, script("text", "real") + defect).await;
    let service = Service::loaded_over(&format!("sqlite:{}", path.display()));
    let summary = get(&service, &format!("summary?{RANGE}")).await.json();
    assert_eq!(summary["data"]["kpi"]["total_hours"], 68.3);
    let report = service.get("/api/data-quality").await.json();
    let datasets = report["data"]["datasets"].as_array().unwrap().iter();
    let mut findings = datasets.flat_map(|dataset| dataset["findings"].as_array().unwrap());
    assert!(findings.any(|found| found["reason"] == "out_of_range" && found["column"] == "HOURS"));
}

#[tokio::test]
async fn a_cell_that_cannot_be_read_costs_itself_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    let defects = "insert into DW_MES_RESOURCESTATUS_SHIFT values ('m1', '2026-11-01', 'PRD', 1e12), \
         ('m1', '2026-11-01', 'PRD', 9e999), ('m1', '2026-11-01', 'PRD', 'n/a'), \
         ('m1', '2026-02-30', 'PRD', 1), ('m1', 'soon', 'PRD', 1);";
    write_sqlite(&path, script("text", "real") + defects).await;
    let service = Service::loaded_over(&format!("sqlite:{}", path.display()));
    answers_questions(&service).await;
    let newest = service.state.history.newest().unwrap();
    let ledger = newest.ledger(|_| true);
    let counted: Vec<(Reason, &str, u64, Option<&str>)> = ledger
        .findings()
        .filter(|one| matches!(one.reason, Reason::Unreadable | Reason::OutOfRange))
        .map(|one| (one.reason, one.column, one.count, one.sample_key.as_deref()))
        .collect();
    assert_eq!(
        counted,
        [
            (Reason::Unreadable, "HOURS", 1, Some("m1")),
            (Reason::Unreadable, "TXNDATE", 1, Some("m1")),
            (Reason::OutOfRange, "HOURS", 2, Some("m1")),
        ]
    );
}
