//! Rows out of SQLite, whose cells have types of their own.

use std::cmp::Ordering;

use compute_core::source_contract::SourceKind;
use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite as SqliteDatabase};

use super::rows::Writer;
use super::{
    Bound, Dialect, Found, Parameters, RowSink, TableQuery, Undated, dated, decided, joined, key,
    matched, of, others, spellings,
};
use crate::catalogue::in_sqlite;
use crate::raw_cells::of_sqlite;
use crate::reading::{BLANKS, Raw, Reading};

struct Sqlite;

/// Compares texts as the moments that the policy reads; others come before all moments.
const MOMENTS: &str = "mes_moments";

impl Dialect for Sqlite {
    fn text(column: &Found) -> String {
        // Whatever the column's own collation is: names match to the letter.
        format!("cast({} as text) collate binary", column.sql)
    }

    fn contains(&self, column: &Found, text: &str, parameters: &mut Parameters) -> Option<String> {
        // SQLite folds the case of ASCII letters only.
        if text.chars().any(|letter| !letter.is_ascii() && has_case(letter)) {
            return None;
        }
        let text = parameters.bind(Bound::Text(text.to_owned()));
        Some(format!("instr(lower({}), lower({text})) > 0", Self::text(column)))
    }

    fn one_of(&self, column: &Found, ids: &[String], parameters: &mut Parameters) -> String {
        // Numbers are the same id in every type: 123 and 123.0.
        let numbers = ids.iter().flat_map(|id| {
            let whole = id.parse::<i64>().ok().filter(|number| number.to_string() == *id);
            let real = id.parse::<f64>().ok().filter(|number| number.to_string() == *id);
            whole.map(Value::from).or(real.map(Value::from))
        });
        let all: Vec<Value> = ids.iter().cloned().map(Value::from).chain(numbers).collect();
        let blanks = parameters.bind(Bound::Text(BLANKS.clone()));
        let ids = parameters.bind(Bound::Text(Value::from(all).to_string()));
        let cell = &column.sql;
        format!(
            "case typeof({cell}) when 'text' then trim({cell}, {blanks}) else {cell} end \
             in (select value from json_each({ids}))"
        )
    }

    fn spelled(column: &Found, spellings: Vec<String>, parameters: &mut Parameters) -> String {
        let listed = parameters.bind(Bound::Texts(spellings));
        format!("{} in (select value from json_each({listed}))", Self::text(column))
    }

    fn compared(
        column: &Found,
        operator: &str,
        time: &str,
        parameters: &mut Parameters,
    ) -> Option<String> {
        let time = parameters.bind(Bound::Text(time.to_owned()));
        Some(format!("{} collate {MOMENTS} {operator} {time}", Self::text(column)))
    }
}

fn has_case(letter: char) -> bool {
    letter.is_lowercase() || letter.is_uppercase()
}

/// A statement with its values. Names in it are those of the contract as the catalogue spells them,
/// quoted.
pub(super) fn bound(
    sql: String,
    parameters: Parameters,
) -> sqlx::query::Query<'static, SqliteDatabase, SqliteArguments> {
    parameters.0.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match value {
        Bound::Text(text) => query.bind(text),
        Bound::Texts(texts) => query.bind(Value::from(texts).to_string()),
        Bound::Places(places) => query.bind(Value::from(places).to_string()),
    })
}

async fn install(connection: &mut SqliteConnection, reading: &Reading) -> Result<(), sqlx::Error> {
    let reading = reading.clone();
    let compare = move |a: &str, b: &str| -> Ordering {
        let moment = |cell| reading.moment(Raw::Text(cell)).ok().flatten();
        moment(a).cmp(&moment(b))
    };
    connection.lock_handle().await?.create_collation(MOMENTS, compare)
}

pub(super) async fn read(
    connection: &mut SqliteConnection,
    query: &TableQuery,
    sink: &mut impl RowSink,
) -> Result<(), sqlx::Error> {
    install(connection, &query.reading).await?;
    let mut transaction = connection.begin().await?;
    let located = in_sqlite(&mut transaction, &query.table).await?;
    let (table, found) = (&located.sql, matched(query, &located));
    let Some(mut writer) = Writer::begin(query, &found, sink) else { return Ok(()) };
    let mut parameters = Parameters::default();
    let (mut conditions, mut open) = (Vec::new(), Vec::new());
    for condition in &query.conditions {
        let column = of(&found, condition.column());
        match (decided(&Sqlite, column, condition, &mut parameters), column) {
            (None, Some(column)) => open.push((column, condition)),
            (sql, _) => conditions.extend(sql),
        }
    }
    for (column, condition) in open {
        let spelled = Sqlite::text(column);
        let sql = format!(
            "select distinct {spelled} from {table} where {} and {spelled} is not null",
            joined(&conditions)
        );
        let mut cells = Vec::new();
        {
            let mut rows = bound(sql, parameters.clone()).fetch(&mut *transaction);
            while let Some(row) = rows.try_next().await? {
                if let Raw::Text(cell) = of_sqlite(&row, 0)? {
                    cells.push(cell.to_owned());
                }
            }
        }
        let kept = spellings::fulfilling(column, cells, &[condition], &query.reading);
        conditions.push(Sqlite::spelled(column, kept, &mut parameters));
    }
    let order: Vec<String> = query
        .order
        .iter()
        .filter_map(|(name, direction)| Some((of(&found, name)?, direction.sql())))
        .map(|(column, direction)| match column.contract.kind {
            SourceKind::Moment => {
                format!("{} collate {MOMENTS} {direction}", Sqlite::text(column))
            }
            _ => format!("{} {direction}", column.sql),
        })
        .collect();
    let order =
        if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
    let columns: Vec<&str> = found.iter().map(|column| column.sql.as_str()).collect();
    let columns = if columns.is_empty() { "null".to_owned() } else { columns.join(", ") };
    let (limit, offset) = (query.limit, query.offset);
    let sql = format!(
        "select {columns} from {table} where {}{order} limit {limit} offset {offset}",
        joined(&conditions)
    );
    {
        let mut rows = bound(sql, parameters).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            if writer.row(|place| of_sqlite(&row, place))?.is_break() {
                break;
            }
        }
    }
    let undated = undated(&mut transaction, query, table, &found).await?;
    writer.finish(undated);
    transaction.rollback().await
}

/// The rows that a range of moments passes over because they have none.
async fn undated(
    connection: &mut SqliteConnection,
    query: &TableQuery,
    table: &str,
    found: &[Found],
) -> Result<Option<Undated>, sqlx::Error> {
    let Some(column) = dated(query, found) else { return Ok(None) };
    let mut parameters = Parameters::default();
    let Some(others) = others(&Sqlite, query, found, column, &mut parameters) else {
        return Ok(None);
    };
    let key = key(query, found).map_or("null", |key| key.sql.as_str());
    // What can't be read comes before all moments.
    let sql = format!(
        "select {key}, {cell}, count(*) over () from {table} where {} \
         and ({cell} is null or {} collate {MOMENTS} < '0001-01-01') limit 1",
        joined(&others),
        Sqlite::text(column),
        cell = column.sql,
    );
    let row = bound(sql, parameters).fetch_optional(connection).await?;
    row.map(|row| {
        let (key, value) = (of_sqlite(&row, 0)?, of_sqlite(&row, 1)?);
        Ok(Undated::new(column, row.try_get(2)?, key, value))
    })
    .transpose()
}
