//! Bounded reads of rows of a source table, for what the snapshots don't hold.
//!
//! Table and column names never come from a caller: they are those of the settings and of the
//! source contract, looked up in the database's own catalogue. Everything else is bound.
//!
//! Cells are read by [`crate::reading`], as snapshots are, and conditions hold for what it reads:
//! an id is found with blanks around it in the table, a time in any spelling.

mod rows;
mod spellings;
mod sqlite;
mod postgres;
mod hours;
mod count;

use std::ops::ControlFlow;

use compute_core::quality::Finding;
use compute_core::source_contract::{SourceColumn, SourceKind, Storage, key_column};
use serde_json::Value;

use crate::catalogue::{Located, quoted};
use crate::database::{Answer, Connection};
use crate::raw_cells::Declared;
use crate::reading::{Raw, Reading};

pub use count::{Accuracy, Counted, count};
pub use hours::{
    DayRead, DaysChecked, DaysRead, Fingerprint, HoursQuery, HoursRead, check_days, has_hours,
    read_days, read_hours,
};

/// What a row has to fulfil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFilter {
    /// A literal text anywhere in the cell, ignoring case.
    Contains(&'static str, String),
    /// The cell is one of these texts.
    OneOf(&'static str, Vec<String>),
    /// The cell's time is this one or later: `YYYY-MM-DD HH:MM:SS`.
    From(&'static str, String),
    /// The cell's time is earlier.
    Before(&'static str, String),
}

impl RowFilter {
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
pub struct TableQuery {
    /// Table or view; `schema.table` is possible.
    pub table: String,
    /// The table's columns; missing ones are omitted from the result.
    pub contract: &'static [SourceColumn],
    /// All have to hold.
    pub conditions: Vec<RowFilter>,
    /// Order by order.
    pub order: Vec<(&'static str, Direction)>,
    /// Rows at most.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
    /// How cells are read.
    pub reading: Reading,
}

/// Rows as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names of the contract.
    pub columns: Vec<&'static str>,
    /// One list of cells a row; times as `YYYY-MM-DD HH:MM:SS`.
    pub rows: Vec<Vec<Value>>,
    /// What was odd about cells of these rows.
    pub findings: Vec<Finding>,
}

/// Takes the rows of a result one by one, so that they are never in memory together.
///
/// What goes wrong with the taker is no failure of the database: it keeps that to itself and stops.
pub trait RowSink: Send {
    /// The columns of the rows that follow.
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()>;
    /// The next row.
    fn row(&mut self, cells: &[Value]) -> ControlFlow<()>;
    /// What was odd about cells of the rows; comes last.
    fn end(&mut self, _findings: Vec<Finding>) {}
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

    fn end(&mut self, findings: Vec<Finding>) {
        self.findings = findings;
    }
}

/// A column that the table has: as the contract and as the database have it.
#[derive(Clone, Debug)]
struct Found {
    contract: SourceColumn,
    /// Quoted.
    sql: String,
    /// Text in SQLite, where every cell has a type of its own.
    declared: Declared,
}

impl Found {
    /// Whether the column's type orders its cells, so that SQL compares them.
    fn is_typed(&self) -> bool {
        match self.contract.kind {
            SourceKind::Moment => self.declared == Declared::Moment,
            kind if kind.storage() == Storage::Text => true,
            _ => self.declared == Declared::Number,
        }
    }
}

/// The columns of the contract that the table has, in the contract's order.
fn matched(query: &TableQuery, located: &Located) -> Vec<Found> {
    let found = |contract: &SourceColumn| {
        let known = located.column(contract.name)?;
        let (sql, declared) = (quoted(&known.name), known.declared);
        Some(Found { contract: *contract, sql, declared })
    };
    query.contract.iter().filter_map(found).collect()
}

/// The column whose moments select the rows.
fn dated<'f>(query: &TableQuery, found: &'f [Found]) -> Option<&'f Found> {
    query.conditions.iter().find_map(|condition| match condition {
        RowFilter::From(name, _) | RowFilter::Before(name, _) => of(found, name),
        RowFilter::Contains(..) | RowFilter::OneOf(..) => None,
    })
}

/// Rows that no range of moments holds, because they have none that can be read; with the key and the
/// cell of one of them.
struct Undated {
    column: &'static str,
    rows: u64,
    key: Option<String>,
    value: Option<String>,
}

impl Undated {
    fn new(column: &Found, rows: i64, key: Raw<'_>, value: Raw<'_>) -> Self {
        let text = |raw| match raw {
            Raw::Text(text) | Raw::Number(text) => Some(text.to_owned()),
            _ => None,
        };
        let (key, value) = (text(key), text(value));
        Self { column: column.contract.name, rows: rows.unsigned_abs(), key, value }
    }
}

/// The conditions of a query except those about the moments of `dated`; `None` when SQL can't
/// express them.
fn others<D: Dialect>(
    dialect: &D,
    query: &TableQuery,
    found: &[Found],
    dated: &Found,
    parameters: &mut Parameters,
) -> Option<Vec<String>> {
    let is_other = |condition: &&RowFilter| match condition {
        RowFilter::From(name, _) | RowFilter::Before(name, _) => *name != dated.contract.name,
        RowFilter::Contains(..) | RowFilter::OneOf(..) => true,
    };
    let conditions = query.conditions.iter().filter(is_other);
    conditions
        .map(|condition| decided(dialect, of(found, condition.column()), condition, parameters))
        .collect()
}

/// The column that names a row.
fn key<'f>(query: &TableQuery, found: &'f [Found]) -> Option<&'f Found> {
    of(found, key_column(query.contract)?.name)
}

