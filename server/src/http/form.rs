//! The fields of a form. The access guard reads a form once, because the CSRF token is one of them.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

#[derive(Clone, Debug, Default)]
pub struct FormFields(Arc<Vec<(String, String)>>);

impl FormFields {
    pub fn parse(body: &[u8]) -> Self {
        Self(Arc::new(url::form_urlencoded::parse(body).into_owned().collect()))
    }

    /// The one value of a field; `None` also when it came twice.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        first.filter(|_| values.next().is_none())
    }
}

pub fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
