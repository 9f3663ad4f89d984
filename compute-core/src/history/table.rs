//! The hours of a range of days, machine by machine.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};

use super::tally::{Hours, Tally, UNITS_PER_HOUR};
use crate::calendar::Day;
use crate::equipment::State;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;
use crate::source_contract::SHIFT_HOURS_COLUMNS;
use crate::table::{
    Column, DecodeError, Kind, NULL_CODE, NamedStream, SourceError, SourceReader, TextColumn,
    encode_named,
};

/// Name of the table in schemas, errors and URLs.
const NAME: &str = "history";
/// Hours of one source row beyond this are a defect of the source.
const MOST_UNITS: f64 = 100_000_000.0;
/// Name of the optional column (64-bit integers) with the number of source rows that a row stands for.
pub const ROWS: &str = "ROWS";
/// 24 hours, and 0.01 h for what the source rounded.
const FULL_DAY: i64 = 240_100;
/// Columns of hours, in the order of [`State::place`].
const STATE_COLUMNS: [&str; State::COUNT] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "OTHER"];

/// Hours by machine and day, ascending by RESOURCEID, then day; what has no hours has no row.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryTable {
    pub(super) first: Day,
    pub(super) last: Day,
    /// RESOURCEIDs, ascending.
    pub(super) machines: StringArray,
    /// Rows of machine `m`: `starts[m]..starts[m + 1]`.
    pub(super) starts: Vec<u32>,
    pub(super) days: Vec<Day>,
    pub(super) hours: Vec<Hours>,
    /// All rows of each machine added up, because lists of machines mostly show the whole range.
    totals: Vec<Tally>,
}

