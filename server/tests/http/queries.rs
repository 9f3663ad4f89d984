//! Jobs and the table browser: what is asked of the database itself, of both kinds.

use std::time::Duration;

use compute_core::table::Dataset;
use mes_dashboard::auth::role::Role;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::holds::HOLDS;
use crate::postgres::Server;
use crate::service::{Answer, Service, cells};

/// Jobs of two machines, and one view that has too few columns.
fn script(time: &str) -> String {
    format!(
        "create table DW_MES_JOB (JOBID varchar(20), RESOURCEID varchar(20), RESOURCENAME varchar(20), \
           JOBSTATUS varchar(20), CREATEDATE {time}, COMPLETEDATE {time}, CAUSECODENAME varchar(50), EXTRA int);
         insert into DW_MES_JOB values
           ('J1', 'm1', 'GWB-1', 'Complete', '2026-11-01 23:59:59', '2026-11-02 08:00:00', '100% =_磨損', 1),
           ('J2', 'm1', 'GWB-1', 'Open', '2026-11-02 00:00:00', null, null, 2),
           ('J3', 'm2', 'GWB-2', 'Open', '2026-11-03 23:59:59', null, '=1+1', 3),
           ('J4', 'm2', 'GWB-2', 'Open', '2026-11-04 00:00:00', null, 'x''; drop table DW_MES_JOB; --', 4),
           ('J5', 'm3', 'GWB-3', 'Open', null, null, null, 5);
         create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID varchar(20), JOBID varchar(20), TXNDATE {time}, COMMENTS varchar(50));
         insert into DW_MES_JOBTXNHISTORY values ('T2', 'J1', '2026-11-02 07:00:00', '完成'), ('T1', 'J1', '2026-11-01 23:59:59', '開單');"
    )
}

/// Jobs of a separate machine, more than an export reads at once, many with one time.
fn many() -> String {
    let part = |rest: &str, time: &str| {
        format!(
            "insert into DW_MES_JOB (JOBID, RESOURCEID, JOBSTATUS, CREATEDATE) \
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 12345) \
             select 'N' || i, 'many', 'Open', '{time}' from n where i % 3 {rest};"
        )
    };
    part("= 0", "2026-10-05 08:00:00") + &part("> 0", "2026-10-06 09:00:00")
}

async fn post(service: &Service, path: &str, body: &Value) -> Answer {
    service.post(path, "application/json", body.to_string()).await
}

fn ids(answer: &Answer, key: &str) -> Vec<String> {
    let body = answer.json();
    assert_eq!(answer.status, 200, "{body}");
    let rows = body["data"]["data"].as_array().unwrap();
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

/// A question for the jobs of some machines.
fn of(machines: Value, start: &str, end: &str) -> Value {
    json!({ "resource_ids": machines, "start_date": start, "end_date": end })
}

/// What stands below the jobs of a file, for people.
async fn tells_what_a_file_holds(service: &Service) {
    let some = of(json!(["m1", "m2"]), "2026-11-01", "2026-11-30");
    let file = post(service, "/api/job-query/export?footer=true", &some).await;
    let told = crate::history::below(&file);
    let names: Vec<&str> = told.iter().map(|line| line[0].as_str()).collect();
    assert_eq!(
        names,
        [
            "Rows",
            "Filter: Job opened",
            "Filter: Resource ID",
            "Data read",
            "Time zone",
            "File made"
        ]
    );
    assert_eq!((&told[0][1], &told[2][1]), (&"4".to_owned(), &"m1, m2".to_owned()));
    let workbook = post(service, "/api/job-query/export?footer=true&format=xlsx", &some).await;
    assert!(cells(&workbook.body).iter().any(|cell| cell == "Filter: Resource ID"));
}

/// Over a database with [`many`] jobs.
async fn exports_every_job_once(service: &Service) {
    let all = of(json!(["many"]), "2026-10-01", "2026-10-31");
    let csv = post(service, "/api/job-query/export", &all).await;
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let mut found: Vec<&str> =
        text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(found.len(), 12_345);
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 12_345, "every job once");
    let workbook = post(service, "/api/job-query/export?format=xlsx", &all).await;
    assert!(workbook.header("content-disposition").contains("jobs.xlsx"));
    let in_workbook = cells(&workbook.body);
    let mut ids: Vec<&str> = in_workbook
        .iter()
        .map(String::as_str)
        .filter(|cell| found.binary_search(cell).is_ok())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, found);
}

