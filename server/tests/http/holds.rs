//! Holds that came and went: rows of both kinds of databases to answers, and sites without the tables.

use compute_core::hold_history::HoldHistoryTable;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use crate::history::write_sqlite;
use crate::postgres::Server;
use crate::service::Service;

/// The table of holds, with its rows.
pub const HOLDS: &str = "create table DW_MES_HOLDRELEASEHISTORY (CONTAINERID varchar(20), PJ_WORKORDER varchar(20), \
      WORKCENTERNAME varchar(20), HOLDREASONID varchar(20), HOLDREASONNAME varchar(40), QTY integer, \
      HOLDTXNDATE varchar(20), HOLDEMP varchar(20), RELEASETXNDATE varchar(20)); \
    insert into DW_MES_HOLDRELEASEHISTORY values \
      ('c1', 'W1', 'WB', 'r1', '特殊需求管控', 100, '2026-11-01 08:00:00', 'Ann', '2026-11-01 09:00:00'), \
      ('c1', 'W1', 'WB', 'r1', '特殊需求管控', 100, '2026-11-02 07:29:59', 'Ann', null), \
      ('c2', 'W2', 'XX', 'r2', '首件異常(QC)', 50, '2026/11/02 07:30', 'Bob', '2026-11-02 07:00:00'), \
      ('c3', 'W3', null, 'r2', '首件異常(QC)', 7, '2026-10-01 10:00:00', 'Bob', '2026-10-30 10:00:00'), \
      ('c4', 'W4', 'WB', 'r2', '首件異常(QC)', 7, 'soon', 'Bob', null), \
      (null, 'W5', 'WB', 'r2', '首件異常(QC)', 7, '2026-11-01 10:00:00', 'Bob', null);";
const CONTAINERS: &str = "create table DW_MES_CONTAINER (CONTAINERID varchar(20), CONTAINERNAME varchar(20), \
      PRODUCTNAME varchar(20), PRODUCTLINENAME varchar(20)); \
    insert into DW_MES_CONTAINER values ('c1', 'LOT-1', 'P1', 'QFN'), ('c9', 'LOT-9', 'P9', 'SOT');";
const RANGE: &str = "start_date=2026-11-01&end_date=2026-11-02";

/// The loaded plant over a SQLite file with these tables, which lives as long as the folder.
async fn over_sqlite(script: &str) -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    write_sqlite(&path, script.to_owned()).await;
    (Service::loaded_over(&format!("sqlite:{}", path.display())), folder)
}

async fn data(service: &Service, what: &str) -> Value {
    let answer = service.get(&format!("/api/hold-history/{what}")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["data"].take()
}

async fn answers_questions(service: &Service) {
    let found = data(service, &format!("overview?{RANGE}")).await;
    let days: Vec<Value> = found["trend"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            let lots = |kind: &str| &day[kind]["all"]["lots"];
            json!([day["date"], lots("new"), lots("released"), lots("held"), day["repeats"]])
        })
        .collect();
    // 07:29:59 belongs to the day before; a release before the hold is one of no length.
    assert_eq!(days, [json!(["2026-11-01", 1, 1, 1, 1]), json!(["2026-11-02", 1, 1, 1, 0])]);
    assert_eq!((&found["dayStart"], &found["averages"]["newLots"]), (&json!("07:30"), &json!(1.0)));
    assert_eq!(found["held"]["nonQuality"], json!({ "lots": 1, "qty": 100 }));
    let workcenters = found["workcenters"].as_array().unwrap();
    assert_eq!(workcenters.iter().map(|bar| &bar["name"]).collect::<Vec<_>>(), ["WB", "XX"]);

    let day = data(service, &format!("overview?{RANGE}&day=2026-11-02&kind=new")).await;
    assert_eq!((&day["trend"], &day["holds"]), (&found["trend"], &json!(1)));
    let asked = format!("records?{RANGE}&reason=特殊需求管控&sort=heldAt&per_page=1&page=2");
    let page = data(service, &asked).await;
    assert_eq!((&page["total"], &page["records"][0]["rank"]), (&json!(2), &json!(2)));

    let snapshot = service.get(&format!("/api/snapshot/hold-history?{RANGE}")).await;
    assert_eq!(snapshot.status, 200);
    assert_eq!(snapshot.header("x-mes-kind"), "full");
    let table = HoldHistoryTable::from_ipc(&snapshot.body).unwrap();
    assert_eq!(table.len(), 3);
    let tag = snapshot.header("etag").to_owned();
    let path = format!("/api/snapshot/hold-history?{RANGE}");
    assert_eq!(service.get_with(&path, &[("if-none-match", &tag)]).await.status, 304);

    let quality = service.get("/api/data-quality").await.json();
    let datasets = quality["data"]["datasets"].as_array().unwrap();
    let holds = datasets.iter().find(|one| one["dataset"] == "hold_history").unwrap();
    assert_eq!((&holds["rows_read"], &holds["rows_kept"]), (&json!(5), &json!(3)));
    for reason in ["unreadable", "no_key", "no_day", "reversed_span"] {
        assert!(holds["findings"].to_string().contains(reason), "{holds}");
    }
}

