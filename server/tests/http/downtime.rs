//! Downtimes: rows of both kinds of databases to answers, and sites without the optional columns.

use compute_core::downtime::{DowntimeTable, JobTable};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use crate::history::write_sqlite;
use crate::postgres::Server;
use crate::service::Service;

/// Fragments of two known machines, with moments of this type.
fn script(time: &str) -> String {
    format!(
        "create table DW_MES_RESOURCESTATUS_SHIFT (HISTORYID varchar(20), TXNDATE {time}, \
           OLDSTATUSNAME varchar(20), HOURS numeric(12,4), OLDREASONNAME varchar(20), \
           OLDLASTSTATUSCHANGEDATE {time}, LASTSTATUSCHANGEDATE {time}, JOBID varchar(20)); \
         insert into DW_MES_RESOURCESTATUS_SHIFT values \
           ('m1', '2026-11-01 07:30:00', 'PRD', 10, null, '2026-11-01 08:00:00', '2026-11-01 18:00:00', null), \
           ('m1', '2026-11-01 07:30:00', 'UDT', 1.5, ' Jam ', '2026-11-01 18:00:00', '2026-11-01 19:30:00', null), \
           ('m1', '2026-11-01 19:30:00', 'UDT', 0.5, 'Jam', '2026-11-01 19:30:30', '2026-11-01 20:00:00', null), \
           ('m1', '2026-11-01 19:30:00', 'UDT', 1, '卡住', '2026-11-01 20:00:00', '2026-11-01 21:00:00', 'J9'), \
           ('m2', '2026-11-01 07:30:00', 'SDT', 2, '換線', null, null, null), \
           ('m2', '2026-11-02 07:30:00', 'UDT', 4, 'Motor', '2026-11-02 08:00:00', '2026-11-02 12:00:00', null), \
           ('ghost', '2026-11-01 07:30:00', 'UDT', 4, 'Motor', '2026-11-01 08:00:00', '2026-11-01 12:00:00', null), \
           ('m1', '2026-11-03 07:30:00', 'UDT', 4, 'Motor', '2026-11-03 08:00:00', '2026-11-03 12:00:00', null); \
         create table DW_MES_JOB (JOBID varchar(20), RESOURCEID varchar(20), RESOURCENAME varchar(20), \
           JOBSTATUS varchar(20), CREATEDATE {time}, COMPLETEDATE {time}, FIRSTCLOCKONDATE {time}, \
           LASTCLOCKOFFDATE {time}); \
         insert into DW_MES_JOB values \
           ('J1', 'm1', 'M1', 'COMPLETED', '2026-11-01 18:10:00', '2026-11-01 19:50:00', '2026-11-01 18:40:00', '2026-11-01 19:40:00'), \
           ('J2', 'm1', 'M1', 'COMPLETED', '2026-11-01 18:00:00', '2026-11-01 18:30:00', null, null), \
           ('J3', 'm2', 'M2', 'CREATED', '2026-11-02 08:00:00', null, null, null), \
           ('J4', 'm2', 'M2', 'CREATED', '2026-11-02 08:30:00', null, null, null);"
    )
}

const RANGE: &str = "start_date=2026-11-01&end_date=2026-11-02";

async fn over_sqlite(script: &str) -> (Service, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.sqlite");
    write_sqlite(&path, script.to_owned()).await;
    (Service::loaded_over(&format!("sqlite:{}", path.display())), folder)
}