/// What happens to the jobs while somebody reads an export of them slowly.
const MEANWHILE: &str = "insert into DW_MES_JOB (JOBID, RESOURCEID, JOBSTATUS, CREATEDATE) \
     select 'later' || JOBID, RESOURCEID, JOBSTATUS, '2026-10-07 08:00:00' from DW_MES_JOB \
     where RESOURCEID = 'many' and JOBID like 'N1_'; \
     update DW_MES_JOB set CREATEDATE = '2026-10-01 08:00:00' where JOBID like 'N12%'; \
     delete from DW_MES_JOB where JOBID like 'N2%';";

/// Begins to export [`many`] jobs in both formats; [`MEANWHILE`] is written before they are read.
async fn began(service: &Service) -> [axum::response::Response; 2] {
    let all = of(json!(["many"]), "2026-10-01", "2026-10-31").to_string();
    let begin = async |path: &str| {
        let request = axum::http::Request::builder().method("POST").uri(path);
        let request = request.header("content-type", "application/json");
        service.send(request.body(all.clone().into()).unwrap()).await
    };
    [begin("/api/job-query/export").await, begin("/api/job-query/jobs").await]
}

/// Every job once, as they were when the export began; no connection waited for its reader.
async fn ends(service: &Service, began: [axum::response::Response; 2]) {
    let given_back = async {
        while service.state.database.health().database_pool.state.checked_out > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), given_back).await.unwrap();
    for (answer, name) in began.into_iter().zip(["csv", "json"]) {
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let mut found: Vec<String> = if name == "csv" {
            let lines = text.lines().skip(1);
            lines.map(|line| line.split(',').next().unwrap().to_owned()).collect()
        } else {
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (&body["data"]["total"], &body["data"]["is_cut"]),
                (&json!(12_345), &json!(false))
            );
            let rows = body["data"]["data"].as_array().unwrap().iter();
            rows.map(|row| row["JOBID"].as_str().unwrap().to_owned()).collect()
        };
        found.sort_unstable();
        let mut expected: Vec<String> = (1..=12_345).map(|number| format!("N{number}")).collect();
        expected.sort_unstable();
        assert!(found == expected, "{name}: {} rows", found.len());
    }
}

async fn answers_questions(service: &Service) {
    // Both ends of a day count, the next midnight does not; newest first.
    let both = of(json!(["m1", "m2", "nobody"]), "2026-11-02", "2026-11-03");
    let jobs = post(service, "/api/job-query/jobs", &both).await;
    assert_eq!(ids(&jobs, "JOBID"), ["J3", "J2"]);
    let first = &jobs.json()["data"]["data"][0];
    assert_eq!(first["CREATEDATE"], "2026-11-03 23:59:59");
    assert_eq!((&first["COMPLETEDATE"], first.get("EXTRA")), (&Value::Null, None));
    let all = of(json!(["m2"]), "2026-11-03", "2026-11-04");
    let csv = post(service, "/api/job-query/export", &all).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    assert!(text.starts_with("\u{feff}JOBID,RESOURCEID,"), "{text}");
    assert!(text.contains(",'=1+1\r\n") && text.contains("drop table"), "{text}");
    let workbook = post(service, "/api/job-query/export?format=xlsx", &all).await;
    assert!(cells(&workbook.body).iter().any(|cell| cell == "=1+1"), "a text, no formula");

    let history = service.get("/api/job-query/txn/J1").await;
    assert_eq!(ids(&history, "JOBTXNHISTORYID"), ["T1", "T2"]);
    service.get("/api/job-query/txn/J9").await.failure(404, "NOT_FOUND");

    let table = |filters: Value| json!({ "table_name": "dw_mes_job", "filters": filters });
    for (filters, expected) in [
        (json!({}), vec!["J4", "J3", "J2", "J1", "J5"]),
        (json!({ "RESOURCENAME": "gwb-1", "jobstatus": "open" }), vec!["J2"]),
        // Patterns and quotes are literal.
        (json!({ "CAUSECODENAME": "100% =_" }), vec!["J1"]),
        (json!({ "CAUSECODENAME": "%" }), vec!["J1"]),
        (json!({ "CAUSECODENAME": "x'; drop" }), vec!["J4"]),
        (json!({ "CAUSECODENAME": "  " }), vec!["J4", "J3", "J2", "J1", "J5"]),
        // A column of the contract that the table lacks holds nothing.
        (json!({ "JOBORDERNAME": "a" }), vec![]),
    ] {
        let found = post(service, "/api/query_table", &table(filters.clone())).await;
        assert_eq!(ids(&found, "JOBID"), expected, "{filters}");
    }
    let two = json!({ "table_name": "DW_MES_JOB", "limit": 2, "time_field": "COMPLETEDATE" });
    let found = post(service, "/api/query_table", &two).await;
    assert_eq!(found.json()["data"]["row_count"], 2);
    assert_eq!(ids(&found, "JOBID")[0], "J1");
    let columns = post(service, "/api/get_table_columns", &table(json!({}))).await.json();
    assert_eq!(
        columns["data"]["columns"],
        json!([
            "JOBID",
            "RESOURCEID",
            "RESOURCENAME",
            "JOBSTATUS",
            "CREATEDATE",
            "COMPLETEDATE",
            "CAUSECODENAME"
        ])
    );
    // A table of the contract that is not there is named.
    let missing = json!({ "table_name": "DW_MES_LOT_V" });
    let message = post(service, "/api/query_table", &missing).await.failure(500, "DB_QUERY_ERROR");
    assert!(message.contains("DW_MES_LOT_V"), "{message}");
}

