//! The demo's SQLite file: the source tables, some of them views over the plant's clock, and what the
//! simulation stores to continue after a restart. The caller runs the statements.

use std::sync::LazyLock;

use jiff::civil::date;
use serde::Serialize;

use crate::factory::{Changes, Factory, JobStepKind, PlantSize, midnight};
use crate::history::{containers, day_rows, holds, jobs, oldest_day, past_days};
use crate::rows::{self, Cell, Row, time};

/// Creates the index that is cheaper after filling.
pub const INDEX: &str = "create index SHIFT_BY_DATE on SHIFT_PAST (TXNDATE)";
/// Changes with what the simulation remembers; the tables are compared by [`schema`].
pub const VERSION: i64 = 4;
/// Tables whose rows of a machine are replaced together, with the column of its id.
pub const OF_MACHINES: [(&str, &str); 2] =
    [("DW_MES_EQUIPMENTSTATUS_WIP_V", "RESOURCEID"), ("SHIFT_TODAY", "HISTORYID")];
/// Removes what is older than the moment that is bound.
pub const FORGET: [&str; 4] = [
    "delete from DW_MES_HOLDRELEASEHISTORY where RELEASETXNDATE < ?",
    "delete from SHIFT_PAST where TXNDATE < ?",
    "delete from DW_MES_JOBTXNHISTORY where JOBID in \
     (select JOBID from DW_MES_JOB where COMPLETEDATE < ?)",
    "delete from DW_MES_JOB where COMPLETEDATE < ?",
];

/// Lots that show the type of every column that is not always NULL.
const SAMPLE: PlantSize = PlantSize { lots: 400, machines: 40, history_days: 1, finished_jobs: 0 };

/// Creates the tables. The same text in every plant of one build.
pub fn schema() -> &'static str {
    static SCHEMA: LazyLock<String> = LazyLock::new(made_schema);
    &SCHEMA
}

fn made_schema() -> String {
    let factory = Factory::new(1, date(2026, 1, 1).at(0, 0, 0, 0), SAMPLE);
    let sample: Vec<Row> = (0..factory.lots.len()).map(|slot| rows::lot(&factory, slot)).collect();
    let names: Vec<&str> =
        sample[0].iter().map(|(name, _)| *name).filter(|name| *name != "SLOT").collect();
    let declared = |name: &str| {
        let cells = sample.iter().flatten().filter(|(other, _)| *other == name);
        let kind = cells.map(|(_, cell)| cell).find_map(|cell| match cell {
            Cell::Null => None,
            Cell::Text(_) => Some("text"),
            Cell::Integer(_) => Some("integer"),
            Cell::Decimal(_) => Some("real"),
        });
        format!("{name} {}", kind.unwrap_or("text"))
    };
    let columns: Vec<String> = names.iter().map(|name| declared(name)).collect();
    include_str!("sqlite.sql")
        .replace("{COLUMNS}", &columns.join(", "))
        .replace("{NAMES}", &names.join(", "))
}

/// All rows of one table.
pub struct Filling<'a> {
    /// Table that takes the rows.
    pub table: &'static str,
    /// Source table that `table` is behind, if any.
    pub shown: Option<&'static str>,
    /// Number of rows.
    pub count: usize,
    /// Made as they are taken.
    pub rows: Box<dyn Iterator<Item = Row> + Send + 'a>,
}

impl<'a> Filling<'a> {
    fn new(
        table: &'static str,
        shown: Option<&'static str>,
        rows: impl ExactSizeIterator<Item = Row> + Send + 'a,
    ) -> Self {
        Self { table, shown, count: rows.len(), rows: Box::new(rows) }
    }
}

/// Everything that a new file holds.
///
/// # Errors
/// The memory of the simulation can't be written as JSON.
pub fn tables(factory: &Factory) -> Result<Vec<Filling<'_>>, serde_json::Error> {
    let machines = &factory.machines;
    let plant: Row = vec![
        ("SEED", (factory.ledger.seed as i64).into()),
        ("LOTS", (factory.size.lots as i64).into()),
        ("MACHINES", (factory.size.machines as i64).into()),
        ("NOW", time(factory.now()).into()),
        ("LEDGER", serde_json::to_string(&factory.ledger)?.into()),
        ("SCHEMA", schema().into()),
    ];
    let of = |table, rows: Vec<Row>| Filling::new(table, Some(table), rows.into_iter());
    let unseen = |table, rows: Vec<Row>| Filling::new(table, None, rows.into_iter());
    let lots = (0..factory.lots.len()).map(|slot| rows::lot(factory, slot));
    let (jobs, steps) = jobs(factory);
    let hours = past_days(factory)
        .map(|day| day.seconds.iter().flatten().filter(|seconds| **seconds > 0).count())
        .sum();
    Ok(vec![
        unseen("PLANT", vec![plant]),
        Filling::new("LOT", Some("DW_MES_LOT_V"), lots),
        Filling::new(
            "DW_MES_RESOURCE",
            Some("DW_MES_RESOURCE"),
            machines.iter().map(|machine| rows::resource(factory, machine)),
        ),
        of(
            "DW_MES_EQUIPMENTSTATUS_WIP_V",
            machines.iter().flat_map(|machine| rows::statuses(factory, machine)).collect(),
        ),
        of("DW_MES_SPEC_WORKCENTER_V", rows::specs()),
        of("DW_MES_JOB", jobs),
        of("DW_MES_JOBTXNHISTORY", steps),
        of(
            "DW_MES_HOLDRELEASEHISTORY",
            holds(factory).iter().map(|step| rows::hold(factory, step)).collect(),
        ),
        of("DW_MES_CONTAINER", containers(factory)),
        Filling {
            table: "SHIFT_PAST",
            shown: Some("DW_MES_RESOURCESTATUS_SHIFT"),
            count: hours,
            rows: Box::new(past_days(factory).flat_map(|day| day_rows(factory, &day))),
        },
        unseen(
            "SHIFT_TODAY",
            machines.iter().flat_map(|machine| rows::shifts_today(factory, machine)).collect(),
        ),
        unseen("MEMORY", memory("lot", factory.lots.iter().enumerate())?),
        unseen("MEMORY", memory("machine", machines.iter().enumerate())?),
    ])
}

