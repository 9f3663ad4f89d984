//! What readers need of one moment: the tables, the merged equipment view, the encoded bytes.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::lot::LotTable;
use compute_core::quality::{Ledger, PlantClock, Reason};
use compute_core::table::{Columns, Dataset, Frame};
use compute_core::workcenter::WorkcenterTable;
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128;

use super::encode::Encoded;
use super::order::Order;
use super::relations::{self, MachineIds};

/// One published version of one dataset.
#[derive(Debug)]
pub struct Published {
    pub dataset: Dataset,
    /// Hash of the display columns: equal content, equal version.
    pub version: String,
    /// When this content was first read.
    pub updated_at: Timestamp,
    /// "Now" of the data, plant time: the newest plausible SYS_DATE, else the database's clock.
    pub sys_date: Option<String>,
    pub rows: usize,
    /// Bytes of the table and its indexes.
    pub table_bytes: usize,
    /// Arrow IPC stream of the display columns.
    pub bytes: Arc<Encoded>,
}

/// A table with what is published of it.
#[derive(Debug)]
pub struct PublishedTable<T> {
    pub table: Arc<T>,
    /// Its published form.
    pub published: Arc<Published>,
}

impl<T> Clone for PublishedTable<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), published: self.published.clone() }
    }
}

/// State of a dataset's refreshes.
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
    /// The time of what is published, by the database's clock; `None` before the first load.
    pub order: Option<Order>,
}

impl DatasetState {
    /// Notes that the source was asked and has nothing new.
    pub(super) fn confirm(&mut self, now: Timestamp) {
        self.checked_at = Some(now);
        self.error = None;
        self.failing_since = None;
    }

    /// Whether the last refresh failed.
    pub fn is_stale(&self) -> bool {
        self.error.is_some()
    }
}

/// Hash of an Arrow IPC stream: equal content, equal version.
pub(super) fn version_of(stream: &[u8]) -> String {
    format!("{:032x}", xxh3_128(stream))
}

/// Everything of one moment.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    pub lots: Option<PublishedTable<LotTable>>,
    /// Equipment master.
    pub resources: Option<PublishedTable<ResourceTable>>,
    /// Real-time rows.
    pub realtime: Option<PublishedTable<EquipmentStatusTable>>,
    /// Workcenter mapping.
    pub workcenters: Option<PublishedTable<WorkcenterTable>>,
    /// Master, real-time rows and mapping merged; there as soon as all three are.
    pub equipment: Option<Arc<EquipmentView>>,
    /// What the merged view was made of.
    merged_from: Vec<Arc<Published>>,
    /// Every machine that the master has a row for, whether it counts or not.
    pub(super) machine_ids: Arc<MachineIds>,
    /// What the real-time rows lack beside the master.
    related: Arc<Ledger>,
    /// The database's clock at the last read of a whole table.
    pub(super) clock: Option<PlantClock>,
    pub(super) states: [DatasetState; Dataset::ALL.len()],
    whole: [Arc<WholeTable>; Dataset::ALL.len()],
}

/// A table with all of its columns as an Arrow IPC stream: large and rarely requested, so it is
/// made on the first request and shared by later ones.
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

    /// State of a dataset's refreshes.
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
            Some((version_of(&stream), stream.into()))
        };
        self.whole(dataset).plain.get_or_init(make).clone()
    }

    /// The database's clock at the last read of a whole table.
    pub fn clock(&self) -> Option<&PlantClock> {
        self.clock.as_ref()
    }

    /// The machines of the equipment master, for that dataset only.
    pub(super) fn machine_ids_of(&self, dataset: Dataset) -> Option<&MachineIds> {
        (dataset == Dataset::Resource).then_some(&*self.machine_ids)
    }

    /// What is shared of the whole table.
    pub fn whole(&self, dataset: Dataset) -> &WholeTable {
        &self.whole[dataset as usize]
    }

    fn whole_stream(&self, dataset: Dataset) -> Option<Vec<u8>> {
        Some(self.frame(dataset)?.to_ipc(Columns::All))
    }

    /// The whole table; `None` until it is loaded.
    pub fn frame(&self, dataset: Dataset) -> Option<&Frame> {
        Some(match dataset {
            Dataset::Wip => self.lots.as_ref()?.table.frame(),
            Dataset::Resource => self.resources.as_ref()?.table.frame(),
            Dataset::Equipment => self.realtime.as_ref()?.table.frame(),
            Dataset::Workcenter => self.workcenters.as_ref()?.table.frame(),
        })
    }
}

#[derive(Debug)]
pub enum AnyTable {
    Lots(Box<LotTable>),
    Resources(ResourceTable),
    Realtime(EquipmentStatusTable),
    Workcenters(WorkcenterTable),
}

impl AnyTable {
    pub fn frame(&self) -> &Frame {
        match self {
            Self::Lots(table) => table.frame(),
            Self::Resources(table) => table.frame(),
            Self::Realtime(table) => table.frame(),
            Self::Workcenters(table) => table.frame(),
        }
    }

    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Lots(table) => table.memory_bytes(),
            _ => self.frame().memory_bytes(),
        }
    }
}

impl Plant {
    /// Compares the master with the real-time rows, once both are there.
    pub(super) fn relate(&mut self) {
        if let (Some(resources), Some(realtime)) = (&self.resources, &self.realtime) {
            let compared = relations::compare(&resources.table, &realtime.table, &self.machine_ids);
            self.related = Arc::new(compared);
        }
    }

    pub(super) fn set(&mut self, table: AnyTable, published: Arc<Published>) {
        self.whole[published.dataset as usize] = Arc::default();
        match table {
            AnyTable::Lots(table) => {
                self.lots = Some(PublishedTable { table: Arc::new(*table), published });
                // Lots are no part of the equipment view.
                return;
            }
            AnyTable::Resources(table) => {
                self.resources = Some(PublishedTable { table: Arc::new(table), published })
            }
            AnyTable::Realtime(table) => {
                self.realtime = Some(PublishedTable { table: Arc::new(table), published })
            }
            AnyTable::Workcenters(table) => {
                self.workcenters = Some(PublishedTable { table: Arc::new(table), published });
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
