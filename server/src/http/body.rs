//! Reading the fields of a JSON body by name and kind.

use serde_json::{Map, Value};

use super::error::ApiError;

/// Fields of a body; null counts as absent, unknown names have no effect.
pub struct Fields(pub Map<String, Value>);

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text, stripped; empty counts as absent.
    ///
    /// # Errors
    /// The field is no text.
    pub fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                let text = storable(name, text.trim())?;
                Ok(Some(text).filter(|text| !text.is_empty()))
            }
            Some(other) => Err(wrong_kind(name, "string", other)),
        }
    }

    /// A text of at most `most` characters, stripped; empty counts as absent.
    ///
    /// # Errors
    /// The field is no text, or too long.
    pub fn text_up_to(&self, name: &str, most: usize) -> Result<Option<String>, ApiError> {
        let text = self.text(name)?;
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            return Err(ApiError::validation(
                format!("參數 {name} 過長；上限為 {most} 字"),
                format!("Parameter {name} is too long; the limit is {most} characters"),
            ));
        }
        Ok(text)
    }

    /// Yes or no; absent is no.
    ///
    /// # Errors
    /// The field is neither.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(wrong_kind(name, "boolean", other)),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// It is absent, empty or no text.
    pub fn required(&self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::missing(name))
    }

    /// A text that must be there, exactly as it came.
    ///
    /// # Errors
    /// It is absent, empty or no text.
    pub fn verbatim(&self, name: &str) -> Result<String, ApiError> {
        match self.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            None | Some(Value::String(_)) => Err(ApiError::missing(name)),
            Some(other) => Err(wrong_kind(name, "string", other)),
        }
    }

    /// A list of texts, at least one and at most `most`.
    ///
    /// # Errors
    /// It is absent, no list of texts, empty or too long.
    pub fn texts(&self, name: &str, most: usize) -> Result<Vec<String>, ApiError> {
        let list = match self.get(name) {
            None => return Err(ApiError::missing(name)),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(wrong_kind(name, "array", other)),
        };
        if list.is_empty() || list.len() > most {
            return Err(ApiError::not_allowed(name, &list.len().to_string(), &format!("1–{most}")));
        }
        let text = |entry: &Value| match entry {
            Value::String(text) => storable(&format!("{name}[]"), text),
            other => Err(wrong_kind(&format!("{name}[]"), "string", other)),
        };
        list.iter().map(text).collect()
    }

    /// A whole number, moved into `1..=most`; `default` when absent.
    ///
    /// # Errors
    /// The field is no whole number.
    pub fn limit(&self, name: &str, default: u32, most: u32) -> Result<u32, ApiError> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(number.clamp(1, i64::from(most)) as u32),
                None => Err(wrong_kind(name, "integer", value)),
            },
        }
    }

    /// A whole number from 0, moved to 0 when it is less; 0 when absent.
    ///
    /// # Errors
    /// The field is no whole number.
    pub fn offset(&self, name: &str) -> Result<u32, ApiError> {
        match self.get(name) {
            None => Ok(0),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(number.clamp(0, i64::from(u32::MAX)) as u32),
                None => Err(wrong_kind(name, "integer", value)),
            },
        }
    }

    /// An object of texts; empty texts are left out.
    ///
    /// # Errors
    /// The field is no object, or holds something else than texts.
    pub fn object_of_texts(&self, name: &str) -> Result<Vec<(String, String)>, ApiError> {
        let object = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Value::Object(object)) => object,
            Some(other) => return Err(wrong_kind(name, "object", other)),
        };
        let mut pairs = Vec::new();
        for (key, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) if text.trim().is_empty() => {}
                Value::String(text) => {
                    pairs.push((key.clone(), storable(&format!("{name}.{key}"), text.trim())?));
                }
                other => return Err(wrong_kind(&format!("{name}.{key}"), "string", other)),
            }
        }
        Ok(pairs)
    }

    /// A range of days as the times from its first midnight to that after its end.
    ///
    /// # Errors
    /// A date is absent, is not `YYYY-MM-DD`, the end is before the start, or the range is longer
    /// than `most_days`.
    pub fn days(&self, most_days: i32) -> Result<(String, String), ApiError> {
        let day = |name: &str| {
            let text = self.required(name)?;
            let parsed = jiff::civil::Date::strptime("%Y-%m-%d", &text).ok();
            let parsed = parsed.filter(|_| text.len() == 10);
            parsed.ok_or_else(|| ApiError::not_allowed(name, &text, "YYYY-MM-DD"))
        };
        let (start, end) = (day("start_date")?, day("end_date")?);
        let span_days = (end - start).get_days();
        if !(0..most_days).contains(&span_days) {
            let allowed = format!("{start} – start_date + {most_days}");
            return Err(ApiError::not_allowed("end_date", &end.to_string(), &allowed));
        }
        let until = end
            .tomorrow()
            .map_err(|_| ApiError::not_allowed("end_date", &end.to_string(), "YYYY-MM-DD"))?;
        Ok((format!("{start} 00:00:00"), format!("{until} 00:00:00")))
    }
}

