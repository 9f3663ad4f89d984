//! Cells as sites write them, from both kinds of databases to snapshots, history, jobs and tables.

use std::collections::BTreeMap;

use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use compute_core::table::Dataset;
use mes_dashboard::auth::role::Role;
use mes_dashboard::source::MesDatabase;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};

use crate::postgres::Server;
use crate::service::Service;

/// Columns that the contract requires of lots.
const LOT_COLUMNS: &str = "LOTID, QTY, AGEBYDAYS, PACKAGE_LEF, HOLDREASONNAME, SYS_DATE, CURRENTHOLDCOUNT, \
     SPECNAME, WORKCENTERNAME, EQUIPMENTCOUNT, EQUIPMENTS, PJ_TYPE, WORKORDER, SPECSEQUENCE, WORKCENTER_GROUP, \
     WORKCENTERSEQUENCE_GROUP";

/// Tables of texts: nothing is written in the way in which it is shown.
fn texts() -> String {
    let lots = [
        ("L1 ", "1,500", "8,5", "", "\u{3000}自行暫停 ", "2026/11/20 08:00:00"),
        ("L2", "2102.00", "29,86", "PKG\u{a0}", "", "2026-11-20T00:00:00Z"),
        ("L3", "3000000000", "n/a", " ", "a b", "2026-11-20 09:00:00+09"),
        ("\u{3000}L4\n", "+5", "1e12", "SOT", "a  b", "20261120080000"),
        ("L5", "many", "", "SOT", "x", "11/20/26"),
        ("L6", "090", "1,250", "SOT", "x", "2026/11/21"),
    ];
    let lots: Vec<String> = lots
        .iter()
        .map(|(id, qty, age, package, reason, date)| {
            format!(
                "('{id}', '{qty}', '{age}', '{package}', '{reason}', '{date}', '1 ', 'S', 'W', '0', null, 'T', \
                 'WO', '090', 'G', '060')"
            )
        })
        .collect();
    let shifts = [
        ("m1 ", "2026/11/01 08:00:00", "PRD ", "8,5"),
        ("m1", "2026-11-01", "PRD", "8"),
        ("m1", "20261101080000", "SBY", "1:30"),
        ("m1", "2026-11-01T00:00:00Z", "SBY", ".5"),
        ("m1", "2026-10-31T17:00:00Z", "UDT", "1"),
        ("m1", "2026-11-01 08:00:00", "PRD", "n/a"),
        ("m1", "2026-11-01 08:00:00", "UDT", "0,5"),
        ("m1", "2026-11-01 08:00:00", "PRD", "NaN"),
        ("m1", " 2026-11-1 20:00", "NST", "1e1"),
        ("m1", "2026-10-31 23:59:59", "PRD", "24"),
        ("m1", "2026/11/02", "PRD", "24"),
        ("m1", "2026/1/01", "PRD", "24"),
        ("m1", "soon", "PRD", "24"),
    ];
    let shifts: Vec<String> = shifts
        .iter()
        .map(|(id, time, state, hours)| format!("('{id}', '{time}', '{state}', '{hours}')"))
        .collect();
    let columns: Vec<String> =
        LOT_COLUMNS.split(", ").map(|name| format!("{name} varchar(60)")).collect();
    format!(
        "create table DW_MES_LOT_V ({}); insert into DW_MES_LOT_V values {};
         create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID varchar(20), TXNDATE varchar(40), \
           OLDSTATUSNAME varchar(20), HOURS varchar(20));
         insert into DW_MES_RESOURCESTATUS_SHIFT values {};
         create table DW_MES_JOB (JOBID varchar(40), RESOURCEID varchar(20), RESOURCENAME varchar(20), \
           JOBSTATUS varchar(20), CREATEDATE varchar(40), COMPLETEDATE varchar(40));
         insert into DW_MES_JOB values
           (' J1', 'm1   ', 'GWB-1', 'Open ', '2026/11/02 8:00', null),
           ('J2', '\u{3000}m1', 'GWB-1', 'Open', '2026-11-02T02:00:00Z', '2026-02-30'),
           ('J3', 'm1', 'GWB-1', 'Open', '20261103235959', ''),
           ('J4', 'm1', 'GWB-1', 'Open', '2026-11-04 00:00:00', null),
           ('J5', 'm1', 'GWB-1', 'Open', '2026-11-01T16:30:00+00', null),
           ('J6', 'm2', 'GWB-2', 'Open', '2026-11-02', null);
         create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID varchar(40), JOBID varchar(40), TXNDATE varchar(40));
         insert into DW_MES_JOBTXNHISTORY values
           ('T2', 'J1', '2026/11/02 09:00:00'), ('T1', 'J1  ', '2026-11-02T00:30:00Z'), ('T3', 'J2', 'soon');",
        columns.join(", "),
        lots.join(", "),
        shifts.join(", "),
    )
}

