//! Reads the source again when it has changed.
//!
//! Each dataset has its own loop: query the source for its change stamp, read the whole table when
//! the stamp is new or missing, prepare it off the async threads, publish. A failure is recorded
//! and retried with growing pauses.
//!
//! A stamp only saves reads. The content decides whether there is a new version, and the whole
//! table is read every [`Intervals::full_read`] in any case, so that no value in a row can hide
//! later changes for longer.

use std::sync::Arc;
use std::time::Duration;

use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::store::SnapshotStore;
use super::table_source::{Answer, TableSource};
use crate::reading;

/// Time between checks, and for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// Lots.
    pub wip: Duration,
    /// Equipment master and workcenter mapping.
    pub resource: Duration,
    /// Real-time rows.
    pub equipment: Duration,
    /// Longest time between reads of the whole table, also without a changed stamp.
    pub full_read: Duration,
    /// Timeout of one read of the source. Without it, data would count as current while a database
    /// hangs.
    pub longest_read: Duration,
}

impl Intervals {
    fn of(&self, dataset: Dataset) -> Duration {
        match dataset {
            Dataset::Wip => self.wip,
            Dataset::Resource | Dataset::Workcenter => self.resource,
            Dataset::Equipment => self.equipment,
        }
    }

    /// Time until the next check: a check late is a full read late.
    fn until_next(&self, dataset: Dataset, last: Option<&LastRead>) -> Duration {
        let interval = self.of(dataset);
        let due = last.map_or(self.full_read, |last| {
            self.full_read.saturating_sub(last.at.elapsed()).max(FIRST_RETRY)
        });
        interval.min(due)
    }
}

/// The last whole read of a dataset.
#[derive(Debug)]
struct LastRead {
    /// Stamp from before the read; `None` when the source gave none.
    stamp: Option<String>,
    at: Instant,
}

/// First pause after a failure; doubles up to the dataset's interval.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Keeps a store fresh.
pub struct Refresher {
    store: Arc<SnapshotStore>,
    source: Arc<dyn TableSource>,
    rules: Arc<SiteRules>,
    zone: TimeZone,
    intervals: Intervals,
    now: fn() -> Timestamp,
    wake: [Notify; Dataset::ALL.len()],
}

impl Refresher {
    /// A refresher of a plant in `zone` that has not started.
    pub fn new(
        store: Arc<SnapshotStore>,
        source: Arc<dyn TableSource>,
        rules: Arc<SiteRules>,
        zone: TimeZone,
        intervals: Intervals,
        now: fn() -> Timestamp,
    ) -> Self {
        Self { store, source, rules, zone, intervals, now, wake: Default::default() }
    }

    /// Reads every dataset again now, also without a changed stamp.
    pub fn refresh_now(&self) {
        for wake in &self.wake {
            wake.notify_one();
        }
    }

    /// Runs until `stop`; one task per dataset.
    pub fn start(self: &Arc<Self>, stop: &CancellationToken) -> Vec<tokio::task::JoinHandle<()>> {
        Dataset::ALL
            .map(|dataset| {
                let (refresher, stop) = (self.clone(), stop.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = refresher.keep_fresh(dataset) => {}
                    }
                })
            })
            .into()
    }

    async fn keep_fresh(&self, dataset: Dataset) {
        let interval = self.intervals.of(dataset);
        let mut last = None;
        let mut pause = FIRST_RETRY.min(interval);
        loop {
            match self.refresh(dataset, &mut last).await {
                Ok(()) => pause = FIRST_RETRY.min(interval),
                Err(error) => {
                    tracing::warn!(dataset = dataset.name(), %error, "refresh failed; the last good snapshot stays");
                    self.store.fail(dataset, error, (self.now)());
                }
            }
            let failed = self.store.current().state(dataset).is_stale();
            let wait =
                if failed { pause } else { self.intervals.until_next(dataset, last.as_ref()) };
            if failed {
                pause = (pause * 2).min(interval);
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake[dataset as usize].notified() => last = None,
            }
        }
    }

    async fn within_limit<T>(&self, answer: Answer<'_, T>) -> Result<T, String> {
        let limit = self.intervals.longest_read;
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(no_answer(limit)),
        }
    }

    /// The change stamp. Without one the table is read, and that read reports failures of the
    /// database.
    async fn stamp(&self, dataset: Dataset) -> Result<Option<String>, String> {
        let limit = self.intervals.longest_read;
        match tokio::time::timeout(limit, self.source.change_stamp(dataset)).await {
            Ok(Ok(stamp)) => Ok(stamp),
            Ok(Err(error)) => {
                tracing::debug!(dataset = dataset.name(), %error, "no change stamp");
                Ok(None)
            }
            Err(_) => Err(no_answer(limit)),
        }
    }

    /// One check, and one load when the stamp is new or the last load is old.
    async fn refresh(&self, dataset: Dataset, last: &mut Option<LastRead>) -> Result<(), String> {
        let stamp = self.stamp(dataset).await?;
        let is_loaded = self.store.current().published(dataset).is_some();
        let is_known = last.as_ref().is_some_and(|last| {
            last.stamp.is_some()
                && last.stamp == stamp
                && last.at.elapsed() < self.intervals.full_read
        });
        if is_loaded && is_known {
            self.store.confirm(dataset, (self.now)());
            return Ok(());
        }
        let at = Instant::now();
        let read = self.within_limit(self.source.read(dataset)).await?;
        for warning in reading::warnings(&read.ledger) {
            tracing::warn!(dataset = dataset.name(), warning, "cells read as NULL");
        }
        let (store, rules, zone) = (self.store.clone(), self.rules.clone(), self.zone.clone());
        let prepared =
            tokio::task::spawn_blocking(move || store.prepare(dataset, read, &zone, &rules)).await;
        let loaded = prepared
            .map_err(|error| format!("preparing {} failed: {error}", dataset.name()))?
            .map_err(|error| error.to_string())?;
        if self.store.publish(loaded, (self.now)()) {
            tracing::debug!(dataset = dataset.name(), "published a new version");
        }
        *last = Some(LastRead { stamp, at });
        Ok(())
    }
}

fn no_answer(limit: Duration) -> String {
    format!("the database did not respond within {} s", limit.as_secs())
}
