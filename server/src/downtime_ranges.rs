//! States of the machines over ranges of days, row by row, and the maintenance jobs that go with them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use compute_core::downtime::{DowntimeTable, JobTable};
use compute_core::production_day::ShiftPlan;
use compute_core::quality::{Ledger, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::source_contract::{JOB_COLUMNS, SHIFT_HOURS_COLUMNS};
use jiff::Timestamp;

use crate::database::Database;
use crate::day_ranges::{DayRange, RangeCache, RangeFailure, RangeRead, packed, read_whole};
use crate::reading::{self, Reading};
use crate::route_cache::{RouteCache, RouteKey};
use crate::source::{Days, TableNames, WholeTable};

/// Name of the reads among the calls to the database.
const HOLDER: &str = "downtime";

/// Ranges of fragments, and the jobs, read through the route cache.
#[derive(Debug)]
pub struct DowntimeRanges {
    database: Arc<Database>,
    rules: Arc<SiteRules>,
    plan: ShiftPlan,
    /// Name of the table of hours.
    hours: String,
    /// Name of the table of jobs.
    jobs: String,
    cache: RangeCache,
    job_cache: RangeCache,
    reading: Reading,
    /// What the newest read of fragments left out, could not read or found suspect.
    newest: Mutex<Option<Arc<DowntimeReading>>>,
}

/// What one read of a range counted.
#[derive(Debug)]
pub struct DowntimeReading {
    pub range: DayRange,
    /// When it was read.
    pub read_at: Timestamp,
    /// Machines with fragments, and how many.
    machines: Vec<(Box<str>, u64)>,
    ledger: Ledger,
}

impl DowntimeReading {
    /// The counts, with the fragments of machines that the equipment master doesn't have.
    pub fn ledger(&self, is_known: impl Fn(&str) -> bool) -> Ledger {
        let mut ledger = self.ledger.clone();
        for (machine, rows) in self.machines.iter().filter(|(machine, _)| !is_known(machine)) {
            ledger.note_many(Reason::UnknownMachine, "HISTORYID", *rows, Some(machine), None);
        }
        ledger
    }
}

impl DowntimeRanges {
    /// Nothing has been read yet.
    pub fn new(
        database: Arc<Database>,
        rules: Arc<SiteRules>,
        plan: ShiftPlan,
        names: &TableNames,
        cache: Arc<RouteCache>,
        reading: Reading,
    ) -> Self {
        Self {
            database,
            rules,
            plan,
            hours: names.shift_hours.clone(),
            jobs: names.jobs.clone(),
            cache: RangeCache::new(cache.clone()),
            job_cache: RangeCache::new(cache),
            reading,
            newest: Mutex::default(),
        }
    }

    /// Name of the table of hours.
    pub fn table(&self) -> &str {
        &self.hours
    }

    /// What the newest read of a range counted; `None` before the first.
    pub fn newest(&self) -> Option<Arc<DowntimeReading>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fragments of a range, from the cache while they are fresh (`ROUTE_CACHE_TTL`), else from
    /// the database, else as they last were.
    ///
    /// # Errors
    /// The site has no table of states by shift, the database is unavailable and the range was not read
    /// before, or the result has no valid fragments.
    pub async fn fragments(&self, range: DayRange) -> Result<RangeRead, RangeFailure> {
        let plan = format!("{} {}", self.plan.day_start(), self.plan.shifts());
        // Its number grows with the format of the table, which other servers may have kept.
        let key = RouteKey::new("downtime 1", &[&self.hours, &plan], &range.key());
        self.cache.get(key, range, || self.read(range)).await
    }

    /// All jobs, in the same way, none where the site has no table of them; `range` only decides how long
    /// they are kept together with it.
    ///
    /// # Errors
    /// As for the fragments, but for the table.
    pub async fn jobs(&self, range: DayRange) -> Result<RangeRead, RangeFailure> {
        let key = RouteKey::new("downtime jobs 1", &[&self.jobs], "");
        self.job_cache.get(key, range, || self.read_jobs()).await
    }

    async fn read(&self, range: DayRange) -> Result<Bytes, RangeFailure> {
        let query = WholeTable {
            table: self.hours.clone(),
            contract: SHIFT_HOURS_COLUMNS,
            days: Some(Days { column: "TXNDATE", first: range.first, end: range.last.next() }),
            reading: self.reading.clone(),
        };
        let read = read_whole(&self.database, HOLDER, query).await?;
        let (read_at, rules, plan) = (Timestamp::now(), self.rules.clone(), self.plan.clone());
        let made = tokio::task::spawn_blocking(move || {
            let mut ledger = read.ledger;
            let days = (range.first, range.last);
            let table = DowntimeTable::from_source(&read.batch, days, &plan, &rules, &mut ledger)?;
            let machines = table.machines().map(|(machine, rows)| (machine.into(), rows as u64));
            let machines = machines.collect();
            let packed = packed(read_at, &[&table.to_ipc()]);
            Ok((packed, DowntimeReading { range, read_at, machines, ledger }))
        });
        match made.await {
            Ok(Ok((packed, reading))) => {
                reading::warn_of("downtime", &reading.ledger);
                let newest = &mut *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                *newest = Some(Arc::new(reading));
                Ok(packed)
            }
            Ok(Err(failure)) => Err(RangeFailure::Source(failure)),
            Err(cause) => Err(RangeFailure::defect(cause)),
        }
    }

    async fn read_jobs(&self) -> Result<Bytes, RangeFailure> {
        let query = WholeTable {
            table: self.jobs.clone(),
            contract: JOB_COLUMNS,
            days: None,
            reading: self.reading.clone(),
        };
        let asked = read_whole(&self.database, HOLDER, query).await;
        let read_at = Timestamp::now();
        let read = match asked {
            Err(failure) if failure.absent().is_some() => {
                return Ok(packed(read_at, &[&JobTable::without(&self.jobs).to_ipc()]));
            }
            read => read?,
        };
        let made = tokio::task::spawn_blocking(move || {
            let mut ledger = read.ledger;
            let table = JobTable::from_source(&read.batch, &mut ledger)?;
            Ok((packed(read_at, &[&table.to_ipc()]), ledger))
        });
        match made.await {
            Ok(Ok((packed, ledger))) => {
                reading::warn_of("jobs", &ledger);
                Ok(packed)
            }
            Ok(Err(failure)) => Err(RangeFailure::Source(failure)),
            Err(cause) => Err(RangeFailure::defect(cause)),
        }
    }
}
