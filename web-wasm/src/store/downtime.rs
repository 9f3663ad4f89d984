//! `DowntimeStore`: downtimes of a range of days with their jobs, and every query on them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::calendar::Day;
use compute_core::downtime::{DowntimeTable, DowntimeView, JobTable};
use compute_core::table::DecodeError;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{DayRange, answer, read};
use super::equipment::EquipmentStore;
use super::ranged::{RangeTable, Ranged, update_range};
use crate::error::{decode, error};
use crate::mes_api::{DownloadKind, MesApi};

impl RangeTable for DowntimeTable {
    const DATASET: &'static str = "downtime";
    const PATH: &'static str = "downtime";
    const MISSING: &'static str = "no downtimes are loaded";

    fn decoded(ipc: &[u8]) -> Result<Self, DecodeError> {
        Self::from_ipc(ipc)
    }

    fn rows(&self) -> usize {
        self.len()
    }

    fn days(&self) -> (Day, Day) {
        self.range()
    }

    fn bytes(&self) -> usize {
        self.memory_bytes()
    }
}

/// The jobs that are held, with their version.
type Jobs = Option<(Arc<JobTable>, String)>;

fn load_jobs(jobs: &RefCell<Jobs>, ipc: &[u8], version: String) -> Result<(), JsValue> {
    let table = JobTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
    jobs.replace(Some((Arc::new(table), version)));
    Ok(())
}

/// Downtimes with their jobs, joined with the machines of an `EquipmentStore`.
#[wasm_bindgen]
#[derive(Default)]
pub struct DowntimeStore {
    /// Shared with downloads under way.
    fragments: Rc<RefCell<Ranged<DowntimeTable>>>,
    /// Shared with downloads under way.
    jobs: Rc<RefCell<Jobs>>,
    /// Of what was joined last.
    view: RefCell<Option<Rc<DowntimeView>>>,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl DowntimeStore {
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

compute_core::downtime_queries!(queries);

impl DowntimeStore {
    fn view(&self) -> Result<Rc<DowntimeView>, JsValue> {
        let view = self.view.borrow().clone();
        view.ok_or_else(|| {
            error("NOT_READY", "downtimes and jobs have to be loaded, then joined with machines")
        })
    }
}

#[wasm_bindgen]
impl DowntimeStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads the server's downtimes of a range and the jobs; queries use the former ones until the new
    /// ones are joined.
    ///
    /// # Errors
    /// `INVALID_QUERY`, a `MesError`, see `MesApi.get`, or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "Promise<SnapshotUpdate>")]
    pub fn update(
        &self,
        api: &MesApi,
        #[wasm_bindgen(unchecked_param_type = "DayRange")] range: JsValue,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Promise {
        // The caller may query and free the store during the download, so that nothing of it is
        // borrowed.
        let (fragments, held, api) = (self.fragments.clone(), self.jobs.clone(), api.clone());
        future_to_promise(async move {
            let range: DayRange = read(range)?;
            let path = range.snapshot_path("downtime-jobs");
            let known = held.borrow().as_ref().map(|(_, version)| version.clone());
            let jobs = api.download(&path, known, &options).await?;
            if !matches!(jobs.kind, DownloadKind::Unchanged) {
                load_jobs(&held, &jobs.bytes, jobs.version)?;
            }
            update_range(&fragments, &api, &range, &options).await
        })
    }

    /// Replaces the downtimes by those of another range (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        self.fragments.borrow_mut().load(ipc, version)
    }

    /// Replaces the jobs (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(js_name = loadJobs)]
    pub fn load_jobs(&self, ipc: &[u8], version: String) -> Result<(), JsValue> {
        load_jobs(&self.jobs, ipc, version)
    }

    /// Puts fragments together to downtimes, finds their jobs and joins the machines as they are now; of
    /// what is joined already, only the machines are replaced.
    ///
    /// # Errors
    /// `NOT_READY`: downtimes, jobs or machines are missing.
    pub fn join(&self, equipment: &EquipmentStore) -> Result<(), JsValue> {
        let fragments = self.fragments.borrow().table()?.clone();
        let jobs = self.jobs.borrow().as_ref().map(|(jobs, _)| jobs.clone());
        let jobs = jobs.ok_or_else(|| error("NOT_READY", "no jobs are loaded"))?;
        let machines = equipment.view()?;
        let held = self.view.borrow().clone();
        let joined = held.as_ref().filter(|view| {
            Arc::ptr_eq(view.table(), &fragments) && Arc::ptr_eq(view.jobs(), &jobs)
        });
        let view = match joined {
            Some(view) => view.with_machines(machines),
            None => DowntimeView::join(fragments, jobs, machines),
        };
        self.view.replace(Some(Rc::new(view)));
        Ok(())
    }

    /// Whether the store can be queried.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.view.borrow().is_some()
    }

    /// Version of the downtimes that are held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.fragments.borrow().version()
    }

    /// First and last day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.fragments.borrow().range()
    }

    /// Bytes of the downtimes and the jobs.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        let jobs = self.jobs.borrow();
        let jobs = jobs.as_ref().map_or(0, |(table, _)| table.memory_bytes());
        (self.fragments.borrow().memory_bytes() + jobs) as f64
    }
}
