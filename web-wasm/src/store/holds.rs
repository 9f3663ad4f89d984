//! `HoldHistoryStore`: holds of a range of production days and every query on them.

use std::cell::RefCell;
use std::rc::Rc;

use compute_core::hold_history::HoldHistoryTable;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{DayRange, SnapshotInfo, answer, read};
use super::update::taken;
use crate::error::{decode, error};
use crate::mes_api::{Download, DownloadKind, MesApi};

#[derive(Default)]
struct Held {
    holds: Option<(Rc<HoldHistoryTable>, String)>,
}

impl Held {
    fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = HoldHistoryTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        self.holds = Some((Rc::new(table), version));
        self.info()
    }

    fn info(&self) -> Result<JsValue, JsValue> {
        let (table, version) = self.holds()?;
        let dataset = "hold_history";
        answer(&SnapshotInfo { dataset, version, rows: table.len(), sys_date: None })
    }

    fn holds(&self) -> Result<&(Rc<HoldHistoryTable>, String), JsValue> {
        self.holds.as_ref().ok_or_else(|| error("NOT_READY", "no holds are loaded"))
    }

    fn range(&self) -> Option<DayRange> {
        let range = self.holds.as_ref()?.0.range();
        Some(DayRange { start_date: range.first.to_string(), end_date: range.last.to_string() })
    }
}

/// Holds that came and went.
#[wasm_bindgen]
#[derive(Default)]
pub struct HoldHistoryStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Held>>,
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
    fn table(&self) -> Result<Rc<HoldHistoryTable>, JsValue> {
        self.held.borrow().holds().map(|(table, _)| table.clone())
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
            let path = range.snapshot_path("hold-history");
            let version = {
                let held = held.borrow();
                let holds = held.holds.as_ref().filter(|_| held.range() == Some(range));
                holds.map(|(_, version)| version.clone())
            };
            let download = api.download(&path, version, &options).await?;
            taken(&download, &|Download { kind, bytes, version, .. }| match kind {
                DownloadKind::Unchanged => held.borrow().info(),
                _ => held.borrow_mut().load(bytes, version.clone()),
            })
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
        self.held.borrow().holds.is_some()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.borrow().holds.as_ref().map(|(_, version)| version.clone())
    }

    /// First and last production day that are held.
    ///
    /// # Errors
    /// `INTERNAL_ERROR`; a range is plain data, so this would be a bug.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> Result<JsValue, JsValue> {
        self.held.borrow().range().map_or(Ok(JsValue::UNDEFINED), |range| answer(&range))
    }

    /// Bytes of the holds.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        let held = self.held.borrow();
        held.holds.as_ref().map_or(0.0, |(table, _)| table.memory_bytes() as f64)
    }
}
