//! Maintenance jobs of the machines.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch};

use super::fragments::NO_TIME;
use crate::calendar::Moment;
use crate::quality::{Ledger, Reason};
use crate::source_contract::{JOB_COLUMNS, absent};
use crate::table::{
    Column, DecodeError, Kind, NULL_CODE, NamedStream, SourceError, SourceReader, TextColumn,
    Texts, encode_named,
};

/// Name of the table in schemas, errors and URLs.
const NAME: &str = "jobs";

/// The text columns that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobText {
    Order,
    Model,
    Status,
    Symptom,
    Cause,
    Repair,
}

impl JobText {
    /// Their names in source and encoded table, by place.
    const NAMES: [&str; 6] = [
        "JOBORDERNAME",
        "JOBMODELNAME",
        "JOBSTATUS",
        "SYMPTOMCODENAME",
        "CAUSECODENAME",
        "REPAIRCODENAME",
    ];
}

/// Optional columns of the source that a job is made of; variants of texts are not among them.
const OPTIONAL: [&str; 9] = [
    "JOBMODELNAME",
    "JOBORDERNAME",
    "COMPLETEDATE",
    "CANCELDATE",
    "FIRSTCLOCKONDATE",
    "LASTCLOCKOFFDATE",
    "CAUSECODENAME",
    "REPAIRCODENAME",
    "SYMPTOMCODENAME",
];

/// The moments of a job in seconds of [`Moment`]; [`NO_TIME`] where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// CREATEDATE; every job has it.
    pub created: i64,
    /// COMPLETEDATE, else CANCELDATE, not before `created`; [`NO_TIME`] while it is open.
    pub ended: i64,
    /// FIRSTCLOCKONDATE.
    pub clock_on: i64,
    /// LASTCLOCKOFFDATE.
    pub clock_off: i64,
}

/// Jobs by RESOURCEID, then CREATEDATE, then JOBID.
#[derive(Clone, Debug, PartialEq)]
pub struct JobTable {
    /// Columns that the site doesn't have, or the name of the table where it has none.
    pub(super) absent: Vec<String>,
    pub(super) machines: TextColumn,
    pub(super) ids: TextColumn,
    texts: Vec<TextColumn>,
    pub(super) jobs: Vec<Job>,
}

/// The moments of a job in the encoded table, by place.
const MOMENTS: [&str; 4] = ["CREATEDATE", "ENDDATE", "FIRSTCLOCKONDATE", "LASTCLOCKOFFDATE"];

impl JobTable {
    /// Rows of `DW_MES_JOB`. Rows without JOBID, RESOURCEID or readable CREATEDATE, and further rows
    /// of a JOBID, are left out and counted. An end before the creation counts as at the creation, a
    /// clock-off before the clock-on and a clock-on before the creation are missing; each is counted.
    ///
    /// # Errors
    /// A column is missing or of another type.
    pub fn from_source(batch: &RecordBatch, ledger: &mut Ledger) -> Result<Self, SourceError> {
        let source = SourceReader::of(NAME, "JOBID", JOB_COLUMNS, batch);
        let (ids, machines) = (source.text("JOBID")?, source.text("RESOURCEID")?);
        let moment = |name: &'static str| source.text(name);
        let (created, completed) = (moment("CREATEDATE")?, moment("COMPLETEDATE")?);
        let (cancelled, clock_on) = (moment("CANCELDATE")?, moment("FIRSTCLOCKONDATE")?);
        let clock_off = moment("LASTCLOCKOFFDATE")?;
        let read = |column: Texts<'_>, row| column.cell(row).and_then(Moment::parse);
        let texts = JobText::NAMES
            .into_iter()
            .map(|name| source.text(name))
            .collect::<Result<Vec<Texts<'_>>, _>>()?;
        let mut rows: Vec<(&str, i64, &str, Job, usize)> = Vec::with_capacity(source.rows());
        for row in 0..source.rows() {
            ledger.rows_read += 1;
            let id = ids.cell(row);
            let (Some(known), Some(machine)) = (id, machines.cell(row)) else {
                let column = if id.is_none() { "JOBID" } else { "RESOURCEID" };
                ledger.note(Reason::NoKey, column, id, None);
                continue;
            };
            let Some(begin) = read(created, row) else {
                ledger.note(Reason::NoDay, "CREATEDATE", id, created.cell(row));
                continue;
            };
            let end = read(completed, row).or(read(cancelled, row));
            if end.is_some_and(|end| end < begin) {
                ledger.note(Reason::ReversedSpan, "COMPLETEDATE", id, completed.cell(row));
            }
            let mut on = read(clock_on, row);
            if on.is_some_and(|on| on < begin) {
                ledger.note(Reason::ReversedSpan, "FIRSTCLOCKONDATE", id, clock_on.cell(row));
                on = None;
            }
            let mut off = read(clock_off, row);
            if on.is_some() && off < on && off.is_some() {
                ledger.note(Reason::ReversedSpan, "LASTCLOCKOFFDATE", id, clock_off.cell(row));
                off = None;
            }
            let secs = |moment: Option<Moment>| moment.map_or(NO_TIME, |moment| moment.0);
            let job = Job {
                created: begin.0,
                ended: secs(end.map(|end| end.max(begin))),
                clock_on: secs(on),
                clock_off: secs(off),
            };
            rows.push((machine, begin.0, known, job, row));
        }
        let shown = |row: usize| texts.iter().map(move |column| column.cell(row));
        rows.sort_unstable_by(|one, other| {
            let key = |row: &(&str, i64, &str, Job, usize)| {
                (row.3.ended, row.3.clock_on, row.3.clock_off)
            };
            (one.0, one.1, one.2, key(one))
                .cmp(&(other.0, other.1, other.2, key(other)))
                .then_with(|| shown(one.4).cmp(shown(other.4)))
        });
        // The first row of an id stays, in the order of the table.
        let mut by_id: Vec<usize> = (0..rows.len()).collect();
        by_id.sort_by_key(|place| rows[*place].2);
        let mut is_first = vec![true; rows.len()];
        for pair in by_id.windows(2) {
            if rows[pair[0]].2 == rows[pair[1]].2 {
                is_first[pair[1]] = false;
                ledger.note(Reason::DuplicateKey, "JOBID", Some(rows[pair[1]].2), None);
            }
        }
        let mut kept = is_first.into_iter();
        rows.retain(|_| kept.next().unwrap_or(false));
        ledger.rows_kept += rows.len() as u64;
        let has = |name: &str| batch.column_by_name(name).is_some();
        Ok(Self {
            absent: absent(JOB_COLUMNS, has)
                .filter(|name| OPTIONAL.contains(name))
                .map(str::to_owned)
                .collect(),
            machines: TextColumn::from_values(rows.iter().map(|row| Some(row.0))),
            ids: TextColumn::from_values(rows.iter().map(|row| Some(row.2))),
            texts: texts.iter().map(|column| column.column(rows.iter().map(|row| row.4))).collect(),
            jobs: rows.into_iter().map(|row| row.3).collect(),
        })
    }

