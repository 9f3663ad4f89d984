//! `HistoryStore`: the hours of a range of days and every query on them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::history::{HistoryTable, HistoryView};
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
    hours: Option<(Arc<HistoryTable>, String)>,
    /// Of the hours that were joined last.
    view: Option<Rc<HistoryView>>,
}

impl Held {
    fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = HistoryTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        self.hours = Some((Arc::new(table), version));
        self.info()
    }

    fn info(&self) -> Result<JsValue, JsValue> {
        let (table, version) = self.hours()?;
        answer(&SnapshotInfo { dataset: "history", version, rows: table.len(), sys_date: None })
    }

    fn hours(&self) -> Result<&(Arc<HistoryTable>, String), JsValue> {
        self.hours.as_ref().ok_or_else(|| error("NOT_READY", "no hours are loaded"))
    }

    fn range(&self) -> Option<DayRange> {
        let (first, last) = self.hours.as_ref()?.0.range();
        Some(DayRange { start_date: first.to_string(), end_date: last.to_string() })
    }
}

/// Hours by machine, day and state, joined with the machines of an `EquipmentStore`.
#[wasm_bindgen]
#[derive(Default)]
pub struct HistoryStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Held>>,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl HistoryStore {
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

compute_core::history_queries!(queries);

impl HistoryStore {
    fn view(&self) -> Result<Rc<HistoryView>, JsValue> {
        let view = self.held.borrow().view.clone();
        view.ok_or_else(|| error("NOT_READY", "hours have to be loaded, then joined with machines"))
    }
}

#[wasm_bindgen]
impl HistoryStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads the server's hours of a range; queries use the former hours until the new ones are
    /// joined.
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
            let path = range.snapshot_path("history");
            let version = {
                let held = held.borrow();
                let hours = held.hours.as_ref().filter(|_| held.range() == Some(range));
                hours.map(|(_, version)| version.clone())
            };
            let download = api.download(&path, version, &options).await?;
            taken(&download, &|Download { kind, bytes, version, .. }| match kind {
                DownloadKind::Unchanged => held.borrow().info(),
                _ => held.borrow_mut().load(bytes, version.clone()),
            })
        })
    }

    /// Replaces the hours by those of another range (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        self.held.borrow_mut().load(ipc, version)
    }

    /// Joins the hours with the machines as they are now.
    ///
    /// # Errors
    /// `NOT_READY`: hours or machines are missing.
    pub fn join(&self, equipment: &EquipmentStore) -> Result<(), JsValue> {
        let mut held = self.held.borrow_mut();
        let hours = held.hours()?.0.clone();
        held.view = Some(Rc::new(HistoryView::join(hours, equipment.view()?)));
        Ok(())
    }

    /// Whether the store can be queried.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.held.borrow().view.is_some()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.borrow().hours.as_ref().map(|(_, version)| version.clone())
    }

    /// First and last day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.held.borrow().range().map_or(Ok(JsValue::UNDEFINED), |range| answer(&range))
    }

    /// Bytes of the hours.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        let held = self.held.borrow();
        held.hours.as_ref().map_or(0.0, |(table, _)| table.memory_bytes() as f64)
    }
}
