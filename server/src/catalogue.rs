//! Looks a table up in the database's own catalogue: how it is spelled, which of its columns this
//! role may read, and in which order its rows were written.
//!
//! Any kind of relation will do: tables, views, materialized views, foreign and partitioned tables;
//! tables without a row number, generated columns and virtual tables of SQLite.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::charset::Charset;
use crate::database::literal;
use crate::database::unreadable::Unreadable;
use crate::raw_cells::{DECLARED, Declared};

/// A name as SQL identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As the database spells it.
    pub name: String,
    /// What it is declared as; text in SQLite, where every cell has a type of its own.
    pub declared: Declared,
}

/// A table as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// Name as it was requested.
    pub asked: String,
    /// Name in SQL, quoted.
    pub sql: String,
    /// Columns that may be read.
    pub columns: Vec<Column>,
    /// The order in which rows were written, as a list for `order by`; none where the database has
    /// none or this role may not see it.
    pub order: Option<&'static str>,
    /// A table whose order exists and may not be seen.
    pub is_order_hidden: bool,
    /// Columns that are there and may not be read.
    hidden: Vec<String>,
    /// The current role; empty in SQLite.
    role: String,
    /// How its texts come.
    pub charset: Charset,
}

impl Located {
    /// A column that may be read, by its name ignoring case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether all of these can be read.
    ///
    /// # Errors
    /// Some can't; those that lack a privilege come first, because a statement can be given for them.
    pub fn require<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<(), Unreadable> {
        let absent: Vec<&str> =
            names.into_iter().filter(|name| self.column(name).is_none()).collect();
        if absent.is_empty() {
            return Ok(());
        }
        let is_absent =
            |name: &&String| absent.iter().any(|other| name.eq_ignore_ascii_case(other));
        let hidden: Vec<String> =
            self.hidden.iter().filter(is_absent).map(|name| plain(name)).collect();
        if hidden.is_empty() {
            let columns = absent.join(", ");
            return Err(Unreadable::MissingColumns { table: self.asked.clone(), columns });
        }
        Err(Unreadable::Hidden {
            table: self.asked.clone(),
            sql: self.sql.clone(),
            columns: hidden.join(", "),
            role: self.role.clone(),
            grantee: plain(&self.role),
        })
    }
}

/// An identifier as SQL takes it, with quotes only where it needs them.
fn plain(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// The names of `schema.table`, without the double quotes that a name may have around it.
fn parts(table: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for letter in table.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            other => parts.last_mut().expect("there is always one").push(other),
        }
    }
    parts
}

/// A table of PostgreSQL: as written (folded to lower case), else exactly, else ignoring case in the
/// schemas of the search path or in the schema that is named.
///
/// # Errors
/// There is no such table, or the database's own.
pub(crate) async fn in_postgres(
    connection: &mut PgConnection,
    table: &str,
) -> Result<Located, sqlx::Error> {
    let parts = parts(table);
    let exact: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
    let (schema, name) = match parts.as_slice() {
        [.., schema, name] => (literal(schema), name.as_str()),
        _ => ("null".to_owned(), parts.first().map_or(table, String::as_str)),
    };
    // Other letters need quotes, which `exact` has.
    let is_written = |letter: char| letter.is_alphanumeric() || "_$.".contains(letter);
    let written = if table.split('"').step_by(2).all(|bare| bare.chars().all(is_written)) {
        literal(table)
    } else {
        "null".to_owned()
    };
    let sql = format!(
        "with named as (select coalesce(to_regclass({written}), to_regclass({exact}), ( \
           select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace \
           where lower(c.relname) = lower({name}) and c.relkind in ('r', 'p', 'v', 'm', 'f') \
           and case when {schema}::text is null then n.nspname = any(current_schemas(false)) \
             else lower(n.nspname) = lower({schema}) end \
           order by array_position(current_schemas(false), n.nspname), c.relname limit 1)) as id) \
         select format('%I.%I', n.nspname, c.relname), c.relkind::text, \
           has_table_privilege(c.oid, 'select'), current_user::text, a.attname::text, \
           has_column_privilege(c.oid, a.attnum, 'select'), {DECLARED}, \
           getdatabaseencoding()::text \
         from named join pg_class c on c.oid = named.id \
         join pg_namespace n on n.oid = c.relnamespace \
         left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         left join pg_type t on t.oid = a.atttypid order by a.attnum",
        exact = literal(&exact.join(".")),
        name = literal(name),
    );
    // Names are quoted as literals.
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await?;
    let Some(first) = rows.first() else {
        return Err(Unreadable::Missing(table.to_owned()).into());
    };
    let kind: String = first.try_get(1)?;
    let order = match kind.as_str() {
        "r" | "m" => Some("ctid"),
        "p" => Some("tableoid, ctid"),
        _ => None,
    };
    // The row's place belongs to the whole table: grants on columns don't show it.
    let is_whole: bool = first.try_get(2)?;
    let mut located = Located {
        asked: table.to_owned(),
        sql: first.try_get(0)?,
        columns: Vec::new(),
        order: order.filter(|_| is_whole),
        is_order_hidden: order.is_some() && !is_whole,
        hidden: Vec::new(),
        role: first.try_get(3)?,
        charset: Charset::of(first.try_get(7)?),
    };
    for row in &rows {
        add_column(&mut located, row)?;
    }
    Ok(located)
}