/// The loaded plant over a SQLite file with jobs, which lives as long as the folder.
pub async fn over_sqlite() -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    let hours = crate::history::script("text", "real");
    crate::history::write_sqlite(&path, script("text") + &hours + HOLDS).await;
    let service = Service::loaded_over(&format!("sqlite:{}", path.display()));
    (service.open_to(Some(Role::Engineer)), folder)
}

/// The tables that snapshots are read from, with hardly a column.
const REST: &str = "create table DW_MES_LOT_V (LOTID varchar(20), QTY int);
    create table DW_MES_RESOURCE (RESOURCEID varchar(20));
    create table DW_MES_EQUIPMENTSTATUS_WIP_V (RESOURCEID varchar(20));
    create table DW_MES_SPEC_WORKCENTER_V (SPEC varchar(20));";

/// As [`over_sqlite`], and every table of the contract is there.
pub async fn over_whole_sqlite() -> (Service, tempfile::TempDir) {
    let (service, folder) = over_sqlite().await;
    crate::history::write_sqlite(&folder.path().join("plant.sqlite"), REST.to_owned()).await;
    (service, folder)
}

/// As [`over_whole_sqlite`], in a server of its own.
pub async fn over_whole_postgres(server: &Server) -> Service {
    let hours = crate::history::script("timestamp", "numeric(12,5)");
    let mut owner = server.connect().await;
    owner.execute(AssertSqlSafe(script("timestamp") + &hours + HOLDS + REST)).await.unwrap();
    owner.close().await.unwrap();
    Service::loaded_over(&server.url()).open_to(Some(Role::Engineer))
}

/// Jobs whose ids are numbers, with more digits than a number of JSON keeps.
fn numbered(kind: &str) -> String {
    format!(
        "drop table DW_MES_JOB; drop table DW_MES_JOBTXNHISTORY; \
         create table DW_MES_JOB (JOBID {kind}, RESOURCEID {kind}, JOBSTATUS varchar(20), CREATEDATE varchar(19)); \
         create table DW_MES_JOBTXNHISTORY (JOBTXNHISTORYID {kind}, JOBID {kind}, TXNDATE varchar(19)); \
         insert into DW_MES_JOB values (1234567890123456789, 7, 'Open', '2026-11-02 08:00:00'); \
         insert into DW_MES_JOBTXNHISTORY values (42, 1234567890123456789, '2026-11-02 08:00:00');"
    )
}