fn database(url: &str) -> MesDatabase {
    let limit = std::time::Duration::from_secs(60);
    MesDatabase::new(url, crate::service::tables(), limit, crate::service::reading()).unwrap()
}

/// The rows of a batch by their first column of the given name.
fn by_key(batch: &RecordBatch, key: &str) -> BTreeMap<String, BTreeMap<String, Value>> {
    let schema = batch.schema();
    let cell = |column: usize, row: usize| -> Value {
        let array = batch.column(column);
        if array.is_null(row) {
            return Value::Null;
        }
        let any = array.as_any();
        if let Some(texts) = any.downcast_ref::<DictionaryArray<Int32Type>>() {
            let values = texts.values().as_any().downcast_ref::<StringArray>().unwrap();
            json!(values.value(texts.keys().value(row) as usize))
        } else if let Some(texts) = any.downcast_ref::<StringArray>() {
            json!(texts.value(row))
        } else if let Some(numbers) = any.downcast_ref::<Int64Array>() {
            json!(numbers.value(row))
        } else {
            json!(any.downcast_ref::<Float64Array>().unwrap().value(row))
        }
    };
    let rows = (0..batch.num_rows()).map(|row| {
        let cells = schema.fields().iter().enumerate();
        cells.map(|(column, field)| (field.name().clone(), cell(column, row))).collect()
    });
    rows.map(|row: BTreeMap<String, Value>| (row[key].as_str().unwrap_or("").to_owned(), row))
        .collect()
}