    /// No jobs, of a site that doesn't have their table.
    pub fn without(table: &str) -> Self {
        let none = || TextColumn::from_values(std::iter::empty());
        Self {
            absent: vec![table.to_owned()],
            machines: none(),
            ids: none(),
            texts: JobText::NAMES.iter().map(|_| none()).collect(),
            jobs: Vec::new(),
        }
    }

    /// Number of jobs.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn text(&self, text: JobText, row: usize) -> Option<String> {
        self.texts[text as usize].get(row).map(str::to_owned)
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let texts = self.texts.iter().chain([&self.machines, &self.ids]);
        texts.map(TextColumn::memory_bytes).sum::<usize>() + self.len() * size_of::<Job>()
    }

    /// One Arrow IPC stream: RESOURCEID, JOBID, the text columns, then CREATEDATE, ENDDATE,
    /// FIRSTCLOCKONDATE and LASTCLOCKOFFDATE (seconds since 1970, plant time); schema metadata `absent`.
    /// Equal tables give equal bytes.
    pub fn to_ipc(&self) -> Vec<u8> {
        let mut columns: Vec<(&str, ArrayRef)> =
            vec![("RESOURCEID", self.machines.to_array()), ("JOBID", self.ids.to_array())];
        let texts = JobText::NAMES.into_iter().zip(&self.texts);
        columns.extend(texts.map(|(name, column)| (name, column.to_array())));
        for (place, name) in MOMENTS.into_iter().enumerate() {
            let moments = self.jobs.iter().map(|job| {
                let moment = [job.created, job.ended, job.clock_on, job.clock_off][place];
                (moment != NO_TIME).then_some(moment)
            });
            columns.push((name, Arc::new(moments.collect::<Int64Array>())));
        }
        encode_named(NAME, columns, [("absent", self.absent.join(","))])
    }

    /// Reads what [`Self::to_ipc`] wrote.
    ///
    /// # Errors
    /// Damaged bytes, or a table that is not of this form.
    pub fn from_ipc(bytes: &[u8]) -> Result<Self, DecodeError> {
        let stream = NamedStream::decode(NAME, bytes)?;
        let unexpected = |expected: &str, found: &str| stream.unexpected(expected, found);
        let text = |name: &str| match stream.column(name, Kind::Text) {
            Some(Column::Text(column)) => Ok(column),
            _ => Err(unexpected(&format!("{name} as text"), "another column")),
        };
        let moments = |name: &str| match stream.column(name, Kind::Long) {
            Some(Column::Long(column)) => Ok(column),
            _ => Err(unexpected(&format!("{name} as moment"), "another column")),
        };
        let [created, ended, on, off] = MOMENTS;
        let columns = [moments(created)?, moments(ended)?, moments(on)?, moments(off)?];
        let jobs = (0..stream.rows()).map(|row| {
            let [created, ended, clock_on, clock_off] = columns
                .each_ref()
                .map(|column| if column.is_valid(row) { column.value(row) } else { NO_TIME });
            Job { created, ended, clock_on, clock_off }
        });
        let table = Self {
            absent: stream.absent(),
            machines: text("RESOURCEID")?,
            ids: text("JOBID")?,
            texts: JobText::NAMES.iter().map(|name| text(name)).collect::<Result<_, _>>()?,
            jobs: jobs.collect(),
        };
        let (machines, ids) = (table.machines.codes(), table.ids.codes());
        let key = |row: usize| (machines[row], table.jobs[row].created, ids[row]);
        let has_order = (0..table.len()).is_sorted_by(|one, other| key(*one) < key(*other));
        let is_whole = table.ids.cardinality() == table.len()
            && machines.last() != Some(&NULL_CODE)
            && table.jobs.iter().all(|job| job.created != NO_TIME && job.ended >= job.created);
        if !has_order || !is_whole {
            return Err(unexpected("one row per job, by machine and creation", "others"));
        }
        Ok(table)
    }
}