fn of<'f>(found: &'f [Found], name: &str) -> Option<&'f Found> {
    found.iter().find(|column| column.contract.name == name)
}

/// A value that is bound.
#[derive(Clone, Debug, PartialEq)]
enum Bound {
    Text(String),
    Texts(Vec<String>),
    Places(Vec<i64>),
}

/// Values in the order in which they are bound.
#[derive(Clone, Debug, Default)]
struct Parameters(Vec<Bound>);

impl Parameters {
    /// Its placeholder, which is the same in both databases.
    fn bind(&mut self, value: Bound) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }
}

/// The syntax that differs between the two databases.
trait Dialect {
    /// The cell as its text.
    fn text(column: &Found) -> String;
    /// Whether a literal text occurs in the cell, ignoring case; `None` when SQL can't decide.
    fn contains(&self, column: &Found, text: &str, parameters: &mut Parameters) -> Option<String>;
    /// Whether the cell is one of some ids.
    fn one_of(&self, column: &Found, ids: &[String], parameters: &mut Parameters) -> String;
    /// Whether the cell is spelled like this.
    fn spelled(column: &Found, spellings: Vec<String>, parameters: &mut Parameters) -> String;
    /// The cell compared with a time; `None` when SQL can't decide.
    fn compared(
        column: &Found,
        operator: &str,
        time: &str,
        parameters: &mut Parameters,
    ) -> Option<String>;
}

/// The condition as SQL; `None` when only the policy can decide.
fn decided<D: Dialect>(
    dialect: &D,
    column: Option<&Found>,
    condition: &RowFilter,
    parameters: &mut Parameters,
) -> Option<String> {
    // A column that is not there is NULL in every row, which fulfils nothing.
    let Some(column) = column else { return Some("1 = 0".to_owned()) };
    match condition {
        RowFilter::Contains(_, text) => {
            if column.is_typed() {
                dialect.contains(column, text, parameters)
            } else {
                None
            }
        }
        RowFilter::OneOf(_, ids) => Some(dialect.one_of(column, ids, parameters)),
        RowFilter::From(_, time) => D::compared(column, ">=", time, parameters),
        RowFilter::Before(_, time) => D::compared(column, "<", time, parameters),
    }
}

fn joined(conditions: &[String]) -> String {
    if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" and ") }
}

/// Reads rows into `sink`, of one moment of the database; to be passed to
/// [`crate::database::Database::call`].
pub fn read_into<'c, S: RowSink + 'c>(
    connection: Connection<'c>,
    query: TableQuery,
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
pub fn read<'c>(connection: Connection<'c>, query: TableQuery) -> Answer<'c, Rows> {
    read_into(connection, query, Rows::default())
}
