//! Rows out of PostgreSQL, whose columns have types; cells come as text.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{AssertSqlSafe, Postgres as PostgresDatabase, Row};

use super::rows::Writer;
use super::{
    Bound, Condition, Dialect, Found, Parameters, RowQuery, RowSink, decided, joined, matched, of,
    spellings,
};
use crate::catalogue::in_postgres;
use crate::raw_cells::Declared;
use crate::reading::BLANKS;

struct Postgres {
    /// Blanks that the database's encoding has.
    blanks: String,
}

impl Dialect for Postgres {
    fn text(column: &Found) -> String {
        format!("{}::text", column.sql)
    }

    fn contains(column: &Found, text: &str, parameters: &mut Parameters) -> String {
        let text = parameters.bind(Bound::Text(text.to_owned()));
        let cell = match column.declared {
            Declared::Moment => format!("to_char({}, 'YYYY-MM-DD HH24:MI:SS')", column.sql),
            _ => Self::text(column),
        };
        format!("position(lower({text}) in lower({cell})) > 0")
    }

    fn one_of(&self, column: &Found, ids: &[String], parameters: &mut Parameters) -> String {
        if column.declared == Declared::Number {
            let ids = ids.iter().filter(|id| is_plain_number(id)).cloned().collect();
            let ids = parameters.bind(Bound::Texts(ids));
            return format!("{} = any({ids}::text[]::numeric[])", column.sql);
        }
        let blanks = parameters.bind(Bound::Text(self.blanks.clone()));
        let ids = parameters.bind(Bound::Texts(ids.to_vec()));
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
    query: &RowQuery,
    sink: &mut impl RowSink,
) -> Result<(), sqlx::Error> {
    let asked = sqlx::query_scalar("select getdatabaseencoding()::text").persistent(false);
    let encoding: String = asked.fetch_one(&mut *connection).await?;
    let blanks = BLANKS.chars().filter(|blank| encoding == "UTF8" || blank.is_ascii()).collect();
    let dialect = Postgres { blanks };
    let located = in_postgres(connection, &query.table).await?;
    let (table, found) = (&located.sql, matched(query, &located));
    let Some(mut writer) = Writer::begin(query, &found, sink) else { return Ok(()) };
    let mut parameters = Parameters::default();
    let (mut conditions, mut open): (Vec<String>, Vec<(&Found, Vec<&Condition>)>) =
        (Vec::new(), Vec::new());
    for condition in &query.conditions {
        let column = of(&found, condition.column());
        match (decided(&dialect, column, condition, &mut parameters), column) {
            (None, Some(column)) => {
                let same = |(other, _): &&mut (&Found, Vec<&Condition>)| {
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
        let spelled = Postgres::text(column);
        let sql = format!(
            "select distinct {spelled} from {table} where {} and {} is not null",
            joined(&conditions),
            column.sql
        );
        let rows = bound(sql, parameters.clone()).fetch_all(&mut *connection).await?;
        let cells: Result<Vec<String>, sqlx::Error> =
            rows.iter().map(|row| row.try_get(0)).collect();
        let kept = spellings::fulfilling(column, cells?, &of_column, &query.reading);
        conditions.push(Postgres::spelled(column, kept, &mut parameters));
    }

    // A first order by moments that are texts is one by the places of their spellings.
    let mut place = String::new();
    let first = query.order.first().and_then(|(name, way)| Some((of(&found, name)?, *way)));
    if let Some((column, direction)) = first.filter(|(column, _)| !column.is_typed()) {
        let spelled = Postgres::text(column);
        let sql = format!(
            "select {spelled}, count(*) from {table} where {} and {} is not null group by 1",
            joined(&conditions),
            column.sql
        );
        let most = query.offset.saturating_add(u64::from(query.limit));
        let mut ordered = spellings::Ordered::new(&query.reading, direction, most);
        {
            let mut rows = bound(sql, parameters.clone()).fetch(&mut *connection);
            while let Some(row) = rows.try_next().await? {
                ordered.add(row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs());
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
        let sql = if is_placed { "mes_place" } else { column.sql.as_str() };
        Some(format!("{sql} {}", direction.sql()))
    });
    let order: Vec<String> = orders.collect();
    let order =
        if order.is_empty() { String::new() } else { format!(" order by {}", order.join(", ")) };
    let list = |columns: Vec<String>| {
        if columns.is_empty() { "null".to_owned() } else { columns.join(", ") }
    };
    let texts = list(found.iter().map(Postgres::text).collect());
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
            if writer.row(|place| declared[place].raw(&row, place))?.is_break() {
                break;
            }
        }
    }
    writer.finish();
    Ok(())
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
