//! The plant in SQLite: made once, then moved in short transactions.

use std::path::Path;

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, QueryBuilder, Sqlite};

use super::factory::{Changes, Factory, Job};
use super::progress::Progress;
use super::random::Random;
use super::rows::{self, Row, Value, time};

/// Days of shift hours before the plant starts.
const HISTORY_DAYS: i64 = 90;
/// Values in one statement; SQLite takes 32,766.
const MAX_VALUES: usize = 20_000;

/// A connection to the plant's tables.
pub(super) struct PlantDatabase {
    connection: SqliteConnection,
}

impl PlantDatabase {
    /// Opens the database, making the file if it is not there.
    pub(super) async fn open(path: &Path) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        Ok(Self { connection: SqliteConnection::connect_with(&options).await? })
    }

    /// Makes the tables and fills them.
    pub(super) async fn fill(
        &mut self,
        factory: &Factory,
        seed: u64,
        progress: &mut Progress,
    ) -> sqlx::Result<()> {
        let mut transaction = self.connection.begin().await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *transaction).await?;
        sqlx::query("insert into PLANT values (?, ?)")
            .bind(seed as i64)
            .bind(time(factory.now))
            .execute(&mut *transaction)
            .await?;
        let changed = factory.installed;
        let machines = || factory.machines.iter();
        let lots = factory.lots.iter().map(|lot| rows::lot(factory, lot));
        insert(&mut transaction, "LOT", lots, factory.lots.len(), progress).await?;
        let resources = machines().map(|machine| rows::resource(machine, changed));
        insert(&mut transaction, "DW_MES_RESOURCE", resources, factory.machines.len(), progress)
            .await?;
        let statuses = machines().flat_map(|machine| rows::statuses(factory, machine));
        insert(
            &mut transaction,
            "DW_MES_EQUIPMENTSTATUS_WIP_V",
            statuses,
            factory.machines.len(),
            progress,
        )
        .await?;
        let specs = rows::specs();
        let count = specs.len();
        insert(&mut transaction, "DW_MES_SPEC_WORKCENTER_V", specs.into_iter(), count, progress)
            .await?;
        insert_jobs(&mut transaction, factory, seed, progress).await?;
        let today = factory.now.date().to_datetime(jiff::civil::time(0, 0, 0, 0));
        let days = (1..=HISTORY_DAYS).rev().map(|ago| today - ago.days());
        let shifts = days.flat_map(|day| {
            let number = i64::from(day.date().day_of_year()) + i64::from(day.year()) * 366;
            factory.machines.iter().flat_map(move |machine| {
                Factory::day_hours(seed, machine, number)
                    .into_iter()
                    .map(move |(state, hours)| rows::shift(machine, day, state, hours))
            })
        });
        let total = HISTORY_DAYS as usize * factory.machines.len() * 6;
        insert(&mut transaction, "DW_MES_RESOURCESTATUS_SHIFT", shifts, total, progress).await?;
        sqlx::raw_sql("create index SHIFT_BY_DATE on DW_MES_RESOURCESTATUS_SHIFT (TXNDATE)")
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Writes what a tick changed.
    pub(super) async fn write(&mut self, factory: &Factory, changes: &Changes) -> sqlx::Result<()> {
        let now = factory.now;
        let mut transaction = self.connection.begin().await?;
        for id in &changes.finished {
            sqlx::query("delete from LOT where LOTID = ?")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        let lots: Vec<Row> =
            changes.lots.iter().map(|lot| rows::lot(factory, &factory.lots[*lot])).collect();
        put(&mut transaction, "LOT", lots).await?;
        for &index in &changes.machines {
            let machine = &factory.machines[index];
            sqlx::query("delete from DW_MES_EQUIPMENTSTATUS_WIP_V where RESOURCEID = ?")
                .bind(rows::resource_id(machine))
                .execute(&mut *transaction)
                .await?;
            put(&mut transaction, "DW_MES_EQUIPMENTSTATUS_WIP_V", rows::statuses(factory, machine))
                .await?;
        }
        for &index in &changes.opened_jobs {
            let machine = &factory.machines[index];
            // A job may be closed again within the same tick.
            if let Some(job) = &machine.job {
                put(&mut transaction, "DW_MES_JOB", vec![rows::job(machine, job, None)]).await?;
                let opened = rows::job_step(job, 1, job.opened, None, "IN PROCESS", "開單");
                put(&mut transaction, "DW_MES_JOBTXNHISTORY", vec![opened]).await?;
            }
        }
        for (index, job) in &changes.closed_jobs {
            let machine = &factory.machines[*index];
            put(&mut transaction, "DW_MES_JOB", vec![rows::job(machine, job, Some(now))]).await?;
            let closed =
                rows::job_step(job, 2, now, Some("IN PROCESS"), "COMPLETED", "完修，交付生產");
            put(&mut transaction, "DW_MES_JOBTXNHISTORY", vec![closed]).await?;
        }
        sqlx::query("update PLANT set NOW = ?").bind(time(now)).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Lets go of the file.
    pub(super) async fn close(self) -> sqlx::Result<()> {
        self.connection.close().await
    }
}

/// Open jobs, and finished ones of the last 90 days.
async fn insert_jobs(
    connection: &mut SqliteConnection,
    factory: &Factory,
    seed: u64,
    progress: &mut Progress,
) -> sqlx::Result<()> {
    let mut jobs = Vec::new();
    let mut steps = Vec::new();
    for machine in &factory.machines {
        if let Some(job) = &machine.job {
            jobs.push(rows::job(machine, job, None));
            steps.push(rows::job_step(job, 1, job.opened, None, "IN PROCESS", "開單"));
        }
    }
    let mut random = Random::new(seed ^ 0x6a6f_6273);
    for number in 0..HISTORY_DAYS * 20 {
        let machine = &factory.machines[random.below(factory.machines.len())];
        let opened: DateTime = factory.now
            - SignedDuration::from_mins(400 + random.below(HISTORY_DAYS as usize * 1440) as i64);
        let job = Job {
            number: 0x0010_0000 + number as u32,
            opened,
            technician: machine.operator.clone(),
            symptom: random.below(40) as u32,
            cause: random.below(40) as u32,
        };
        let taken = opened + SignedDuration::from_mins(5 + random.below(40) as i64);
        let closed = taken + SignedDuration::from_mins(10 + random.below(300) as i64);
        jobs.push(rows::job(machine, &job, Some(closed)));
        steps.push(rows::job_step(&job, 1, opened, None, "CREATED", "開單"));
        steps.push(rows::job_step(&job, 2, taken, Some("CREATED"), "IN PROCESS", "接單維修"));
        steps.push(rows::job_step(
            &job,
            3,
            closed,
            Some("IN PROCESS"),
            "COMPLETED",
            "完修，交付生產",
        ));
    }
    let (job_count, step_count) = (jobs.len(), steps.len());
    insert(connection, "DW_MES_JOB", jobs.into_iter(), job_count, progress).await?;
    insert(connection, "DW_MES_JOBTXNHISTORY", steps.into_iter(), step_count, progress).await
}

/// Inserts many rows of the same columns, reporting how far it is.
async fn insert(
    connection: &mut SqliteConnection,
    table: &'static str,
    rows: impl Iterator<Item = Row>,
    total: usize,
    progress: &mut Progress,
) -> sqlx::Result<()> {
    progress.table(table, total);
    let mut batch: Vec<Row> = Vec::new();
    for row in rows {
        let full = (batch.len() + 1) * row.len() > MAX_VALUES;
        if full {
            progress.add(batch.len());
            put(connection, table, std::mem::take(&mut batch)).await?;
        }
        batch.push(row);
    }
    progress.add(batch.len());
    put(connection, table, batch).await
}

/// Writes rows of the same columns, replacing those with the same key.
async fn put(
    connection: &mut SqliteConnection,
    table: &'static str,
    rows: Vec<Row>,
) -> sqlx::Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns: Vec<&str> = first.iter().map(|(column, _)| *column).collect();
    let limit = MAX_VALUES / columns.len();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut query = QueryBuilder::<Sqlite>::new("insert or replace into ");
        query.push(table).push(" (").push(columns.join(", ")).push(") ");
        query.push_values(rows.by_ref().take(limit), |mut cells, row| {
            for (_, value) in row {
                match value {
                    Value::Null => cells.push("null"),
                    Value::Text(text) => cells.push_bind(text),
                    Value::Integer(number) => cells.push_bind(number),
                    Value::Real(number) => cells.push_bind(number),
                };
            }
        });
        // Statements differ in length and in NULLs; keeping them prepared would only fill memory.
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}
