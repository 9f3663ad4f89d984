//! Bounded reads of rows of a source table, for what the snapshots don't hold.
//!
//! Table and column names never come from a caller: they are those of the settings and of the
//! source contract, looked up in the database's own catalogue. Everything else is bound.

mod hours;
mod postgres;
mod sqlite;

use std::ops::ControlFlow;

use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, JOB_COLUMNS, JOB_TRANSACTION_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS,
    SHIFT_HOURS_COLUMNS, SourceKind, Storage, WORKCENTER_COLUMNS,
};
use serde_json::Value;

use crate::catalogue::{Located, quoted};
use crate::database::{Answer, Connection};

pub use hours::{HoursQuery, HoursRead, read_hours};

/// What a row has to fulfil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A literal text anywhere in the cell, ignoring case.
    Contains(&'static str, String),
    /// The cell is one of these texts.
    OneOf(&'static str, Vec<String>),
    /// The cell's time is this one or later: `YYYY-MM-DD HH:MM:SS`.
    From(&'static str, String),
    /// The cell's time is earlier.
    Before(&'static str, String),
}

impl Condition {
    fn column(&self) -> &'static str {
        match self {
            Self::Contains(column, _)
            | Self::OneOf(column, _)
            | Self::From(column, _)
            | Self::Before(column, _) => column,
        }
    }
}

/// Direction of an order; NULL comes last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "asc nulls last",
            Self::Descending => "desc nulls last",
        }
    }
}

/// A read of some rows.
#[derive(Clone, Debug)]
pub struct RowQuery {
    /// Table or view; `schema.table` is possible.
    pub table: String,
    /// Columns of the contract; those that the table lacks are left out of the answer.
    pub columns: Vec<&'static str>,
    /// All have to hold.
    pub conditions: Vec<Condition>,
    /// Order by order.
    pub order: Vec<(&'static str, Direction)>,
    /// Rows at most.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
}

/// Rows as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names of the contract.
    pub columns: Vec<&'static str>,
    /// One list of cells a row; times as `YYYY-MM-DD HH:MM:SS`.
    pub rows: Vec<Vec<Value>>,
}

/// Takes the rows of an answer one by one, so that they never are in memory together.
///
/// What goes wrong with the taker is no failure of the database: it keeps that to itself and stops.
pub trait RowSink: Send {
    /// The columns of the rows that follow.
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()>;
    /// The next row.
    fn row(&mut self, cells: &[Value]) -> ControlFlow<()>;
}

impl RowSink for Rows {
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()> {
        self.columns = columns.to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Value]) -> ControlFlow<()> {
        self.rows.push(cells.to_vec());
        ControlFlow::Continue(())
    }
}

/// A column that the table has: its name in the contract and in the database.
struct Found {
    name: &'static str,
    /// Quoted.
    sql: String,
    /// Declared as a date or a time.
    is_time: bool,
    /// Text in the contract, whatever it is declared as: the digits of an id are no number.
    is_text: bool,
}

/// Whether the contract has this column as a text.
fn is_text(name: &str) -> bool {
    let tables = [
        LOT_COLUMNS,
        RESOURCE_COLUMNS,
        EQUIPMENT_STATUS_COLUMNS,
        WORKCENTER_COLUMNS,
        SHIFT_HOURS_COLUMNS,
        JOB_COLUMNS,
        JOB_TRANSACTION_COLUMNS,
    ];
    let column = tables.into_iter().flatten().find(|column| column.name == name);
    column.is_some_and(|column| {
        column.kind.storage() == Storage::Text && column.kind != SourceKind::Moment
    })
}

/// The columns of the query that the table has; a condition on one that it lacks is the caller's
/// business, because the contract requires it.
fn matched(query: &RowQuery, located: &Located) -> Vec<Found> {
    let mut wanted = query.columns.clone();
    let others = query.conditions.iter().map(Condition::column);
    wanted.extend(others.chain(query.order.iter().map(|(column, _)| *column)));
    let mut found: Vec<Found> = Vec::new();
    for name in wanted {
        if found.iter().any(|column| column.name == name) {
            continue;
        }
        if let Some(column) = located.column(name) {
            let (sql, is_time, is_text) = (quoted(&column.name), column.is_time, is_text(name));
            found.push(Found { name, sql, is_time, is_text });
        }
    }
    found
}

