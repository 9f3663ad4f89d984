//! TypeScript declarations of arguments and results, and what belongs to no store.

use compute_core::field_contract::FIELDS;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::set;
use crate::store::answer;

#[wasm_bindgen(typescript_custom_section)]
const FROM_COMPUTE_CORE: &str = include_str!("../types/compute.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const FROM_THIS_PACKAGE: &str = include_str!("../types/package.d.ts");

/// The field contract by dataset and key: labels, export header, meaning, unit and format.
///
/// # Errors
/// `INTERNAL_ERROR`; the contract is plain data, so this would be a bug.
#[wasm_bindgen(unchecked_return_type = "FieldContract")]
pub fn fields() -> Result<JsValue, JsValue> {
    let contract = js_sys::Object::new();
    for dataset in FIELDS.chunk_by(|a, b| a.dataset == b.dataset) {
        let fields = js_sys::Object::new();
        for field in dataset {
            set(&fields, field.api_key, &answer(field)?);
        }
        set(&contract, dataset[0].dataset, &fields);
    }
    Ok(contract.into())
}

/// Version of the package and of the core in it.
#[wasm_bindgen(js_name = coreVersion)]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
