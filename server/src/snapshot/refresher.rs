//! Reads the source again when it has changed.
//!
//! Each dataset has its own loop: query the source for its change stamp, read the whole table when
//! the stamp is new or missing, prepare it off the async threads, publish. A failure is recorded
//! and retried with growing pauses.
//!
//! A stamp only saves reads. The content decides whether there is a new version, and the whole
//! table is read every [`Intervals::full_read`] in any case, so that no value in a row can hide
//! later changes for longer.
//!
//! Where several servers share what one reads ([`Peers`]), a dataset is read by the server whose
//! duty it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use compute_core::site_rules::SiteRules;
use compute_core::table::Dataset;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::encode::Packing;
use super::order::{AsOf, Order};
use super::peers::{Duty, Peers};
use super::plant::Published;
use super::store::SnapshotStore;
use super::table_source::{Answer, TableSource};
use crate::{background, reading};

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
    /// Time between checks of a dataset.
    pub fn of(&self, dataset: Dataset) -> Duration {
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
/// Servers that begin to read each for itself are spread over this time, or an interval if that is less.
const APART: Duration = Duration::from_secs(30);
/// Reads that clients ask for are at least this far apart, and at least so many times the length of one.
const SPACING: (Duration, u32) = (Duration::from_secs(1), 4);

/// Why a dataset is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// It is time.
    Due,
    /// An administrator asked for it.
    Asked,
    /// A client has seen a newer content elsewhere.
    SeenElsewhere,
}

