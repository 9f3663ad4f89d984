//! Rows of the database as JSON, CSV or a workbook, written as they come.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use axum::http::HeaderMap;
use axum::response::Response;
use compute_core::quality::Finding;
use serde::Serialize;
use serde_json::Value;

use crate::app_state::AppState;
use crate::http::coding::Coding;
use crate::http::csv;
use crate::http::envelope::{FRAME_BEGIN, Meta, frame_end, json_bytes};
use crate::http::error::ApiError;
use crate::http::spool::{AnswerRoom, Held, HeldText, Packed, not_held};
use crate::http::workbook::Workbook;
use crate::table_query::{self, RowSink, TableQuery};

/// Text that rows are written to, until there is no room for more.
struct Lines {
    out: Packed,
    line: Vec<u8>,
    failed: Option<io::Error>,
    rows: usize,
}

impl Lines {
    fn in_room(room: &AnswerRoom) -> Result<Self, ApiError> {
        let out = Packed::in_room(room).map_err(|cause| not_held(&cause))?;
        Ok(Self { out, line: Vec::new(), failed: None, rows: 0 })
    }

    /// Sends what was written to `line` on its way.
    fn send(&mut self) -> ControlFlow<()> {
        let sent = self.out.write_all(&self.line);
        self.line.clear();
        self.failed = sent.err();
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn finish(mut self, end: &[u8]) -> Result<HeldText, ApiError> {
        if let Some(cause) = &self.failed {
            return Err(not_held(cause));
        }
        let written = self.out.write_all(end).and_then(|()| self.out.finish());
        written.map_err(|cause| not_held(&cause))
    }
}

/// Reads rows into a sink. A read that the database broke off is tried once more, into a new one.
///
/// # Errors
/// The database can't be asked, or there is no sink.
pub(super) async fn read_into<S: RowSink + 'static>(
    app: &AppState,
    holder: &'static str,
    query: &TableQuery,
    sink: impl Fn() -> Result<S, ApiError>,
) -> Result<S, ApiError> {
    let began = Instant::now();
    let (first, asked) = (sink()?, query.clone());
    let read = app
        .database
        .call(holder, move |connection| table_query::read_into(connection, asked, first))
        .await;
    let failure = match read {
        Ok(sink) => return Ok(sink),
        Err(failure) => failure,
    };
    let Some(left) = app.database.time_for_another_try(&failure, began) else {
        return Err(failure.into());
    };
    let (second, asked) = (sink()?, query.clone());
    let read = app
        .database
        .call_within(left, holder, move |connection| {
            table_query::read_into(connection, asked, second)
        })
        .await?;
    Ok(read)
}

/// Rows as a list of JSON objects in the envelope.
pub struct JsonRows {
    lines: Lines,
    /// Also lists the columns.
    with_columns: bool,
    /// Keys as written in every object, with quotes and colon.
    keys: Vec<Vec<u8>>,
    findings: Vec<Finding>,
}

impl JsonRows {
    /// Reads rows from the database, all of one moment.
    ///
    /// # Errors
    /// The database is unavailable, or the response exceeds the memory limit.
    pub async fn ask(
        app: &AppState,
        holder: &'static str,
        query: TableQuery,
        with_columns: bool,
    ) -> Result<Self, ApiError> {
        let sink = || {
            let lines = Lines::in_room(&app.answer_room)?;
            Ok(Self { lines, with_columns, keys: Vec::new(), findings: Vec::new() })
        };
        read_into(app, holder, &query, sink).await
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.rows
    }

    /// What was odd about cells of the rows.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The response: the rows, and `rest` beside them.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn answer(self, coding: Coding, rest: &impl Serialize) -> Result<Response, ApiError> {
        let rest = json_bytes(rest)?;
        let mut end = b"],".to_vec();
        // The fields of an object, and its closing brace.
        end.extend(rest.strip_prefix(b"{").unwrap_or(&rest));
        end.extend(frame_end(&Meta::now())?);
        self.lines.finish(&end)?.respond("application/json", coding)
    }
}

impl RowSink for JsonRows {
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()> {
        let quoted = |name: &&str| format!("{}:", Value::from(*name)).into_bytes();
        self.keys = columns.iter().map(quoted).collect();
        let line = &mut self.lines.line;
        line.extend(FRAME_BEGIN);
        line.push(b'{');
        if self.with_columns {
            let names: Vec<Value> = columns.iter().map(|name| Value::from(*name)).collect();
            line.extend(format!("\"columns\":{},", Value::from(names)).bytes());
        }
        line.extend(b"\"data\":[");
        self.lines.send()
    }

