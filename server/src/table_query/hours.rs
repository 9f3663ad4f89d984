//! Status hours of a range of days. The database adds up the rows whose times and hours are written
//! plainly, by machine, day and state: a year of shifts of a large plant has far more rows than
//! sums. All other rows come one by one through the reading policy.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{Float64Builder, Int64Builder, StringBuilder},
};
use compute_core::history::{Day, ROWS};
use compute_core::quality::Ledger;
use compute_core::source_contract::{MOST_HOURS, SHIFT_HOURS_COLUMNS};
use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row};

use super::{Bound, Parameters, postgres, sqlite};
use crate::catalogue::{Located, in_postgres, in_sqlite, quoted};
use crate::database::unreadable::Unreadable;
use crate::database::{Answer, Connection};
use crate::raw_cells::{Declared, PostgresCells, of_sqlite};
use crate::reading::{Raw, Reading, TableReader, Value};

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

/// Hours are added up in the database in this part of an hour, as the history does it.
const UNITS_PER_HOUR: f64 = 10_000.0;

/// Rows of `DW_MES_RESOURCESTATUS_SHIFT`.
struct Collected<'q> {
    reading: &'q Reading,
    first: String,
    end: String,
    reader: TableReader,
    machines: StringBuilder,
    times: StringBuilder,
    states: StringBuilder,
    hours: Float64Builder,
    rows: Int64Builder,
}

impl<'q> Collected<'q> {
    fn new(query: &'q HoursQuery) -> Self {
        let contract = |name: &&str| SHIFT_HOURS_COLUMNS.iter().find(|column| column.name == *name);
        let columns = COLUMNS.iter().filter_map(contract).copied();
        Self {
            reading: &query.reading,
            first: query.first.to_string(),
            end: query.end.to_string(),
            reader: TableReader::new(columns, &query.reading),
            machines: StringBuilder::new(),
            times: StringBuilder::new(),
            states: StringBuilder::new(),
            hours: Float64Builder::new(),
            rows: Int64Builder::new(),
        }
    }

    /// Takes a row: its cells in the order of [`COLUMNS`]. With `sum` it stands for so many rows,
    /// whose hours are these units; its cell of hours is not looked at.
    fn take<'a>(
        &mut self,
        sum: Option<(u64, Option<i64>)>,
        cell: impl Fn(usize) -> Result<Raw<'a>, sqlx::Error>,
    ) -> Result<(), sqlx::Error> {
        // Rows of other days are none of this range's, whatever their other cells are; rows without a
        // day are of every range.
        let is_other = match self.reading.moment(cell(1)?) {
            Ok(Some(time)) => *time < *self.first || *time >= *self.end,
            Ok(None) | Err(_) => false,
        };
        if is_other {
            return Ok(());
        }
        let weight = sum.map_or(1, |(rows, _)| rows);
        let cell = |place: usize| {
            if place == 3 && sum.is_some() { Ok(Raw::Null) } else { cell(place) }
        };
        self.rows.append_value(weight.try_into().unwrap_or(i64::MAX));
        let Self { reader, machines, times, states, hours, .. } = self;
        reader.row(weight, cell, |place, value| match (place, &value) {
            (0, Value::Text(text)) => machines.append_value(text),
            (0, _) => machines.append_null(),
            (1, Value::Text(text)) => times.append_value(text),
            (1, _) => times.append_null(),
            (2, Value::Text(text)) => states.append_value(text),
            (2, _) => states.append_null(),
            (_, value) => hours.append_option(match (sum, value) {
                (Some((_, units)), _) => units.map(|units| units as f64 / UNITS_PER_HOUR),
                (None, Value::Decimal(number)) => Some(*number),
                (None, _) => None,
            }),
        })
    }

    fn finish(mut self) -> Result<HoursRead, sqlx::Error> {
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
        Ok(HoursRead { batch, ledger })
    }
}

/// Reads hours; to be passed to [`crate::database::Database::call`].
///
/// Hours are rounded to 1/10,000 h before they are added, so that no sum depends on its order.
pub fn read_hours<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, HoursRead> {
    Box::pin(async move {
        match connection {
            Connection::Sqlite(connection) => from_sqlite(connection, &query).await,
            Connection::Postgres(connection) => from_postgres(connection, &query).await,
        }
    })
}

/// The SQL of what is added up and what is read row by row.
struct Split {
    /// Whether a row is of the range and plain.
    plain: String,
    /// Whether a row may be of the range and is not plain.
    other: String,
    /// The day of a plain row.
    day: String,
    /// The hours of a plain row in 1/10,000 h.
    units: String,
}

