//! `/api/job-query/*`: maintenance jobs by machines and dates, and what happened to them.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use compute_core::blanks::trimmed;
use compute_core::equipment::EquipmentFilter;
use compute_core::history::MOST_DAYS;
use compute_core::lot::FieldValue;
use compute_core::quality::Finding;
use compute_core::source_contract::{JOB_COLUMNS, JOB_TRANSACTION_COLUMNS};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::export::{FileFormat, FileParameters, FileResponse};
use super::file_footer::{FileFooter, Words};
use super::rows::{CsvRows, JsonRows, XlsxRows};
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::{CountedSuccess, Success};
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, QueryFailures, ReadFailures};
use crate::http::invalid::storable;
use crate::http::query::{Query, Segment};
use crate::http::response::Conditional;
use crate::http::spool::SPOOL_CODINGS;
use crate::http::workbook::MOST_ROWS;
use crate::table_query::{Direction, RowFilter, TableQuery};

/// Machines in one question.
const MOST_MACHINES: usize = 1_000;
/// Jobs in one answer.
const MOST_JOBS: u32 = 50_000;
/// Names of the question in files.
const OPENED: Words = ("開單日期", "Job opened");
const MACHINES: Words = ("機台代碼", "Resource ID");
/// Transactions of one job in an answer.
const MOST_TRANSACTIONS: u32 = 5_000;

/// A machine with jobs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub struct JobMachine {
    pub resourceid: String,
    pub resourcename: Option<String>,
    pub workcentername: Option<String>,
    pub workcenter_group: Option<String>,
    pub resourcefamilyname: Option<String>,
}

/// Machines with jobs
///
/// # Errors
/// The machines have not been loaded yet.
#[utoipa::path(
    get,
    path = "/api/job-query/resources",
    tag = "Jobs",
    responses(
        (status = 200, description = "All machines", body = CountedSuccess<JobMachine>),
        ReadFailures
    )
)]
pub async fn resources(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let equipment = app.equipment()?;
    let machines = || {
        let records = equipment.table.status(&EquipmentFilter::default()).into_iter();
        let machine = |record: compute_core::equipment::EquipmentRecord| JobMachine {
            resourceid: record.resourceid,
            resourcename: record.resourcename,
            workcentername: record.workcentername,
            workcenter_group: record.workcenter_group,
            resourcefamilyname: record.resourcefamilyname,
        };
        records.map(machine).collect()
    };
    conditional.counted(&equipment.basis, machines).await
}

/// Which jobs.
#[derive(Debug, Deserialize, ToSchema)]
pub struct JobsQuestion {
    /// RESOURCEIDs, 1 to 1,000.
    resource_ids: Vec<String>,
    /// First day of CREATEDATE: `YYYY-MM-DD`.
    start_date: String,
    /// Last day of CREATEDATE: `YYYY-MM-DD`, at most 730 days later.
    end_date: String,
}

/// Jobs or transactions.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is written row by row for the API description")]
pub struct JobRows {
    /// One object per row with the columns of the source contract; times as `YYYY-MM-DD HH:MM:SS`.
    #[schema(value_type = Vec<std::collections::BTreeMap<String, FieldValue>>)]
    data: Vec<Map<String, Value>>,
    /// Number of rows in `data`.
    total: usize,
    /// There are more rows than a response holds; narrow the query.
    is_cut: bool,
    /// Cells of these rows that can't be read, or were repaired.
    findings: Vec<Finding>,
}

/// A range of days as the times from its first midnight to that after its end.
///
/// # Errors
/// A date is not `YYYY-MM-DD`, the end is before the start, or the range is too long.
fn times(start: &str, end: &str) -> Result<(String, String), ApiError> {
    let day = |name: &str, text: &str| {
        let parsed = jiff::civil::Date::strptime("%Y-%m-%d", text).ok();
        let parsed = parsed.filter(|_| text.len() == 10);
        parsed.ok_or_else(|| ApiError::not_allowed(name, text, "YYYY-MM-DD"))
    };
    let (start, end) = (day("start_date", start)?, day("end_date", end)?);
    if !(0..MOST_DAYS).contains(&(end - start).get_days()) {
        let allowed = format!("{start} – start_date + {MOST_DAYS}");
        return Err(ApiError::not_allowed("end_date", &end.to_string(), &allowed));
    }
    let until = end.tomorrow();
    let until =
        until.map_err(|_| ApiError::not_allowed("end_date", &end.to_string(), "YYYY-MM-DD"))?;
    Ok((format!("{start} 00:00:00"), format!("{until} 00:00:00")))
}

/// The question for the jobs of some machines, newest first.
fn jobs_of(app: &AppState, asked: JobsQuestion) -> Result<TableQuery, ApiError> {
    // As ids of cells are: without the blanks around them.
    let machines = asked.resource_ids.iter().map(|id| trimmed(id)).filter(|id| !id.is_empty());
    let machines: Vec<String> = machines.map(str::to_owned).collect();
    if machines.is_empty() || machines.len() > MOST_MACHINES {
        let (got, allowed) = (machines.len().to_string(), format!("1–{MOST_MACHINES}"));
        return Err(ApiError::not_allowed("resource_ids", &got, &allowed));
    }
    let (from, before) = times(&asked.start_date, &asked.end_date)?;
    Ok(TableQuery {
        table: app.tables.jobs.clone(),
        contract: JOB_COLUMNS,
        conditions: vec![
            RowFilter::OneOf("RESOURCEID", machines),
            RowFilter::From("CREATEDATE", from),
            RowFilter::Before("CREATEDATE", before),
        ],
        order: vec![("CREATEDATE", Direction::Descending), ("JOBID", Direction::Ascending)],
        limit: MOST_JOBS,
        offset: 0,
        reading: app.reading.clone(),
    })
}

