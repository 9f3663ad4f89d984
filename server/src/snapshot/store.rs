//! The current plant and who is told about a new one.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use axum::body::Bytes;
use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::lot::LotTable;
use compute_core::quality::{Ledger, PlantClock, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::table::{Columns, Dataset, Frame, SourceError};
use compute_core::workcenter::WorkcenterTable;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use xxhash_rust::xxh3::xxh3_128;

use super::clock;
use super::delta::{DeltaLog, EncodedDelta};
use super::encode::{CompressionLevels, Encoded};
use super::relations::{self, MachineIds};
use super::table_source::SourceRead;

/// One published version of one dataset.
#[derive(Debug)]
pub struct Published {
    /// Dataset.
    pub dataset: Dataset,
    /// Hash of the display columns: equal content, equal version.
    pub version: String,
    /// When this content was first read.
    pub updated_at: Timestamp,
    /// "Now" of the data, plant time: the newest plausible SYS_DATE, else the database's clock.
    pub sys_date: Option<String>,
    /// Rows.
    pub rows: usize,
    /// Bytes of the table and its indexes.
    pub table_bytes: usize,
    /// Arrow IPC stream of the display columns.
    pub bytes: Encoded,
}

/// A table with what is published of it.
#[derive(Debug)]
pub struct Live<T> {
    /// The table.
    pub table: Arc<T>,
    /// Its published form.
    pub published: Arc<Published>,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), published: self.published.clone() }
    }
}

/// How a dataset's refreshes go.
#[derive(Clone, Debug, Default)]
pub struct DatasetState {
    /// When the source was last asked, with success.
    pub checked_at: Option<Timestamp>,
    /// When the whole table was last read.
    pub read_at: Option<Timestamp>,
    /// Why the last attempt failed; the dataset is stale while this is set.
    pub error: Option<String>,
    /// When the first attempt failed after which none has succeeded.
    pub failing_since: Option<Timestamp>,
    /// What the last load left out, could not read or found suspect.
    pub quality: Arc<Ledger>,
}

impl DatasetState {
    /// Whether the last refresh failed.
    pub fn is_stale(&self) -> bool {
        self.error.is_some()
    }
}

/// Everything of one moment.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    /// Lots.
    pub lots: Option<Live<LotTable>>,
    /// Equipment master.
    pub resources: Option<Live<ResourceTable>>,
    /// Real-time rows.
    pub realtime: Option<Live<EquipmentStatusTable>>,
    /// Workcenter mapping.
    pub workcenters: Option<Live<WorkcenterTable>>,
    /// Master, real-time rows and mapping merged; there as soon as all three are.
    pub equipment: Option<Arc<EquipmentView>>,
    /// What the merged view was made of.
    merged_from: Vec<Arc<Published>>,
    /// Every machine that the master has a row for, whether it counts or not.
    machine_ids: Arc<MachineIds>,
    /// What the real-time rows lack beside the master.
    related: Arc<Ledger>,
    /// The database's clock at the last read of a whole table.
    clock: Option<PlantClock>,
    states: [DatasetState; Dataset::ALL.len()],
    whole: [Arc<WholeTable>; Dataset::ALL.len()],
}

/// A table with all of its columns as an Arrow IPC stream: large and seldom requested, so it is made at
/// the first request and shared by later ones.
#[derive(Debug, Default)]
pub struct WholeTable {
    plain: OnceLock<Option<(String, Bytes)>>,
    /// Zstandard, Brotli, gzip.
    coded: [OnceLock<Option<Bytes>>; 3],
}

impl WholeTable {
    /// One of its codings; `make` compresses the stream at the first request.
    pub fn coded(&self, place: usize, make: impl FnOnce() -> Option<Bytes>) -> Option<Bytes> {
        self.coded.get(place)?.get_or_init(make).clone()
    }
}

