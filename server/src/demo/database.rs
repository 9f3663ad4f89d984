//! The plant in SQLite: made once, then moved in short transactions.

use std::path::Path;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, QueryBuilder, Row as _, Sqlite};

use super::catalogue::{CAUSES, JobKind, PEOPLE, REPAIRS, SYMPTOMS};
use super::factory::{Changes, EndedDay, Factory, Job, JobStep, JobStepKind, PlantSize, midnight};
use super::progress::Progress;
use super::random::Random;
use super::rows::{self, Row, Value, time};

/// Changes with the tables and with what the simulation remembers.
const SCHEMA_VERSION: i64 = 2;
/// Days of shift hours and finished jobs that are kept.
const HISTORY_DAYS: i64 = 90;
/// Values in one statement; SQLite takes 32,766.
const MAX_VALUES: usize = 20_000;

/// Why a plant's database can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlantError {
    /// SQLite refuses.
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

    /// Makes a new database for [`Self::fill`]. Its file is worthless when that does not end well.
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
        if version != SCHEMA_VERSION {
            return Ok(Content::Replaceable);
        }
        let plant =
            sqlx::query("select LEDGER from PLANT where SEED = ? and LOTS = ? and MACHINES = ?")
                .bind(seed as i64)
                .bind(size.lots as i64)
                .bind(size.machines as i64)
                .fetch_optional(&mut self.connection)
                .await?;
        let Some(plant) = plant else { return Ok(Content::Replaceable) };
        let ledger = serde_json::from_str(plant.try_get("LEDGER")?)?;
        let (lots, machines) = (self.recall("lot").await?, self.recall("machine").await?);
        Ok(Content::Plant(Box::new(Factory::resume(ledger, lots, machines))))
    }

    /// Everything of a kind that the simulation remembers, by slot.
    async fn recall<T: DeserializeOwned>(&mut self, kind: &str) -> Result<Vec<T>, PlantError> {
        let states: Vec<String> =
            sqlx::query_scalar("select STATE from MEMORY where KIND = ? order by SLOT")
                .bind(kind)
                .fetch_all(&mut self.connection)
                .await?;
        Ok(states.iter().map(|state| serde_json::from_str(state)).collect::<Result<_, _>>()?)
    }

    /// Makes the tables and fills them.
    pub(super) async fn fill(
        &mut self,
        factory: &Factory,
        size: PlantSize,
        progress: &mut Progress,
    ) -> Result<(), PlantError> {
        let mut transaction = self.connection.begin().await?;
        let machines = &factory.machines;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *transaction).await?;
        QueryBuilder::<Sqlite>::new("pragma user_version = ")
            .push(SCHEMA_VERSION)
            .build()
            .execute(&mut *transaction)
            .await?;
        sqlx::query("insert into PLANT values (?, ?, ?, ?, ?)")
            .bind(factory.ledger.seed as i64)
            .bind(size.lots as i64)
            .bind(size.machines as i64)
            .bind(time(factory.now()))
            .bind(serde_json::to_string(&factory.ledger)?)
            .execute(&mut *transaction)
            .await?;
        let mut filling = Filling { connection: &mut transaction, progress };
        let lots = (0..factory.lots.len()).map(|slot| rows::lot(factory, slot));
        filling.insert("LOT", "DW_MES_LOT_V", factory.lots.len(), lots).await?;
        let masters = machines.iter().map(|machine| rows::resource(factory, machine));
        filling.insert_table("DW_MES_RESOURCE", machines.len(), masters).await?;
        let statuses: Vec<Row> =
            machines.iter().flat_map(|machine| rows::statuses(factory, machine)).collect();
        let count = statuses.len();
        filling.insert_table("DW_MES_EQUIPMENTSTATUS_WIP_V", count, statuses.into_iter()).await?;
        let specs = rows::specs();
        let count = specs.len();
        filling.insert_table("DW_MES_SPEC_WORKCENTER_V", count, specs.into_iter()).await?;
        let (jobs, steps) = jobs(factory);
        let (job_count, step_count) = (jobs.len(), steps.len());
        filling.insert_table("DW_MES_JOB", job_count, jobs.into_iter()).await?;
        filling.insert_table("DW_MES_JOBTXNHISTORY", step_count, steps.into_iter()).await?;
        let days: Vec<EndedDay> =
            past_days(factory.now().date()).map(|date| factory.assumed_day(date)).collect();
        let hours = || days.iter().flat_map(|day| day_rows(factory, day));
        let count = days.iter().flat_map(|day| &day.seconds).flatten().filter(|s| **s > 0).count();
        filling.insert("SHIFT_PAST", "DW_MES_RESOURCESTATUS_SHIFT", count, hours()).await?;
        let today: Vec<Row> =
            machines.iter().flat_map(|machine| rows::shifts_today(factory, machine)).collect();
        put(&mut transaction, "SHIFT_TODAY", today).await?;
        let memory = remember("lot", factory.lots.iter().enumerate())?;
        put(&mut transaction, "MEMORY", memory).await?;
        let memory = remember("machine", machines.iter().enumerate())?;
        put(&mut transaction, "MEMORY", memory).await?;
        sqlx::raw_sql("create index SHIFT_BY_DATE on SHIFT_PAST (TXNDATE)")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Writes what ticks changed, all of it or nothing.
    pub(super) async fn write(
        &mut self,
        factory: &Factory,
        changes: &Changes,
    ) -> Result<(), PlantError> {
        // Nobody is in today's hours any more when a day has ended.
        let touched: Vec<usize> = if changes.ended_days.is_empty() {
            changes.machines.union(&changes.masters).copied().collect()
        } else {
            (0..factory.machines.len()).collect()
        };
        let moved = moved_rows(factory, changes, &touched)?;
        let ids: Vec<String> =
            touched.iter().map(|machine| rows::resource_id(&factory.machines[*machine])).collect();
        let mut transaction = self.connection.begin().await?;
        delete_machines(&mut transaction, "DW_MES_EQUIPMENTSTATUS_WIP_V", "RESOURCEID", &ids)
            .await?;
        delete_machines(&mut transaction, "SHIFT_TODAY", "HISTORYID", &ids).await?;
        for (table, rows) in moved {
            put(&mut transaction, table, rows).await?;
        }
        for step in &changes.job_steps {
            write_job_step(&mut transaction, factory, step).await?;
        }
        if !changes.ended_days.is_empty() {
            forget_old(&mut transaction, factory.now().date()).await?;
        }
        sqlx::query("update PLANT set NOW = ?, LEDGER = ?")
            .bind(time(factory.now()))
            .bind(serde_json::to_string(&factory.ledger)?)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Lets go of the file.
    pub(super) async fn close(self) -> Result<(), PlantError> {
        Ok(self.connection.close().await?)
    }
}

