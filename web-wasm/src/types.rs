//! TypeScript declarations of arguments and results, and what belongs to no store.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::error;

#[wasm_bindgen(typescript_custom_section)]
const FROM_COMPUTE_CORE: &str = include_str!("../types/compute.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const FROM_THIS_PACKAGE: &str = include_str!("../types/package.d.ts");

/// The field contract: labels, export headers, meaning and unit of every field.
///
/// # Errors
/// `INTERNAL_ERROR`; the contract is plain data, so this would be a bug.
#[wasm_bindgen(unchecked_return_type = "Field[]")]
pub fn fields() -> Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(compute_core::field_contract::FIELDS)
        .map_err(|cause| error("INTERNAL_ERROR", &cause.to_string()))
}

/// Version of the package and of the core in it.
#[wasm_bindgen(js_name = coreVersion)]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