impl Plant {
    /// What is published of a dataset.
    pub fn published(&self, dataset: Dataset) -> Option<&Arc<Published>> {
        match dataset {
            Dataset::Wip => self.lots.as_ref().map(|live| &live.published),
            Dataset::Resource => self.resources.as_ref().map(|live| &live.published),
            Dataset::Equipment => self.realtime.as_ref().map(|live| &live.published),
            Dataset::Workcenter => self.workcenters.as_ref().map(|live| &live.published),
        }
    }

    /// How a dataset's refreshes go.
    pub fn state(&self, dataset: Dataset) -> &DatasetState {
        &self.states[dataset as usize]
    }

    /// What the last load of a dataset counted, with what it lacks beside other datasets.
    pub fn ledger(&self, dataset: Dataset) -> Cow<'_, Ledger> {
        let own = &self.state(dataset).quality;
        if dataset != Dataset::Equipment || self.related.findings().next().is_none() {
            return Cow::Borrowed(own);
        }
        let mut all = Ledger::clone(own);
        all.merge(&self.related);
        all.rows_kept = all.rows_kept.saturating_sub(self.related.count(Reason::UnknownMachine));
        Cow::Owned(all)
    }

    /// "Now" of the data, plant time: the newest plausible SYS_DATE, else the database's clock.
    pub fn now(&self) -> Option<&str> {
        let lots = self.lots.as_ref().and_then(|lots| lots.table.frame().sys_date());
        lots.or(self.clock.as_ref().map(|clock| clock.now.as_str()))
    }

    /// Whether the equipment master has a row for a machine, also one that doesn't count.
    pub fn has_machine(&self, id: &str) -> bool {
        self.machine_ids.contains(id)
    }

    /// Whether every dataset has been read at least once.
    pub fn is_complete(&self) -> bool {
        Dataset::ALL.iter().all(|dataset| self.published(*dataset).is_some())
    }

    /// Whether the merged view was made of the tables that are published.
    pub fn is_view_current(&self) -> bool {
        let parts = [Dataset::Resource, Dataset::Equipment, Dataset::Workcenter];
        self.merged_from.len() == parts.len()
            && parts.iter().zip(&self.merged_from).all(|(dataset, merged)| {
                self.published(*dataset).is_some_and(|published| Arc::ptr_eq(published, merged))
            })
    }

    /// The whole table, with its record columns, as an Arrow IPC stream; and the version of that, as the
    /// published one does not cover the record columns. Takes time at first: not for async threads.
    pub fn all_columns(&self, dataset: Dataset) -> Option<(String, Bytes)> {
        let make = || {
            let stream = self.whole_stream(dataset)?;
            Some((format!("{:032x}", xxh3_128(&stream)), stream.into()))
        };
        self.whole(dataset).plain.get_or_init(make).clone()
    }

    /// What is shared of the whole table.
    pub fn whole(&self, dataset: Dataset) -> &WholeTable {
        &self.whole[dataset as usize]
    }

    fn whole_stream(&self, dataset: Dataset) -> Option<Vec<u8>> {
        let frame = match dataset {
            Dataset::Wip => self.lots.as_ref()?.table.frame(),
            Dataset::Resource => self.resources.as_ref()?.table.frame(),
            Dataset::Equipment => self.realtime.as_ref()?.table.frame(),
            Dataset::Workcenter => self.workcenters.as_ref()?.table.frame(),
        };
        Some(frame.to_ipc(Columns::All))
    }
}

/// A source table, read and turned into what is published.
#[derive(Debug)]
pub struct Loaded {
    table: AnyTable,
    version: String,
    bytes: Option<Encoded>,
    quality: Ledger,
    clock: PlantClock,
    /// Of the equipment master.
    machine_ids: Option<MachineIds>,
}

#[derive(Debug)]
enum AnyTable {
    Lots(Box<LotTable>),
    Resources(ResourceTable),
    Realtime(EquipmentStatusTable),
    Workcenters(WorkcenterTable),
}

