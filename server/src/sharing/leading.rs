//! Publishing for the other servers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compute_core::table::Dataset;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::board::{Moved, View};
use super::member::Sharing;
use super::pointer::{NewPointer, PartRef, Pointer};
use super::policy::Role;
use crate::redis::RedisFailure;
use crate::snapshot::{AsOf, Done, Duty, Loaded, Order, Peers, Plant, parts_of};

/// How long a leader tries to share a version before it publishes it for itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time between attempts.
const RETRY: Duration = Duration::from_millis(200);

/// Why a version could not be shared.
#[derive(Debug, thiserror::Error)]
enum ShareFailure {
    #[error(transparent)]
    Redis(#[from] RedisFailure),
    #[error("packing it failed: {0}")]
    Pack(#[from] std::io::Error),
    #[error("packing it failed: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// What is known of a read.
#[derive(Clone, Copy, Debug)]
struct Read {
    order: Order,
    first_read_at: Timestamp,
}

impl Peers for Sharing {
    fn duty(&self) -> watch::Receiver<Duty> {
        Self::duty(self)
    }

    fn share<'a>(&'a self, mut loaded: Loaded, order: Order) -> Done<'a, Option<(Loaded, Order)>> {
        Box::pin(async move {
            self.on_machine(|machine, now| machine.has_read(now, true));
            let (dataset, began) = (loaded.dataset(), Instant::now());
            let first_read_at = loaded.first_read_at((self.now)());
            let (loaded, read) = (Arc::new(loaded), Read { order, first_read_at });
            let order = loop {
                let fence = match self.role() {
                    Role::Leading { fence } => fence,
                    Role::Alone => break order,
                    Role::Following | Role::Joining => return None,
                };
                match self.publish(dataset, &loaded, read, fence).await {
                    // The task that packed it has ended.
                    Ok(order) => return Some((Arc::into_inner(loaded)?, order?)),
                    Err(failure) if began.elapsed() >= PATIENCE => {
                        tracing::warn!(dataset = dataset.name(), %failure, "a version could not be shared; this server goes on with it");
                        break order;
                    }
                    Err(failure) => self.note_trouble(&failure),
                }
                // Clients that saw it here would have to wait on the other servers.
                sleep(RETRY).await;
            };
            self.hold(dataset, None);
            Some((Arc::into_inner(loaded)?, order))
        })
    }

    fn confirmed<'a>(&'a self, dataset: Dataset) -> Done<'a, ()> {
        Box::pin(async move {
            self.on_machine(|machine, now| machine.has_read(now, true));
            self.note_look(dataset, true).await;
        })
    }

    fn failed<'a>(&'a self, dataset: Dataset) -> Done<'a, ()> {
        Box::pin(async move {
            self.on_machine(|machine, now| machine.has_read(now, false));
            self.note_look(dataset, false).await;
        })
    }

    fn clock_was(&self, database_now: AsOf, at: Instant) {
        self.set_clock(database_now, at);
    }
}

impl Sharing {
    /// Stores a read and moves the pointer to it; the order that it has then, or `None` when another
    /// server leads.
    async fn publish(
        &self,
        dataset: Dataset,
        loaded: &Arc<Loaded>,
        Read { order, first_read_at }: Read,
        fence: u64,
    ) -> Result<Option<Order>, ShareFailure> {
        let (plant, held) = (self.store.current(), self.held(dataset));
        let known = held.clone().filter(|held| held.version == loaded.version());
        let (table, codings) = match &known {
            Some(known) if loaded.is_all_of(&plant) => (known.table.clone(), known.codings.clone()),
            _ => {
                let (packed, shown) = (loaded.clone(), plant.clone());
                let packing = tokio::task::spawn_blocking(move || {
                    let table = packed.table_part()?;
                    let codings = packed.codings_part(&shown);
                    let refs = (PartRef::of(&table), PartRef::of(&codings));
                    Ok::<_, std::io::Error>((table, codings, refs))
                });
                let (table, codings, (of_table, of_codings)) = packing.await??;
                self.board.store(&table).await?;
                if known.is_none_or(|known| known.codings != of_codings) {
                    self.board.store(&codings).await?;
                }
                (of_table, of_codings)
            }
        };
        let view = self.view.load_full();
        let entry = view.entries[dataset as usize].as_ref();
        let there = entry.and_then(|entry| entry.pointer.as_ref());
        // What could not be loaded comes before this read all the same.
        let order = match there {
            Some(there) if held.is_none_or(|held| !held.is_same(there)) => {
                order.after(there.order())
            }
            _ => order,
        };
        let known = plant.published(dataset).filter(|known| known.version == loaded.version());
        let updated_at = known.map_or(first_read_at, |known| known.updated_at);
        let mut is_foreign = entry.is_some_and(|entry| entry.pointer.is_none());
        loop {
            let pointer = Pointer::new(NewPointer {
                dataset,
                version: loaded.version(),
                table: table.clone(),
                codings: codings.clone(),
                order,
                looks: there.map_or(0, |there| there.looks) + 1,
                fence,
                updated_at,
                clock: loaded.clock(),
                database_now: self.database_now().unwrap_or(order.confirmed),
            });
            match self.board.move_pointer(dataset, &pointer, is_foreign).await? {
                Moved::Done => {
                    self.hold(dataset, Some(pointer));
                    self.counts.published.fetch_add(1, Ordering::Relaxed);
                    return Ok(Some(order));
                }
                Moved::Void { fence } => {
                    self.give_way(fence);
                    return Ok(None);
                }
                // No leader wrote that: this one would have seen the pointer.
                Moved::Older { .. } if !is_foreign => is_foreign = true,
                Moved::Older { .. } => return Ok(None),
            }
        }
    }

