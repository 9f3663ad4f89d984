//! `/api/get_table_info`, `/api/get_table_columns`, `/api/query_table`: rows of the source tables as
//! they are. Only tables and columns of the source contract; values are bound, never written into SQL.

mod row_counts;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::FieldValue;
use compute_core::quality::Finding;
use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, JOB_COLUMNS, JOB_TRANSACTION_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS,
    SHIFT_HOURS_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use self::row_counts::{RowCount, of_database, of_snapshot};
use super::rows::JsonRows;
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{ConstantFailures, QueryFailures};
use crate::http::response::Conditional;
use crate::http::response::cached;
use crate::http::spool::SPOOL_CODINGS;
use crate::http::values::Clamped;
use crate::route_cache::RouteKey;
use crate::source::TableNames;
use crate::table_query::{self, Direction, RowFilter, TableQuery};

/// A table of the browser.
struct Browsable {
    /// Its name in the contract.
    name: &'static str,
    label_zh: &'static str,
    label_en: &'static str,
    /// What the newest rows are found by.
    time_column: Option<&'static str>,
    columns: &'static [SourceColumn],
    /// The snapshot that holds all of it.
    dataset: Option<Dataset>,
    configured: fn(&TableNames) -> &str,
}

static TABLES: [Browsable; 7] = [
    Browsable {
        name: "DW_MES_LOT_V",
        label_zh: "在製品",
        label_en: "Work in progress",
        time_column: Some("SYS_DATE"),
        columns: LOT_COLUMNS,
        dataset: Some(Dataset::Wip),
        configured: |names| &names.lots,
    },
    Browsable {
        name: "DW_MES_RESOURCE",
        label_zh: "設備主檔",
        label_en: "Equipment master",
        time_column: Some("LASTCHANGEDATE"),
        columns: RESOURCE_COLUMNS,
        dataset: Some(Dataset::Resource),
        configured: |names| &names.resources,
    },
    Browsable {
        name: "DW_MES_EQUIPMENTSTATUS_WIP_V",
        label_zh: "設備即時狀態",
        label_en: "Real-time equipment status",
        time_column: None,
        columns: EQUIPMENT_STATUS_COLUMNS,
        dataset: Some(Dataset::Equipment),
        configured: |names| &names.equipment_status,
    },
    Browsable {
        name: "DW_MES_SPEC_WORKCENTER_V",
        label_zh: "站點對照",
        label_en: "Workcenter mapping",
        time_column: None,
        columns: WORKCENTER_COLUMNS,
        dataset: Some(Dataset::Workcenter),
        configured: |names| &names.workcenters,
    },
    Browsable {
        name: "DW_MES_RESOURCESTATUS_SHIFT",
        label_zh: "設備狀態時數",
        label_en: "Status hours by shift",
        time_column: Some("TXNDATE"),
        columns: SHIFT_HOURS_COLUMNS,
        dataset: None,
        configured: |names| &names.shift_hours,
    },
    Browsable {
        name: "DW_MES_JOB",
        label_zh: "維修工單",
        label_en: "Maintenance jobs",
        time_column: Some("CREATEDATE"),
        columns: JOB_COLUMNS,
        dataset: None,
        configured: |names| &names.jobs,
    },
    Browsable {
        name: "DW_MES_JOBTXNHISTORY",
        label_zh: "維修工單歷程",
        label_en: "Transactions of maintenance jobs",
        time_column: Some("TXNDATE"),
        columns: JOB_TRANSACTION_COLUMNS,
        dataset: None,
        configured: |names| &names.job_transactions,
    },
];

impl Browsable {
    fn named(name: &str) -> Result<&'static Self, ApiError> {
        TABLES.iter().find(|table| table.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
            ApiError::not_allowed("table_name", name, &names.join(", "))
        })
    }

    fn column_names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// The contract's column of this name.
    fn column(&self, parameter: &str, name: &str) -> Result<&'static str, ApiError> {
        let found = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        found
            .map(|column| column.name)
            .ok_or_else(|| ApiError::not_allowed(parameter, name, &self.column_names().join(", ")))
    }
}

/// A table of the browser.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableInfo {
    /// Its name, for the other endpoints.
    name: &'static str,
    /// What it holds, in Chinese.
    label_zh: &'static str,
    /// What it holds, in English.
    label_en: &'static str,
    /// Column that sorts the newest rows first; null when rows have no time.
    time_field: Option<&'static str>,
    /// Columns that can be shown and filtered.
    columns: Vec<&'static str>,
    /// How many rows it has; absent while that isn't known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    row_count: Option<RowCount>,
}

