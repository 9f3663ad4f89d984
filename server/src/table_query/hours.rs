//! Status hours of a range of days. The database adds up the rows whose times and hours are written
//! plainly, by machine, day and state: a year of shifts of a large plant has far more rows than
//! sums. All other rows come one by one through the reading policy.

mod fingerprint;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{Float64Builder, Int64Builder, StringBuilder},
};
use compute_core::history::{Day, ROWS};
use compute_core::quality::Ledger;
use compute_core::source_contract::SHIFT_HOURS_COLUMNS;
use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row};

use super::{Parameters, postgres, sqlite};
use crate::catalogue::{Located, in_postgres, in_sqlite, quoted};
use crate::charset::Charset;
use crate::database::unreadable::Unreadable;
use crate::database::{Answer, Connection};
use crate::raw_cells::{Declared, PostgresCells, of_sqlite};
use crate::reading::{Raw, Reading, TableReader, Value};
pub use fingerprint::Fingerprint;
use fingerprint::{Marks, weight_of};
use split::{Places, Split, UNITS_PER_HOUR, of_cells, of_columns};

/// Which hours.
#[derive(Clone, Debug)]
pub struct HoursQuery {
    /// Table or view; `schema.table` is possible.
    pub table: String,
    /// First day.
    pub first: Day,
    /// The day after the last.
    pub end: Day,
    /// How cells are read.
    pub reading: Reading,
}

/// The hours of a range as they were read.
#[derive(Clone, Debug)]
pub struct HoursRead {
    /// Sums by machine, day and state, in the columns of `DW_MES_RESOURCESTATUS_SHIFT`, and the number
    /// of rows that each stands for in [`ROWS`].
    pub batch: RecordBatch,
    /// What was unreadable, out of range or repaired.
    pub ledger: Ledger,
}

/// The hours of some days, each by itself.
#[derive(Clone, Debug)]
pub struct DaysRead {
    /// The days that have rows.
    pub days: BTreeMap<Day, DayRead>,
    /// Rows without a day that can be read, which are of every range.
    pub undated: HoursRead,
    /// The day on the database's clock; `None` where it has none of its own.
    pub today: Option<Day>,
}

/// The hours of one day.
#[derive(Clone, Debug)]
pub struct DayRead {
    pub hours: HoursRead,
    /// Changes when rows of the day do.
    pub fingerprint: Fingerprint,
}

/// The fingerprints of some days.
#[derive(Clone, Debug)]
pub struct DaysChecked {
    /// The days that have rows.
    pub days: BTreeMap<Day, Fingerprint>,
    /// The day on the database's clock; `None` where it has none of its own.
    pub today: Option<Day>,
}

/// A column as the database has it: quoted, and what it is declared as.
type Spelled = (String, Declared);

/// The columns that hours are made of.
const COLUMNS: [&str; 4] = ["HISTORYID", "TXNDATE", "OLDSTATUSNAME", "HOURS"];

/// Columns of the table as the database spells them.
///
/// # Errors
/// A column is not there, or must not be read.
fn spelled(located: &Located) -> Result<[Spelled; 4], Unreadable> {
    located.require(COLUMNS)?;
    Ok(COLUMNS.map(|name| {
        let column = located.column(name);
        column.map_or((quoted(name), Declared::Text), |column| {
            (quoted(&column.name), column.declared)
        })
    }))
}

/// A sum of the database: it stands for so many rows, whose hours together are these units.
#[derive(Clone, Copy)]
struct Sum {
    rows: u64,
    units: Option<i64>,
    /// A number that follows from the machine's name.
    weight: i64,
}

/// What is kept of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// The rows, all together.
    Range,
    /// The rows and their fingerprint, each day by itself.
    Days,
    /// The fingerprint of each day.
    Fingerprints,
}

