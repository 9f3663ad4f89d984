//! Keeps the files current: one statement at a time, over a connection of its own, with pauses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use compute_core::history::{Day, DaysOf, HistoryTable};
use compute_core::site_rules::SiteRules;
use compute_core::table::SourceError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::days::{DayHours, of_undated};
use super::file::MonthFile;
use super::month::Month;
use super::plan::{Cost, Known, Pace, Policy, Step, next};
use super::record::{DayRecord, Undated};
use super::report::RollupReport;
use super::store::{Store, StoreError};
use crate::breaker::State as BreakerState;
use crate::data_quality::LedgerRecord;
use crate::database::{Database, DatabaseFailure};
use crate::day_ranges::DayRange;
use crate::reading::{self, Reading};
use crate::table_query::{self, DaysChecked, DaysRead, Fingerprint, HoursQuery};

/// Time between looks at a lock that another process holds.
const LOCK_HELD: Duration = Duration::from_secs(5);
/// Time between looks at a circuit breaker that is not closed.
const BREAKER_OPEN: Duration = Duration::from_secs(5);
/// First pause after a failure; doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// Wall clock and time since the start, injected.
pub struct RollupClock {
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Never steps.
    pub elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl RollupClock {
    /// The system's.
    pub fn system() -> Self {
        let start = Instant::now();
        Self { now: Box::new(Timestamp::now), elapsed: Box::new(move || start.elapsed()) }
    }
}

impl std::fmt::Debug for RollupClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RollupClock")
    }
}

/// What is rolled up, and how.
#[derive(Clone, Debug)]
pub struct RollupSetup {
    /// Name of the table of hours.
    pub table: String,
    pub reading: Reading,
    pub rules: Arc<SiteRules>,
    pub policy: Policy,
}

