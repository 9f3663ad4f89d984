//! `ChangesStore`: two moments side by side and every query on them.

use std::cell::RefCell;
use std::rc::Rc;

use compute_core::memory::PlantChanges;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{answer, read};
use super::equipment::EquipmentStore;
use super::lots::LotStore;
use crate::error::error;

/// What changed between the contents of two pairs of stores.
#[wasm_bindgen]
#[derive(Default)]
pub struct ChangesStore {
    held: Rc<RefCell<Option<PlantChanges>>>,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl ChangesStore {
            $(
                #[wasm_bindgen(js_name = $js, unchecked_return_type = $result)]
                pub fn $method(
                    &self,
                    #[wasm_bindgen(unchecked_param_type = $query)] query: JsValue,
                ) -> Result<JsValue, JsValue> {
                    let query = read(query)?;
                    let held = self.held.borrow();
                    let none = || error("NOT_READY", "two moments have to be compared first");
                    answer(&held.as_ref().ok_or_else(none)?.$method(&query))
                }
            )*
        }
    };
}

compute_core::change_queries!(queries);

#[wasm_bindgen]
impl ChangesStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares what two pairs of stores hold now; later changes of them don't matter.
    ///
    /// # Errors
    /// `NOT_READY`: one of them holds nothing.
    pub fn compare(
        &self,
        lots_before: &LotStore,
        machines_before: &EquipmentStore,
        lots: &LotStore,
        machines: &EquipmentStore,
    ) -> Result<(), JsValue> {
        self.held.replace(Some(PlantChanges {
            lots_before: lots_before.table()?,
            lots_now: lots.table()?,
            machines_before: machines_before.view()?,
            machines_now: machines.view()?,
        }));
        Ok(())
    }
}