/// Rows of `DW_MES_RESOURCESTATUS_SHIFT`.
struct Collected<'q> {
    query: &'q HoursQuery,
    first: String,
    end: String,
    keep: Keep,
    /// By day; rows without one, and all rows of [`Keep::Range`], are under `None`.
    parts: BTreeMap<Option<Day>, Part>,
}

/// Rows that are kept together.
struct Part {
    reader: TableReader,
    machines: StringBuilder,
    times: StringBuilder,
    states: StringBuilder,
    hours: Float64Builder,
    rows: Int64Builder,
    marks: Marks,
}

impl Part {
    fn new(reading: &Reading) -> Self {
        let contract = |name: &&str| SHIFT_HOURS_COLUMNS.iter().find(|column| column.name == *name);
        Self {
            reader: TableReader::new(COLUMNS.iter().filter_map(contract).copied(), reading),
            machines: StringBuilder::new(),
            times: StringBuilder::new(),
            states: StringBuilder::new(),
            hours: Float64Builder::new(),
            rows: Int64Builder::new(),
            marks: Marks::default(),
        }
    }

    fn finish(mut self) -> Result<(HoursRead, Fingerprint), sqlx::Error> {
        let mut ledger = Ledger::default();
        // No kind of these columns waits for the end of its column.
        self.reader.finish(&mut ledger);
        let arrays: [ArrayRef; 5] = [
            Arc::new(self.machines.finish()),
            Arc::new(self.times.finish()),
            Arc::new(self.states.finish()),
            Arc::new(self.hours.finish()),
            Arc::new(self.rows.finish()),
        ];
        let columns =
            COLUMNS.into_iter().chain([ROWS]).zip(arrays).map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|cause| sqlx::Error::Decode(cause.into()))?;
        Ok((HoursRead { batch, ledger }, self.marks.fingerprint()))
    }
}

impl<'q> Collected<'q> {
    fn new(query: &'q HoursQuery, keep: Keep) -> Self {
        let (first, end) = (query.first.to_string(), query.end.to_string());
        Self { query, first, end, keep, parts: BTreeMap::new() }
    }

    /// Takes a row: its cells in the order of [`COLUMNS`]. With `sum` it stands for several rows; its
    /// cell of hours is not looked at.
    fn take<'a>(
        &mut self,
        sum: Option<Sum>,
        cell: impl Fn(usize) -> Result<Raw<'a>, sqlx::Error>,
    ) -> Result<(), sqlx::Error> {
        // Rows of other days are none of this range's, whatever their other cells are; rows without a
        // day are of every range.
        let moment = self.query.reading.moment(cell(1)?).ok().flatten();
        if moment.as_ref().is_some_and(|time| **time < *self.first || **time >= *self.end) {
            return Ok(());
        }
        let day = match (moment, cell(1)?) {
            (Some(time), _) => Day::parse(&time),
            (None, Raw::Text(day)) if sum.is_some() => sorted_under(day),
            _ => None,
        };
        let is_by_day = self.keep != Keep::Range;
        let day = day.filter(|_| is_by_day);
        let part = self.parts.entry(day).or_insert_with(|| Part::new(&self.query.reading));
        match sum {
            Some(Sum { rows, units, weight }) if is_by_day => {
                let weighted = i128::from(units.unwrap_or(0)) * i128::from(weight);
                part.marks.add(cell(2)?, rows, units.unwrap_or(0).into(), weighted);
            }
            None if is_by_day => {
                part.marks.add_row([cell(0)?, cell(1)?, cell(2)?, cell(3)?]);
            }
            _ => {}
        }
        if self.keep == Keep::Fingerprints {
            return Ok(());
        }
        let weight = sum.map_or(1, |sum| sum.rows);
        let cell = |place: usize| {
            if place == 3 && sum.is_some() { Ok(Raw::Null) } else { cell(place) }
        };
        part.rows.append_value(weight.try_into().unwrap_or(i64::MAX));
        let Part { reader, machines, times, states, hours, .. } = part;
        reader.row(weight, cell, |place, value| match (place, &value) {
            (0, Value::Text(text)) => machines.append_value(text),
            (0, _) => machines.append_null(),
            (1, Value::Text(text)) => times.append_value(text),
            (1, _) => times.append_null(),
            (2, Value::Text(text)) => states.append_value(text),
            (2, _) => states.append_null(),
            (_, value) => hours.append_option(match (sum, value) {
                (Some(sum), _) => sum.units.map(|units| units as f64 / UNITS_PER_HOUR),
                (None, Value::Decimal(number)) => Some(*number),
                (None, _) => None,
            }),
        })
    }

    /// Rows that are not kept apart, or those without a day.
    fn rest(&mut self) -> Result<(HoursRead, Fingerprint), sqlx::Error> {
        let rest = self.parts.remove(&None);
        rest.unwrap_or_else(|| Part::new(&self.query.reading)).finish()
    }

    fn by_day(mut self, today: Option<Day>) -> Result<DaysRead, sqlx::Error> {
        let undated = self.rest()?.0;
        let mut days = BTreeMap::new();
        for (day, part) in self.parts {
            let (hours, fingerprint) = part.finish()?;
            days.extend(day.map(|day| (day, DayRead { hours, fingerprint })));
        }
        Ok(DaysRead { days, undated, today })
    }
}