fn add_column(located: &mut Located, row: &PgRow) -> Result<(), sqlx::Error> {
    let Some(name) = row.try_get::<Option<String>, _>(4)? else { return Ok(()) };
    if row.try_get::<Option<bool>, _>(5)? == Some(true) {
        let declared = row.try_get::<Option<i32>, _>(6)?.map_or(Declared::Text, Declared::of);
        located.columns.push(Column { name, declared });
    } else {
        located.hidden.push(name);
    }
    Ok(())
}

/// A table of SQLite; `schema.table` names an attached database, or `main`.
///
/// # Errors
/// There is no such table, or the database's own.
pub(crate) async fn in_sqlite(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Located, sqlx::Error> {
    let parts = parts(table);
    let (schema, name) = match parts.as_slice() {
        [schema, name] => (Some(schema.as_str()), name.as_str()),
        [name] => (None, name.as_str()),
        _ => (None, table),
    };
    for (schema, name) in [(schema, name), (None, table)] {
        // 1: a column of a virtual table that is no part of its rows. 2 and 3: generated.
        let columns: Vec<String> = sqlx::query_scalar(
            "select x.name from pragma_database_list d, pragma_table_xinfo(?1, d.name) x \
             where x.hidden <> 1 and d.name = coalesce( \
               (select name from pragma_database_list where name = ?2 collate nocase), \
               case when ?2 is null then (select schema from pragma_table_list \
                 where name = ?1 collate nocase \
                 order by schema = 'temp' desc, schema = 'main' desc limit 1) end) \
             order by x.cid",
        )
        .bind(name)
        .bind(schema)
        .fetch_all(&mut *connection)
        .await?;
        if columns.is_empty() {
            continue;
        }
        let has_row_numbers: bool = sqlx::query_scalar(
            "select exists(select 1 from pragma_table_list where name = ?1 collate nocase \
             and type = 'table' and wr = 0 and (?2 is null or schema = ?2 collate nocase))",
        )
        .bind(name)
        .bind(schema)
        .fetch_one(&mut *connection)
        .await?;
        let is_free =
            |alias: &&str| !columns.iter().any(|column| column.eq_ignore_ascii_case(alias));
        let order = ["rowid", "_rowid_", "oid"].into_iter().find(|alias| is_free(alias));
        let sql = schema.map(|schema| format!("{}.", quoted(schema))).unwrap_or_default();
        return Ok(Located {
            asked: table.to_owned(),
            sql: sql + &quoted(name),
            columns: columns
                .into_iter()
                .map(|name| Column { name, declared: Declared::Text })
                .collect(),
            order: order.filter(|_| has_row_numbers),
            is_order_hidden: false,
            hidden: Vec::new(),
            role: String::new(),
            charset: Charset::Utf8,
        });
    }
    Err(Unreadable::Missing(table.to_owned()).into())
}
