//! `HoldHistoryStore`: holds of a range of production days and every query on them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::calendar::Day;
use compute_core::hold_history::HoldHistoryTable;
use compute_core::table::DecodeError;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{DayRange, answer, read};
use super::ranged::{RangeTable, Ranged, update_range};
use crate::mes_api::MesApi;

impl RangeTable for HoldHistoryTable {
    const DATASET: &'static str = "hold_history";
    const PATH: &'static str = "hold-history";
    const MISSING: &'static str = "no holds are loaded";

    fn decoded(ipc: &[u8]) -> Result<Self, DecodeError> {
        Self::from_ipc(ipc)
    }

    fn rows(&self) -> usize {
        self.len()
    }

    fn days(&self) -> (Day, Day) {
        let range = self.range();
        (range.first, range.last)
    }

    fn bytes(&self) -> usize {
        self.memory_bytes()
    }
}

/// Holds that came and went.
#[wasm_bindgen]
#[derive(Default)]
pub struct HoldHistoryStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Ranged<HoldHistoryTable>>>,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl HoldHistoryStore {
            $(
                #[wasm_bindgen(js_name = $js, unchecked_return_type = $result)]
                pub fn $method(
                    &self,
                    #[wasm_bindgen(unchecked_param_type = $query)] query: JsValue,
                ) -> Result<JsValue, JsValue> {
                    answer(&self.table()?.$method(&read(query)?))
                }
            )*
        }
    };
}

compute_core::hold_history_queries!(queries);

impl HoldHistoryStore {
    fn table(&self) -> Result<Arc<HoldHistoryTable>, JsValue> {
        self.held.borrow().table().cloned()
    }
}

#[wasm_bindgen]
impl HoldHistoryStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads the server's holds of a range of production days.
    ///
    /// # Errors
    /// `INVALID_QUERY`, a `MesError`, see `MesApi.get` (`NOT_FOUND`: the site has no table of holds), or
    /// `DECODE_ERROR`; what was held stays.
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
            update_range(&held, &api, &range, &options).await
        })
    }

    /// Replaces the holds by those of another range (an uncompressed Arrow IPC stream); see `update`.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        self.held.borrow_mut().load(ipc, version)
    }

    /// Whether the store can be queried.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.held.borrow().is_ready()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.borrow().version()
    }

    /// First and last production day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.held.borrow().range()
    }

    /// Bytes of the holds.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.held.borrow().memory_bytes() as f64
    }
}