/// Reads hours; to be passed to [`crate::database::Database::call`].
///
/// Hours are rounded to 1/10,000 h before they are added, so that no sum depends on its order.
pub fn read_hours<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, HoursRead> {
    Box::pin(async move {
        let mut collected = Collected::new(&query, Keep::Range);
        match connection {
            Connection::Sqlite(connection) => from_sqlite(connection, &mut collected).await?,
            Connection::Postgres(connection) => from_postgres(connection, &mut collected).await?,
        }
        Ok(collected.rest()?.0)
    })
}

/// Reads hours, each day by itself; to be passed to [`crate::database::Database::call`].
pub fn read_days<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, DaysRead> {
    Box::pin(async move {
        let mut collected = Collected::new(&query, Keep::Days);
        let today = match connection {
            Connection::Sqlite(connection) => {
                from_sqlite(connection, &mut collected).await?;
                None
            }
            Connection::Postgres(connection) => {
                from_postgres(connection, &mut collected).await?;
                today(connection).await?
            }
        };
        collected.by_day(today)
    })
}

/// Whether rows may be of the range, found at the first of them; rows without a day don't count. To be
/// passed to [`crate::database::Database::call`].
pub fn has_hours<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, bool> {
    Box::pin(async move {
        match connection {
            Connection::Sqlite(connection) => {
                let located = in_sqlite(connection, &query.table).await?;
                let [_, time, _, hours] = spelled(&located)?.map(|(sql, _)| sql);
                let mut parameters = Parameters::default();
                let (_, Places { in_range, .. }) = of_cells(&query, &time, &hours, &mut parameters);
                let sql = first_row(&located.sql, &in_range);
                let row = sqlite::bound(sql, parameters).fetch_one(connection).await?;
                row.try_get(0)
            }
            Connection::Postgres(connection) => {
                let InPostgres { table, split, parameters, .. } =
                    InPostgres::of(connection, &query).await?;
                let sql = first_row(&table, &split.plain);
                let row = postgres::bound(sql, parameters).fetch_one(connection).await?;
                row.try_get(0)
            }
        }
    })
}

fn first_row(table: &str, condition: &str) -> String {
    format!("select exists (select 1 from {table} where {condition})")
}

/// Counts and adds up the rows of each day, without reading them one by one; to be passed to
/// [`crate::database::Database::call`].
pub fn check_days<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, DaysChecked> {
    Box::pin(async move {
        match connection {
            // In the same process, sums by machine cost no more than sums by state.
            Connection::Sqlite(connection) => {
                let mut collected = Collected::new(&query, Keep::Fingerprints);
                from_sqlite(connection, &mut collected).await?;
                let parts = collected.parts.into_iter();
                let days = parts.filter_map(|(day, part)| Some((day?, part.marks.fingerprint())));
                Ok(DaysChecked { days: days.collect(), today: None })
            }
            Connection::Postgres(connection) => check_postgres(connection, &query).await,
        }
    })
}

