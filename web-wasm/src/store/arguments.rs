//! Arguments and results of queries across the boundary.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::error::error;

/// Reads a query's arguments; `undefined` and `null` stand for no arguments.
///
/// # Errors
/// `INVALID_QUERY` with what does not fit.
pub(super) fn read<T: DeserializeOwned>(query: JsValue) -> Result<T, JsValue> {
    let query = if query.is_undefined() || query.is_null() { js_sys::Object::new().into() } else { query };
    serde_wasm_bindgen::from_value(query).map_err(|cause| error("INVALID_QUERY", &cause.to_string()))
}

/// Answers a result as plain objects, lists, strings, numbers and null.
///
/// # Errors
/// `INTERNAL_ERROR`; results are plain data, so this would be a bug.
pub(super) fn answer<T: Serialize>(result: &T) -> Result<JsValue, JsValue> {
    result
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|cause| error("INTERNAL_ERROR", &cause.to_string()))
}

/// What `load` and `applyDelta` answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SnapshotInfo<'a> {
    pub dataset: &'static str,
    pub version: &'a str,
    pub rows: usize,
    pub sys_date: Option<&'a str>,
}
