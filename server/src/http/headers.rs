//! Setting headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Sets a header; a text that no header can hold is left out.
pub fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
