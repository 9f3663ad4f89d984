//! Rows out of PostgreSQL, whose columns have types; cells come as text.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{AssertSqlSafe, Postgres as PostgresDatabase, Row};

use super::rows::Writer;
use super::{
    Bound, Dialect, Found, Parameters, RowFilter, RowSink, TableQuery, Undated, dated, decided,
    joined, key, matched, of, others, spellings,
};
use crate::catalogue::in_postgres;
use crate::charset::Charset;
use crate::raw_cells::{Declared, PostgresCells};
use crate::reading::{BLANKS, Raw};

struct Postgres {
    charset: Charset,
    /// Blanks that the database's encoding has.
    blanks: String,
}

impl Dialect for Postgres {
    fn text(column: &Found) -> String {
        // Whatever the column's own collation is: names match to the letter.
        format!("({}::text collate \"C\")", column.sql)
    }

    fn contains(&self, column: &Found, text: &str, parameters: &mut Parameters) -> Option<String> {
        if !self.charset.holds(text) {
            return Some("1 = 0".to_owned());
        }
        let text = parameters.bind(Bound::Text(text.to_owned()));
        let cell = match column.declared {
            Declared::Moment => format!("to_char({}, 'YYYY-MM-DD HH24:MI:SS')", column.sql),
            _ => format!("{}::text", column.sql),
        };
        // The collation of the column defines its upper case; substrings are compared exactly.
        Some(format!("strpos(lower({cell}) collate \"C\", lower({text}) collate \"C\") > 0"))
    }

    fn one_of(&self, column: &Found, ids: &[String], parameters: &mut Parameters) -> String {
        if column.declared == Declared::Number {
            let ids = ids.iter().filter(|id| is_plain_number(id)).cloned().collect();
            let ids = parameters.bind(Bound::Texts(ids));
            return format!("{} = any({ids}::text[]::numeric[])", column.sql);
        }
        let blanks = parameters.bind(Bound::Text(self.blanks.clone()));
        let ids = ids.iter().filter(|id| self.charset.holds(id)).cloned().collect();
        let ids = parameters.bind(Bound::Texts(ids));
        format!("btrim({}, {blanks}) = any({ids})", Self::text(column))
    }

    fn spelled(column: &Found, spellings: Vec<String>, parameters: &mut Parameters) -> String {
        let listed = parameters.bind(Bound::Texts(spellings));
        format!("{} in (select unnest({listed}::text[]))", Self::text(column))
    }

    fn compared(
        column: &Found,
        operator: &str,
        time: &str,
        parameters: &mut Parameters,
    ) -> Option<String> {
        if column.declared != Declared::Moment {
            return None;
        }
        // Bare, so that an index on the column serves.
        let time = parameters.bind(Bound::Text(time.to_owned()));
        Some(format!("{} {operator} {time}::text::timestamp", column.sql))
    }
}

/// Whether a text is a number as ids show it: `-12`, `1.5`.
fn is_plain_number(id: &str) -> bool {
    let unsigned = id.strip_prefix('-').unwrap_or(id);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "1"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole)
        && is_digits(fraction)
        && (whole == "0" || !whole.starts_with('0'))
        && !fraction.ends_with('0')
        && id.len() <= 100
}

/// A statement with its values. Names in it are those of the contract as the catalogue spells them,
/// quoted.
pub(super) fn bound(
    sql: String,
    parameters: Parameters,
) -> sqlx::query::Query<'static, PostgresDatabase, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    parameters.0.into_iter().fold(query, |query, value| match value {
        Bound::Text(text) => query.bind(text),
        Bound::Texts(texts) => query.bind(texts),
        Bound::Places(places) => query.bind(places),
    })
}

