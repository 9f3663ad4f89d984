//! `/api/job-query/*`: maintenance jobs by machines and dates, and what happened to them.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use compute_core::equipment::EquipmentFilter;
use compute_core::source_contract::{JOB_COLUMNS, JOB_TRANSACTION_COLUMNS, SourceColumn};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::{Fields, storable};
use super::envelope::{Conditional, CountedSuccess, Meta, Success};
use super::error::{ApiError, excerpt};
use super::export::{FileFormat, FileParameters, Workbook, csv};
use super::failures::{Missing, QueryFailures, ReadFailures};
use super::live::AppState;
use super::parameters::{JsonObject, Query, Segment};
use crate::row_query::{self, Condition, Direction, RowQuery, Rows};

/// Machines in one question.
const MOST_MACHINES: usize = 1_000;
/// Days in one question.
const MOST_DAYS: i32 = 731;
/// Jobs in one answer.
const MOST_JOBS: u32 = 50_000;
/// Jobs of an export that are read at once.
const EXPORT_PAGE: u32 = 5_000;
/// Transactions of one job in an answer.
const MOST_TRANSACTIONS: u32 = 5_000;

/// A machine whose jobs can be asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub struct JobMachine {
    pub resourceid: String,
    pub resourcename: Option<String>,
    pub workcentername: Option<String>,
    pub workcenter_group: Option<String>,
    pub resourcefamilyname: Option<String>,
}

/// Machines whose jobs can be asked for
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
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body for the API description")]
pub struct JobsQuestion {
    /// RESOURCEIDs, 1 to 1,000.
    resource_ids: Vec<String>,
    /// First day of CREATEDATE: `YYYY-MM-DD`.
    start_date: String,
    /// Last day of CREATEDATE: `YYYY-MM-DD`, at most 730 days later.
    end_date: String,
}

/// Jobs or transactions.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobRows {
    /// One object a row with the columns of the source contract; times as `YYYY-MM-DD HH:MM:SS`.
    #[schema(value_type = Vec<std::collections::BTreeMap<String, Value>>)]
    data: Vec<Map<String, Value>>,
    /// Number of rows in `data`.
    total: usize,
    /// There are more rows than an answer takes; narrow the question down.
    is_cut: bool,
}

impl JobRows {
    fn of(rows: Rows, most: u32) -> Self {
        let data = rows.objects();
        Self { total: data.len(), is_cut: data.len() as u64 >= u64::from(most), data }
    }
}

fn names(columns: &[SourceColumn]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}

/// The question for the jobs of some machines, newest first.
fn jobs_of(app: &AppState, body: Map<String, Value>) -> Result<RowQuery, ApiError> {
    let fields = Fields(body);
    let machines = fields.texts("resource_ids", MOST_MACHINES)?;
    let (from, before) = fields.days(MOST_DAYS)?;
    Ok(RowQuery {
        table: app.tables.jobs.clone(),
        columns: names(JOB_COLUMNS),
        conditions: vec![
            Condition::OneOf("RESOURCEID", machines),
            Condition::From("CREATEDATE", from),
            Condition::Before("CREATEDATE", before),
        ],
        order: vec![("CREATEDATE", Direction::Descending), ("JOBID", Direction::Ascending)],
        limit: MOST_JOBS,
        offset: 0,
    })
}

async fn rows(app: &AppState, holder: &'static str, query: RowQuery) -> Result<Rows, ApiError> {
    let asked = app.database.call(holder, |connection| row_query::read(connection, query));
    Ok(asked.await?)
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
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let query = jobs_of(&app, body)?;
    let data = JobRows::of(rows(&app, "job_query", query).await?, MOST_JOBS);
    Ok(Json(Success { success: true, data, meta: Meta::now() }).into_response())
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
    Segment(job): Segment,
) -> Result<Response, ApiError> {
    let job = storable("job_id", &job)?;
    let query = RowQuery {
        table: app.tables.job_transactions.clone(),
        columns: names(JOB_TRANSACTION_COLUMNS),
        conditions: vec![Condition::OneOf("JOBID", vec![job.clone()])],
        order: vec![("TXNDATE", Direction::Ascending), ("JOBTXNHISTORYID", Direction::Ascending)],
        limit: MOST_TRANSACTIONS,
        offset: 0,
    };
    let data = JobRows::of(rows(&app, "job_history", query).await?, MOST_TRANSACTIONS);
    if data.total == 0 {
        let job = excerpt(&job);
        return Err(ApiError::not_found(
            format!("找不到此維修工單的紀錄: {job}"),
            format!("There is nothing about this job: {job}"),
        ));
    }
    Ok(Json(Success { success: true, data, meta: Meta::now() }).into_response())
}

/// The pages of an export.
struct Pages {
    app: AppState,
    /// The question for the next page.
    query: RowQuery,
    is_over: bool,
}

impl Pages {
    /// The next page. Between two pages no connection is held, however slowly the caller reads.
    async fn next(&mut self) -> Result<Option<Rows>, ApiError> {
        if self.is_over {
            return Ok(None);
        }
        let page = rows(&self.app, "job_export", self.query.clone()).await?;
        self.query.offset += u64::from(self.query.limit);
        self.is_over = page.rows.len() < self.query.limit as usize;
        Ok(Some(page))
    }
}

/// Maintenance jobs of some machines as a file
///
/// All of them. CSV is sent as it is read; when the database fails on the way, the answer breaks off.
///
/// # Errors
/// The body is wrong, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/job-query/export",
    tag = "Jobs",
    params(FileParameters),
    request_body = JobsQuestion,
    responses(
        (
            status = 200,
            description = "The jobs",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        QueryFailures
    )
)]
pub async fn export(
    State(app): State<AppState>,
    Query(FileParameters { format }): Query<FileParameters>,
    JsonObject(body): JsonObject,
) -> Result<Response, ApiError> {
    let query = RowQuery { limit: EXPORT_PAGE, ..jobs_of(&app, body)? };
    let columns = query.columns.clone();
    let mut pages = Pages { app, query, is_over: false };
    let file = match format {
        FileFormat::Csv => {
            // The first page decides between an answer and an error; the others follow as they are read.
            let first = pages.next().await?.map(|page| page.rows).unwrap_or_default();
            let begin = csv::write(&columns, &first)?;
            let begin = stream::once(async { Ok(begin) });
            // The cause has been logged; to the caller the answer breaks off.
            let rest = stream::try_unfold(pages, async |mut pages| {
                let page = pages.next().await?;
                let text = page.map(|page| csv::records(&page.rows)).transpose()?;
                Ok(text.map(|text| (text, pages)))
            })
            .map_err(|_: ApiError| std::io::Error::other("the database failed during an export"));
            Body::from_stream(begin.chain(rest))
        }
        FileFormat::Xlsx => {
            let mut workbook = Workbook::new(&columns)?;
            while let Some(page) = pages.next().await? {
                workbook.add(&page.rows)?;
            }
            workbook.finish().await?.into()
        }
    };
    Ok((format.headers("jobs"), file).into_response())
}