/// Keeps a store fresh.
pub struct Refresher {
    store: Arc<SnapshotStore>,
    source: Arc<dyn TableSource>,
    rules: Arc<SiteRules>,
    zone: TimeZone,
    intervals: Intervals,
    now: fn() -> Timestamp,
    wake: [Notify; Dataset::ALL.len()],
    hurry: [Notify; Dataset::ALL.len()],
    /// By dataset, what a client has seen elsewhere.
    seen: [AtomicI64; Dataset::ALL.len()],
    peers: Option<Arc<dyn Peers>>,
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
        Self {
            store,
            source,
            rules,
            zone,
            intervals,
            now,
            wake: Default::default(),
            hurry: Default::default(),
            seen: Default::default(),
            peers: None,
        }
    }

    /// The same, beside other servers.
    pub fn beside(self, peers: Arc<dyn Peers>) -> Self {
        Self { peers: Some(peers), ..self }
    }

    /// Reads a dataset soon, because a client has seen a newer content elsewhere. Such reads are spaced,
    /// whatever clients ask for.
    pub fn catch_up(&self, dataset: Dataset, seen: AsOf) {
        self.seen[dataset as usize].store(seen.0, Ordering::Relaxed);
        self.hurry[dataset as usize].notify_one();
    }

    /// Whether what is published is not older than what a client has seen elsewhere.
    fn has_caught_up(&self, dataset: Dataset) -> bool {
        let seen = AsOf(self.seen[dataset as usize].load(Ordering::Relaxed));
        self.store.current().state(dataset).order.is_some_and(|order| order.covers(seen))
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
        let Some(peers) = &self.peers else { return self.keep_reading(dataset, None).await };
        let mut duty = peers.duty();
        loop {
            let Ok(now) = duty.wait_for(|duty| *duty != Duty::Wait).await.map(|duty| *duty) else {
                return;
            };
            let until_first = self.until_first(dataset, now);
            let ended = async {
                // The other kinds of reading go on as they are.
                let _ = duty.wait_for(|duty| *duty == Duty::Wait).await;
            };
            tokio::select! {
                () = ended => {}
                () = self.keep_reading(dataset, Some(until_first)) => {}
            }
        }
    }

    /// Time until the first read of a server that begins to read: what another one read counts for an
    /// interval.
    fn until_first(&self, dataset: Dataset, duty: Duty) -> Duration {
        let plant = self.store.current();
        let (state, interval) = (plant.state(dataset), self.intervals.of(dataset));
        let Some(checked_at) = state.checked_at.filter(|_| !state.is_stale()) else {
            return Duration::ZERO;
        };
        let age = Duration::try_from((self.now)().duration_since(checked_at)).unwrap_or_default();
        let apart = match duty {
            Duty::ReadApart => interval.min(APART).mul_f64(fastrand::f64()),
            Duty::Read | Duty::Wait => Duration::ZERO,
        };
        interval.saturating_sub(age) + apart
    }

    /// Reads at intervals, first after `until_first`.
    async fn keep_reading(&self, dataset: Dataset, until_first: Option<Duration>) {
        let interval = self.intervals.of(dataset);
        let mut last = None;
        let mut pause = FIRST_RETRY.min(interval);
        let (mut spacing, mut read_at) = (Duration::ZERO, Instant::now());
        if let Some(wait) = until_first {
            self.wait(dataset, wait, Duration::ZERO).await;
        }
        loop {
            let began = Instant::now();
            let refreshed = self.refresh(dataset, &mut last).await;
            let failed = refreshed.is_err();
            if let Err(error) = refreshed {
                tracing::warn!(dataset = dataset.name(), %error, "refresh failed; the last good snapshot stays");
                self.store.fail(dataset, error, (self.now)());
                if let Some(peers) = &self.peers {
                    peers.failed(dataset).await;
                }
            } else {
                pause = FIRST_RETRY.min(interval);
            }
            if last.as_ref().is_some_and(|last: &LastRead| last.at >= began) || failed {
                (read_at, spacing) = (Instant::now(), SPACING.0.max(began.elapsed() * SPACING.1));
            }
            let wait =
                if failed { pause } else { self.intervals.until_next(dataset, last.as_ref()) };
            if failed {
                pause = (pause * 2).min(interval);
            }
            let until_free = spacing.saturating_sub(read_at.elapsed());
            if self.wait(dataset, wait, until_free).await != Cause::Due {
                last = None;
            }
        }
    }

    /// Makes those codings of the new version that the one before was requested in.
    fn pack_as(&self, before: Option<&Published>, dataset: Dataset) {
        let (Some(before), plant) = (before, self.store.current()) else { return };
        let Some(published) = plant.published(dataset) else { return };
        for packing in Packing::ALL {
            if before.bytes.made(packing).is_some() {
                published.bytes.pack_ahead(packing);
            }
        }
    }

    /// Waits until it is time, or there is another cause to read.
    async fn wait(&self, dataset: Dataset, wait: Duration, until_free: Duration) -> Cause {
        let seen_elsewhere = async {
            loop {
                self.hurry[dataset as usize].notified().await;
                if !self.has_caught_up(dataset) {
                    break;
                }
            }
            tokio::time::sleep(until_free).await;
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => Cause::Due,
            () = self.wake[dataset as usize].notified() => Cause::Asked,
            () = seen_elsewhere => Cause::SeenElsewhere,
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
        let is_loaded = self.store.current().published(dataset).is_some();
        // Nothing waits for the first load longer than it has to; the next check reads once more.
        let stamp = if is_loaded { self.stamp(dataset).await? } else { None };
        let is_known = last.as_ref().is_some_and(|last| {
            last.stamp.is_some()
                && last.stamp == stamp
                && last.at.elapsed() < self.intervals.full_read
        });
        if is_loaded && is_known {
            self.store.confirm(dataset, (self.now)());
            if let Some(peers) = &self.peers {
                peers.confirmed(dataset).await;
            }
            return Ok(());
        }
        let (at, before) = (Instant::now(), self.store.current().state(dataset).order);
        let read = self.within_limit(self.source.read(dataset)).await?;
        let (database_now, took) = (AsOf::of(read.database_now), at.elapsed());
        for warning in reading::warnings(&read.ledger) {
            tracing::warn!(dataset = dataset.name(), warning, "cells read as NULL");
        }
        let (store, rules, zone) = (self.store.clone(), self.rules.clone(), self.zone.clone());
        let prepared =
            background::run("prepare", move || store.prepare(dataset, read, &zone, &rules)).await;
        let loaded = prepared
            .ok_or_else(|| format!("preparing {} failed", dataset.name()))?
            .map_err(|error| error.to_string())?;
        let same = loaded.is_content_of(&self.store.current());
        let order = Order::of_read(database_now, took, before, same);
        let (loaded, order) = match &self.peers {
            None => (loaded, order),
            Some(peers) => {
                peers.clock_was(database_now, at);
                let Some(shared) = peers.share(loaded, order).await else { return Ok(()) };
                shared
            }
        };
        let shown = self.store.current().published(dataset).cloned();
        if self.store.publish_in_order(loaded, order, (self.now)()) {
            tracing::debug!(dataset = dataset.name(), "published a new version");
            self.pack_as(shown.as_deref(), dataset);
        }
        *last = Some(LastRead { stamp, at });
        Ok(())
    }
}

fn no_answer(limit: Duration) -> String {
    format!("the database did not respond within {} s", limit.as_secs())
}