/// The rows that a tick wrote anew, by table; `touched` are the machines among them.
fn moved_rows(
    factory: &Factory,
    changes: &Changes,
    touched: &[usize],
) -> Result<Vec<(&'static str, Vec<Row>)>, PlantError> {
    let lots = || changes.lots.iter().map(|slot| (*slot, &factory.lots[*slot]));
    let machines = || touched.iter().map(|index| (*index, &factory.machines[*index]));
    let masters = || changes.masters.iter().map(|index| &factory.machines[*index]);
    Ok(vec![
        ("LOT", lots().map(|(slot, _)| rows::lot(factory, slot)).collect()),
        ("MEMORY", remember("lot", lots())?),
        ("MEMORY", remember("machine", machines())?),
        (
            "DW_MES_EQUIPMENTSTATUS_WIP_V",
            machines().flat_map(|(_, machine)| rows::statuses(factory, machine)).collect(),
        ),
        (
            "SHIFT_TODAY",
            machines().flat_map(|(_, machine)| rows::shifts_today(factory, machine)).collect(),
        ),
        ("DW_MES_RESOURCE", masters().map(|machine| rows::resource(factory, machine)).collect()),
        ("SHIFT_PAST", changes.ended_days.iter().flat_map(|day| day_rows(factory, day)).collect()),
    ])
}

/// The days of the history, oldest first.
fn past_days(today: Date) -> impl Iterator<Item = Date> {
    (1..=HISTORY_DAYS).rev().map(move |ago| today.saturating_sub(ago.days()))
}

fn day_rows<'a>(factory: &'a Factory, day: &'a EndedDay) -> impl Iterator<Item = Row> + 'a {
    factory.machines.iter().zip(&day.seconds).flat_map(move |(machine, seconds)| {
        let states = seconds.iter().enumerate().filter(|(_, seconds)| **seconds > 0);
        states.map(move |(state, seconds)| rows::shift(factory, machine, day.date, state, *seconds))
    })
}

