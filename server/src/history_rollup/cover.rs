//! What of a range the files have.

use std::collections::BTreeMap;
use std::time::Duration;

use compute_core::history::{Day, DaysOf, HistoryTable};
use compute_core::quality::Ledger;
use compute_core::source_contract::SHIFT_HOURS_COLUMNS;
use jiff::{SignedDuration, Timestamp};

use super::keeper::HistoryRollup;
use super::month::Month;
use super::plan::{Known, is_affordable};
use crate::day_ranges::DayRange;

/// The days of a range that files have, and those that they don't have.
#[derive(Debug)]
pub struct Cover {
    parts: Vec<(HistoryTable, Vec<Day>)>,
    /// Ascending.
    pub missing: Vec<Day>,
    /// Those of the missing days that will be rolled up; all others are always read from the database.
    pub pending: usize,
    /// What was found in the days that files have.
    pub ledger: Ledger,
    /// What was found in rows without a day, when they were last read.
    pub undated: Ledger,
    /// When the days that may change were last compared with the database.
    pub checked_at: Option<Timestamp>,
}

impl Cover {
    /// The parts that a table can be assembled from.
    pub fn parts(&self) -> impl Iterator<Item = DaysOf<'_>> {
        self.parts.iter().map(|(table, days)| DaysOf { table, days: days.clone() })
    }

    /// Number of days that files have.
    pub fn days(&self) -> usize {
        self.parts.iter().map(|(_, days)| days.len()).sum()
    }
}

impl HistoryRollup {
    /// Reads what files have of a range. With `any_age`, also days that may have changed since they
    /// were last compared with the database: for the time when it can't be asked.
    ///
    /// Blocks. Files that can't be read or trusted have nothing.
    pub fn cover(&self, range: DayRange, any_age: bool) -> Cover {
        let (today, now, clock) = (self.today(), (self.clock.elapsed)(), (self.clock.now)());
        let policy = &self.setup.policy;
        let window = policy.window(today);
        let mut cover = Cover {
            parts: Vec::new(),
            missing: Vec::new(),
            pending: 0,
            ledger: Ledger::default(),
            undated: Ledger::default(),
            checked_at: None,
        };
        let mut months: BTreeMap<Month, Vec<Day>> = BTreeMap::new();
        // Today, and days before those that are kept.
        for day in range.days() {
            if window.first <= day && day <= window.last {
                months.entry(Month::of(day)).or_default().push(day);
            } else {
                cover.missing.push(day);
            }
        }
        let beyond = cover.missing.len();
        // Without the number of requests for a rebuild no day can be trusted.
        let generation = self.store.generation().unwrap_or(u64::MAX);
        let mut newest = i64::MIN;
        for (month, days) in months {
            let file = self.store.load(month).unwrap_or_else(|cause| {
                tracing::warn!(%cause, "a month of history is asked of the database");
                None
            });
            let Some(file) = file else {
                cover.missing.extend(days);
                continue;
            };
            let mut held = Vec::new();
            for day in days {
                let record = file.records.days.get(&day);
                let record = record.filter(|record| record.generation >= generation);
                let checked = self.state().checked.get(&day).copied();
                let known = record.map(|record| Known {
                    is_settled: record.is_settled,
                    checked,
                    is_empty: false,
                });
                let is_served =
                    known.is_some_and(|known| any_age || policy.serves(day, today, known, now));
                let (Some(record), true) = (record, is_served) else {
                    cover.missing.push(day);
                    continue;
                };
                held.push(day);
                let ledger = record.ledger.ledger(SHIFT_HOURS_COLUMNS);
                cover.ledger.merge(&ledger.unwrap_or_default());
                if !record.is_settled {
                    let read_at = Timestamp::from_millisecond(record.read_at).ok();
                    let at = checked.map_or(read_at, |checked| Some(ago(clock, now, checked)));
                    cover.checked_at = [cover.checked_at, at].into_iter().flatten().min();
                }
            }
            if file.records.undated.read_at > newest {
                newest = file.records.undated.read_at;
                let undated = file.records.undated.ledger.ledger(SHIFT_HOURS_COLUMNS);
                cover.undated = undated.unwrap_or_default();
            }
            if !held.is_empty() {
                cover.parts.push((file.table, held));
            }
        }
        cover.pending = cover.missing.len() - beyond;
        cover.missing.sort_unstable();
        cover
    }

    /// Whether the missing days of a range are read for the request; otherwise the response is that they
    /// are pending. Days that are never rolled up are read, and all days while the roll-up can't go on.
    pub fn reads_at_once(&self, cover: &Cover, budget: Duration) -> bool {
        cover.pending == 0 || self.affords(cover.missing.len(), budget)
    }

    /// First day of the newest part of a range that is answered at once: its days have files, but for
    /// those after the newest of them, such as today. `None` while there is no such part.
    pub fn answered_from(&self, range: DayRange, cover: &Cover, budget: Duration) -> Option<Day> {
        let is_missing = |day: &Day| cover.missing.binary_search(day).is_ok();
        let mut days = range.days().rev().skip_while(is_missing).take_while(|day| !is_missing(day));
        let newest = days.next()?;
        let after = newest.days_until(range.last).unsigned_abs() as usize;
        self.affords(after, budget).then(|| days.last().unwrap_or(newest))
    }

    fn affords(&self, days: usize, budget: Duration) -> bool {
        let state = self.state();
        state.report.problem.is_some() || is_affordable(state.cost, days, budget)
    }
}

/// The wall clock's time of a moment of the process.
fn ago(clock: Timestamp, now: Duration, then: Duration) -> Timestamp {
    let age = SignedDuration::try_from(now.saturating_sub(then)).unwrap_or_default();
    clock.saturating_sub(age).unwrap_or(clock)
}