/// Tables of the browser
///
/// Tables that a snapshot holds have the rows of its last read. Others are counted at most every ten
/// minutes: PostgreSQL estimates large ones, SQLite counts up to two million rows.
#[utoipa::path(
    get,
    path = "/api/get_table_info",
    tag = "Tables",
    responses(
        (status = 200, description = "All of them", body = Success<Vec<TableInfo>>),
        ConstantFailures
    )
)]
pub async fn info(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let plant = app.snapshots.current();
    let described = |table: &'static Browsable| {
        let (app, plant) = (app.clone(), plant.clone());
        async move {
            let row_count = match table.dataset {
                Some(dataset) => of_snapshot(&plant, dataset),
                None => {
                    let name = (table.configured)(&app.tables).to_owned();
                    of_database(app, name).await
                }
            };
            TableInfo {
                name: table.name,
                label_zh: table.label_zh,
                label_en: table.label_en,
                time_field: table.time_column,
                columns: table.column_names(),
                row_count,
            }
        }
    };
    conditional.of_program(join_all(TABLES.iter().map(described)).await).await
}

/// Which table.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TableQuestion {
    /// A name of `/api/get_table_info`.
    table_name: String,
}

/// Columns of one table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableColumns {
    /// Those that the table really has.
    columns: Vec<&'static str>,
}

/// Columns that a table really has
///
/// Kept for `ROUTE_CACHE_TTL`: a column that was just added shows after that.
///
/// # Errors
/// The table is not in the browser, or the database is unavailable.
#[utoipa::path(
    post,
    path = "/api/get_table_columns",
    tag = "Tables",
    request_body = TableQuestion,
    responses(
        (
            status = 200,
            description = "Their names",
            body = Success<TableColumns>,
            headers(("X-Mes-Cache" = String, description = "Where it came from: `l1` this server's memory, `l2` the shared Redis, `miss` the database"))
        ),
        QueryFailures
    )
)]
pub async fn columns(
    State(app): State<AppState>,
    Body(TableQuestion { table_name }): Body<TableQuestion>,
) -> Result<Response, ApiError> {
    let table = Browsable::named(&table_name)?;
    let name = (table.configured)(&app.tables);
    let ask = || async {
        let query = TableQuery {
            table: name.to_owned(),
            contract: table.columns,
            conditions: Vec::new(),
            order: Vec::new(),
            limit: 0,
            offset: 0,
            reading: app.reading.clone(),
        };
        let asked = app
            .database
            .read("table_columns", |connection| table_query::read(connection, query.clone()));
        Ok(TableColumns { columns: asked.await?.columns })
    };
    cached(&app.route_cache, RouteKey::new("table_columns", &[], name), ask).await
}

/// Which rows of which table.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RowsQuestion {
    /// A name of `/api/get_table_info`.
    table_name: String,
    /// Literal texts by column, anywhere in the cell, ignoring case; all have to hold.
    filters: Option<BTreeMap<String, String>>,
    /// Column that sorts the newest rows first; that of the table when absent.
    time_field: Option<String>,
    /// Rows at most: 1 to 10,000, 1,000 when absent.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    limit: Clamped<1_000, 1, 10_000>,
}

/// Rows of a table.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is written row by row for the API description")]
pub struct TableRows {
    /// Columns, in the table's order.
    columns: Vec<&'static str>,
    /// One object per row; times as `YYYY-MM-DD HH:MM:SS`.
    #[schema(value_type = Vec<BTreeMap<String, FieldValue>>)]
    data: Vec<Map<String, Value>>,
    /// Number of rows in `data`.
    row_count: usize,
    /// Cells of these rows that can't be read, or were repaired.
    findings: Vec<Finding>,
}

/// Rows of a table, newest first
///
/// # Errors
/// The table or a column is not in the browser, or the database is unavailable.
#[utoipa::path(
    post,
    path = "/api/query_table",
    tag = "Tables",
    request_body = RowsQuestion,
    responses(
        (status = 200, description = "The rows", body = Success<TableRows>),
        QueryFailures
    )
)]
pub async fn rows(
    State(app): State<AppState>,
    conditional: Conditional,
    Body(asked): Body<RowsQuestion>,
) -> Result<Response, ApiError> {
    let table = Browsable::named(&asked.table_name)?;
    let mut conditions = Vec::new();
    for (name, text) in asked.filters.unwrap_or_default() {
        conditions.push(RowFilter::Contains(table.column("filters", &name)?, text));
    }
    let time = match asked.time_field {
        Some(name) => Some(table.column("time_field", &name)?),
        None => table.time_column,
    };
    let query = TableQuery {
        table: (table.configured)(&app.tables).to_owned(),
        contract: table.columns,
        conditions,
        order: time.map(|column| (column, Direction::Descending)).into_iter().collect(),
        limit: asked.limit.0,
        offset: 0,
        reading: app.reading.clone(),
    };
    let coding = conditional.coding(&SPOOL_CODINGS)?;
    let rows = JsonRows::ask(&app, "table_browser", query, true).await?;
    let beside = json!({ "row_count": rows.len(), "findings": rows.findings() });
    rows.answer(coding, &beside)
}