fn remember<'a, T: Serialize + 'a>(
    kind: &'static str,
    things: impl Iterator<Item = (usize, &'a T)>,
) -> Result<Vec<Row>, PlantError> {
    let row = |(slot, thing)| -> Result<Row, PlantError> {
        let state = serde_json::to_string(thing)?;
        Ok(vec![("KIND", kind.into()), ("SLOT", (slot as i64).into()), ("STATE", state.into())])
    };
    things.map(row).collect()
}

/// Open jobs, and finished ones of the history, with their transactions.
fn jobs(factory: &Factory) -> (Vec<Row>, Vec<Row>) {
    let (mut jobs, mut steps) = (Vec::new(), Vec::new());
    for (machine, state) in factory.machines.iter().enumerate() {
        let Some(job) = &state.job else { continue };
        jobs.push(rows::job(factory, state, job, None));
        let opened = JobStep { machine, job: job.clone(), kind: JobStepKind::Opened };
        steps.push(rows::job_step(&opened, job.opened));
        if let Some(taken) = job.taken {
            let taken_step = JobStep { kind: JobStepKind::Taken, ..opened };
            steps.push(rows::job_step(&taken_step, taken));
        }
    }
    let mut random = Random::new(factory.ledger.seed ^ 0x6a6f_6273);
    let today = midnight(factory.now().date());
    let minutes = |minutes: usize| SignedDuration::from_mins(minutes as i64);
    let finished = HISTORY_DAYS as usize * factory.machines.len().div_ceil(12);
    for number in 0..finished {
        let machine = random.below(factory.machines.len());
        // The longest one ends before today.
        let opened = today - minutes(400 + random.below(HISTORY_DAYS as usize * 1440 - 400));
        let taken = opened + minutes(3 + random.below(40));
        let closed = taken + minutes(10 + random.below(300));
        let job = Job {
            // Numbers of jobs of the past are above all that the simulation will reach.
            number: 0x4000_0000 + number as u32,
            kind: if random.chance(0.25) { JobKind::Maintenance } else { JobKind::Repair },
            opened,
            opened_by: random.below(PEOPLE) as u16,
            taken: Some(taken),
            technician: random.below(PEOPLE) as u16,
            symptom: random.below(SYMPTOMS.len()),
            cause: random.below(CAUSES.len()),
            repair: random.below(REPAIRS.len()),
        };
        let (job, job_steps) = rows::finished_job(factory, machine, &job, closed);
        jobs.push(job);
        steps.extend(job_steps);
    }
    (jobs, steps)
}

async fn write_job_step(
    connection: &mut SqliteConnection,
    factory: &Factory,
    step: &JobStep,
) -> Result<(), PlantError> {
    let machine = &factory.machines[step.machine];
    let now = factory.now();
    let at = if step.kind == JobStepKind::Opened { step.job.opened } else { now };
    let closed = (step.kind == JobStepKind::Closed).then_some(now);
    let job = rows::job(factory, machine, &step.job, closed);
    put(connection, "DW_MES_JOB", vec![job]).await?;
    put(connection, "DW_MES_JOBTXNHISTORY", vec![rows::job_step(step, at)]).await
}

/// Removes what is older than the history.
async fn forget_old(connection: &mut SqliteConnection, today: Date) -> Result<(), PlantError> {
    let oldest = time(midnight(today.saturating_sub(HISTORY_DAYS.days())));
    for statement in [
        "delete from SHIFT_PAST where TXNDATE < ?",
        "delete from DW_MES_JOBTXNHISTORY where JOBID in \
         (select JOBID from DW_MES_JOB where COMPLETEDATE < ?)",
        "delete from DW_MES_JOB where COMPLETEDATE < ?",
    ] {
        sqlx::query(statement).bind(&oldest).execute(&mut *connection).await?;
    }
    Ok(())
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

/// Inserts whole tables and reports how far it is.
struct Filling<'a> {
    connection: &'a mut SqliteConnection,
    progress: &'a mut Progress,
}

impl Filling<'_> {
    async fn insert_table(
        &mut self,
        table: &'static str,
        total: usize,
        rows: impl Iterator<Item = Row>,
    ) -> Result<(), PlantError> {
        self.insert(table, table, total, rows).await
    }

    /// `shown` is the source table that `table` stands behind.
    async fn insert(
        &mut self,
        table: &'static str,
        shown: &'static str,
        total: usize,
        rows: impl Iterator<Item = Row>,
    ) -> Result<(), PlantError> {
        self.progress.table(shown, total);
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let batch: Vec<Row> = rows.by_ref().take(MAX_VALUES / 60).collect();
            let count = batch.len();
            put(self.connection, table, batch).await?;
            self.progress.add(count);
        }
        Ok(())
    }
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
