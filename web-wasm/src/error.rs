//! Errors as JavaScript sees them: an `Error` with a stable `code`.

use compute_core::table::DecodeError;
use wasm_bindgen::JsValue;

/// An `Error` with `message` and `code`.
pub(crate) fn error(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    set(&error, "code", &code.into());
    error.into()
}

/// Sets a property; a fresh object can't refuse.
pub(crate) fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(target, &name.into(), value);
}

/// `DECODE_ERROR`, or `DELTA_BASE_MISMATCH` when the full snapshot has to be loaded.
pub(crate) fn decode(cause: &DecodeError) -> JsValue {
    let code = match cause {
        DecodeError::DeltaBase { .. } => "DELTA_BASE_MISMATCH",
        DecodeError::Damaged { .. } | DecodeError::Unexpected { .. } => "DECODE_ERROR",
    };
    error(code, &cause.to_string())
}