async fn from_sqlite(
    connection: &mut SqliteConnection,
    query: &HoursQuery,
) -> Result<HoursRead, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let located = in_sqlite(&mut transaction, &query.table).await?;
    let table = &located.sql;
    let [machine, time, state, hours] = spelled(&located)?.map(|(sql, _)| sql);
    let mut parameters = Parameters::default();
    let split = of_cells(query, &time, &hours, &mut parameters);
    let Split { plain, other, day, units } = split;
    let mut collected = Collected::new(query);
    let sql = format!(
        // Whatever collations the columns have: names match to the letter.
        "select {machine} collate binary, {day}, {state} collate binary, \
           sum(cast(round({units}) as integer)), count(*) \
         from {table} where {plain} group by 1, 2, 3 order by 1, 2"
    );
    {
        let mut rows = sqlite::bound(sql, parameters.clone()).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            let sum = (row.try_get::<i64, _>(4)?.unsigned_abs(), row.try_get(3)?);
            collected.take(Some(sum), |place| of_sqlite(&row, place))?;
        }
    }
    let sql = format!("select {machine}, {time}, {state}, {hours} from {table} where {other}");
    {
        let mut rows = sqlite::bound(sql, parameters).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            collected.take(None, |place| of_sqlite(&row, place))?;
        }
    }
    transaction.rollback().await?;
    collected.finish()
}

/// The split of SQLite, where every cell has a type of its own.
fn of_cells(query: &HoursQuery, time: &str, hours: &str, parameters: &mut Parameters) -> Split {
    let first = parameters.bind(Bound::Text(query.first.to_string()));
    let end = parameters.bind(Bound::Text(query.end.to_string()));
    // `YYYY-MM-DD`, alone or with ` HH:MM:SS` or `THH:MM:SS`, with or without a fraction: these
    // compare as days do.
    let plain_time = format!(
        "typeof({time}) = 'text' \
         and {time} glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*' and (length({time}) = 10 \
         or ({time} glob '??????????[ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9]*' \
         and substr({time}, 12, 2) < '24' and (length({time}) = 19 or (length({time}) > 20 \
         and substr({time}, 20, 1) = '.' and substr({time}, 21) not glob '*[^0-9]*'))))"
    );
    let in_range = format!("{time} >= {first} and {time} < {end}");
    let is_day = format!(
        "{time} >= '0001' and substr({time}, 6, 2) between '01' and '12' \
         and substr({time}, 9, 2) between '01' and '31'"
    );
    let plain_hours = format!(
        "({hours} is null or (typeof({hours}) in ('integer', 'real') \
         and {hours} between -{MOST_HOURS} and {MOST_HOURS}) or (typeof({hours}) = 'text' \
         and length({hours}) <= 12 and {hours} glob '[0-9]*' and {hours} not glob '*[^0-9.]*' \
         and {hours} not glob '*.*.*' and cast({hours} as real) <= {MOST_HOURS}))"
    );
    // Another spelling is passed over only when it is a date, of another month: what may be none is
    // read, and counted. Dates begin with the year and the month, apart or in digits only.
    let cell = format!("ltrim(cast({time} as text))");
    let month = format!(
        "cast(case when substr({cell}, 5, 1) glob '[0-9]' then substr({cell}, 5, 2) \
         else substr({cell}, 6, 2) end as integer)"
    );
    let (from, to) = (query.first.days_before(1).to_string(), query.end.next().to_string());
    let number = |day: &str| day[..7].replace('-', "");
    let digits = |from: usize, count: usize| {
        format!("substr({cell}, {from}, {count}) glob '{}'", "[0-9]".repeat(count))
    };
    let ends = |at: usize| format!("substr({cell}, {at}, 1) not glob '[0-9]'");
    let apart = format!(
        "{cell} glob '????[^0-9][0-9][^0-9][0-9]*' or {cell} glob '????[^0-9][0-9][0-9][^0-9][0-9]*'"
    );
    let in_digits = format!(
        "{} and ({} or ({} and {}) or ({} and {}))",
        digits(5, 4),
        ends(9),
        digits(9, 4),
        ends(13),
        digits(9, 6),
        ends(15)
    );
    let elsewhere = format!(
        "({} and substr({cell}, 1, 4) <> '0000' and ({apart} or ({in_digits})) \
         and {month} between 1 and 12 \
         and cast(substr({cell}, 1, 4) as integer) * 100 + {month} not between {} and {})",
        digits(1, 4),
        number(&from),
        number(&to)
    );
    Split {
        plain: format!("{in_range} and {plain_time} and {plain_hours}"),
        // The cheapest condition comes first: nearly all rows are plain.
        other: format!(
            "({time} is null or (not ({in_range} and {plain_time} and {plain_hours}) \
             and not (not ({in_range}) and {plain_time} and {is_day}) and not {elsewhere}))"
        ),
        day: format!("substr({time}, 1, 10)"),
        units: format!("{hours} * {UNITS_PER_HOUR}"),
    }
}

