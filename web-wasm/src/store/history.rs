//! `HistoryStore`: the hours of a range of days and every query on them.

use std::sync::Arc;

use compute_core::history::{HistoryTable, HistoryView};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{SnapshotInfo, answer, read};
use super::equipment::EquipmentStore;
use crate::error::{decode, error, set};

/// Hours by machine, day and state, joined with the machines of an `EquipmentStore`.
#[wasm_bindgen]
#[derive(Default)]
pub struct HistoryStore {
    held: Option<(Arc<HistoryTable>, String)>,
    view: Option<HistoryView>,
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
    fn view(&self) -> Result<&HistoryView, JsValue> {
        self.view
            .as_ref()
            .ok_or_else(|| error("NOT_READY", "hours have to be loaded, then joined with machines"))
    }
}

#[wasm_bindgen]
impl HistoryStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces everything by another range (an uncompressed Arrow IPC stream); to be joined anew.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = HistoryTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        let rows = table.len();
        self.view = None;
        let (_, version) = self.held.insert((Arc::new(table), version));
        answer(&SnapshotInfo { dataset: "history", version, rows, sys_date: None })
    }

    /// Joins the hours with the machines as they are now.
    ///
    /// # Errors
    /// `NOT_READY`: hours or machines are missing.
    pub fn join(&mut self, equipment: &EquipmentStore) -> Result<(), JsValue> {
        let Some((table, _)) = &self.held else {
            return Err(error("NOT_READY", "no hours are loaded"));
        };
        self.view = Some(HistoryView::join(table.clone(), equipment.shared_view()?));
        Ok(())
    }

    /// Whether queries are answered.
    #[wasm_bindgen(getter)]
    pub fn ready(&self) -> bool {
        self.view.is_some()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.as_ref().map(|(_, version)| version.clone())
    }

    /// First and last day that are held.
    #[wasm_bindgen(getter, unchecked_return_type = "DayRange | undefined")]
    pub fn range(&self) -> JsValue {
        let Some((table, _)) = &self.held else { return JsValue::UNDEFINED };
        let (first, last) = table.range();
        let out = js_sys::Object::new();
        set(&out, "startDate", &first.to_string().into());
        set(&out, "endDate", &last.to_string().into());
        out.into()
    }

    /// Bytes of the hours.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.held.as_ref().map_or(0.0, |(table, _)| table.memory_bytes() as f64)
    }
}