/// What ticks changed.
#[derive(Debug)]
pub struct Moves {
    /// The plant's clock.
    pub now: String,
    /// The new `PLANT.LEDGER`.
    pub ledger: String,
    /// Ids of the machines whose rows of [`OF_MACHINES`] go before `rows` come.
    pub machines: Vec<String>,
    /// Rows by table; they replace those with the same key.
    pub rows: Vec<(&'static str, Vec<Row>)>,
    /// A day has ended: what is older than this moment goes after `rows` came.
    pub oldest: Option<String>,
}

/// What to write after ticks.
///
/// # Errors
/// The memory of the simulation can't be written as JSON.
pub fn moves(factory: &Factory, changes: &Changes) -> Result<Moves, serde_json::Error> {
    let has_new_day = !changes.ended_days.is_empty();
    // After the end of a day, the hours of today begin anew for every machine.
    let touched: Vec<usize> = if has_new_day {
        (0..factory.machines.len()).collect()
    } else {
        changes.machines.union(&changes.masters).copied().collect()
    };
    let lots = || changes.lots.iter().map(|slot| (*slot, &factory.lots[*slot]));
    let machines = || touched.iter().map(|index| (*index, &factory.machines[*index]));
    let masters = || changes.masters.iter().map(|index| &factory.machines[*index]);
    let now = factory.now();
    let (mut jobs, mut steps) = (Vec::new(), Vec::new());
    for step in &changes.job_steps {
        let closed = (step.kind == JobStepKind::Closed).then_some(now);
        let at = if step.kind == JobStepKind::Opened { step.job.opened } else { now };
        jobs.push(rows::job(factory, &factory.machines[step.machine], &step.job, closed));
        steps.push(rows::job_step(step, at));
    }
    let rows = vec![
        ("LOT", lots().map(|(slot, _)| rows::lot(factory, slot)).collect()),
        ("MEMORY", memory("lot", lots())?),
        ("MEMORY", memory("machine", machines())?),
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
        ("DW_MES_JOB", jobs),
        ("DW_MES_JOBTXNHISTORY", steps),
        (
            "DW_MES_HOLDRELEASEHISTORY",
            changes.hold_steps.iter().map(|step| rows::hold(factory, step)).collect(),
        ),
        ("DW_MES_CONTAINER", lots().map(|(_, lot)| rows::container(lot)).collect()),
    ];
    Ok(Moves {
        now: time(now),
        ledger: serde_json::to_string(&factory.ledger)?,
        machines: machines().map(|(_, machine)| rows::resource_id(machine)).collect(),
        rows,
        oldest: has_new_day.then(|| time(midnight(oldest_day(factory)))),
    })
}

fn memory<'a, T: Serialize + 'a>(
    kind: &'static str,
    things: impl Iterator<Item = (usize, &'a T)>,
) -> Result<Vec<Row>, serde_json::Error> {
    let row = |(slot, thing)| -> Result<Row, serde_json::Error> {
        let state = serde_json::to_string(thing)?;
        Ok(vec![("KIND", kind.into()), ("SLOT", (slot as i64).into()), ("STATE", state.into())])
    };
    things.map(row).collect()
}

/// The plant as it was left: `PLANT.LEDGER`, and `MEMORY.STATE` of lots and machines by slot.
///
/// # Errors
/// A text is not what [`tables`] or [`moves`] wrote.
pub fn recall(
    size: PlantSize,
    ledger: &str,
    lots: &[String],
    machines: &[String],
) -> Result<Factory, serde_json::Error> {
    let lots = lots.iter().map(|state| serde_json::from_str(state)).collect::<Result<_, _>>()?;
    let machines =
        machines.iter().map(|state| serde_json::from_str(state)).collect::<Result<_, _>>()?;
    Ok(Factory::resume(size, serde_json::from_str(ledger)?, lots, machines))
}
