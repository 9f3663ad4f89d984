//! PostgreSQL: cells are read as their text, so that any declaration of a
//! column reads alike.

use std::borrow::Cow;

use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tokio::sync::mpsc;

use super::cells::{BatchBuilder, Cell};
use super::copied_rows::{CopiedRows, Malformed};
use super::{Days, Selected, SourceReadError, failed, moment, quoted, row_text, select};
use crate::background;
use crate::catalogue::{Located, in_postgres};
use crate::charset::Charset;
use crate::raw_cells::{Declared, PostgresCells};
use crate::reading::{Raw, Reading};
use crate::snapshot::SourceRead;

/// Rows then come as the table holds them: one process reads it, from its beginning.
const IN_PLACE: &str = "set local synchronize_seqscans = off; \
     set local enable_indexonlyscan = off; set local max_parallel_workers_per_gather = 0";

/// The database's clock, in ms since 1970.
const NOW: &str = "select floor(extract(epoch from now()) * 1000)::int8";

/// How the rows come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transfer {
    /// One by one, in the binary form of their types.
    Rows,
    /// As text, in which times and numbers are what a cast gives, without its cost.
    Copy,
}

/// What is selected of a table, and what its cells are.
struct Selection {
    sql: String,
    selected: Selected,
    declared: Vec<Declared>,
    charset: Charset,
}

/// Prepares a read inside the transaction of [`crate::database::begin`], which has moments written as
/// ISO texts of the plant's zone.
async fn selection(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
    days: Option<Days>,
    transfer: Transfer,
) -> Result<Selection, SourceReadError> {
    let failed = failed(table);
    let located = in_postgres(connection, table).await.map_err(&failed)?;
    let selected = select(&located, contract)?;
    // The whole of one table is read in place, without being sorted.
    let is_in_place = days.is_none() && located.order == Some("ctid");
    if is_in_place || located.is_order_hidden {
        sqlx::raw_sql(IN_PLACE).execute(&mut *connection).await.map_err(&failed)?;
    }
    let declared: Vec<Declared> = selected
        .iter()
        .map(|(_, name)| name.as_deref().and_then(|name| located.column(name)))
        .map(|found| found.map_or(Declared::Text, |column| column.declared))
        .collect();
    let charset = located.charset;
    let is_bare = |declared| {
        let prints_its_text = matches!(declared, Declared::Moment | Declared::Number);
        transfer == Transfer::Copy && prints_its_text && !charset.is_decoded_here()
    };
    let columns: Vec<String> = selected
        .iter()
        .zip(&declared)
        .map(|((_, name), declared)| match name {
            None => charset.cell("null::text"),
            Some(name) if is_bare(*declared) => quoted(name),
            Some(name) => charset.cell(&format!("{}::text", quoted(name))),
        })
        .collect();
    // Names come from the database's own catalogue and are quoted.
    let condition = days.map(|days| of_days(&days, &located)).unwrap_or_default();
    let order = located.order.filter(|_| !is_in_place);
    let order = order.map(|order| format!(" order by {order}")).unwrap_or_default();
    let sql = format!("select {} from {}{condition}{order}", columns.join(", "), located.sql);
    Ok(Selection { sql, selected, declared, charset })
}

async fn database_now(
    connection: &mut PgConnection,
    table: &str,
) -> Result<Timestamp, SourceReadError> {
    let now = sqlx::raw_sql(NOW).fetch_one(connection).await;
    moment(table, now.and_then(|row| row.try_get(0)))
}

/// Reads a table row by row over a connection that others use afterwards.
pub(super) async fn read(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
    days: Option<Days>,
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let Selection { sql, selected, declared, charset } =
        selection(connection, table, contract, days, Transfer::Rows).await?;
    let database_now = database_now(connection, table).await?;
    let mut builder = BatchBuilder::new(&selected, reading, database_now);
    let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(&mut *connection);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        let cells = PostgresCells::of(&row, charset, declared.len()).map_err(&failed)?;
        let cell = |place| cells.raw(declared[place], place).map(Cell::Raw);
        builder.push(cell).map_err(&failed)?;
    }
    drop(rows);
    Ok(builder.finish())
}

/// Bytes that are handed to the thread that reads them.
const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that wait for it, so that neither side waits for a short pause of the other.
const CHUNKS: usize = 4;