/// Ids are texts with all digits, and are found by them.
async fn keeps_ids(service: &Service, id: &str) {
    let all = of(json!(["7"]), "2026-11-02", "2026-11-02");
    let jobs = post(service, "/api/job-query/jobs", &all).await;
    assert_eq!(
        (ids(&jobs, "JOBID"), ids(&jobs, "RESOURCEID")),
        (vec![id.to_owned()], vec!["7".to_owned()])
    );
    let history = service.get(&format!("/api/job-query/txn/{id}")).await;
    assert_eq!(ids(&history, "JOBTXNHISTORYID"), ["42"]);
    let table = json!({ "table_name": "DW_MES_JOB", "filters": { "JOBID": &id[5..] } });
    assert_eq!(ids(&post(service, "/api/query_table", &table).await, "JOBID"), [id]);
    let workbook = post(service, "/api/job-query/export?format=xlsx", &all).await;
    assert!(cells(&workbook.body).iter().any(|cell| cell == id), "a cell of text");
    let csv = post(service, "/api/job-query/export", &all).await;
    assert!(String::from_utf8_lossy(&csv.body).contains(&format!("\n{id},7,")));
}

/// Rows of every table of the browser by name, `None` where it isn't known.
async fn row_counts(service: &Service) -> Vec<(String, Option<u64>)> {
    let body = service.get("/api/get_table_info").await.json();
    let count = |table: &Value| {
        let count = table.get("row_count");
        assert!(count.is_none_or(|count| count["accuracy"] == "exact"), "{table}");
        let rows = count.and_then(|count| count["rows"].as_u64());
        (table["name"].as_str().unwrap().to_owned(), rows)
    };
    body["data"].as_array().unwrap().iter().map(count).collect()
}

/// Tables of snapshots have the rows that were read into them, others those of the database.
async fn knows_row_counts(service: &Service) {
    let counts = row_counts(service).await;
    let of = |name: &str| counts.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!((of("DW_MES_JOB"), of("DW_MES_JOBTXNHISTORY")), (Some(5), Some(2)));
    assert!(of("DW_MES_RESOURCESTATUS_SHIFT").is_some_and(|rows| rows > 0), "{counts:?}");
    // The database holds none of these.
    assert_eq!(of("DW_MES_RESOURCE"), Some(plant_rows(Dataset::Resource)));
    assert_eq!(of("DW_MES_LOT_V"), Some(plant_rows(Dataset::Wip)));
}

fn plant_rows(dataset: Dataset) -> u64 {
    let (_, batch) = crate::plant::tables().into_iter().find(|(of, _)| *of == dataset).unwrap();
    batch.num_rows() as u64
}

#[tokio::test]
async fn rows_of_tables_are_counted_once_for_a_while_in_sqlite() {
    let (service, folder) = over_whole_sqlite().await;
    knows_row_counts(&service).await;
    crate::history::write_sqlite(&folder.path().join("plant.sqlite"), many()).await;
    knows_row_counts(&service).await;
}

#[tokio::test]
async fn rows_of_tables_are_counted_once_for_a_while_in_postgres() {
    let server = Server::start();
    let service = over_whole_postgres(&server).await;
    knows_row_counts(&service).await;
    server.connect().await.execute(AssertSqlSafe(many())).await.unwrap();
    knows_row_counts(&service).await;
}

#[tokio::test]
async fn sqlite_answers_questions() {
    let (service, folder) = over_sqlite().await;
    answers_questions(&service).await;
    tells_what_a_file_holds(&service).await;
    let path = folder.path().join("plant.sqlite");
    crate::history::write_sqlite(&path, many()).await;
    exports_every_job_once(&service).await;
    let reading = began(&service).await;
    crate::history::write_sqlite(&path, MEANWHILE.to_owned()).await;
    ends(&service, reading).await;
    crate::history::write_sqlite(&path, numbered("integer")).await;
    keeps_ids(&service, "1234567890123456789").await;
}

#[tokio::test]
async fn postgres_answers_questions() {
    let server = Server::start();
    for (name, time) in [("times", "timestamp"), ("texts", "varchar(19)")] {
        let mut owner = server.connect().await;
        owner.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let url = format!("{}/{name}", server.url().trim_end_matches("/postgres"));
        let mut writer = sqlx::PgConnection::connect(&url).await.unwrap();
        writer.execute(AssertSqlSafe(script(time))).await.unwrap();
        let service = Service::loaded_over(&url).open_to(Some(Role::Engineer));
        answers_questions(&service).await;
        tells_what_a_file_holds(&service).await;
        writer.execute(AssertSqlSafe(many())).await.unwrap();
        exports_every_job_once(&service).await;
        let reading = began(&service).await;
        writer.execute(MEANWHILE).await.unwrap();
        ends(&service, reading).await;
        let longer =
            numbered("numeric(38)").replace("1234567890123456789", "123456789012345678901");
        writer.execute(AssertSqlSafe(longer)).await.unwrap();
        writer.close().await.unwrap();
        keeps_ids(&service, "123456789012345678901").await;
    }
}