async fn ask(service: &Service, path: &str, body: Value) -> Value {
    let answer = service.post(path, "application/json", body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["data"].clone()
}

fn column(answer: &Value, name: &str) -> Vec<Value> {
    answer["data"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}

/// What the table browser shows is what the snapshot holds. Returns it, and what was found odd.
async fn tables_equal_snapshots(service: &Service, url: &str) -> (Value, Vec<Value>) {
    let read = database(url).read_table(Dataset::Wip).await.unwrap();
    let held = by_key(&read.batch, "LOTID");
    let shown = ask(service, "/api/query_table", json!({ "table_name": "DW_MES_LOT_V" })).await;
    let rows = shown["data"].as_array().unwrap();
    assert_eq!(rows.len(), held.len());
    for row in rows {
        let of_snapshot = &held[row["LOTID"].as_str().unwrap()];
        for (name, cell) in row.as_object().unwrap() {
            assert_eq!(cell, &of_snapshot[name], "{name} of {}", row["LOTID"]);
        }
    }
    // The clock of this machine has no effect here.
    let findings = read.ledger.findings().map(|finding| json!(finding));
    let findings: Vec<Value> = findings.filter(|one| one["reason"] != "future_moment").collect();
    // Samples are of the first row, which is another one.
    let counts = |findings: &[Value]| -> Vec<Value> {
        let count = |one: &Value| json!([one["reason"], one["column"], one["count"]]);
        findings.iter().map(count).collect()
    };
    assert_eq!(counts(&findings), counts(shown["findings"].as_array().unwrap()));
    (shown, findings)
}

async fn texts_are_read(service: &Service, url: &str) {
    let (shown, findings) = tables_equal_snapshots(service, url).await;
    // Newest first, what has no time last.
    assert_eq!(column(&shown, "LOTID")[0], "L6");
    assert_eq!(column(&shown, "LOTID")[5], "L5");
    let mut rows = shown["data"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["LOTID"].to_string());
    let rows = json!({ "data": rows });
    assert_eq!(json!(column(&rows, "LOTID")), json!(["L1", "L2", "L3", "L4", "L5", "L6"]));
    assert_eq!(json!(column(&rows, "QTY")), json!([1500, 2102, null, 5, null, 90]));
    assert_eq!(json!(column(&rows, "AGEBYDAYS")), json!([8.5, 29.86, null, null, null, 1.25]));
    assert_eq!(
        json!(column(&rows, "PACKAGE_LEF")),
        json!([null, "PKG", null, "SOT", "SOT", "SOT"])
    );
    assert_eq!(
        json!(column(&rows, "HOLDREASONNAME")),
        json!(["自行暫停", null, "a b", "a  b", "x", "x"])
    );
    let eight = "2026-11-20 08:00:00";
    assert_eq!(
        json!(column(&rows, "SYS_DATE")),
        json!([eight, eight, eight, eight, null, "2026-11-21 00:00:00"])
    );
    for finding in [
        json!({ "reason": "unreadable", "column": "QTY", "count": 1, "sample_key": "L5", "sample_value": "many" }),
        json!({ "reason": "out_of_range", "column": "QTY", "count": 1, "sample_key": "L3", "sample_value": "3000000000" }),
        json!({ "reason": "out_of_range", "column": "AGEBYDAYS", "count": 1, "sample_key": "L4", "sample_value": "1e12" }),
        json!({ "reason": "trimmed", "column": "LOTID", "count": 2, "sample_key": "L1", "sample_value": "L1 " }),
    ] {
        assert!(findings.contains(&finding), "{finding}: {findings:?}");
    }
    // What is shown can be asked for.
    let of = |filters: Value| json!({ "table_name": "DW_MES_LOT_V", "filters": filters });
    for (filters, expected) in [
        (json!({ "QTY": "1500" }), json!(["L1"])),
        (json!({ "SYS_DATE": "2026-11-20 08" }), json!(["L1", "L2", "L3", "L4"])),
        (json!({ "SYS_DATE": "2026-11-21", "QTY": "90" }), json!(["L6"])),
        (json!({ "AGEBYDAYS": "1.25" }), json!(["L6"])),
    ] {
        let found = ask(service, "/api/query_table", of(filters.clone())).await;
        let mut ids: Vec<String> =
            column(&found, "LOTID").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        ids.sort();
        assert_eq!(json!(ids), expected, "{filters}");
    }
    let two = json!({ "table_name": "DW_MES_JOB", "limit": 2 });
    let newest = ask(service, "/api/query_table", two).await;
    assert_eq!(json!(column(&newest, "JOBID")), json!(["J4", "J3"]));

    let path = "/api/resource/history/summary?start_date=2026-11-01&end_date=2026-11-01";
    let answer = service.get(path).await;
    let kpi = answer.json()["data"]["kpi"].clone();
    let hours = ["prd_hours", "sby_hours", "udt_hours", "nst_hours", "total_hours"];
    assert_eq!(
        json!(hours.map(|name| kpi[name].clone())),
        json!([16.5, 2.0, 1.5, 10.0, 30.0]),
        "{kpi}"
    );

    let jobs = json!({ "resource_ids": [" m1\u{3000}"], "start_date": "2026-11-02", "end_date": "2026-11-03" });
    let jobs = ask(service, "/api/job-query/jobs", jobs).await;
    assert_eq!(json!(column(&jobs, "JOBID")), json!(["J3", "J2", "J1", "J5"]));
    assert_eq!(
        json!(column(&jobs, "CREATEDATE")),
        json!([
            "2026-11-03 23:59:59",
            "2026-11-02 10:00:00",
            "2026-11-02 08:00:00",
            "2026-11-02 00:30:00"
        ])
    );
    assert_eq!(json!(column(&jobs, "COMPLETEDATE")), json!([null, null, null, null]));
    assert_eq!(json!(column(&jobs, "RESOURCEID")), json!(["m1", "m1", "m1", "m1"]));
    let history = service.get("/api/job-query/txn/J1").await.json()["data"].clone();
    assert_eq!(json!(column(&history, "JOBTXNHISTORYID")), json!(["T1", "T2"]));
}

#[tokio::test]
async fn spellings_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    crate::history::write_sqlite(&path, texts()).await;
    let url = format!("sqlite:{}", path.display());
    let service = Service::loaded_over(&url).open_to(Some(Role::Engineer));
    texts_are_read(&service, &url).await;
}

/// Typed columns: ids are numbers, times have zones, numbers have no end.
const TYPED: &str = "create table DW_MES_JOB (JOBID numeric(38), RESOURCEID char(12), RESOURCENAME text, JOBSTATUS text, \
       CREATEDATE timestamptz);
     insert into DW_MES_JOB values
       (123456789012345678901, 'm1', 'GWB-1', 'Open', '2026-11-01 16:30:00+00'), (7, 'm1', 'GWB-1', 'Open', 'infinity');
     create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID bigint, JOBID numeric(40, 2), TXNDATE timestamp);
     insert into DW_MES_JOBTXNHISTORY values (1, 123456789012345678901, '2026-11-02 09:00:00');
     create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID char(20), TXNDATE timestamptz, OLDSTATUSNAME char(9), HOURS numeric);
     insert into DW_MES_RESOURCESTATUS_SHIFT values
       ('m1', '2026-10-31 16:00:00+00', 'PRD', 8), ('m1', '2026-11-01 15:59:59+00', 'SBY', 2.5),
       ('m1', '2026-11-01 16:00:00+00', 'PRD', 24), ('m1', '2026-11-01 00:00:00+00', 'PRD', 'NaN'),
       ('m1', '2026-11-01 00:00:00+00', 'PRD', 10001), ('m1', 'infinity', 'PRD', 1), ('m1', '0044-03-15 BC', 'PRD', 1);
     create table DW_MES_LOT_V (LOTID bigint, QTY numeric, AGEBYDAYS double precision, PACKAGE_LEF bytea, HOLDREASONNAME text, \
       SYS_DATE timestamptz, CURRENTHOLDCOUNT boolean, SPECNAME text, WORKCENTERNAME text, EQUIPMENTCOUNT int, \
       EQUIPMENTS text, PJ_TYPE text, WORKORDER numeric(20, 1), SPECSEQUENCE text, WORKCENTER_GROUP text, \
       WORKCENTERSEQUENCE_GROUP smallint);
     insert into DW_MES_LOT_V (LOTID, QTY, AGEBYDAYS, PACKAGE_LEF, SYS_DATE, CURRENTHOLDCOUNT, WORKORDER) values
       (1, 3000000000, 'NaN', '\\x00ff', '2026-11-20 00:00:00+00', true, 12.0),
       (2, 2102.00, 1e12, null, '-infinity', false, 12.5);";

