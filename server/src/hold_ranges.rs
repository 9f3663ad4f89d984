//! Holds that came and went over ranges of production days.
//!
//! Both tables are optional. Each read takes the whole table of holds: repeats are counted from a
//! lot's first hold, and a hold may have begun long before the range.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use compute_core::calendar::Moment;
use compute_core::hold_history::{HoldHistoryTable, HoldRange, HoldSources};
use compute_core::lot::LotTable;
use compute_core::production_day::ShiftPlan;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::source_contract::{CONTAINER_COLUMNS, HOLD_HISTORY_COLUMNS, SourceColumn};
use compute_core::workcenter::WorkcenterTable;
use jiff::Timestamp;

use crate::database::Database;
use crate::day_ranges::{DayRange, RangeCache, RangeFailure, RangeRead, packed, read_whole};
use crate::reading::{self, Reading};
use crate::route_cache::{RouteCache, RouteKey};
use crate::snapshot::SourceRead;
use crate::source::{TableNames, WholeTable};

/// The data that holds are joined with.
#[derive(Clone, Debug)]
pub struct HoldCompanions {
    /// Groups of workcenters.
    pub workcenters: Arc<WorkcenterTable>,
    /// Their version.
    pub version: String,
    /// The lots of now, where they are loaded: departments of employees.
    pub lots: Option<Arc<LotTable>>,
    /// "Now" of the lots, where they are loaded.
    pub now: Option<Moment>,
}

/// Ranges of holds, read through the route cache.
#[derive(Debug)]
pub struct HoldRanges {
    database: Arc<Database>,
    rules: Arc<SiteRules>,
    plan: ShiftPlan,
    /// Name of the table of holds.
    holds: String,
    /// Name of the table of containers.
    containers: String,
    cache: RangeCache,
    reading: Reading,
    /// What the newest read left out, could not read or found suspect.
    newest: Mutex<Option<Arc<HoldReading>>>,
}

/// What one read of a range counted.
#[derive(Debug)]
pub struct HoldReading {
    pub range: DayRange,
    /// When it was read.
    pub read_at: Timestamp,
    pub ledger: Ledger,
}

impl HoldRanges {
    /// No range has been read yet.
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
            holds: names.holds.clone(),
            containers: names.containers.clone(),
            cache: RangeCache::new(cache),
            reading,
            newest: Mutex::default(),
        }
    }

    /// Name of the table of holds.
    pub fn table(&self) -> &str {
        &self.holds
    }

    /// What the newest read of a range counted; `None` before the first.
    pub fn newest(&self) -> Option<Arc<HoldReading>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The holds of a range of production days, from the cache while they are fresh
    /// (`ROUTE_CACHE_TTL`), else from the database, else as they last were.
    ///
    /// # Errors
    /// The site has no table of holds, the database is unavailable and the range was not read
    /// before, or the result has no valid holds.
    pub async fn holds(
        &self,
        range: DayRange,
        companions: &HoldCompanions,
    ) -> Result<RangeRead, RangeFailure> {
        let plan = format!("{} {}", self.plan.day_start(), self.plan.shifts());
        // Its number grows with the format of the table, which other servers may have kept.
        let of_what = [&self.holds, &self.containers, &companions.version, &plan];
        let key = RouteKey::new("holds 1", &of_what.map(String::as_str), &range.key());
        self.cache.get(key, range, || self.read(range, companions.clone())).await
    }

    async fn read(
        &self,
        range: DayRange,
        companions: HoldCompanions,
    ) -> Result<Bytes, RangeFailure> {
        let holds = self.whole(&self.holds, HOLD_HISTORY_COLUMNS).await?;
        let containers = match self.whole(&self.containers, CONTAINER_COLUMNS).await {
            Err(failure) if failure.absent().is_some() => None,
            read => Some(read?),
        };
        let (read_at, rules, plan) = (Timestamp::now(), self.rules.clone(), self.plan.clone());
        let zone = self.reading.zone().clone();
        let made = tokio::task::spawn_blocking(move || {
            let mut found = holds.ledger;
            let clock = holds.database_now.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string();
            // That of the lots, where they are loaded: where data stands still, holds don't grow older.
            let now = companions.now.or_else(|| Moment::parse(&clock));
            let range = HoldRange {
                plan,
                first: range.first,
                last: range.last,
                now: now.unwrap_or_else(|| Moment::at_midnight(range.last)),
            };
            let sources = HoldSources {
                holds: &holds.batch,
                containers: containers.as_ref().map(|read| &read.batch),
                workcenters: &companions.workcenters,
                lots: companions.lots.as_deref(),
            };
            let table = HoldHistoryTable::from_source(sources, range, &rules, &mut found)?;
            Ok((packed(read_at, &[&table.to_ipc()]), found))
        });
        match made.await {
            Ok(Ok((packed, ledger))) => {
                reading::warn_of("hold_history", &ledger);
                let newest = &mut *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                *newest = Some(Arc::new(HoldReading { range, read_at, ledger }));
                Ok(packed)
            }
            Ok(Err(failure)) => Err(RangeFailure::Source(failure)),
            Err(cause) => Err(RangeFailure::defect(cause)),
        }
    }

    async fn whole(
        &self,
        table: &str,
        contract: &'static [SourceColumn],
    ) -> Result<SourceRead, RangeFailure> {
        let query = WholeTable {
            table: table.to_owned(),
            contract,
            days: None,
            reading: self.reading.clone(),
        };
        read_whole(&self.database, "holds", query).await
    }
}