/// The roll-up: its files, and what this process knows of their days.
#[derive(Debug)]
pub struct HistoryRollup {
    pub(super) setup: RollupSetup,
    pub(super) store: Store,
    /// Has one connection, for the keeper only.
    pub(super) reader: Arc<Database>,
    /// The way of requests, whose breaker decides whether the database may be asked.
    requests: Arc<Database>,
    pub(super) clock: RollupClock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// When this process last read each day or found it unchanged.
    pub checked: BTreeMap<Day, Duration>,
    /// The day on the database's clock, where it was last asked.
    database_day: Option<Day>,
    pace: Pace,
    pub cost: Option<Cost>,
    failures: u32,
    pub report: RollupReport,
    /// The right to write; also held by work on files that goes on after a stop.
    lock: Option<Arc<File>>,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepFailure {
    #[error(transparent)]
    Database(#[from] DatabaseFailure),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Source(String),
}

impl HistoryRollup {
    /// Nothing is read or written yet. `reader` is a way to the database of the keeper's own;
    /// `requests` the way of requests.
    pub fn new(
        setup: RollupSetup,
        store: Store,
        reader: Arc<Database>,
        requests: Arc<Database>,
        clock: RollupClock,
    ) -> Arc<Self> {
        let days_pending = usize::from(setup.policy.days);
        let report = RollupReport { enabled: true, days_pending, ..RollupReport::default() };
        let state = Mutex::new(State { report, ..State::default() });
        Arc::new(Self { setup, store, reader, requests, clock, state })
    }

    /// The state for operators, without a look at files.
    pub fn report(&self) -> RollupReport {
        self.state().report.clone()
    }

    /// The files.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// No code under the lock can panic halfway through a change.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day that is not over yet, by the server's clock and the database's: the earlier, so that a
    /// step of one of them ends no day before its time.
    pub fn today(&self) -> Day {
        let here = day_at((self.clock.now)(), self.setup.reading.zone());
        let there = self.state().database_day;
        there.map_or(here, |there| there.min(here))
    }

    /// Keeps the files current until `stop`.
    pub async fn keep(self: &Arc<Self>, stop: &CancellationToken) {
        let mut pause = Duration::ZERO;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            let Some(next) = stop.run_until_cancelled(self.step()).await else { break };
            pause = next;
        }
        self.state().lock = None;
        self.reader.close().await;
    }

    /// One look at the plan and one statement at most; returns the pause after it.
    pub async fn step(self: &Arc<Self>) -> Duration {
        match self.try_step().await {
            Ok(pause) => {
                let mut state = self.state();
                state.failures = 0;
                state.report.problem = None;
                pause
            }
            Err(failure) => {
                let mut state = self.state();
                let problem = failure.to_string();
                if state.report.problem.as_ref() != Some(&problem) {
                    tracing::warn!(%failure, "the history can't be rolled up; trying again");
                }
                state.report.problem = Some(problem);
                if matches!(failure, StepFailure::Database(DatabaseFailure::QueryTimeout { .. })) {
                    state.pace = state.pace.slower();
                }
                let pause = FIRST_RETRY * 2_u32.saturating_pow(state.failures.min(10));
                state.failures += 1;
                pause.min(LONGEST_RETRY)
            }
        }
    }

    async fn try_step(self: &Arc<Self>) -> Result<Duration, StepFailure> {
        let known = self.blocking(|rollup| rollup.survey()).await?;
        let today = self.today();
        let now = (self.clock.elapsed)();
        let (is_keeper, pace) = {
            let mut state = self.state();
            let window = self.setup.policy.window(today);
            state.report.set_days(window, &known);
            state.report.is_keeper = state.lock.is_some();
            (state.lock.is_some(), state.pace)
        };
        if !is_keeper {
            return Ok(LOCK_HELD);
        }
        let step = next(today, now, &known, &self.setup.policy, pace.days());
        if let Step::Wait(wait) = step {
            return Ok(wait);
        }
        if self.requests.breaker().look().state != BreakerState::Closed {
            return Ok(BREAKER_OPEN);
        }
        match step {
            Step::Read(range) => self.read(range).await?,
            Step::Check(range) => self.check(range).await?,
            Step::Wait(_) => {}
        }
        Ok(self.setup.policy.pause((self.clock.elapsed)().saturating_sub(now)))
    }

    /// Runs work on files off the async threads.
    pub(super) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, StepFailure> + Send + 'static,
    ) -> Result<T, StepFailure> {
        let (rollup, lock) = (self.clone(), self.state().lock.clone());
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&rollup);
            drop(lock);
            done
        });
        let done = done.await;
        done.map_err(|cause| StepFailure::Source(cause.to_string()))?
    }

    /// The days that files have. Takes the right to write where no process has it; with it, sets damaged
    /// files aside.
    fn survey(&self) -> Result<BTreeMap<Day, Known>, StepFailure> {
        if self.state().lock.is_none() {
            let lock = self.store.lock()?;
            self.state().lock = lock.map(Arc::new);
        }
        let is_keeper = self.state().lock.is_some();
        let generation = match self.store.generation() {
            Err(cause) if cause.is_content() && is_keeper => {
                tracing::error!(%cause, "all days of the history are read again");
                self.store.request_rebuild()?;
                self.store.generation()?
            }
            read => read?,
        };
        let mut known = BTreeMap::new();
        for month in self.store.months()? {
            let records = match self.store.records(month) {
                Err(cause) if cause.is_content() && is_keeper => {
                    let kept = self.store.set_aside(month, (self.clock.now)())?;
                    self.state().report.files_damaged += 1;
                    tracing::error!(%cause, kept = %kept.display(), "a month of history is read again");
                    continue;
                }
                Err(cause) if cause.is_content() => continue,
                read => read?,
            };
            let Some(records) = records else { continue };
            let state = self.state();
            let of_now = records.days.iter().filter(|(_, record)| record.generation >= generation);
            known.extend(of_now.map(|(day, record)| {
                let checked = state.checked.get(day).copied();
                let is_empty = record.is_of(Fingerprint::default());
                (*day, Known { is_settled: record.is_settled, checked, is_empty })
            }));
        }
        Ok(known)
    }

    pub(super) fn query(&self, range: DayRange) -> HoursQuery {
        HoursQuery {
            table: self.setup.table.clone(),
            first: range.first,
            end: range.last.next(),
            reading: self.setup.reading.clone(),
        }
    }

    /// Reads days and writes their files.
    async fn read(self: &Arc<Self>, range: DayRange) -> Result<(), StepFailure> {
        let query = self.query(range);
        let count = range.days().count();
        if Pace::is_for_a_gap(count) {
            let look = self.reader.read("history look", |connection| {
                table_query::has_hours(connection, query.clone())
            });
            if look.await? {
                let mut state = self.state();
                state.pace = state.pace.after_look(count);
                return Ok(());
            }
        }
        let began = (self.clock.elapsed)();
        // Before the read, so that a request during it is not taken for fulfilled.
        let generation = self.blocking(|rollup| Ok(rollup.store.generation()?)).await?;
        let read = self
            .reader
            .read("history roll-up", |connection| table_query::read_days(connection, query.clone()))
            .await?;
        let took = (self.clock.elapsed)().saturating_sub(began);
        let sums: usize = read.days.values().map(|day| day.hours.batch.num_rows()).sum();
        self.note_day(read.today);
        let days = self.blocking(move |rollup| rollup.write(range, read, generation)).await?;
        let mut state = self.state();
        state.pace = state.pace.after(took, sums);
        if sums > 0 {
            state.cost = Some(Cost { days: u16::try_from(count).unwrap_or(u16::MAX), took });
        }
        state.checked.extend(days.into_iter().map(|day| (day, began)));
        Ok(())
    }

    fn note_day(&self, today: Option<Day>) {
        if let Some(today) = today {
            self.state().database_day = Some(today);
        }
    }

    /// Puts the days that were read into their months; returns them.
    fn write(
        &self,
        range: DayRange,
        mut read: DaysRead,
        generation: u64,
    ) -> Result<Vec<Day>, StepFailure> {
        let now = (self.clock.now)().as_millisecond();
        let over = self.today();
        let source = |cause: SourceError| StepFailure::Source(cause.to_string());
        let undated = of_undated(read.undated, range.first, &self.setup.rules).map_err(source)?;
        let mut months: BTreeMap<Month, Vec<(Day, HistoryTable, DayRecord)>> = BTreeMap::new();
        for day in range.days().filter(|day| *day < over) {
            let hours = DayHours::of(day, read.days.remove(&day), &self.setup.rules);
            let DayHours { table, ledger, fingerprint } = hours.map_err(source)?;
            for warning in reading::warnings(&ledger) {
                tracing::warn!(dataset = "history", %day, warning, "cells read as missing");
            }
            let record = DayRecord {
                read_at: now,
                fingerprint: DayRecord::fingerprint_text(fingerprint),
                generation,
                is_settled: false,
                ledger: LedgerRecord::of(&ledger),
            };
            months.entry(Month::of(day)).or_default().push((day, table, record));
        }
        let mut written = Vec::new();
        for (month, days) in months {
            let file = match self.store.load(month) {
                Err(cause) if cause.is_content() => None,
                loaded => loaded?,
            };
            let mut file = file.unwrap_or_else(|| MonthFile::empty(month));
            let new: BTreeSet<Day> = days.iter().map(|(day, ..)| *day).collect();
            let kept = file.records.days.keys().copied().filter(|day| !new.contains(day));
            let mut parts = vec![DaysOf { table: &file.table, days: kept.collect() }];
            parts.extend(days.iter().map(|(day, table, _)| DaysOf { table, days: vec![*day] }));
            file.table = HistoryTable::assembled(month.first(), month.last(), &parts);
            file.records.days.extend(days.into_iter().map(|(day, _, record)| (day, record)));
            file.records.undated = Undated { read_at: now, ledger: LedgerRecord::of(&undated) };
            self.store.save(&file)?;
            written.extend(new);
        }
        Ok(written)
    }

    /// Compares the fingerprints of days; those that changed are dropped, and read next.
    async fn check(self: &Arc<Self>, range: DayRange) -> Result<(), StepFailure> {
        let (query, clock) = (self.query(range), (self.clock.elapsed)());
        let found = self
            .reader
            .read("history check", |connection| table_query::check_days(connection, query.clone()))
            .await?;
        self.note_day(found.today);
        let today = self.today();
        self.blocking(move |rollup| rollup.compare(range, &found, today, clock)).await
    }

    fn compare(
        &self,
        range: DayRange,
        found: &DaysChecked,
        today: Day,
        clock: Duration,
    ) -> Result<(), StepFailure> {
        let months: BTreeSet<Month> = range.days().map(Month::of).collect();
        for month in months {
            let Some(records) = self.store.records(month)? else { continue };
            let (mut changed, mut settled, mut same) = (Vec::new(), Vec::new(), Vec::new());
            for (&day, record) in records.days.range(range.first..=range.last) {
                let now = found.days.get(&day).copied().unwrap_or_default();
                let looked = self.state().checked.get(&day).copied();
                if !record.is_of(now) {
                    changed.push(day);
                    continue;
                }
                same.push(day);
                if !record.is_settled && self.setup.policy.settles(day, today, looked, clock) {
                    settled.push(day);
                }
            }
            if !changed.is_empty() || !settled.is_empty() {
                let Some(mut file) = self.store.load(month)? else { continue };
                let days = &mut file.records.days;
                days.retain(|day, _| !changed.contains(day));
                for day in settled {
                    days.entry(day).and_modify(|record| record.is_settled = true);
                }
                let kept = DaysOf { table: &file.table, days: days.keys().copied().collect() };
                file.table = HistoryTable::assembled(month.first(), month.last(), &[kept]);
                self.store.save(&file)?;
            }
            let mut state = self.state();
            for day in &changed {
                tracing::info!(%day, "the history of a day changed; it is read again");
                state.checked.remove(day);
            }
            state.report.days_changed += changed.len() as u64;
            state.checked.extend(same.into_iter().map(|day| (day, clock)));
        }
        Ok(())
    }
}

fn day_at(now: Timestamp, zone: &TimeZone) -> Day {
    let date = zone.to_datetime(now).date().to_string();
    Day::parse(&date).unwrap_or_else(|| unreachable!("{date} is a date of the years 1 to 9999"))
}