async fn from_postgres(
    connection: &mut PgConnection,
    query: &HoursQuery,
) -> Result<HoursRead, sqlx::Error> {
    let located = in_postgres(connection, &query.table).await?;
    let table = &located.sql;
    let columns = spelled(&located)?;
    let mut parameters = Parameters::default();
    let Split { plain, other, day, units } = of_columns(query, &columns, &mut parameters);
    let (declared, charset) = (columns.each_ref().map(|(_, declared)| *declared), located.charset);
    // Whatever collations the columns have: names match to the letter.
    let [machine, time, state, hours] =
        columns.map(|(sql, _)| charset.cell(&format!("({sql}::text collate \"C\")")));
    let mut collected = Collected::new(query);
    let sql = format!(
        "select {machine}, {}, {state}, sum(round({units}))::int8, count(*) \
         from {table} where {plain} group by 1, 2, 3 order by 1, 2",
        charset.cell(&day)
    );
    {
        let mut rows = postgres::bound(sql, parameters.clone()).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let sum = (row.try_get::<i64, _>(4)?.unsigned_abs(), row.try_get(3)?);
            let cells = PostgresCells::of(&row, charset, 3)?;
            collected.take(Some(sum), |place| cells.raw(declared[place], place))?;
        }
    }
    let sql = format!("select {machine}, {time}, {state}, {hours} from {table} where {other}");
    {
        let mut rows = postgres::bound(sql, parameters).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let cells = PostgresCells::of(&row, charset, 4)?;
            collected.take(None, |place| cells.raw(declared[place], place))?;
        }
    }
    collected.finish()
}

/// The split of PostgreSQL, where columns have types.
fn of_columns(query: &HoursQuery, columns: &[Spelled; 4], parameters: &mut Parameters) -> Split {
    let [_, (time, of_time), _, (hours, of_hours)] = columns;
    let first = parameters.bind(Bound::Text(query.first.to_string()));
    let end = parameters.bind(Bound::Text(query.end.to_string()));
    let (plain_hours, number) = if *of_hours == Declared::Number {
        let plain = format!("{hours} between -{MOST_HOURS} and {MOST_HOURS}");
        (plain, format!("{hours}::numeric"))
    } else {
        let plain = format!("({hours}::text collate \"C\") ~ '^[0-9]{{1,4}}(\\.[0-9]+)?$'");
        (plain, format!("{hours}::text::numeric"))
    };
    // Guarded: the condition on the rows doesn't have to be looked at first.
    let units = format!("(case when {plain_hours} then {number} end) * {UNITS_PER_HOUR}");
    let plain_hours = format!("({hours} is null or {plain_hours})");
    if *of_time == Declared::Moment {
        // A time is compared bare, so that an index on the column serves.
        let in_range =
            format!("{time} >= {first}::text::timestamp and {time} < {end}::text::timestamp");
        return Split {
            plain: format!("{in_range} and {plain_hours}"),
            other: format!(
                "(({in_range} and not {plain_hours}) or {time} is null \
                 or {time} = 'infinity' or {time} = '-infinity')"
            ),
            day: format!("to_char({time}, 'YYYY-MM-DD')"),
            units,
        };
    }
    let cell = format!("({time}::text collate \"C\")");
    // `YYYY-MM-DD`, alone or with ` HH:MM:SS` or `THH:MM:SS`, with or without a fraction: these
    // compare as days do.
    let plain_time = format!(
        "{cell} ~ '^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?)?$'"
    );
    let in_range = format!("{cell} >= {first} and {cell} < {end}");
    let months = parameters.bind(Bound::Text(months(query)));
    // Another spelling is passed over only when it is a date, of another month: what may be none is
    // read, and counted. Dates begin with the year and the month, apart or in digits only.
    let elsewhere = format!(
        "({cell} ~ '^\\s*(?!0000)[0-9]{{4}}([^0-9](0?[1-9]|1[0-2])[^0-9][0-9]\
         |(0[1-9]|1[0-2])[0-9]{{2}}([0-9]{{4}}|[0-9]{{6}})?([^0-9]|$))' and {cell} !~ {months})"
    );
    Split {
        plain: format!("{in_range} and {plain_time} and {plain_hours}"),
        other: format!(
            "({time} is null or (not ({plain_time} and (not ({in_range}) or {plain_hours})) \
             and not {elsewhere}))"
        ),
        day: format!("left({cell}, 10)"),
        units,
    }
}

/// A regular expression for what begins with the year and the month of a day of the range, give or
/// take a day for the zone.
fn months(query: &HoursQuery) -> String {
    let mut day = query.first.days_before(1);
    let last = query.end.next();
    let mut months: Vec<String> = Vec::new();
    while day.days_until(last) >= 0 {
        let text = day.to_string();
        let (year, month) = (&text[..4], &text[5..7]);
        let pattern = match month.strip_prefix('0') {
            Some(short) => format!("{year}({month}|[^0-9]0?{short}[^0-9])"),
            None => format!("{year}[^0-9]?{month}"),
        };
        if months.last() != Some(&pattern) {
            months.push(pattern);
        }
        day = day.next();
    }
    format!("^\\s*({})", months.join("|"))
}