/// A text that a database can be asked for: PostgreSQL has none with a NUL in it.
///
/// # Errors
/// There is a NUL in it.
pub fn storable(name: &str, text: &str) -> Result<String, ApiError> {
    if text.contains('\0') {
        return Err(ApiError::validation(
            format!("參數 {name} 不可含有 NUL 字元"),
            format!("Parameter {name} must not hold a NUL character"),
        ));
    }
    Ok(text.to_owned())
}

/// A field is of another kind than it must be.
pub fn wrong_kind(name: &str, wanted: &str, got: &Value) -> ApiError {
    let got = kind_of(got);
    ApiError::validation(
        format!("欄位 {name} 必須是 {wanted}，卻收到 {got}"),
        format!("Field {name} must be of type {wanted}, but {got} came"),
    )
}

/// JSON's own name of a value's type.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::language::Language;

    fn fields(body: Value) -> Fields {
        let Value::Object(body) = body else { unreachable!("tests pass objects") };
        Fields(body)
    }

    #[test]
    fn days_run_from_midnight_to_the_midnight_after() {
        let range = |start: &str, end: &str| {
            fields(json!({ "start_date": start, "end_date": end })).days(730)
        };
        let found = range("2026-02-28", "2026-02-28").unwrap();
        assert_eq!(found, ("2026-02-28 00:00:00".into(), "2026-03-01 00:00:00".into()));
        assert!(range("2024-11-21", "2026-11-20").is_ok());
        for (start, end) in [
            ("2026-02-28", "2026-02-27"),
            ("2024-11-20", "2026-11-20"),
            ("2026-02-30", "2026-03-01"),
            ("2026-2-1", "2026-2-2"),
            ("", "2026-02-27"),
            ("9999-12-31", "9999-12-31"),
        ] {
            assert!(range(start, end).is_err(), "{start} {end}");
        }
    }

    #[test]
    fn wrong_kinds_are_named_with_their_place() {
        let body =
            fields(json!({ "a": [1], "b": 7, "c": { "x": 1 }, "d": [], "e": "z", "f": ["\0"] }));
        for error in [
            body.texts("a", 3).unwrap_err(),
            body.text("b").unwrap_err(),
            body.object_of_texts("c").unwrap_err(),
            body.texts("d", 3).unwrap_err(),
            body.limit("e", 1, 2).unwrap_err(),
            body.required("none").unwrap_err(),
            body.texts("f", 3).unwrap_err(),
        ] {
            let message = error.message(Language::English);
            assert!(
                ["a[]", " b ", "c.x", " d ", " e ", "none", "f[]"]
                    .iter()
                    .any(|name| message.contains(name)),
                "{message}"
            );
        }
        assert_eq!(body.limit("b", 1, 5).unwrap(), 5);
        assert_eq!(body.limit("none", 3, 5).unwrap(), 3);
    }
}