/// What the two databases say differently.
trait Dialect {
    /// Cells are converted after the rows have been chosen: they would else be for every row of the
    /// table before it is put in order.
    const CONVERTS_LATE: bool;
    /// A parameter: its place in the order of binding, from 1.
    fn parameter(place: usize) -> String;
    /// The cell as the answer shows it.
    fn shown(column: &Found) -> String;
    /// Whether a bound literal text occurs in the cell.
    fn contains(column: &Found, parameter: &str) -> String;
    /// Whether the cell is in a bound list.
    fn one_of(column: &Found, parameter: &str) -> String;
    /// The cell compared with a bound time.
    fn compared(column: &Found, operator: &str, parameter: &str) -> String;
}

/// The statement, and the conditions in the order in which they are bound.
fn statement<'q, D: Dialect>(
    query: &'q RowQuery,
    table: &str,
    found: &[Found],
) -> (String, Vec<&'static str>, Vec<&'q Condition>) {
    let of = |name: &str| found.iter().find(|column| column.name == name);
    let shown: Vec<&Found> = query.columns.iter().filter_map(|name| of(name)).collect();
    let mut conditions = Vec::new();
    let mut bound = Vec::new();
    for condition in &query.conditions {
        let parameter = D::parameter(bound.len() + 1);
        // A column that is not there is NULL in every row, which fulfils nothing.
        conditions.push(match (of(condition.column()), condition) {
            (None, _) => "1 = 0".to_owned(),
            (Some(column), condition) => {
                bound.push(condition);
                match condition {
                    Condition::Contains(..) => D::contains(column, &parameter),
                    Condition::OneOf(..) => D::one_of(column, &parameter),
                    Condition::From(..) => D::compared(column, ">=", &parameter),
                    Condition::Before(..) => D::compared(column, "<", &parameter),
                }
            }
        });
    }
    let listed = |columns: Vec<String>| {
        if columns.is_empty() { "null".to_owned() } else { columns.join(", ") }
    };
    let columns = listed(shown.iter().map(|column| D::shown(column)).collect());
    let wheres = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" and ") };
    let order: Vec<String> = query
        .order
        .iter()
        .filter_map(|(name, direction)| Some(format!("{} {}", of(name)?.sql, direction.sql())))
        .collect();
    let order =
        if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
    let (limit, offset) = (query.limit, query.offset);
    let chosen = format!("from {table} where {wheres}{order} limit {limit} offset {offset}");
    let sql = if D::CONVERTS_LATE {
        let bare = listed(found.iter().map(|column| column.sql.clone()).collect());
        // The order that the rows have already costs nothing.
        format!("select {columns} from (select {bare} {chosen}) chosen{order}")
    } else {
        format!("select {columns} {chosen}")
    };
    (sql, shown.iter().map(|column| column.name).collect(), bound)
}

/// Reads rows into `sink`, of one moment of the database; to be passed to
/// [`crate::database::Database::call`].
pub fn read_into<'c, S: RowSink + 'c>(
    connection: Connection<'c>,
    query: RowQuery,
    mut sink: S,
) -> Answer<'c, S> {
    Box::pin(async move {
        match connection {
            Connection::Sqlite(connection) => sqlite::read(connection, &query, &mut sink).await,
            Connection::Postgres(connection) => postgres::read(connection, &query, &mut sink).await,
        }?;
        Ok(sink)
    })
}

/// Reads a few rows; to be passed to [`crate::database::Database::call`].
pub fn read<'c>(connection: Connection<'c>, query: RowQuery) -> Answer<'c, Rows> {
    read_into(connection, query, Rows::default())
}
