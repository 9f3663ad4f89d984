//! States of the machines as the MES records them: a row per state and shift.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch};

use crate::calendar::{Day, Moment};
use crate::downtime_category::DowntimeCategory;
use crate::equipment::State;
use crate::production_day::ShiftPlan;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;
use crate::source_contract::{SHIFT_HOURS_COLUMNS, absent};
use crate::table::{
    Column, DecodeError, Kind, NULL_CODE, NamedStream, SourceError, SourceReader, TextColumn,
    encode_named,
};

/// Name of the table in schemas, errors and URLs.
const NAME: &str = "downtime";
/// Units of an hour: 1/10,000 h, as in the history.
pub(super) const UNITS_PER_HOUR: f64 = 10_000.0;
/// Hours of one source row beyond this are a defect of the source.
const MOST_UNITS: f64 = 100_000_000.0;
/// Optional columns of the source that downtimes are made of.
const OPTIONAL: [&str; 4] =
    ["OLDREASONNAME", "OLDLASTSTATUSCHANGEDATE", "LASTSTATUSCHANGEDATE", "JOBID"];
/// Begin and end of a fragment whose begin is not known.
pub(super) const NO_TIME: i64 = i64::MAX;

/// Whether a state is one that counts as downtime.
pub(super) fn is_down(state: State) -> bool {
    matches!(state, State::Udt | State::Sdt | State::Egt)
}

/// Fragments of a range of days, by RESOURCEID, then begin.
#[derive(Clone, Debug, PartialEq)]
pub struct DowntimeTable {
    pub(super) first: Day,
    pub(super) last: Day,
    pub(super) plan: ShiftPlan,
    /// Columns of downtimes that the site doesn't have.
    pub(super) absent: Vec<String>,
    pub(super) machines: TextColumn,
    /// State as recorded.
    pub(super) states: TextColumn,
    pub(super) reasons: TextColumn,
    /// JOBID.
    pub(super) jobs: TextColumn,
    /// What each code of `states` counts as.
    pub(super) meanings: Vec<State>,
    /// Category of each code of `reasons`; `None` where the site names none.
    pub(super) categories: Vec<Option<DowntimeCategory>>,
    /// Day of TXNDATE.
    pub(super) days: Vec<i32>,
    /// Begin in seconds of [`Moment`], or [`NO_TIME`].
    pub(super) begins: Vec<i64>,
    /// End, not before the begin, or [`NO_TIME`].
    pub(super) ends: Vec<i64>,
    /// Whether the state had not ended; its end is then the begin plus its hours.
    pub(super) open: Vec<bool>,
    /// HOURS in 1/10,000 h.
    pub(super) units: Vec<i32>,
}

/// One fragment while the table is made.
struct Fragment<'a> {
    machine: &'a str,
    state: Option<&'a str>,
    reason: Option<&'a str>,
    job: Option<&'a str>,
    day: i32,
    begin: i64,
    end: Option<i64>,
    units: i32,
}