#[tokio::test]
async fn holds_of_sqlite_come_by_production_day() {
    let (service, _folder) = over_sqlite(&format!("{HOLDS} {CONTAINERS}")).await;
    answers_questions(&service).await;
    let records = data(&service, &format!("records?{RANGE}&sort=lotId")).await;
    let first = &records["records"][0];
    assert_eq!((&first["lotId"], &first["package"]), (&json!("LOT-1"), &json!("QFN")));
}

#[tokio::test]
async fn holds_of_postgresql_are_the_same() {
    let server = Server::start();
    server.connect().await.execute(AssertSqlSafe(format!("{HOLDS} {CONTAINERS}"))).await.unwrap();
    answers_questions(&Service::loaded_over(&server.url())).await;
}

#[tokio::test]
async fn what_the_site_does_not_have_is_named() {
    let (service, _folder) = over_sqlite(HOLDS).await;
    let found = data(&service, &format!("overview?{RANGE}")).await;
    let absent = found["absent"].as_array().unwrap();
    assert!(absent.contains(&json!("NCRID")) && absent.contains(&json!("DW_MES_CONTAINER")));
    assert!(!absent.contains(&json!("HOLDEMP")));
    let records = data(&service, &format!("records?{RANGE}")).await;
    assert_eq!(records["records"][0]["lotId"], Value::Null);

    let (service, _folder) = over_sqlite("create table OTHER (A text)").await;
    for path in
        ["/api/hold-history/overview", "/api/hold-history/records", "/api/snapshot/hold-history"]
    {
        let answer = service.get(&format!("{path}?{RANGE}")).await;
        assert_eq!(answer.status, 404, "{path}");
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "NOT_FOUND");
        assert!(
            error["message"].as_str().unwrap().contains("DW_MES_HOLDRELEASEHISTORY"),
            "{error}"
        );
    }
    let (service, _folder) =
        over_sqlite("create table DW_MES_HOLDRELEASEHISTORY (CONTAINERID text, QTY integer)").await;
    let answer = service.get(&format!("/api/hold-history/overview?{RANGE}")).await.json();
    assert!(answer["error"]["message"].as_str().unwrap().contains("HOLDTXNDATE"), "{answer}");
}

#[tokio::test]
async fn named_ranges_are_those_of_the_plants_now() {
    let (service, _folder) = over_sqlite(HOLDS).await;
    let answer = service.get("/api/production-day").await.json();
    let data = &answer["data"];
    assert_eq!((&data["day_start"], &data["shifts"]), (&json!("07:30"), &json!("12,12")));
    let now = data["now"].as_str().unwrap().to_owned();
    let ranges = data["ranges"].as_array().unwrap();
    assert_eq!(ranges.len(), 8);
    assert_eq!(ranges[0]["range"], "this_shift");
    let text = |range: &Value, key: &str| range[key].as_str().unwrap().to_owned();
    assert!(text(&ranges[0], "from") <= now && now < text(&ranges[0], "until"));
    assert_eq!(text(&ranges[2], "start_date"), text(&ranges[2], "end_date"));
}