async fn data(service: &Service, what: &str) -> Value {
    let answer = service.get(&format!("/api/downtime/{what}")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["data"].take()
}

async fn answers_questions(service: &Service) {
    let found = data(service, &format!("summary?{RANGE}")).await;
    let figures = &found["figures"];
    // Jam over the end of the shift, 卡住 and Motor; the fragment without a begin is no downtime.
    assert_eq!((&figures["events"], &figures["failures"]), (&json!(3), &json!(3)));
    assert_eq!((&figures["udt_hours"], &figures["mttr_hours"]), (&json!(7.0), &json!(2.33)));
    assert_eq!((&figures["mtbf_hours"], &figures["availability_pct"]), (&json!(3.3), &json!(52.6)));
    assert_eq!(found["untimed"], json!({ "fragments": 1, "hours": 2.0 }));
    assert_eq!(found["unknown_machines"], json!({ "fragments": 1, "hours": 4.0 }));
    assert_eq!(found["unlisted_reasons"], 1);
    assert_eq!(found["reasons_by_hours"][0]["reason"], "Motor");

    let list = data(service, &format!("events?{RANGE}&sort=from")).await;
    let events: Vec<Value> = list["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            json!([event["reason"], event["hours"], event["job_link"], event["job"]["job_id"]])
        })
        .collect();
    let expected = [
        json!(["Jam", 2.0, "overlap", "J1"]),
        json!(["卡住", 1.0, "id", "J9"]),
        json!(["Motor", 4.0, "ambiguous", "J3"]),
    ];
    assert_eq!(events, expected);
    let job = &list["events"][0]["job"];
    assert_eq!((&job["waiting_hours"], &job["repair_hours"]), (&json!(0.5), &json!(1.0)));

    let machines = data(service, &format!("machines?{RANGE}&category=repair&per_page=1")).await;
    assert_eq!(
        (&machines["total"], machines["machines"].as_array().unwrap().len()),
        (&json!(2), 1)
    );

    // Jam began in the day shift before 19:30, as Motor; 卡住 after it.
    for (shift, total) in [("0", 2), ("1", 1), ("5", 0)] {
        let list = data(service, &format!("events?{RANGE}&shift={shift}")).await;
        assert_eq!(list["total"], total, "shift {shift}");
    }
    for wrong in ["24", "-1", "day"] {
        let answer = service.get(&format!("/api/downtime/events?{RANGE}&shift={wrong}")).await;
        answer.failure(400, "VALIDATION_ERROR");
    }

    let snapshot = service.get(&format!("/api/snapshot/downtime?{RANGE}")).await;
    assert_eq!(DowntimeTable::from_ipc(&snapshot.body).unwrap().len(), 7);
    let jobs = service.get(&format!("/api/snapshot/downtime-jobs?{RANGE}")).await;
    assert_eq!(JobTable::from_ipc(&jobs.body).unwrap().len(), 4);

    let quality = service.get("/api/data-quality").await.json();
    let datasets = quality["data"]["datasets"].as_array().unwrap();
    let found = datasets.iter().find(|one| one["dataset"] == "downtime").unwrap();
    assert_eq!((&found["rows_read"], &found["rows_kept"]), (&json!(7), &json!(7)));
    for reason in ["unknown_code", "unknown_machine"] {
        assert!(found["findings"].to_string().contains(reason), "{found}");
    }
}

#[tokio::test]
async fn downtimes_of_sqlite_have_their_jobs() {
    let (service, _folder) = over_sqlite(&script("text")).await;
    answers_questions(&service).await;
}

#[tokio::test]
async fn downtimes_of_postgresql_are_the_same_whatever_their_moments_are() {
    let server = Server::start();
    for time in ["timestamp", "varchar(19)"] {
        let script = format!(
            "drop table if exists DW_MES_RESOURCESTATUS_SHIFT, DW_MES_JOB; {}",
            script(time)
        );
        server.connect().await.execute(AssertSqlSafe(script)).await.unwrap();
        answers_questions(&Service::loaded_over(&server.url())).await;
    }
}

#[tokio::test]
async fn without_the_optional_columns_there_are_hours_and_no_downtimes() {
    let script = format!(
        "{} alter table DW_MES_RESOURCESTATUS_SHIFT drop column OLDLASTSTATUSCHANGEDATE;",
        script("text")
    );
    let (service, _folder) = over_sqlite(&script).await;
    let found = data(&service, &format!("summary?{RANGE}")).await;
    let absent = found["absent"].as_array().unwrap();
    assert_eq!(absent[0], "OLDLASTSTATUSCHANGEDATE");
    assert!(!absent.contains(&json!("WORKCENTERNAME")), "{absent:?}");
    assert_eq!(
        (&found["figures"]["events"], &found["untimed"]["fragments"]),
        (&json!(0), &json!(5))
    );
}

#[tokio::test]
async fn a_site_without_jobs_has_downtimes_and_one_without_states_says_so() {
    let script = format!("{} drop table DW_MES_JOB;", script("text"));
    let (service, _folder) = over_sqlite(&script).await;
    let found = data(&service, &format!("summary?{RANGE}")).await;
    assert_eq!(found["absent"], json!(["DW_MES_JOB"]));
    assert_eq!(found["figures"]["events"], 3);

    let script = format!("{script} drop table DW_MES_RESOURCESTATUS_SHIFT;");
    let (service, _folder) = over_sqlite(&script).await;
    for path in ["downtime/summary", "downtime/events", "downtime/machines", "snapshot/downtime"] {
        service.get(&format!("/api/{path}?{RANGE}")).await.failure(404, "NOT_FOUND");
    }
}
