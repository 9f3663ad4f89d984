//! `DowntimeStore`: downtimes of a range of days with their jobs, and every query on them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::downtime::{DowntimeTable, DowntimeView, JobTable};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{DayRange, SnapshotInfo, answer, read};
use super::equipment::EquipmentStore;
use super::update::taken;
use crate::error::{decode, error};
use crate::mes_api::{Download, DownloadKind, MesApi};

#[derive(Default)]
struct Held {
    fragments: Option<(Arc<DowntimeTable>, String)>,
    jobs: Option<(Arc<JobTable>, String)>,
    /// Of what was joined last.
    view: Option<Rc<DowntimeView>>,
}

impl Held {
    fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = DowntimeTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        self.fragments = Some((Arc::new(table), version));
        self.info()
    }

    fn load_jobs(&mut self, ipc: &[u8], version: String) -> Result<(), JsValue> {
        let table = JobTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        self.jobs = Some((Arc::new(table), version));
        Ok(())
    }

    fn info(&self) -> Result<JsValue, JsValue> {
        let (table, version) = self.fragments()?;
        let dataset = "downtime";
        answer(&SnapshotInfo { dataset, version, rows: table.len(), sys_date: None })
    }

    fn fragments(&self) -> Result<&(Arc<DowntimeTable>, String), JsValue> {
        self.fragments.as_ref().ok_or_else(|| error("NOT_READY", "no downtimes are loaded"))
    }

    fn range(&self) -> Option<DayRange> {
        let (first, last) = self.fragments.as_ref()?.0.range();
        Some(DayRange { start_date: first.to_string(), end_date: last.to_string() })
    }
}

/// Downtimes with their jobs, joined with the machines of an `EquipmentStore`.
#[wasm_bindgen]
#[derive(Default)]
pub struct DowntimeStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Held>>,
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
        let view = self.held.borrow().view.clone();
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
        let (held, api) = (self.held.clone(), api.clone());
        future_to_promise(async move {
            let range: DayRange = read(range)?;
            let job_path = range.snapshot_path("downtime-jobs");
            let path = range.snapshot_path("downtime");
            let known = held.borrow().jobs.as_ref().map(|(_, version)| version.clone());
            let jobs = api.download(&job_path, known, &options).await?;
            if !matches!(jobs.kind, DownloadKind::Unchanged) {
                held.borrow_mut().load_jobs(&jobs.bytes, jobs.version.clone())?;
            }
            let version = {
                let held = held.borrow();
                let fragments = held.fragments.as_ref().filter(|_| held.range() == Some(range));
                fragments.map(|(_, version)| version.clone())
            };
            let download = api.download(&path, version, &options).await?;
            taken(&download, &|Download { kind, bytes, version, .. }| match kind {
                DownloadKind::Unchanged => held.borrow().info(),
                _ => held.borrow_mut().load(bytes, version.clone()),
            })
        })
    }

    /// Replaces the downtimes by those of another range (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        self.held.borrow_mut().load(ipc, version)
    }

    /// Replaces the jobs (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(js_name = loadJobs)]
    pub fn load_jobs(&self, ipc: &[u8], version: String) -> Result<(), JsValue> {
        self.held.borrow_mut().load_jobs(ipc, version)
    }

    /// Puts fragments together to downtimes, finds their jobs and joins the machines as they are now; of
    /// what is joined already, only the machines are replaced.
    ///
    /// # Errors
    /// `NOT_READY`: downtimes, jobs or machines are missing.
    pub fn join(&self, equipment: &EquipmentStore) -> Result<(), JsValue> {
        let mut held = self.held.borrow_mut();
        let fragments = held.fragments()?.0.clone();
        let jobs = held.jobs.as_ref().map(|(jobs, _)| jobs.clone());
        let jobs = jobs.ok_or_else(|| error("NOT_READY", "no jobs are loaded"))?;
        let machines = equipment.view()?;
        let joined = held.view.as_ref().filter(|view| {
            Arc::ptr_eq(view.table(), &fragments) && Arc::ptr_eq(view.jobs(), &jobs)
        });
        let view = match joined {
            Some(view) => view.with_machines(machines),
            None => DowntimeView::join(fragments, jobs, machines),
        };
        held.view = Some(Rc::new(view));
        Ok(())
    }

    /// Whether the store can be queried.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.held.borrow().view.is_some()
    }

    /// Version of the downtimes that are held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.borrow().fragments.as_ref().map(|(_, version)| version.clone())
    }

    /// First and last day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.held.borrow().range().map_or(Ok(JsValue::UNDEFINED), |range| answer(&range))
    }

    /// Bytes of the downtimes and the jobs.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        let held = self.held.borrow();
        let fragments = held.fragments.as_ref().map_or(0, |(table, _)| table.memory_bytes());
        let jobs = held.jobs.as_ref().map_or(0, |(table, _)| table.memory_bytes());
        (fragments + jobs) as f64
    }
}
