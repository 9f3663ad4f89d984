//! Arguments and results of queries across the boundary.

use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, forward_to_deserialize_any};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::error;

/// Reads a query's arguments; `undefined` and `null` mean no arguments.
///
/// # Errors
/// `INVALID_QUERY` with what does not fit.
pub(super) fn read<T: DeserializeOwned>(query: JsValue) -> Result<T, JsValue> {
    let query =
        if query.is_undefined() || query.is_null() { js_sys::Object::new().into() } else { query };
    T::deserialize(Strict(query)).map_err(|cause| error("INVALID_QUERY", &cause.to_string()))
}

/// Reads an object as a struct and refuses fields that the struct does not have;
/// serde-wasm-bindgen alone would pass over a misspelt filter.
struct Strict(JsValue);

impl<'de> Deserializer<'de> for Strict {
    type Error = serde_wasm_bindgen::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde_wasm_bindgen::Deserializer::from(self.0).deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if let Some(object) = self.0.dyn_ref::<js_sys::Object>() {
            for key in js_sys::Object::keys(object).iter().filter_map(|key| key.as_string()) {
                if !fields.contains(&key.as_str()) {
                    return Err(Self::Error::unknown_field(&key, fields));
                }
            }
        }
        serde_wasm_bindgen::Deserializer::from(self.0).deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// Returns a result as plain objects, lists, strings, numbers and null.
///
/// # Errors
/// `INTERNAL_ERROR`; results are plain data, so this would be a bug.
pub(crate) fn answer<T: Serialize>(result: &T) -> Result<JsValue, JsValue> {
    result
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|cause| error("INTERNAL_ERROR", &cause.to_string()))
}

/// First and last day, `YYYY-MM-DD`.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DayRange {
    pub start_date: String,
    pub end_date: String,
}

impl DayRange {
    /// Path of the snapshot of these days.
    pub(super) fn snapshot_path(&self, name: &str) -> String {
        let encoded = |date: &str| String::from(js_sys::encode_uri_component(date));
        let (start, end) = (encoded(&self.start_date), encoded(&self.end_date));
        format!("/api/snapshot/{name}?start_date={start}&end_date={end}")
    }
}

/// What a store holds after a change.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SnapshotInfo<'a> {
    pub dataset: &'static str,
    pub version: &'a str,
    pub rows: usize,
    pub sys_date: Option<&'a str>,
}
