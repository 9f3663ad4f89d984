//! The current plant, and its subscribers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use compute_core::equipment::{EquipmentStatusTable, ResourceTable};
use compute_core::lot::LotTable;
use compute_core::quality::{Ledger, PlantClock, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::table::{Columns, Dataset, SourceError};
use compute_core::workcenter::WorkcenterTable;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::clock;
use super::delta::{DeltaLog, EncodedDelta};
use super::encode::{CompressionLevels, Encoded};
use super::order::{AsOf, Order};
use super::plant::{AnyTable, DatasetState, Plant, Published, version_of};
use super::relations::{self, MachineIds};
use super::table_source::SourceRead;
use super::transfer::{self, Described, Unusable};

/// A source table, read and turned into what is published.
#[derive(Debug)]
pub struct Loaded {
    table: AnyTable,
    version: String,
    bytes: Option<Arc<Encoded>>,
    quality: Ledger,
    clock: PlantClock,
    /// Of the equipment master.
    machine_ids: Option<MachineIds>,
    /// When this content was first read, where servers agree on that; `None` before.
    updated_at: Option<Timestamp>,
}

impl Loaded {
    /// The version that another server read, from its parts. Takes time: not for async threads.
    ///
    /// # Errors
    /// The parts were written by a program with other tables, or are not what is described.
    pub fn received(
        described: Described,
        table: &[u8],
        codings: Option<Bytes>,
        levels: CompressionLevels,
    ) -> Result<Self, Unusable> {
        let received = transfer::received(&described, table, codings, levels)?;
        Ok(Self {
            table: received.table,
            version: described.version,
            bytes: Some(received.bytes),
            quality: received.quality,
            clock: described.clock,
            machine_ids: received.machine_ids,
            updated_at: Some(described.updated_at),
        })
    }

    pub fn dataset(&self) -> Dataset {
        self.table.frame().dataset()
    }

    /// Hash of the display columns.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// When this content was first read; `now` where that is not known yet.
    pub fn first_read_at(&mut self, now: Timestamp) -> Timestamp {
        *self.updated_at.get_or_insert(now)
    }

    /// The database's clock at the read.
    pub fn clock(&self) -> &PlantClock {
        &self.clock
    }

    /// The table for other servers. Takes time: not for async threads.
    ///
    /// # Errors
    /// It can't be compressed.
    pub fn table_part(&self) -> std::io::Result<Vec<u8>> {
        transfer::table_part(self.table.frame(), &self.quality, self.machine_ids.as_ref())
    }

    /// The codings for other servers; those of `plant` where its version is the same.
    pub fn codings_part(&self, plant: &Plant) -> Vec<u8> {
        let published = plant.published(self.dataset()).map(|published| &published.bytes);
        self.bytes
            .as_ref()
            .or(published)
            .map_or_else(Vec::new, |bytes| transfer::codings_part(bytes))
    }

    /// Whether `plant` has this content, record columns included.
    pub fn is_content_of(&self, plant: &Plant) -> bool {
        let dataset = self.dataset();
        let same_version =
            plant.published(dataset).is_some_and(|published| published.version == self.version);
        // Only lots have record columns; the other tables are equal as a whole.
        same_version
            && (dataset != Dataset::Wip || plant.frame(dataset) == Some(self.table.frame()))
    }

    /// Whether `plant` has this content and what was counted in it.
    pub fn is_all_of(&self, plant: &Plant) -> bool {
        let dataset = self.dataset();
        self.is_content_of(plant)
            && *plant.state(dataset).quality == self.quality
            && (self.machine_ids.is_none()
                || self.machine_ids.as_ref() == plant.machine_ids_of(dataset))
    }
}

/// The current plant, older versions, and subscribers.
#[derive(Debug)]
pub struct SnapshotStore {
    current: ArcSwap<Plant>,
    /// Writers take turns; readers never wait.
    writing: Mutex<()>,
    deltas: DeltaLog,
    changes: watch::Sender<()>,
    /// Wakes when the order of a dataset moves.
    orders: watch::Sender<()>,
    levels: CompressionLevels,
}

impl SnapshotStore {
    /// An empty store that remembers `depth` versions of each dataset.
    pub fn new(depth: usize, levels: CompressionLevels) -> Self {
        Self {
            current: ArcSwap::default(),
            writing: Mutex::new(()),
            deltas: DeltaLog::new(depth, levels),
            changes: watch::Sender::default(),
            orders: watch::Sender::default(),
            levels,
        }
    }

    /// The plant as it is now; stays as it is for as long as the caller holds it.
    pub fn current(&self) -> Arc<Plant> {
        self.current.load_full()
    }

    /// Wakes at every new version, and when a dataset becomes stale or current again.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Wakes the subscribers although nothing of the store has changed.
    pub fn wake(&self) {
        self.changes.send_replace(());
    }

    /// Wakes when more is known of the time of a dataset: a new version, or an old one that was read
    /// again.
    pub fn subscribe_orders(&self) -> watch::Receiver<()> {
        self.orders.subscribe()
    }

    /// How hard versions are compressed.
    pub fn levels(&self) -> CompressionLevels {
        self.levels
    }

    /// Turns a source batch into what is published. Takes time: not for async threads.
    ///
    /// # Errors
    /// The batch does not follow the source contract.
    pub fn prepare(
        &self,
        dataset: Dataset,
        read: SourceRead,
        zone: &TimeZone,
        rules: &SiteRules,
    ) -> Result<Loaded, SourceError> {
        let SourceRead { batch, ledger: mut quality, database_now } = read;
        let clock = clock::plant_clock(database_now, zone);
        // The tables count rows themselves.
        quality.rows_read = 0;
        let found = &mut quality;
        let table = match dataset {
            Dataset::Wip => {
                AnyTable::Lots(Box::new(LotTable::at(Some(&clock), &batch, rules, found)?))
            }
            Dataset::Resource => {
                AnyTable::Resources(ResourceTable::from_source(&batch, rules, found)?)
            }
            Dataset::Equipment => {
                AnyTable::Realtime(EquipmentStatusTable::from_source(&batch, rules, found)?)
            }
            Dataset::Workcenter => {
                AnyTable::Workcenters(WorkcenterTable::from_source(&batch, rules, found)?)
            }
        };
        if batch.num_rows() == 0 {
            quality.note(Reason::EmptyTable, "", None, None);
        }
        let machine_ids = (dataset == Dataset::Resource).then(|| relations::machine_ids(&batch));
        // Large: the table and its bytes need not stand beside what they were made of.
        drop(batch);
        let plain = table.frame().to_ipc(Columns::Display);
        let version = version_of(&plain);
        let known =
            self.current().published(dataset).is_some_and(|published| published.version == version);
        // Content that is already published is not published again.
        let bytes = (!known).then(|| Arc::new(Encoded::new(plain, self.levels)));
        Ok(Loaded { table, version, bytes, quality, clock, machine_ids, updated_at: None })
    }

    /// Publishes a table that was just read. True when its version is new.
    pub fn publish(&self, loaded: Loaded, now: Timestamp) -> bool {
        let plant = self.current();
        let before = plant.state(loaded.dataset()).order;
        let same = loaded.is_content_of(&plant);
        let order = Order::of_read(AsOf::of(now), Duration::ZERO, before, same);
        self.publish_in_order(loaded, order, now)
    }

    /// Publishes a prepared table, unless what is published is newer. True when its version is new.
    pub fn publish_in_order(&self, loaded: Loaded, mut order: Order, now: Timestamp) -> bool {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let dataset = loaded.table.frame().dataset();
        let mut plant = Plant::clone(&self.current());
        match plant.state(dataset).order {
            Some(known) if loaded.is_content_of(&plant) => order = order.merged(known),
            Some(known) if !order.covers(known.changed) => return false,
            _ => {}
        }
        plant.states[dataset as usize] = DatasetState {
            checked_at: Some(now),
            read_at: Some(now),
            error: None,
            failing_since: None,
            quality: Arc::new(loaded.quality),
            order: Some(order),
        };
        plant.clock = Some(loaded.clock);
        if let Some(ids) = loaded.machine_ids {
            plant.machine_ids = Arc::new(ids);
        }
        let before = plant.published(dataset).cloned();
        let same = before.filter(|published| published.version == loaded.version);
        let was_stale = self.current().state(dataset).is_stale();
        let is_new = match (&same, loaded.bytes) {
            (None, Some(bytes)) => {
                let published = Arc::new(Published {
                    dataset,
                    version: loaded.version,
                    updated_at: loaded.updated_at.unwrap_or(now),
                    sys_date: loaded.table.frame().sys_date().map(str::to_owned),
                    rows: loaded.table.frame().len(),
                    table_bytes: loaded.table.memory_bytes(),
                    bytes,
                });
                self.deltas.hold(&published.version, &loaded.table.frame().display_only());
                plant.set(loaded.table, published);
                true
            }
            // Display columns are the same; record columns may not be.
            (Some(published), _) => {
                // Only lots have record columns; the other tables are equal as a whole.
                if dataset == Dataset::Wip {
                    plant.set(loaded.table, published.clone());
                }
                false
            }
            (None, None) => false,
        };
        plant.relate();
        let before = self.current();
        let is_counted_anew =
            Dataset::ALL.iter().any(|any| plant.ledger(*any) != before.ledger(*any));
        self.current.store(Arc::new(plant));
        self.orders.send_replace(());
        if is_new || was_stale || is_counted_anew {
            self.changes.send_replace(());
        }
        is_new
    }

    /// Notes that the source was asked and has nothing new.
    pub fn confirm(&self, dataset: Dataset, now: Timestamp) {
        self.note(dataset, |state| state.confirm(now));
    }

    /// Notes that another server has read the same content again.
    pub fn confirm_in_order(&self, dataset: Dataset, order: Order, now: Timestamp) {
        self.note(dataset, |state| {
            state.confirm(now);
            state.order = Some(state.order.map_or(order, |known| known.merged(order)));
        });
        self.orders.send_replace(());
    }

    /// Notes that a refresh failed: what is published stays and is stale.
    pub fn fail(&self, dataset: Dataset, error: String, now: Timestamp) {
        self.note(dataset, |state| {
            state.error = Some(error);
            state.failing_since.get_or_insert(now);
        });
    }

    fn note(&self, dataset: Dataset, change: impl FnOnce(&mut DatasetState)) {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plant = Plant::clone(&self.current());
        let state = &mut plant.states[dataset as usize];
        let was_stale = state.is_stale();
        change(state);
        let is_other = state.is_stale() != was_stale;
        self.current.store(Arc::new(plant));
        if is_other {
            self.changes.send_replace(());
        }
    }

    /// The difference from version `since` to the published one of `plant`; `None` when the full
    /// table is smaller.
    pub async fn delta_since(
        &self,
        plant: &Plant,
        dataset: Dataset,
        since: &str,
    ) -> Option<Arc<EncodedDelta>> {
        let published = plant.published(dataset)?;
        self.deltas
            .between(dataset, since, &published.version, published.bytes.identity.len())
            .await
    }
}
