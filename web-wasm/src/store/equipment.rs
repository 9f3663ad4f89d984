//! `EquipmentStore`: one version of the machines and every query on it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::delta::Delta;
use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::memory::layout;
use compute_core::table::{Dataset, DecodeError, Frame};
use compute_core::workcenter::WorkcenterTable;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{SnapshotInfo, answer, read};
use super::update::update;
use crate::error::{decode, error, set};
use crate::mes_api::{Download, DownloadKind, MesApi};

struct Part<T> {
    held: Option<(Arc<T>, String)>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { held: None }
    }
}

/// Machines, their real-time rows and the workcenter mapping, merged once all three are there.
#[derive(Default)]
struct Held {
    resources: Part<ResourceTable>,
    realtime: Part<EquipmentStatusTable>,
    workcenters: Part<WorkcenterTable>,
    view: Option<Arc<EquipmentView>>,
}

/// One version of the machines.
#[wasm_bindgen]
#[derive(Default)]
pub struct EquipmentStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Held>>,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl EquipmentStore {
            $(
                #[wasm_bindgen(js_name = $js, unchecked_return_type = $result)]
                pub fn $method(
                    &self,
                    #[wasm_bindgen(unchecked_param_type = $query)] query: JsValue,
                ) -> Result<JsValue, JsValue> {
                    answer(&self.view()?.$method(&read(query)?))
                }
            )*
        }
    };
}

compute_core::equipment_queries!(queries);

fn dataset(name: &str) -> Result<Dataset, JsValue> {
    Dataset::by_name(name).filter(|dataset| *dataset != Dataset::Wip).ok_or_else(|| {
        error("INVALID_QUERY", &format!("{name} is none of resource, equipment, workcenter"))
    })
}

impl EquipmentStore {
    /// The merged machines.
    pub(super) fn view(&self) -> Result<Arc<EquipmentView>, JsValue> {
        let view = self.held.borrow().view.clone();
        view.ok_or_else(|| {
            error(
                "NOT_READY",
                "snapshots of resource, equipment and workcenter have to be loaded first",
            )
        })
    }

    /// Version of a dataset that is held.
    pub(super) fn version(&self, dataset: Dataset) -> Option<String> {
        self.held.borrow().part(dataset).map(|(_, version)| version.clone())
    }

    /// Replaces datasets by rows that were kept, with their versions.
    pub(super) fn show(&self, tables: Vec<(Frame, String)>) {
        if tables.is_empty() {
            return;
        }
        let mut held = self.held.borrow_mut();
        for (frame, version) in tables {
            match frame.dataset() {
                Dataset::Resource => {
                    let table = ResourceTable::from_frame(frame);
                    held.resources.held = Some((Arc::new(table), version));
                }
                Dataset::Equipment => {
                    let table = EquipmentStatusTable::from_frame(frame);
                    held.realtime.held = Some((Arc::new(table), version));
                }
                Dataset::Wip | Dataset::Workcenter => {
                    let table = WorkcenterTable::from_frame(frame);
                    held.workcenters.held = Some((Arc::new(table), version));
                }
            }
        }
        held.merge();
    }
}

impl Held {
    fn part(&self, dataset: Dataset) -> Option<(&Frame, &String)> {
        match dataset {
            Dataset::Resource => {
                self.resources.held.as_ref().map(|(table, version)| (table.frame(), version))
            }
            Dataset::Equipment => {
                self.realtime.held.as_ref().map(|(table, version)| (table.frame(), version))
            }
            Dataset::Wip | Dataset::Workcenter => {
                self.workcenters.held.as_ref().map(|(table, version)| (table.frame(), version))
            }
        }
    }

    fn merge(&mut self) {
        if let (Some((resources, _)), Some((realtime, _)), Some((workcenters, _))) =
            (&self.resources.held, &self.realtime.held, &self.workcenters.held)
        {
            let (resources, realtime) = (resources.clone(), realtime.clone());
            let view = EquipmentView::merge(resources, realtime, workcenters.clone());
            self.view = Some(Arc::new(view));
        }
    }

    fn info(&self, dataset: Dataset) -> Result<JsValue, JsValue> {
        let (frame, version) =
            self.part(dataset).ok_or_else(|| error("NOT_READY", "nothing is loaded"))?;
        answer(&SnapshotInfo {
            dataset: dataset.name(),
            version,
            rows: frame.len(),
            sys_date: frame.sys_date(),
        })
    }