    fn row(&mut self, cells: &[Value]) -> ControlFlow<()> {
        let line = &mut self.lines.line;
        line.extend(if self.lines.rows == 0 { "{" } else { ",{" }.bytes());
        for (place, (key, cell)) in self.keys.iter().zip(cells).enumerate() {
            if place > 0 {
                line.push(b',');
            }
            line.extend(key);
            line.extend(cell.to_string().bytes());
        }
        line.push(b'}');
        self.lines.rows += 1;
        self.lines.send()
    }

    fn end(&mut self, findings: Vec<Finding>) {
        self.findings = findings;
    }
}

/// Nothing below the rows, for programs.
pub fn nothing(_: usize) -> Vec<Vec<Value>> {
    Vec::new()
}

/// Rows as CSV.
pub struct CsvRows(Lines);

impl CsvRows {
    /// No rows yet.
    ///
    /// # Errors
    /// There is no room for more files.
    pub fn in_room(room: &AnswerRoom) -> Result<Self, ApiError> {
        Lines::in_room(room).map(Self)
    }

    /// Reads rows from the database, all of one moment.
    ///
    /// # Errors
    /// The database can't be asked, or there is no room for the file.
    pub async fn ask(
        app: &AppState,
        holder: &'static str,
        query: TableQuery,
    ) -> Result<Self, ApiError> {
        let sink = || Self::in_room(&app.answer_room);
        read_into(app, holder, &query, sink).await
    }

    /// The file, with what stands below so many rows.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn answer(
        self,
        coding: Coding,
        headers: HeaderMap,
        below: impl FnOnce(usize) -> Vec<Vec<Value>>,
    ) -> Result<Response, ApiError> {
        let mut end = Vec::new();
        below(self.0.rows).iter().for_each(|line| csv::write_row(&mut end, line));
        let mut response = self.0.finish(&end)?.respond("text/csv; charset=utf-8", coding)?;
        response.headers_mut().extend(headers);
        Ok(response)
    }
}

impl RowSink for CsvRows {
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()> {
        self.0.line.extend(csv::header(columns));
        self.0.send()
    }

    fn row(&mut self, cells: &[Value]) -> ControlFlow<()> {
        csv::write_row(&mut self.0.line, cells);
        self.0.rows += 1;
        self.0.send()
    }
}

/// Rows as a workbook.
#[derive(Default)]
pub struct XlsxRows {
    workbook: Option<Workbook>,
    failed: Option<ApiError>,
    rows: usize,
}

impl XlsxRows {
    /// Reads rows from the database, all of one moment.
    ///
    /// # Errors
    /// The database can't be asked, or there is no room for the file.
    pub async fn ask(
        app: &AppState,
        holder: &'static str,
        query: TableQuery,
    ) -> Result<Self, ApiError> {
        read_into(app, holder, &query, || Ok(Self::default())).await
    }

    /// The file, with what stands below so many rows.
    ///
    /// # Errors
    /// There are too many rows, or there is no room for the file.
    pub async fn finish(
        self,
        room: &AnswerRoom,
        below: impl FnOnce(usize) -> Vec<Vec<Value>>,
    ) -> Result<Held, ApiError> {
        match (self.failed, self.workbook) {
            (Some(failed), _) => Err(failed),
            (None, Some(mut workbook)) => {
                workbook.add_below(&below(self.rows))?;
                workbook.finish(room).await
            }
            (None, None) => Err(ApiError::internal()),
        }
    }

    fn noted(&mut self, done: Result<(), ApiError>) -> ControlFlow<()> {
        self.failed = done.err();
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl RowSink for XlsxRows {
    fn begin(&mut self, columns: &[&'static str]) -> ControlFlow<()> {
        let begun = Workbook::new(columns).map(|workbook| self.workbook = Some(workbook));
        self.noted(begun)
    }

    fn row(&mut self, cells: &[Value]) -> ControlFlow<()> {
        let added = self.workbook.as_mut().map_or(Ok(()), |workbook| workbook.add(cells));
        self.rows += 1;
        self.noted(added)
    }
}