/// Jobs with a column whose text is made by a function that PostgreSQL counts the calls of.
const COUNTED: &str = "create type word as (letters text); \
     create function spelled(word) returns text language plpgsql immutable cost 1 \
       as $$ begin return $1.letters; end $$; \
     create cast (word as text) with function spelled(word); \
     create table DW_MES_JOB (JOBID text, RESOURCEID text, JOBSTATUS word, CREATEDATE timestamp); \
     insert into DW_MES_JOB select 'J' || n, 'm1', row('Open')::word, \
       timestamp '2026-11-01' + n * interval '1 s' from generate_series(1, 5000) n;";

#[tokio::test]
async fn only_the_rows_of_an_answer_are_converted_to_text() {
    let server = Server::start();
    let mut owner = server.connect().await;
    owner.execute("alter role postgres set track_functions = 'all'").await.unwrap();
    owner.execute(COUNTED).await.unwrap();
    let service = Service::loaded_over(&server.url()).open_to(Some(Role::Engineer));
    let newest = json!({ "table_name": "DW_MES_JOB", "limit": 2 });
    let found = post(&service, "/api/query_table", &newest).await;
    assert_eq!(ids(&found, "JOBID"), ["J5000", "J4999"]);
    assert_eq!(found.json()["data"]["data"][0]["JOBSTATUS"], "Open");
    // PostgreSQL publishes the counts of a connection when it ends; until then there is no row, or a 0.
    service.state.database.close().await;
    let sql = "select calls from pg_stat_user_functions where funcname = 'spelled' and calls > 0";
    let calls: i64 = loop {
        if let Some(calls) = sqlx::query_scalar(sql).fetch_optional(&mut owner).await.unwrap() {
            break calls;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(calls, 2, "cells are converted for rows that are not shown");
}

#[tokio::test]
async fn wrong_questions_are_named_and_ask_nothing() {
    let service = Service::loaded().open_to(Some(Role::Engineer));
    // No call may get through: it would answer with the breaker's code.
    service.state.database.breaker().force_open();
    for (path, body) in [
        ("/api/query_table", json!({})),
        ("/api/query_table", json!({ "table_name": "sqlite_schema" })),
        ("/api/query_table", json!({ "table_name": "DW_MES_JOB", "filters": { "EXTRA": "1" } })),
        ("/api/query_table", json!({ "table_name": "DW_MES_JOB", "filters": ["a"] })),
        ("/api/query_table", json!({ "table_name": "DW_MES_JOB", "time_field": "1; drop" })),
        ("/api/query_table", json!({ "table_name": "DW_MES_JOB", "limit": "many" })),
        ("/api/get_table_columns", json!({ "table_name": 7 })),
        (
            "/api/job-query/jobs",
            json!({ "resource_ids": [], "start_date": "2026-01-01", "end_date": "2026-01-02" }),
        ),
        (
            "/api/job-query/jobs",
            json!({ "resource_ids": [" "], "start_date": "2026-01-01", "end_date": "2026-01-02" }),
        ),
        (
            "/api/job-query/jobs",
            json!({ "resource_ids": ["m1"], "start_date": "2026-01-02", "end_date": "2026-01-01" }),
        ),
        (
            "/api/job-query/export",
            json!({ "resource_ids": ["m1"], "start_date": "2020-01-01", "end_date": "2026-01-01" }),
        ),
    ] {
        post(&service, path, &body).await.failure(400, "VALIDATION_ERROR");
    }
    let sound = json!({ "table_name": "DW_MES_JOB" });
    let refused = post(&service, "/api/query_table", &sound).await;
    refused.failure(503, "CIRCUIT_BREAKER_OPEN");
    assert_eq!(refused.json()["meta"]["degraded_reason"], "circuit_breaker_open");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    let tables = service.get("/api/get_table_info").await.json();
    assert_eq!(tables["data"].as_array().unwrap().len(), 7);
    let jobs = tables["data"].as_array().unwrap().iter().find(|one| one["name"] == "DW_MES_JOB");
    assert!(jobs.unwrap().get("row_count").is_none(), "unknown is absent: {jobs:?}");
    assert_eq!(service.get("/api/job-query/resources").await.json()["count"], 3);
}