async fn typed_cells_are_read(service: &Service, url: &str) {
    let (shown, _) = tables_equal_snapshots(service, url).await;
    assert_eq!(json!(column(&shown, "LOTID")), json!(["1", "2"]));
    assert_eq!(json!(column(&shown, "QTY")), json!([null, 2102]));
    assert_eq!(json!(column(&shown, "AGEBYDAYS")), json!([null, null]));
    assert_eq!(json!(column(&shown, "PACKAGE_LEF")), json!([null, null]));
    assert_eq!(json!(column(&shown, "SYS_DATE")), json!(["2026-11-20 08:00:00", null]));
    assert_eq!(json!(column(&shown, "CURRENTHOLDCOUNT")), json!([1, 0]));
    assert_eq!(json!(column(&shown, "WORKORDER")), json!(["12", "12.5"]));
    let filters = json!({ "table_name": "DW_MES_LOT_V", "filters": { "SYS_DATE": "11-20 08" } });
    let found = ask(service, "/api/query_table", filters).await;
    assert_eq!(json!(column(&found, "LOTID")), json!(["1"]));

    let path = "/api/resource/history/summary?start_date=2026-11-01&end_date=2026-11-01";
    let kpi = service.get(path).await.json()["data"]["kpi"].clone();
    let hours = ["prd_hours", "sby_hours", "total_hours"].map(|name| kpi[name].clone());
    assert_eq!(json!(hours), json!([8.0, 2.5, 10.5]), "{kpi}");

    let jobs =
        json!({ "resource_ids": ["m1"], "start_date": "2026-11-02", "end_date": "2026-11-02" });
    let jobs = ask(service, "/api/job-query/jobs", jobs).await;
    assert_eq!(json!(column(&jobs, "JOBID")), json!(["123456789012345678901"]));
    assert_eq!(json!(column(&jobs, "CREATEDATE")), json!(["2026-11-02 00:30:00"]));
    let history =
        service.get("/api/job-query/txn/123456789012345678901").await.json()["data"].clone();
    assert_eq!(json!(column(&history, "JOBTXNHISTORYID")), json!(["1"]));
    assert_eq!(json!(column(&history, "JOBID")), json!(["123456789012345678901"]));
}

#[tokio::test]
async fn spellings_in_postgres() {
    let server = Server::start();
    let mut owner = server.connect().await;
    // Nothing of how the server or the role writes dates may show.
    for setting in ["timezone to 'America/New_York'", "datestyle to 'SQL, DMY'"] {
        let sql = format!("alter role postgres set {setting}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
    }
    for (name, script) in [("texts", texts()), ("typed", TYPED.to_owned())] {
        let create = format!("create database {name}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut owner).await.unwrap();
        let url = format!("{}/{name}", server.url().trim_end_matches("/postgres"));
        let mut writer = sqlx::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut writer).await.unwrap();
        writer.close().await.unwrap();
        let service = Service::loaded_over(&url).open_to(Some(Role::Engineer));
        match name {
            "texts" => texts_are_read(&service, &url).await,
            _ => typed_cells_are_read(&service, &url).await,
        }
    }
}
