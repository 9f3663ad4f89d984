//! What callers pass: plain objects, of which every part may be missing.

use wasm_bindgen::{JsCast, JsValue};

/// A property, or undefined.
pub(super) fn option(options: &JsValue, name: &str) -> JsValue {
    if options.is_object() {
        return js_sys::Reflect::get(options, &name.into()).unwrap_or(JsValue::UNDEFINED);
    }
    JsValue::UNDEFINED
}

/// A positive number of milliseconds that timers can take.
pub(super) fn millis(value: &JsValue) -> Option<u32> {
    value.as_f64().filter(|ms| *ms >= 1.0).map(|ms| ms.min(f64::from(i32::MAX)) as u32)
}

/// `?a=1&b=2` of an object, without undefined and null values.
pub(super) fn query_string(query: &JsValue) -> String {
    if !query.is_object() {
        return String::new();
    }
    let pairs: Vec<String> = js_sys::Object::entries(query.unchecked_ref())
        .iter()
        .filter_map(|entry| {
            let entry: js_sys::Array = entry.unchecked_into();
            let (name, value) = (entry.get(0), entry.get(1));
            if value.is_undefined() || value.is_null() {
                return None;
            }
            let encode = |part: &JsValue| {
                js_sys::encode_uri_component(
                    &js_sys::JsString::from(part.clone()).as_string().unwrap_or_default(),
                )
            };
            let value = value
                .as_string()
                .map_or_else(|| js_sys::Object::from(value).to_string().into(), JsValue::from);
            Some(format!("{}={}", encode(&name), encode(&value)))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