    fn give_way(&self, fence: u64) {
        tracing::info!(fence, "another server leads; what this one wrote is void");
        self.counts.void.fetch_add(1, Ordering::Relaxed);
        self.on_machine(|machine, _| machine.refused(fence));
        self.look_soon();
    }

    /// Tells the others that the MES was asked.
    async fn note_look(&self, dataset: Dataset, could: bool) {
        let (Role::Leading { fence }, Some(held)) = (self.role(), self.held(dataset)) else {
            return;
        };
        let database_now = self.database_now().unwrap_or(held.order().confirmed);
        let pointer = held.looked(could, fence, database_now);
        match self.board.move_pointer(dataset, &pointer, false).await {
            Ok(Moved::Done) => self.hold(dataset, Some(pointer)),
            Ok(Moved::Void { fence }) => self.give_way(fence),
            Ok(Moved::Older { .. }) => {}
            Err(failure) => self.note_trouble(&failure),
        }
    }

    /// Keeps what the board needs of a dataset: Redis may forget it, or may have been emptied.
    pub(super) async fn lead(
        self: &Arc<Self>,
        dataset: Dataset,
        view: &View,
        is_due: bool,
    ) -> Result<(), RedisFailure> {
        let entry = view.entries[dataset as usize].as_ref();
        let there = entry.and_then(|entry| entry.pointer.as_ref());
        let held = self.held(dataset);
        let is_there = match (&held, there) {
            (Some(held), Some(there)) if held.is_same(there) => {
                !is_due || self.board.keep([&held.table, &held.codings]).await?
            }
            // One that was moved since this look comes with the next.
            (Some(_), Some(_)) => !is_due,
            _ => false,
        };
        let order = self.store.current().state(dataset).order;
        let is_newer = order
            .is_some_and(|order| there.is_none_or(|there| order.changed >= there.order().changed));
        if !is_there && is_newer {
            self.restore(dataset, entry.is_some_and(|entry| entry.pointer.is_none()));
        }
        Ok(())
    }

    /// Stores what is published here again.
    fn restore(self: &Arc<Self>, dataset: Dataset, is_foreign: bool) {
        if self.busy[dataset as usize].swap(true, Ordering::AcqRel) {
            return;
        }
        let sharing = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = sharing.store_again(dataset, is_foreign).await {
                sharing.note_trouble(&failure);
            }
            sharing.busy[dataset as usize].store(false, Ordering::Release);
        });
    }

    async fn store_again(&self, dataset: Dataset, is_foreign: bool) -> Result<(), ShareFailure> {
        let plant: Arc<Plant> = self.store.current();
        let (Role::Leading { fence }, Some(order)) = (self.role(), plant.state(dataset).order)
        else {
            return Ok(());
        };
        let (Some(published), Some(clock)) = (plant.published(dataset), plant.clock()) else {
            return Ok(());
        };
        let shown = plant.clone();
        let packing = tokio::task::spawn_blocking(move || parts_of(&shown, dataset));
        let Some((table, codings)) = packing.await?? else { return Ok(()) };
        self.board.store(&table).await?;
        self.board.store(&codings).await?;
        let looks = self.held(dataset).map_or(0, |held| held.looks) + 1;
        let pointer = Pointer::new(NewPointer {
            dataset,
            version: &published.version,
            table: PartRef::of(&table),
            codings: PartRef::of(&codings),
            order,
            looks,
            fence,
            updated_at: published.updated_at,
            clock,
            database_now: self.database_now().unwrap_or(order.confirmed),
        });
        match self.board.move_pointer(dataset, &pointer, is_foreign).await? {
            Moved::Done => {
                // A read may have been published in the meantime.
                if self.store.current().state(dataset).order == Some(order) {
                    self.hold(dataset, Some(pointer));
                }
                self.counts.restored.fetch_add(1, Ordering::Relaxed);
            }
            Moved::Void { fence } => self.give_way(fence),
            Moved::Older { .. } => {}
        }
        Ok(())
    }
}