/// The day whose ranges hold what is plainly written: it may be none, such as the 30th of February,
/// which is in the ranges of the last day before it.
fn sorted_under(text: &str) -> Option<Day> {
    let (month, of_month) = (text.get(..8)?, text.get(8..10)?.parse::<u8>().ok()?);
    (1..=of_month).rev().take(4).find_map(|day| Day::parse(&format!("{month}{day:02}")))
}

/// The day on the database's clock, in plant time.
async fn today(connection: &mut PgConnection) -> Result<Option<Day>, sqlx::Error> {
    let row = sqlx::query("select to_char(now(), 'YYYY-MM-DD')").persistent(false);
    let today: String = row.fetch_one(connection).await?.try_get(0)?;
    Ok(Day::parse(&today))
}

async fn from_sqlite(
    connection: &mut SqliteConnection,
    collected: &mut Collected<'_>,
) -> Result<(), sqlx::Error> {
    let query = collected.query;
    let mut transaction = connection.begin().await?;
    let located = in_sqlite(&mut transaction, &query.table).await?;
    let table = &located.sql;
    let [machine, time, state, hours] = spelled(&located)?.map(|(sql, _)| sql);
    let mut parameters = Parameters::default();
    let (split, Places { in_range, astray }) = of_cells(query, &time, &hours, &mut parameters);
    let Split { plain, other, day, units } = split;
    let sql = format!(
        // Whatever collations the columns have: names match to the letter.
        "select {machine} collate binary, {day}, {state} collate binary, \
           sum(cast(round({units}) as integer)), count(*) \
         from {table} where {plain} group by 1, 2, 3 order by 1, 2"
    );
    {
        let mut rows = sqlite::bound(sql, parameters.clone()).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            let (rows, units) = (row.try_get::<i64, _>(4)?.unsigned_abs(), row.try_get(3)?);
            let weight = weight_of(of_sqlite(&row, 0)?);
            collected.take(Some(Sum { rows, units, weight }), |place| of_sqlite(&row, place))?;
        }
    }
    // A look at each time once is far cheaper than one at each row. The limit, which is none, keeps
    // SQLite from moving the condition to the rows.
    let sql = format!(
        "select exists (select 1 from \
           (select distinct {time} collate binary as {time} from {table} limit -1) where {astray})"
    );
    let row = sqlite::bound(sql, parameters.clone()).fetch_one(&mut *transaction).await?;
    let everywhere: bool = row.try_get(0)?;
    let places = if everywhere { other } else { format!("{in_range} and {other}") };
    let sql = format!("select {machine}, {time}, {state}, {hours} from {table} where {places}");
    {
        let mut rows = sqlite::bound(sql, parameters).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            collected.take(None, |place| of_sqlite(&row, place))?;
        }
    }
    transaction.rollback().await
}

/// How PostgreSQL is asked for hours.
struct InPostgres {
    table: String,
    /// The cells of a row, as text of the connection.
    cells: [String; 4],
    declared: [Declared; 4],
    /// A number that follows from the machine's name.
    weight: String,
    charset: Charset,
    split: Split,
    parameters: Parameters,
}

impl InPostgres {
    async fn of(connection: &mut PgConnection, query: &HoursQuery) -> Result<Self, sqlx::Error> {
        let located = in_postgres(connection, &query.table).await?;
        let columns = spelled(&located)?;
        let mut parameters = Parameters::default();
        let split = of_columns(query, &columns, &mut parameters);
        let (declared, charset) =
            (columns.each_ref().map(|(_, declared)| *declared), located.charset);
        let weight = format!("coalesce(hashtext({}::text), 0)::int8", columns[0].0);
        // Whatever collations the columns have: names match to the letter.
        let cells = columns.map(|(sql, _)| charset.cell(&format!("({sql}::text collate \"C\")")));
        Ok(Self { table: located.sql, cells, declared, weight, charset, split, parameters })
    }

