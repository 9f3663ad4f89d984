//! The plant in SQLite: made once, then moved in short transactions.

use std::path::Path;

use plant_simulator::{Cell, Changes, Factory, PlantSize, Row, sqlite};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, QueryBuilder, Row as _, Sqlite};

use super::progress::Progress;

/// Values in one statement; SQLite takes 32,766.
const MAX_VALUES: usize = 20_000;
/// Columns of the widest table, rounded up.
const MOST_COLUMNS: usize = 60;

/// Why a plant's database can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlantError {
    /// SQLite rejects a statement.
    #[error("the plant's database: {0}")]
    Sqlite(#[from] sqlx::Error),
    /// What the simulation remembers can't be written or read.
    #[error("the memory of the plant: {0}")]
    Memory(#[from] serde_json::Error),
}

/// What a database file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// The plant that was asked for, as it was left.
    Plant(Box<Factory>),
    /// A plant of another seed, size or version, or nothing yet.
    Replaceable,
    /// Something that no demo made.
    Foreign,
}

/// A connection to the plant's tables.
pub(super) struct PlantDatabase {
    connection: SqliteConnection,
}

impl PlantDatabase {
    /// Opens the database of a plant in use.
    pub(super) async fn open(path: &Path) -> Result<Self, PlantError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        Ok(Self { connection: SqliteConnection::connect_with(&options).await? })
    }

    /// Makes a new database for [`Self::fill`]. Its file is useless when that fails.
    pub(super) async fn create(path: &Path) -> Result<Self, PlantError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off);
        Ok(Self { connection: SqliteConnection::connect_with(&options).await? })
    }

    /// What the database holds, asked for a plant.
    pub(super) async fn content(
        &mut self,
        seed: u64,
        size: PlantSize,
    ) -> Result<Content, PlantError> {
        let tables: Vec<String> = sqlx::query_scalar("select name from sqlite_schema")
            .fetch_all(&mut self.connection)
            .await?;
        if tables.is_empty() {
            return Ok(Content::Replaceable);
        }
        if !tables.iter().any(|table| table == "PLANT") {
            return Ok(Content::Foreign);
        }
        let version: i64 =
            sqlx::query_scalar("pragma user_version").fetch_one(&mut self.connection).await?;
        if version != sqlite::VERSION {
            return Ok(Content::Replaceable);
        }
        let plant = sqlx::query(
            "select LEDGER from PLANT where SEED = ? and LOTS = ? and MACHINES = ? and SCHEMA = ?",
        )
        .bind(seed as i64)
        .bind(size.lots as i64)
        .bind(size.machines as i64)
        .bind(sqlite::schema())
        .fetch_optional(&mut self.connection)
        .await?;
        let Some(plant) = plant else { return Ok(Content::Replaceable) };
        let (lots, machines) = (self.memory("lot").await?, self.memory("machine").await?);
        let factory = sqlite::recall(size, plant.try_get("LEDGER")?, &lots, &machines)?;
        Ok(Content::Plant(Box::new(factory)))
    }

    /// Everything of a kind that the simulation remembers, by slot.
    async fn memory(&mut self, kind: &str) -> Result<Vec<String>, PlantError> {
        Ok(sqlx::query_scalar("select STATE from MEMORY where KIND = ? order by SLOT")
            .bind(kind)
            .fetch_all(&mut self.connection)
            .await?)
    }

    /// Makes the tables and fills them.
    pub(super) async fn fill(
        &mut self,
        factory: &Factory,
        progress: &mut Progress,
    ) -> Result<(), PlantError> {
        let mut transaction = self.connection.begin().await?;
        sqlx::raw_sql(sqlite::schema()).execute(&mut *transaction).await?;
        QueryBuilder::<Sqlite>::new("pragma user_version = ")
            .push(sqlite::VERSION)
            .build()
            .execute(&mut *transaction)
            .await?;
        for mut filling in sqlite::tables(factory)? {
            if let Some(shown) = filling.shown {
                progress.table(shown, filling.count);
            }
            loop {
                let batch: Vec<Row> =
                    filling.rows.by_ref().take(MAX_VALUES / MOST_COLUMNS).collect();
                let count = batch.len();
                if count == 0 {
                    break;
                }
                put(&mut transaction, filling.table, batch).await?;
                if filling.shown.is_some() {
                    progress.add(count);
                }
            }
        }
        sqlx::raw_sql(sqlite::INDEX).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Writes what ticks changed, all of it or nothing.
    pub(super) async fn write(
        &mut self,
        factory: &Factory,
        changes: &Changes,
    ) -> Result<(), PlantError> {
        let moves = sqlite::moves(factory, changes)?;
        let mut transaction = self.connection.begin().await?;
        for (table, key) in sqlite::OF_MACHINES {
            delete_machines(&mut transaction, table, key, &moves.machines).await?;
        }
        for (table, rows) in moves.rows {
            put(&mut transaction, table, rows).await?;
        }
        if let Some(oldest) = &moves.oldest {
            for statement in sqlite::FORGET {
                sqlx::query(statement).bind(oldest).execute(&mut *transaction).await?;
            }
        }
        sqlx::query("update PLANT set NOW = ?, LEDGER = ?")
            .bind(moves.now)
            .bind(moves.ledger)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Closes the file.
    pub(super) async fn close(self) -> Result<(), PlantError> {
        Ok(self.connection.close().await?)
    }
}

async fn delete_machines(
    connection: &mut SqliteConnection,
    table: &'static str,
    key: &'static str,
    ids: &[String],
) -> Result<(), PlantError> {
    for ids in ids.chunks(MAX_VALUES) {
        let mut query = QueryBuilder::<Sqlite>::new("delete from ");
        query.push(table).push(" where ").push(key).push(" in (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        query.push(")");
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Writes rows of the same columns, replacing those with the same key.
async fn put(
    connection: &mut SqliteConnection,
    table: &'static str,
    rows: Vec<Row>,
) -> Result<(), PlantError> {
    let mut rows = rows.into_iter().peekable();
    while let Some(first) = rows.peek() {
        let columns: Vec<&str> = first.iter().map(|(column, _)| *column).collect();
        let limit = MAX_VALUES / columns.len();
        let mut query = QueryBuilder::<Sqlite>::new("insert or replace into ");
        query.push(table).push(" (").push(columns.join(", ")).push(") ");
        query.push_values(rows.by_ref().take(limit), |mut cells, row| {
            for (_, value) in row {
                match value {
                    Cell::Null => cells.push("null"),
                    Cell::Text(text) => cells.push_bind(text),
                    Cell::Integer(number) => cells.push_bind(number),
                    Cell::Decimal(number) => cells.push_bind(number),
                };
            }
        });
        // Statements differ in length and in NULLs; keeping them prepared would only fill memory.
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}