/// The fields beside the rows of [`JobRows`].
fn beside(rows: &JsonRows, most: u32) -> Value {
    let total = rows.len();
    let is_cut = total as u64 >= u64::from(most);
    json!({ "total": total, "is_cut": is_cut, "findings": rows.findings() })
}

/// Maintenance jobs of some machines, newest first
///
/// # Errors
/// The body is wrong, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/job-query/jobs",
    tag = "Jobs",
    request_body = JobsQuestion,
    responses((status = 200, description = "The jobs", body = Success<JobRows>), QueryFailures)
)]
pub async fn jobs(
    State(app): State<AppState>,
    conditional: Conditional,
    Body(asked): Body<JobsQuestion>,
) -> Result<Response, ApiError> {
    let coding = conditional.coding(&SPOOL_CODINGS)?;
    let rows = JsonRows::ask(&app, "job_query", jobs_of(&app, asked)?, false).await?;
    app.jobs_read.note(rows.len(), rows.findings(), Timestamp::now());
    let beside = beside(&rows, MOST_JOBS);
    rows.answer(coding, &beside)
}

/// What happened to a job, in order
///
/// # Errors
/// There is nothing about this job, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/job-query/txn/{job_id}",
    tag = "Jobs",
    params(("job_id" = String, Path, description = "JOBID, exactly")),
    responses(
        (status = 200, description = "Its transactions", body = Success<JobRows>),
        Missing, QueryFailures
    )
)]
pub async fn transactions(
    State(app): State<AppState>,
    conditional: Conditional,
    Segment(job): Segment,
) -> Result<Response, ApiError> {
    let coding = conditional.coding(&SPOOL_CODINGS)?;
    let job = storable("job_id", job)?;
    let query = TableQuery {
        table: app.tables.job_transactions.clone(),
        contract: JOB_TRANSACTION_COLUMNS,
        conditions: vec![RowFilter::OneOf("JOBID", vec![job.clone()])],
        order: vec![("TXNDATE", Direction::Ascending), ("JOBTXNHISTORYID", Direction::Ascending)],
        limit: MOST_TRANSACTIONS,
        offset: 0,
        reading: app.reading.clone(),
    };
    let rows = JsonRows::ask(&app, "job_history", query, false).await?;
    if rows.len() == 0 {
        let job = excerpt(&job);
        return Err(ApiError::not_found(
            format!("找不到此維修工單的紀錄: {job}"),
            format!("There is nothing about this job: {job}"),
        ));
    }
    let beside = beside(&rows, MOST_TRANSACTIONS);
    rows.answer(coding, &beside)
}

/// Maintenance jobs of some machines as a file
///
/// All of them, as they were at one moment, read in one statement (`DB_CALL_TIMEOUT_MS`) before the
/// first byte is sent.
///
/// # Errors
/// The body is wrong, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/job-query/export",
    tag = "Jobs",
    params(FileParameters),
    request_body = JobsQuestion,
    responses(FileResponse, QueryFailures)
)]
pub async fn export(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(FileParameters { format, footer }): Query<FileParameters>,
    headers: HeaderMap,
    Body(asked): Body<JobsQuestion>,
) -> Result<Response, ApiError> {
    let footer = footer.then(|| {
        FileFooter::new(&headers, &app.reading, Timestamp::now())
            .with(OPENED, format!("{} – {}", asked.start_date, asked.end_date))
            .with(MACHINES, asked.resource_ids.join(", "))
    });
    let below = |rows: usize| footer.map(|footer| footer.lines(&[], rows)).unwrap_or_default();
    let query = jobs_of(&app, asked)?;
    let headers = format.headers("jobs");
    match format {
        FileFormat::Csv => {
            let coding = conditional.coding(&SPOOL_CODINGS)?;
            let query = TableQuery { limit: u32::MAX, ..query };
            CsvRows::ask(&app, "job_export", query).await?.answer(coding, headers, below)
        }
        FileFormat::Xlsx => {
            // One more than fits, to detect truncation.
            let query = TableQuery { limit: MOST_ROWS, ..query };
            let rows = XlsxRows::ask(&app, "job_export", query).await?;
            let file = rows.finish(&app.answer_room, below).await?;
            Ok((headers, file.into_body()).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_run_from_midnight_to_the_midnight_after() {
        let found = times("2026-02-28", "2026-02-28").unwrap();
        assert_eq!(found, ("2026-02-28 00:00:00".into(), "2026-03-01 00:00:00".into()));
        assert!(times("2024-11-21", "2026-11-20").is_ok());
        for (start, end) in [
            ("2026-02-28", "2026-02-27"),
            ("2024-11-20", "2026-11-21"),
            ("2026-02-30", "2026-03-01"),
            ("2026-2-1", "2026-2-2"),
            ("", "2026-02-27"),
            ("9999-12-31", "9999-12-31"),
        ] {
            assert!(times(start, end).is_err(), "{start} {end}");
        }
    }
}
