//! `HistoryStore`: the hours of a range of days and every query on them.

use std::cell::RefCell;
use std::rc::Rc;

use compute_core::calendar::Day;
use compute_core::history::{HistoryTable, HistoryView};
use compute_core::table::DecodeError;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{DayRange, answer, read};
use super::equipment::EquipmentStore;
use super::ranged::{RangeTable, Ranged, update_range};
use crate::error::error;
use crate::mes_api::MesApi;

impl RangeTable for HistoryTable {
    const DATASET: &'static str = "history";
    const PATH: &'static str = "history";
    const MISSING: &'static str = "no hours are loaded";

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

/// Hours by machine, day and state, joined with the machines of an `EquipmentStore`.
#[wasm_bindgen]
#[derive(Default)]
pub struct HistoryStore {
    /// Shared with downloads under way.
    hours: Rc<RefCell<Ranged<HistoryTable>>>,
    /// Of the hours that were joined last.
    view: RefCell<Option<Rc<HistoryView>>>,
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
        let view = self.view.borrow().clone();
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
        let (hours, api) = (self.hours.clone(), api.clone());
        future_to_promise(async move {
            let range: DayRange = read(range)?;
            update_range(&hours, &api, &range, &options).await
        })
    }

    /// Replaces the hours by those of another range (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        self.hours.borrow_mut().load(ipc, version)
    }

    /// Joins the hours with the machines as they are now.
    ///
    /// # Errors
    /// `NOT_READY`: hours or machines are missing.
    pub fn join(&self, equipment: &EquipmentStore) -> Result<(), JsValue> {
        let hours = self.hours.borrow().table()?.clone();
        self.view.replace(Some(Rc::new(HistoryView::join(hours, equipment.view()?))));
        Ok(())
    }

    /// Whether the store can be queried.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.view.borrow().is_some()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.hours.borrow().version()
    }

    /// First and last day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.hours.borrow().range()
    }

    /// Bytes of the hours.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.hours.borrow().memory_bytes() as f64
    }
}