    fn load(&mut self, dataset: Dataset, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        match dataset {
            Dataset::Resource => {
                let table = ResourceTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
                self.resources.held = Some((Arc::new(table), version));
            }
            Dataset::Equipment => {
                let table = EquipmentStatusTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
                self.realtime.held = Some((Arc::new(table), version));
            }
            Dataset::Wip | Dataset::Workcenter => {
                let table = WorkcenterTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
                self.workcenters.held = Some((Arc::new(table), version));
            }
        }
        self.merge();
        self.info(dataset)
    }

    fn apply_delta(&mut self, dataset: Dataset, ipc: &[u8]) -> Result<JsValue, JsValue> {
        let Some((_, held)) = self.part(dataset) else {
            return Err(error(
                "NOT_READY",
                &format!("no snapshot of {} is loaded", dataset.name()),
            ));
        };
        let found = Delta::from_ipc(layout(dataset), ipc).map_err(|cause| decode(&cause))?;
        if found.base_version != *held {
            let (base, held) = (found.base_version, held.clone());
            return Err(decode(&DecodeError::DeltaBase { dataset: dataset.name(), base, held }));
        }
        fn next<T>(part: &mut Part<T>, version: String, apply: impl FnOnce(&T) -> T) {
            if let Some((table, _)) = &part.held {
                part.held = Some((Arc::new(apply(table)), version));
            }
        }
        let (delta, version) = (&found.delta, found.version);
        match dataset {
            Dataset::Resource => next(&mut self.resources, version, |table| table.apply(delta)),
            Dataset::Equipment => next(&mut self.realtime, version, |table| table.apply(delta)),
            Dataset::Wip | Dataset::Workcenter => {
                next(&mut self.workcenters, version, |table| table.apply(delta))
            }
        }
        self.merge();
        self.info(dataset)
    }
}

#[wasm_bindgen]
impl EquipmentStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings one dataset to the server's version, by a delta where there is one.
    ///
    /// # Errors
    /// `INVALID_QUERY`, a `MesError`, see `MesApi.get`, or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "Promise<SnapshotUpdate>")]
    pub fn update(
        &self,
        api: &MesApi,
        #[wasm_bindgen(unchecked_param_type = "EquipmentDataset")] name: String,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Promise {
        // The caller may query and free the store during the download, so that nothing of it is
        // borrowed.
        let (held, api) = (self.held.clone(), api.clone());
        future_to_promise(async move {
            let dataset = dataset(&name)?;
            let version = held.borrow().part(dataset).map(|(_, version)| version.clone());
            let take = |download: &Download| match download.kind {
                DownloadKind::Unchanged => held.borrow().info(dataset),
                DownloadKind::Delta => held.borrow_mut().apply_delta(dataset, &download.bytes),
                DownloadKind::Full => {
                    held.borrow_mut().load(dataset, &download.bytes, download.version.clone())
                }
            };
            update(&api, dataset.name(), version, &options, &take).await
        })
    }

    /// Replaces one dataset by a full snapshot (an uncompressed Arrow IPC stream).
    ///
    /// # Errors
    /// `DECODE_ERROR` or `INVALID_QUERY`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(
        &self,
        #[wasm_bindgen(unchecked_param_type = "EquipmentDataset")] name: &str,
        ipc: &[u8],
        version: String,
    ) -> Result<JsValue, JsValue> {
        self.held.borrow_mut().load(dataset(name)?, ipc, version)
    }

    /// Applies a delta to the version of a dataset that is held.
    ///
    /// # Errors
    /// `NOT_READY`, `DELTA_BASE_MISMATCH`, `DECODE_ERROR` or `INVALID_QUERY`; what was held stays.
    #[wasm_bindgen(js_name = applyDelta, unchecked_return_type = "SnapshotInfo")]
    pub fn apply_delta(
        &self,
        #[wasm_bindgen(unchecked_param_type = "EquipmentDataset")] name: &str,
        ipc: &[u8],
    ) -> Result<JsValue, JsValue> {
        self.held.borrow_mut().apply_delta(dataset(name)?, ipc)
    }

    /// Whether all three datasets are there.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.held.borrow().view.is_some()
    }

    /// Versions that are held, by dataset.
    #[wasm_bindgen(getter, unchecked_return_type = "Partial<Record<EquipmentDataset, string>>")]
    pub fn versions(&self) -> JsValue {
        let (held, out) = (self.held.borrow(), js_sys::Object::new());
        for dataset in [Dataset::Resource, Dataset::Equipment, Dataset::Workcenter] {
            if let Some((_, version)) = held.part(dataset) {
                set(&out, dataset.name(), &version.as_str().into());
            }
        }
        out.into()
    }

    /// Bytes held by the tables and the merged view.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.view().map_or(0.0, |view| view.memory_bytes() as f64)
    }
}