    fn other_rows(&self) -> String {
        let ([machine, time, state, hours], table) = (&self.cells, &self.table);
        format!(
            "select {machine}, {time}, {state}, {hours} from {table} where {}",
            self.split.other
        )
    }
}

async fn from_postgres(
    connection: &mut PgConnection,
    collected: &mut Collected<'_>,
) -> Result<(), sqlx::Error> {
    let asked = InPostgres::of(connection, collected.query).await?;
    let InPostgres { table, cells: [machine, _, state, _], declared, weight, charset, .. } = &asked;
    let Split { plain, day, units, .. } = &asked.split;
    let sql = format!(
        "select {machine}, {}, {state}, sum(round({units}))::int8, count(*), min({weight}) \
         from {table} where {plain} group by 1, 2, 3 order by 1, 2",
        charset.cell(day)
    );
    {
        let mut rows = postgres::bound(sql, asked.parameters.clone()).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let (rows, units) = (row.try_get::<i64, _>(4)?.unsigned_abs(), row.try_get(3)?);
            let sum = Sum { rows, units, weight: row.try_get(5)? };
            let cells = PostgresCells::of(&row, *charset, 3)?;
            collected.take(Some(sum), |place| cells.raw(declared[place], place))?;
        }
    }
    let mut rows =
        postgres::bound(asked.other_rows(), asked.parameters.clone()).fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let cells = PostgresCells::of(&row, *charset, 4)?;
        collected.take(None, |place| cells.raw(declared[place], place))?;
    }
    Ok(())
}

async fn check_postgres(
    connection: &mut PgConnection,
    query: &HoursQuery,
) -> Result<DaysChecked, sqlx::Error> {
    let asked = InPostgres::of(connection, query).await?;
    let InPostgres { table, cells: [_, _, state, _], declared, weight, charset, .. } = &asked;
    let Split { plain, day, units, .. } = &asked.split;
    let mut days: BTreeMap<Day, Marks> = BTreeMap::new();
    let sql = format!(
        "select {}, {state}, count(*), coalesce(sum(round({units})::int8), 0)::text, \
         coalesce(sum(round({units})::int8 * {weight}), 0)::text \
         from {table} where {plain} group by 1, 2",
        charset.cell(day)
    );
    {
        let mut rows = postgres::bound(sql, asked.parameters.clone()).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let whole = |place: usize| -> Result<i128, sqlx::Error> {
                let digits: &str = row.try_get(place)?;
                digits.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))
            };
            let cells = PostgresCells::of(&row, *charset, 2)?;
            let Raw::Text(day) = cells.raw(Declared::Text, 0)? else { continue };
            let Some(day) = sorted_under(day) else { continue };
            let rows = row.try_get::<i64, _>(2)?.unsigned_abs();
            let state = cells.raw(declared[2], 1)?;
            days.entry(day).or_default().add(state, rows, whole(3)?, whole(4)?);
        }
    }
    let (first, end) = (query.first.to_string(), query.end.to_string());
    {
        let sql = asked.other_rows();
        let mut rows = postgres::bound(sql, asked.parameters.clone()).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let cells = PostgresCells::of(&row, *charset, 4)?;
            let cell = |place: usize| cells.raw(declared[place], place);
            let Ok(Some(time)) = query.reading.moment(cell(1)?) else { continue };
            if let Some(day) = Day::parse(&time).filter(|_| *time >= *first && *time < *end) {
                days.entry(day).or_default().add_row([cell(0)?, cell(1)?, cell(2)?, cell(3)?]);
            }
        }
    }
    let days = days.into_iter().map(|(day, marks)| (day, marks.fingerprint())).collect();
    Ok(DaysChecked { days, today: today(connection).await? })
}