pub(super) async fn read(
    connection: &mut PgConnection,
    query: &TableQuery,
    sink: &mut impl RowSink,
) -> Result<(), sqlx::Error> {
    let located = in_postgres(connection, &query.table).await?;
    let charset = located.charset;
    let dialect = Postgres { charset, blanks: charset.letters(&BLANKS) };
    let (table, found) = (&located.sql, matched(query, &located));
    let Some(mut writer) = Writer::begin(query, &found, sink) else { return Ok(()) };
    let mut parameters = Parameters::default();
    let (mut conditions, mut open): (Vec<String>, Vec<(&Found, Vec<&RowFilter>)>) =
        (Vec::new(), Vec::new());
    for condition in &query.conditions {
        let column = of(&found, condition.column());
        match (decided(&dialect, column, condition, &mut parameters), column) {
            (None, Some(column)) => {
                let same = |(other, _): &&mut (&Found, Vec<&RowFilter>)| {
                    other.contract.name == column.contract.name
                };
                match open.iter_mut().find(same) {
                    Some((_, of_column)) => of_column.push(condition),
                    None => open.push((column, vec![condition])),
                }
            }
            (sql, _) => conditions.extend(sql),
        }
    }
    for (column, of_column) in open {
        let cells = distinct(connection, column, table, &conditions, &parameters, charset).await?;
        let kept = spellings::fulfilling(column, cells, &of_column, &query.reading);
        conditions.push(Postgres::spelled(column, kept, &mut parameters));
    }

    // A first order by moments that are texts is one by the places of their spellings.
    let mut place = String::new();
    let first = query.order.first().and_then(|(name, way)| Some((of(&found, name)?, *way)));
    if let Some((column, direction)) = first.filter(|(column, _)| !column.is_typed()) {
        let spelled = Postgres::text(column);
        let sql = format!(
            "select {}, count(*) from {table} where {} and {} is not null group by 1",
            charset.cell(&spelled),
            joined(&conditions),
            column.sql
        );
        let most = query.offset.saturating_add(u64::from(query.limit));
        let mut ordered = spellings::Ordered::new(&query.reading, direction, most);
        {
            let mut rows = bound(sql, parameters.clone()).fetch(&mut *connection);
            while let Some(row) = rows.try_next().await? {
                let cells = PostgresCells::of(&row, charset, 1)?;
                if let Raw::Text(cell) = cells.raw(Declared::Text, 0)? {
                    ordered.add(cell.to_owned(), row.try_get::<i64, _>(1)?.unsigned_abs());
                }
            }
        }
        let (texts, places, needs_rest) = ordered.finish();
        let join = if needs_rest { "left join" } else { "join" };
        let texts = parameters.bind(Bound::Texts(texts));
        let places = parameters.bind(Bound::Places(places));
        place = format!(
            " {join} unnest({texts}::text[], {places}::int8[]) as mes_spelled(mes_cell, mes_place) \
             on mes_spelled.mes_cell = {spelled}"
        );
    }
    let orders = query.order.iter().enumerate().filter_map(|(index, (name, direction))| {
        let column = of(&found, name)?;
        let is_placed = index == 0 && !place.is_empty();
        let sql = match column.declared {
            _ if is_placed => "mes_place".to_owned(),
            Declared::Moment | Declared::Number => column.sql.clone(),
            // Types such as json have no order of their own.
            Declared::Bytes | Declared::Text => Postgres::text(column),
        };
        Some(format!("{sql} {}", direction.sql()))
    });
    let order: Vec<String> = orders.collect();
    let order =
        if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
    let list = |columns: Vec<String>| {
        if columns.is_empty() { "null".to_owned() } else { columns.join(", ") }
    };
    let texts = list(found.iter().map(|column| charset.cell(&Postgres::text(column))).collect());
    let mut bare: Vec<String> = found.iter().map(|column| column.sql.clone()).collect();
    if !place.is_empty() {
        bare.push("mes_place".to_owned());
    }
    let (limit, offset, bare) = (query.limit, query.offset, list(bare));
    // Cells are converted after the rows have been chosen: they would else be for every row of the
    // table before it is put in order. The order that the rows have already costs nothing.
    let sql = format!(
        "select {texts} from (select {bare} from {table}{place} where {}{order} \
         limit {limit} offset {offset}) chosen{order}",
        joined(&conditions)
    );
    let declared: Vec<Declared> = found.iter().map(|column| column.declared).collect();
    {
        let mut rows = bound(sql, parameters).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let cells = PostgresCells::of(&row, charset, declared.len())?;
            if writer.row(|place| cells.raw(declared[place], place))?.is_break() {
                break;
            }
        }
    }
    let undated = undated(connection, query, table, &found, &dialect).await?;
    writer.finish(undated);
    Ok(())
}

/// The spellings of a column in the rows that fulfil the conditions.
async fn distinct(
    connection: &mut PgConnection,
    column: &Found,
    table: &str,
    conditions: &[String],
    parameters: &Parameters,
    charset: Charset,
) -> Result<Vec<String>, sqlx::Error> {
    let sql = format!(
        "select distinct {} from {table} where {} and {} is not null",
        charset.cell(&Postgres::text(column)),
        joined(conditions),
        column.sql
    );
    let rows = bound(sql, parameters.clone()).fetch_all(connection).await?;
    let mut spellings = Vec::with_capacity(rows.len());
    for row in &rows {
        // Bytes that are no text fulfil nothing.
        if let Raw::Text(cell) = PostgresCells::of(row, charset, 1)?.raw(Declared::Text, 0)? {
            spellings.push(cell.to_owned());
        }
    }
    Ok(spellings)
}

/// The rows that a range of moments passes over because they have none.
async fn undated(
    connection: &mut PgConnection,
    query: &TableQuery,
    table: &str,
    found: &[Found],
    dialect: &Postgres,
) -> Result<Option<Undated>, sqlx::Error> {
    let Some(column) = dated(query, found) else { return Ok(None) };
    let mut parameters = Parameters::default();
    let Some(others) = others(dialect, query, found, column, &mut parameters) else {
        return Ok(None);
    };
    let (cell, charset) = (&column.sql, dialect.charset);
    let is_undated = if column.declared == Declared::Moment {
        format!("{cell} = 'infinity' or {cell} = '-infinity'")
    } else {
        let spellings = distinct(connection, column, table, &others, &parameters, charset).await?;
        let is_none = |cell: &String| !matches!(query.reading.moment(Raw::Text(cell)), Ok(Some(_)));
        let spellings = spellings.into_iter().filter(is_none).collect();
        Postgres::spelled(column, spellings, &mut parameters)
    };
    let key = key(query, found).map_or("null::text".to_owned(), Postgres::text);
    let sql = format!(
        "select {}, {}, count(*) over () from {table} where {} \
         and ({cell} is null or {is_undated}) limit 1",
        charset.cell(&key),
        charset.cell(&Postgres::text(column)),
        joined(&others),
    );
    let row = bound(sql, parameters).fetch_optional(connection).await?;
    row.map(|row| {
        let cells = PostgresCells::of(&row, charset, 2)?;
        let (key, value) = (cells.raw(Declared::Text, 0)?, cells.raw(Declared::Text, 1)?);
        Ok(Undated::new(column, row.try_get(2)?, key, value))
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::is_plain_number;

    #[test]
    fn ids_that_are_numbers_are_written_in_one_way() {
        for id in ["0", "12", "-12", "1.5", "123456789012345678901"] {
            assert!(is_plain_number(id), "{id}");
        }
        for id in ["", "-", "012", "1.50", "1.", ".5", "1e5", "１", "NaN", "1;"] {
            assert!(!is_plain_number(id), "{id}");
        }
    }
}