impl HistoryTable {
    /// Adds up rows of `DW_MES_RESOURCESTATUS_SHIFT` (or of sums over it) from `first` to `last`.
    ///
    /// HOURS are rounded to 1/10,000 h, half away from zero, row by row; NULL, what is no number
    /// and what is beyond ±10,000 h is 0; sums of several rows ([`ROWS`]) have no such limit. States that
    /// are none of the six count as OTHER. Rows without a machine or without a day are left out; rows of
    /// other days don't belong to the table.
    ///
    /// # Errors
    /// A column is missing or of another type.
    pub fn from_source(
        batch: &RecordBatch,
        first: Day,
        last: Day,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::of(NAME, "HISTORYID", SHIFT_HOURS_COLUMNS, batch);
        let ids = texts(&source, "HISTORYID")?;
        let states = texts(&source, "OLDSTATUSNAME")?;
        let times = texts(&source, "TXNDATE")?;
        let hours = source.decimal("HOURS")?;
        let weights = batch.column_by_name(ROWS).and_then(|rows| rows.as_any().downcast_ref());
        let weight = |row| weights.map_or(1, |rows: &Int64Array| rows.value(row).unsigned_abs());
        let places: Vec<usize> =
            states.names().map(|name| State::exact(rules.e10_state(name)).place()).collect();
        let known: Vec<bool> = states.names().map(|name| rules.knows_state(name)).collect();
        let days: Vec<Option<Day>> = times.names().map(Day::parse).collect();
        let mut parts: Vec<(u32, Day, usize, i64)> = Vec::new();
        for row in 0..source.rows() {
            let (id, time, state) = (ids.codes()[row], times.codes()[row], states.codes()[row]);
            let day = days.get(time as usize).copied().flatten();
            if day.is_some_and(|day| day < first || day > last) {
                continue;
            }
            let rows = weight(row);
            ledger.rows_read += rows;
            if id == NULL_CODE {
                ledger.note_many(Reason::NoKey, "HISTORYID", rows, None, times.get(row));
                continue;
            }
            let machine = Some(ids.name(id));
            let Some(day) = day else {
                ledger.note_many(Reason::NoDay, "TXNDATE", rows, machine, times.get(row));
                continue;
            };
            ledger.rows_kept += rows;
            if hours.is_null(row) {
                continue;
            }
            let units = (hours.value(row) * UNITS_PER_HOUR).round();
            if units.is_nan() || (rows == 1 && units.abs() > MOST_UNITS) {
                let found = hours.value(row).to_string();
                ledger.note(Reason::OutOfRange, "HOURS", machine, Some(&found));
                continue;
            }
            let place = places.get(state as usize).copied().unwrap_or(State::Other.place());
            if !known.get(state as usize).copied().unwrap_or(false) {
                let state = states.get(row);
                ledger.note_many(Reason::UnknownCode, "OLDSTATUSNAME", rows, machine, state);
            }
            parts.push((id, day, place, units as i64));
        }
        // Sources are mostly in this order already, which the sort detects.
        parts.sort_by_key(|(id, day, ..)| (*id, *day));
        let rows = parts.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|of_day| {
            let mut sums = [0_i64; State::COUNT];
            for (_, _, place, units) in of_day {
                sums[*place] += *units;
            }
            let bound = i64::from(i32::MAX);
            let hours = sums.map(|sum| sum.clamp(-bound, bound) as i32);
            (ids.name(of_day[0].0), of_day[0].1, hours)
        });
        let table = Self::of(first, last, rows);
        table.note_days(ledger);
        Ok(table)
    }

    /// Notes days of machines that have more than 24 hours, or less than none of a state.
    fn note_days(&self, ledger: &mut Ledger) {
        for (machine, rows) in self.rows_by_machine() {
            let name = Some(self.machines.value(machine));
            for row in rows {
                let shown = |units: i64| {
                    format!("{} h on {}", units as f64 / UNITS_PER_HOUR, self.days[row])
                };
                let hours = self.hours[row].map(i64::from);
                let all: i64 = hours.iter().sum();
                if all > FULL_DAY {
                    ledger.note(Reason::DayOver24Hours, "HOURS", name, Some(&shown(all)));
                }
                for units in hours.into_iter().filter(|units| *units < 0) {
                    ledger.note(Reason::NegativeHours, "HOURS", name, Some(&shown(units)));
                }
            }
        }
    }

    /// From rows that ascend by machine, then day.
    pub(super) fn of<'a>(
        first: Day,
        last: Day,
        rows: impl Iterator<Item = (&'a str, Day, Hours)>,
    ) -> Self {
        let mut machines: Vec<&str> = Vec::new();
        let (mut starts, mut days, mut hours) = (Vec::new(), Vec::new(), Vec::new());
        for (machine, day, of_day) in rows {
            if machines.last() != Some(&machine) {
                machines.push(machine);
                starts.push(days.len() as u32);
            }
            days.push(day);
            hours.push(of_day);
        }
        starts.push(days.len() as u32);
        let machines = StringArray::from_iter_values(machines);
        let totals = starts
            .windows(2)
            .map(|rows| Tally::of_machine(&hours[rows[0] as usize..rows[1] as usize]))
            .collect();
        Self { first, last, machines, starts, days, hours, totals }
    }

    /// Number of rows: one per machine and day.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// First day that was asked for, and last.
    pub fn range(&self) -> (Day, Day) {
        (self.first, self.last)
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.days.len() * (size_of::<Day>() + size_of::<Hours>())
            + self.starts.len() * size_of::<u32>()
            + self.totals.len() * size_of::<Tally>()
            + self.machines.get_buffer_memory_size()
    }

    /// RESOURCEID and number of days of each machine, ascending.
    pub fn machines(&self) -> impl Iterator<Item = (&str, usize)> {
        self.rows_by_machine().map(|(machine, rows)| (self.machines.value(machine), rows.len()))
    }

    /// Row range of each machine that has rows, with its place among the machines.
    pub(super) fn rows_by_machine(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        self.starts.windows(2).map(|rows| rows[0] as usize..rows[1] as usize).enumerate()
    }

    /// The hours of a machine on some of its rows.
    pub(super) fn tally(&self, machine: usize, rows: Range<usize>) -> Tally {
        let all = self.starts[machine] as usize..self.starts[machine + 1] as usize;
        if rows == all { self.totals[machine] } else { Tally::of_machine(&self.hours[rows]) }
    }

    /// One Arrow IPC stream: HISTORYID, TXNDATE (`YYYY-MM-DD`) and a column a state with the hours
    /// in 1/10,000 h; schema metadata `start_date`, `end_date`, `unit`. Equal tables give equal bytes.
    pub fn to_ipc(&self) -> Vec<u8> {
        let ids = self.rows_by_machine().flat_map(|(machine, rows)| {
            let id = self.machines.value(machine);
            rows.map(move |_| Some(id))
        });
        let labels: Vec<String> =
            (self.first.0..=self.last.0).map(|day| Day(day).to_string()).collect();
        let dates = self
            .days
            .iter()
            .map(|day| labels.get(self.first.days_until(*day) as usize).map(String::as_str));
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("HISTORYID", TextColumn::from_values(ids).to_array()),
            ("TXNDATE", TextColumn::from_values(dates).to_array()),
        ];
        for (place, name) in STATE_COLUMNS.into_iter().enumerate() {
            let hours = self.hours.iter().map(|hours| hours[place]);
            columns.push((name, Arc::new(Int32Array::from_iter_values(hours))));
        }
        let metadata = [
            ("start_date", self.first.to_string()),
            ("end_date", self.last.to_string()),
            ("unit", "1/10000 h".to_owned()),
        ];
        encode_named(NAME, columns, metadata)
    }

    /// Reads what [`Self::to_ipc`] wrote.
    ///
    /// # Errors
    /// Damaged bytes, or a table that is not of this form.
    pub fn from_ipc(bytes: &[u8]) -> Result<Self, DecodeError> {
        let stream = NamedStream::decode(NAME, bytes)?;
        let unexpected = |expected: &str, found: &str| stream.unexpected(expected, found);
        let (first, last) = stream.days()?;
        let (Some(Column::Text(ids)), Some(Column::Text(dates))) =
            (stream.column("HISTORYID", Kind::Text), stream.column("TXNDATE", Kind::Text))
        else {
            return Err(unexpected("HISTORYID and TXNDATE as text", "other columns"));
        };
        let mut hours: Vec<Hours> = vec![[0; State::COUNT]; stream.rows()];
        for (place, name) in STATE_COLUMNS.into_iter().enumerate() {
            let Some(Column::Int(column)) = stream.column(name, Kind::Int) else {
                return Err(unexpected("hours of all states", "other columns"));
            };
            // A missing number reads as 0, as in the source.
            for (row, of_day) in hours.iter_mut().enumerate() {
                of_day[place] = if column.is_valid(row) { column.value(row) } else { 0 };
            }
        }
        let known: Vec<Option<Day>> = dates
            .names()
            .map(|text| Day::parse(text).filter(|day| *day >= first && *day <= last))
            .collect();
        let days: Option<Vec<Day>> =
            dates.codes().iter().map(|code| known.get(*code as usize).copied().flatten()).collect();
        let days = days.ok_or_else(|| unexpected("days of the range", "other days"))?;
        let keys: Vec<(u32, Day)> = ids.codes().iter().copied().zip(days).collect();
        let ascends = keys.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascends || keys.last().is_some_and(|(code, _)| *code == NULL_CODE) {
            return Err(unexpected("rows by machine and day", "another order"));
        }
        let rows = keys.into_iter().zip(hours);
        Ok(Self::of(first, last, rows.map(|((code, day), hours)| (ids.name(code), day, hours))))
    }
}

fn texts(source: &SourceReader<'_>, column: &'static str) -> Result<TextColumn, SourceError> {
    Ok(source.text(column)?.column(0..source.rows()))
}