/// Reads a whole table as the database copies it, for large tables. The connection must be closed
/// afterwards: sqlx loses its place in the messages of a copy that fails.
pub(super) async fn read_copy(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let Selection { sql, selected, declared, charset } =
        selection(connection, table, contract, None, Transfer::Copy).await?;
    let database_now = database_now(connection, table).await?;
    let builder = BatchBuilder::new(&selected, reading, database_now);
    let (chunks, arriving) = mpsc::channel(CHUNKS);
    let read = background::run("table", move || read_chunks(arriving, builder, &declared, charset));
    let copied = copy(connection, &sql, chunks).await;
    let read = read.await;
    copied.map_err(&failed)?;
    match read {
        Some(read) => read.map_err(|malformed| failed(malformed.into())),
        None => Err(failed(sqlx::Error::WorkerCrashed)),
    }
}

/// Hands the rows of a query on, in chunks, until the last row or until no further one is wanted.
async fn copy(
    connection: &mut PgConnection,
    sql: &str,
    chunks: mpsc::Sender<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    let mut messages = connection.copy_out_raw(&format!("copy ({sql}) to stdout")).await?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    while let Some(message) = messages.try_next().await? {
        if chunk.len() + message.len() > CHUNK_BYTES && !chunk.is_empty() {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK_BYTES));
            if chunks.send(full).await.is_err() {
                return Ok(());
            }
        }
        chunk.extend_from_slice(&message);
    }
    // Without a receiver there is an error to report instead.
    let _ = chunks.send(chunk).await;
    Ok(())
}

fn read_chunks(
    mut arriving: mpsc::Receiver<Vec<u8>>,
    mut builder: BatchBuilder,
    declared: &[Declared],
    charset: Charset,
) -> Result<SourceRead, Malformed> {
    let mut rows = CopiedRows::new(declared.len());
    while let Some(chunk) = arriving.blocking_recv() {
        rows.push(&chunk, |row| {
            if charset.is_decoded_here() {
                let decoded = |place| row.cell(place).map(|hex| decoded(charset, hex));
                let texts: Vec<Option<Option<String>>> = (0..declared.len()).map(decoded).collect();
                builder.push(|place| {
                    Ok(Cell::Raw(match &texts[place] {
                        Some(None) => Raw::Bytes,
                        Some(Some(text)) => declared[place].raw(Some(text)),
                        None => Raw::Null,
                    }))
                })
            } else {
                builder.push(|place| {
                    let bytes = row.cell(place);
                    Ok(bytes
                        .map_or(Cell::Raw(Raw::Null), |bytes| Cell::Bytes(declared[place], bytes)))
                })
            }
        })?;
    }
    rows.finish()?;
    Ok(builder.finish())
}

/// The text of bytes that are written as `\x` and hexadecimal digits; `None` when they are none.
fn decoded(charset: Charset, hex: &[u8]) -> Option<String> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
    let pairs = hex.strip_prefix(b"\\x")?.chunks_exact(2);
    let bytes: Vec<u8> = pairs.map(byte).collect::<Option<_>>()?;
    charset.decode(&bytes).map(Cow::into_owned)
}

/// Leaves out what is plainly a moment of another day: moments, and texts that begin with
/// `YYYY-MM-DD`, which compare as days do.
fn of_days(days: &Days, located: &Located) -> String {
    let found = located.column(days.column);
    let (cell, Days { first, end, .. }) =
        (quoted(found.map_or(days.column, |column| &column.name)), days);
    if found.is_some_and(|column| column.declared == Declared::Moment) {
        // A time is compared bare, so that an index on the column serves.
        return format!(
            " where {cell} is null or {cell} in ('infinity', '-infinity') \
             or ({cell} >= '{first}'::timestamp and {cell} < '{end}'::timestamp)"
        );
    }
    let text = format!("({cell}::text collate \"C\")");
    format!(
        " where {cell} is null or {text} !~ '^[0-9]{{4}}-[01][0-9]-[0-3][0-9]' \
         or ({text} >= '{first}' and {text} < '{end}')"
    )
}

pub(super) async fn stamp(
    connection: &mut PgConnection,
    table: &str,
    watched: &[&str],
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let located = in_postgres(connection, table).await.map_err(&failed)?;
    let row = row_text(watched, &located, |name| format!("{name}::text"));
    // A sum of hashes, so that the order of rows doesn't matter; to the letter, whatever collations
    // the columns have.
    let sql = format!(
        "select count(*) || '/' || coalesce(sum(hashtextextended(({row}) collate \"C\", 0)::numeric), 0) from {}",
        located.sql
    );
    let asked = sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false);
    asked.fetch_one(connection).await.map_err(&failed)
}