impl DowntimeTable {
    /// Rows of `DW_MES_RESOURCESTATUS_SHIFT` of the days from `first` to `last` (of TXNDATE, as for the
    /// history).
    ///
    /// HOURS are read as for the history. Rows without a machine or without a day are left out and
    /// counted. A row without a begin has hours and belongs to no event. An end before the begin
    /// counts as at the begin, and is counted; without an end the state goes on, and ends for now
    /// after its hours. States and, for downtimes, reasons that no rule names are counted.
    ///
    /// # Errors
    /// A column is missing or of another type.
    pub fn from_source(
        batch: &RecordBatch,
        (first, last): (Day, Day),
        plan: &ShiftPlan,
        rules: &SiteRules,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let source = SourceReader::of(NAME, "HISTORYID", SHIFT_HOURS_COLUMNS, batch);
        let (ids, states) = (source.text("HISTORYID")?, source.text("OLDSTATUSNAME")?);
        let (times, reasons) = (source.text("TXNDATE")?, source.text("OLDREASONNAME")?);
        let begins = source.text("OLDLASTSTATUSCHANGEDATE")?;
        let (ends, jobs) = (source.text("LASTSTATUSCHANGEDATE")?, source.text("JOBID")?);
        let hours = source.decimal("HOURS")?;
        let mut fragments: Vec<Fragment<'_>> = Vec::with_capacity(source.rows());
        for row in 0..source.rows() {
            let (machine, time) = (ids.cell(row), times.cell(row));
            let day = time.and_then(Day::parse);
            if day.is_some_and(|day| day < first || day > last) {
                continue;
            }
            ledger.rows_read += 1;
            let Some(id) = machine else {
                ledger.note(Reason::NoKey, "HISTORYID", None, time);
                continue;
            };
            let Some(day) = day else {
                ledger.note(Reason::NoDay, "TXNDATE", machine, time);
                continue;
            };
            ledger.rows_kept += 1;
            let found = if hours.is_null(row) { 0.0 } else { hours.value(row) };
            let mut units = (found * UNITS_PER_HOUR).round();
            if units.is_nan() || units.abs() > MOST_UNITS {
                ledger.note(Reason::OutOfRange, "HOURS", machine, Some(&found.to_string()));
                units = 0.0;
            }
            let (state, reason) = (states.cell(row), reasons.cell(row));
            let meaning = State::exact(state.and_then(|state| rules.e10_state(state)));
            if !state.is_some_and(|state| rules.knows_state(state)) {
                ledger.note(Reason::UnknownCode, "OLDSTATUSNAME", machine, state);
            }
            let category = reason.and_then(|reason| rules.downtime_category(reason));
            if is_down(meaning) && category.is_none() {
                ledger.note(Reason::UnknownCode, "OLDREASONNAME", machine, reason);
            }
            let begin = begins.cell(row).and_then(Moment::parse);
            let end = ends.cell(row).and_then(Moment::parse);
            if let (Some(begin), Some(end)) = (begin, end)
                && end < begin
            {
                ledger.note(Reason::ReversedSpan, "LASTSTATUSCHANGEDATE", machine, ends.cell(row));
            }
            fragments.push(Fragment {
                machine: id,
                state,
                reason,
                job: jobs.cell(row),
                day: day.0,
                begin: begin.map_or(NO_TIME, |begin| begin.0),
                end: begin.and_then(|begin| Some(end?.max(begin).0)),
                units: units as i32,
            });
        }
        // What goes on comes after what ended at its begin.
        fragments.sort_unstable_by_key(|one| {
            let end = (one.end.is_none(), one.end);
            (one.machine, one.begin, end, one.state, one.reason, one.job, one.day, one.units)
        });
        let states = TextColumn::from_values(fragments.iter().map(|one| one.state));
        let reasons = TextColumn::from_values(fragments.iter().map(|one| one.reason));
        let has = |name: &str| batch.column_by_name(name).is_some();
        Ok(Self {
            first,
            last,
            plan: plan.clone(),
            absent: absent(SHIFT_HOURS_COLUMNS, has)
                .filter(|name| OPTIONAL.contains(name))
                .map(str::to_owned)
                .collect(),
            machines: TextColumn::from_values(fragments.iter().map(|one| Some(one.machine))),
            meanings: states.names().map(|name| State::exact(rules.e10_state(name))).collect(),
            categories: reasons.names().map(|name| rules.downtime_category(name)).collect(),
            states,
            reasons,
            jobs: TextColumn::from_values(fragments.iter().map(|one| one.job)),
            days: fragments.iter().map(|one| one.day).collect(),
            begins: fragments.iter().map(|one| one.begin).collect(),
            ends: fragments.iter().map(|one| end_of(one.begin, one.end, one.units)).collect(),
            open: fragments.iter().map(|one| one.begin != NO_TIME && one.end.is_none()).collect(),
            units: fragments.iter().map(|one| one.units).collect(),
        })
    }

    /// Number of fragments.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// First day that was asked for, and last.
    pub fn range(&self) -> (Day, Day) {
        (self.first, self.last)
    }

    /// RESOURCEIDs with the number of their fragments, ascending.
    pub fn machines(&self) -> impl Iterator<Item = (&str, usize)> {
        self.rows_by_machine()
            .map(|rows| (self.machines.get(rows.start).unwrap_or_default(), rows.len()))
    }

    /// Rows of each machine, by its code.
    pub(super) fn rows_by_machine(&self) -> impl Iterator<Item = Range<usize>> {
        let mut begin = 0;
        self.machines.codes().chunk_by(|one, other| one == other).map(move |rows| {
            let rows = begin..begin + rows.len();
            begin = rows.end;
            rows
        })
    }

    /// What a fragment counts as.
    pub(super) fn state(&self, code: u32) -> State {
        self.meanings.get(code as usize).copied().unwrap_or(State::Other)
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let texts = [&self.machines, &self.states, &self.reasons, &self.jobs];
        texts.map(TextColumn::memory_bytes).iter().sum::<usize>() + self.len() * (4 + 8 + 8 + 1 + 4)
    }