impl AnyTable {
    fn frame(&self) -> &Frame {
        match self {
            Self::Lots(table) => table.frame(),
            Self::Resources(table) => table.frame(),
            Self::Realtime(table) => table.frame(),
            Self::Workcenters(table) => table.frame(),
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::Lots(table) => table.memory_bytes(),
            _ => self.frame().memory_bytes(),
        }
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
        let (found, batch) = (&mut quality, &batch);
        let table = match dataset {
            Dataset::Wip => {
                AnyTable::Lots(Box::new(LotTable::at(Some(&clock), batch, rules, found)?))
            }
            Dataset::Resource => {
                AnyTable::Resources(ResourceTable::from_source(batch, rules, found)?)
            }
            Dataset::Equipment => {
                AnyTable::Realtime(EquipmentStatusTable::from_source(batch, rules, found)?)
            }
            Dataset::Workcenter => {
                AnyTable::Workcenters(WorkcenterTable::from_source(batch, rules, found)?)
            }
        };
        if batch.num_rows() == 0 {
            quality.note(Reason::EmptyTable, "", None, None);
        }
        let plain = table.frame().to_ipc(Columns::Display);
        let version = format!("{:032x}", xxh3_128(&plain));
        let known =
            self.current().published(dataset).is_some_and(|published| published.version == version);
        // Content that is already published needs no second encoding.
        let bytes = if known { None } else { Encoded::new(plain, self.levels).ok() };
        let machine_ids = (dataset == Dataset::Resource).then(|| relations::machine_ids(batch));
        Ok(Loaded { table, version, bytes, quality, clock, machine_ids })
    }

    /// Publishes a prepared table. True when its content is new.
    pub fn publish(&self, loaded: Loaded, now: Timestamp) -> bool {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let dataset = loaded.table.frame().dataset();
        let mut plant = Plant::clone(&self.current());
        plant.states[dataset as usize] = DatasetState {
            checked_at: Some(now),
            read_at: Some(now),
            error: None,
            failing_since: None,
            quality: Arc::new(loaded.quality),
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
                    updated_at: now,
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
        if is_new || was_stale || is_counted_anew {
            self.changes.send_replace(());
        }
        is_new
    }

    /// Notes that the source was asked and has nothing new.
    pub fn confirm(&self, dataset: Dataset, now: Timestamp) {
        self.note(dataset, |state| {
            state.checked_at = Some(now);
            state.error = None;
            state.failing_since = None;
        });
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

    /// The difference from version `since` to what `plant` publishes; `None` when
    /// the full table is the better answer.
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

impl Plant {
    /// Compares the master with the real-time rows, once both are there.
    fn relate(&mut self) {
        if let (Some(resources), Some(realtime)) = (&self.resources, &self.realtime) {
            let compared = relations::compare(&resources.table, &realtime.table, &self.machine_ids);
            self.related = Arc::new(compared);
        }
    }

    fn set(&mut self, table: AnyTable, published: Arc<Published>) {
        self.whole[published.dataset as usize] = Arc::default();
        match table {
            AnyTable::Lots(table) => {
                self.lots = Some(Live { table: Arc::new(*table), published });
                // Lots are no part of the equipment view.
                return;
            }
            AnyTable::Resources(table) => {
                self.resources = Some(Live { table: Arc::new(table), published })
            }
            AnyTable::Realtime(table) => {
                self.realtime = Some(Live { table: Arc::new(table), published })
            }
            AnyTable::Workcenters(table) => {
                self.workcenters = Some(Live { table: Arc::new(table), published });
            }
        }
        if let (Some(resources), Some(realtime), Some(workcenters)) =
            (&self.resources, &self.realtime, &self.workcenters)
        {
            self.merged_from = [&resources.published, &realtime.published, &workcenters.published]
                .map(Arc::clone)
                .into();
            self.equipment = Some(Arc::new(EquipmentView::merge(
                resources.table.clone(),
                realtime.table.clone(),
                workcenters.table.clone(),
            )));
        }
    }
}