    /// One Arrow IPC stream: HISTORYID, OLDSTATUSNAME, OLDREASONNAME, JOBID, what a state counts as
    /// (E10_STATE) and what a reason is (CATEGORY), DAY (days since 1970), BEGIN and END (seconds since
    /// 1970, plant time; NULL: not known, or not ended) and UNITS (1/10,000 h); schema metadata
    /// `start_date`, `end_date`, `day_start`, `shifts`, `absent`. Equal tables give equal bytes.
    pub fn to_ipc(&self) -> Vec<u8> {
        let meaning = |code: &u32| self.meanings.get(*code as usize).map(|state| state.code());
        let category = |code: &u32| {
            self.categories.get(*code as usize).copied().flatten().map(|one| one.code())
        };
        let begin = |begin: &i64| (*begin != NO_TIME).then_some(*begin);
        let ends = self.ends.iter().zip(&self.open);
        let ends = ends.map(|(end, open)| (*end != NO_TIME && !open).then_some(*end));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("HISTORYID", self.machines.to_array()),
            ("OLDSTATUSNAME", self.states.to_array()),
            ("OLDREASONNAME", self.reasons.to_array()),
            ("JOBID", self.jobs.to_array()),
            (
                "E10_STATE",
                TextColumn::from_values(self.states.codes().iter().map(meaning)).to_array(),
            ),
            (
                "CATEGORY",
                TextColumn::from_values(self.reasons.codes().iter().map(category)).to_array(),
            ),
            ("DAY", Arc::new(Int32Array::from(self.days.clone()))),
            ("BEGIN", Arc::new(self.begins.iter().map(begin).collect::<Int64Array>())),
            ("END", Arc::new(ends.collect::<Int64Array>())),
            ("UNITS", Arc::new(Int32Array::from(self.units.clone()))),
        ];
        let metadata = [
            ("start_date", self.first.to_string()),
            ("end_date", self.last.to_string()),
            ("day_start", self.plan.day_start()),
            ("shifts", self.plan.shifts()),
            ("absent", self.absent.join(",")),
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
        let plan = stream.plan()?;
        let column = |name: &str, kind: Kind| {
            let found = stream.column(name, kind);
            found.ok_or_else(|| unexpected(&format!("{name} as {kind:?}"), "another column"))
        };
        let text = |name: &str| match column(name, Kind::Text)? {
            Column::Text(column) => Ok(column),
            _ => Err(unexpected(name, "another column")),
        };
        let long = |name: &str| match column(name, Kind::Long)? {
            Column::Long(column) => Ok(column),
            _ => Err(unexpected(name, "another column")),
        };
        let int = |name: &str| match column(name, Kind::Int)? {
            Column::Int(column) if column.null_count() == 0 => Ok(column.values().to_vec()),
            _ => Err(unexpected(name, "another column")),
        };
        let (machines, states, reasons) =
            (text("HISTORYID")?, text("OLDSTATUSNAME")?, text("OLDREASONNAME")?);
        let (days, units) = (int("DAY")?, int("UNITS")?);
        let (begin, end) = (long("BEGIN")?, long("END")?);
        let rows = 0..stream.rows();
        let begins: Vec<i64> = rows
            .clone()
            .map(|row| if begin.is_valid(row) { begin.value(row) } else { NO_TIME })
            .collect();
        let ended = |row: usize| end.is_valid(row).then(|| end.value(row));
        let ends = rows.clone().map(|row| end_of(begins[row], ended(row), units[row])).collect();
        let meanings = of_code(&states, &text("E10_STATE")?, |name| State::exact(Some(name)));
        let categories = of_code(&reasons, &text("CATEGORY")?, DowntimeCategory::by_code);
        let table = Self {
            first,
            last,
            plan,
            absent: stream.absent(),
            meanings: meanings.into_iter().map(|state| state.unwrap_or(State::Other)).collect(),
            categories: categories.into_iter().map(Option::flatten).collect(),
            machines,
            states,
            reasons,
            jobs: text("JOBID")?,
            days,
            open: rows.clone().map(|row| begins[row] != NO_TIME && !end.is_valid(row)).collect(),
            begins,
            ends,
            units,
        };
        let ids = table.machines.codes();
        let has_order = rows.clone().is_sorted_by_key(|row| (ids[row], table.begins[row]))
            && ids.last() != Some(&NULL_CODE);
        let range = first.0..=last.0;
        let is_whole = rows
            .clone()
            .all(|row| range.contains(&table.days[row]) && table.ends[row] >= table.begins[row]);
        if !has_order || !is_whole {
            return Err(unexpected("fragments by machine and begin", "others"));
        }
        Ok(table)
    }
}

/// End of a fragment: as recorded, or after its hours, which may be negative corrections.
fn end_of(begin: i64, end: Option<i64>, units: i32) -> i64 {
    match (begin, end) {
        (NO_TIME, _) => NO_TIME,
        (_, Some(end)) => end,
        // A unit is 0.36 s.
        (_, None) => begin.saturating_add(i64::from(units.max(0)) * 36 / 100),
    }
}

/// What each code of a column goes with in another one, by the rows that have both.
fn of_code<T: Clone>(
    codes: &TextColumn,
    named: &TextColumn,
    meaning: impl Fn(&str) -> T,
) -> Vec<Option<T>> {
    let meanings: Vec<T> = named.names().map(meaning).collect();
    let mut found = vec![None; codes.cardinality()];
    for (code, name) in codes.codes().iter().zip(named.codes()) {
        if let (Some(found), Some(meaning)) =
            (found.get_mut(*code as usize), meanings.get(*name as usize))
            && found.is_none()
        {
            *found = Some(meaning.clone());
        }
    }
    found
}
