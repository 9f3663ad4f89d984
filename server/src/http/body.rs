//! Request bodies: JSON objects, bounded in size and time.
//!
//! Texts are trimmed; what is null or empty counts as absent, and unknown names have no effect.

use std::time::Duration;

use axum::body::{Body as RawBody, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use compute_core::blanks::trimmed;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::ignored;
use super::invalid::{Invalid, visit_variant};

/// Largest request body.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// Timeout for reading a body.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Extractor: a JSON object of at most 1 MiB as `T`. An empty body counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let JsonObject(object) = JsonObject::from_request(request, state).await?;
        read(object).map(Self)
    }
}

fn read<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, ApiError> {
    let body = Value::Object(object);
    let field = Field { value: &body, is_entry: false };
    serde_path_to_error::deserialize(field).map_err(|error| {
        let path = error.path().clone();
        error.into_inner().at(&path)
    })
}

/// Extractor: a JSON object of at most 1 MiB as it is. An empty body counts as `{}`.
#[derive(Debug)]
pub struct JsonObject(pub Map<String, Value>);

impl JsonObject {
    /// The object as `T`, with its texts as they are.
    ///
    /// # Errors
    /// The first field that is not one of `T`.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        serde_path_to_error::deserialize(Value::Object(self.0)).map_err(|error| {
            let (path, cause) = (error.path().to_string(), error.inner());
            ApiError::validation(
                format!("欄位 {path} 無效: {cause}"),
                format!("Field {path} is invalid: {cause}"),
            )
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let declared = request.headers().get(header::CONTENT_TYPE).cloned();
        let bytes = limited_body(request.into_body(), BODY_LIMIT_BYTES).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        let declared = declared.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(ApiError::unsupported_media_type(declared));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => {
                ignored::look_at(&object);
                Ok(Self(object))
            }
            Ok(other) => Err(ApiError::validation(
                format!("請求內容必須是 JSON 物件，卻收到 {}", type_of(&other)),
                format!("The body must be a JSON object, but {} came", type_of(&other)),
            )),
            Err(error) => Err(ApiError::validation(
                format!("請求內容不是有效的 JSON: {error}"),
                format!("The body is not valid JSON: {error}"),
            )),
        }
    }
}

/// A value in a body.
#[derive(Clone, Copy)]
struct Field<'v> {
    value: &'v Value,
    /// An entry of a list, which is taken as it is.
    is_entry: bool,
}

impl<'v> Field<'v> {
    fn wrong<T>(self, wanted: &str) -> Result<T, Invalid> {
        Err(Invalid::Type { wanted: wanted.to_owned(), got: type_of(self.value).to_owned() })
    }

    fn text(self) -> Result<&'v str, Invalid> {
        match self.value {
            Value::String(text) if text.contains('\0') => Err(Invalid::Nul),
            Value::String(text) if self.is_entry => Ok(text),
            Value::String(text) => Ok(trimmed(text)),
            _ => self.wrong("string"),
        }
    }

    fn is_absent(self) -> bool {
        match self.value {
            Value::Null => true,
            // A NUL is wrong, not absent.
            Value::String(text) => !text.contains('\0') && trimmed(text).is_empty(),
            _ => false,
        }
    }
}

impl<'v> IntoDeserializer<'v, Invalid> for Field<'v> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(_) => visitor.visit_borrowed_str(self.text()?),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.value {
            Value::Bool(flag) => visitor.visit_bool(*flag),
            _ => self.wrong("boolean"),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.value.as_i64() {
            Some(number) => visitor.visit_i64(number),
            None => self.wrong("integer"),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        self.deserialize_str(visitor)
    }

    /// A text exactly as it was sent.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => self.wrong("string"),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.value {
            Value::Array(entries) => {
                let entries = entries.iter().map(|value| Field { value, is_entry: true });
                visitor.visit_seq(SeqDeserializer::new(entries))
            }
            _ => self.wrong("array"),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let Value::Object(object) = self.value else { return self.wrong("object") };
        let fields =
            object.iter().map(|(name, value)| (name.as_str(), Field { value, is_entry: false }));
        visitor.visit_map(MapDeserializer::new(fields.filter(|(_, field)| !field.is_absent())))
    }

    /// Fields are looked up in the order of their struct.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let Value::Object(object) = self.value else { return self.wrong("object") };
        let fields = fields.iter().filter_map(|name| {
            let field = Field { value: object.get(*name)?, is_entry: false };
            (!field.is_absent()).then_some((*name, field))
        });
        visitor.visit_map(MapDeserializer::new(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visit_variant(self.text()?, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u32 u64 f32 f64 char byte_buf unit unit_struct newtype_struct
        tuple tuple_struct identifier ignored_any
    }
}

/// JSON's own name of a value's type.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A body of at most `limit` bytes that arrives in time.
///
/// # Errors
/// It is longer, broke off, or took more than 10 s.
pub async fn limited_body(body: RawBody, limit: usize) -> Result<Bytes, ApiError> {
    let read = to_bytes(body, limit);
    match tokio::time::timeout(BODY_TIME_LIMIT, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(ApiError::payload_too_large(limit)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "request body broke off");
            Err(ApiError::validation("請求內容傳送中斷", "The request body broke off"))
        }
        Err(_) => {
            let limit = BODY_TIME_LIMIT.as_secs();
            Err(ApiError::validation(
                format!("請求內容未在 {limit} 秒內送達"),
                format!("The request body did not arrive within {limit} seconds"),
            ))
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if cause.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::http::language::Language;
    use crate::http::values::{Bounded, Clamped, Names, Verbatim};

    #[derive(Deserialize)]
    struct Asked {
        name: String,
        #[serde(default)]
        limit: Clamped<3, 1, 5>,
        list: Option<Vec<String>>,
        names: Option<Names>,
        filters: Option<BTreeMap<String, String>>,
        reason: Option<Bounded<4>>,
        password: Option<Verbatim>,
    }

    fn read(body: Value) -> Result<Asked, ApiError> {
        let Value::Object(body) = body else { unreachable!("tests pass objects") };
        super::read(body)
    }

    #[test]
    fn texts_are_trimmed_and_what_is_empty_is_absent() {
        let asked = read(json!({
            "name": " x ", "limit": 9, "list": [" a", ""], "filters": { "A": " b ", "C": " ", "D": null },
            "names": ["Mold, Trim", " B ", "", null], "reason": "", "password": " p ", "unknown": [{}]
        }))
        .unwrap();
        assert_eq!((asked.name.as_str(), asked.limit.0), ("x", 5));
        assert_eq!(asked.list.unwrap(), [" a", ""]);
        assert_eq!(asked.filters.unwrap(), BTreeMap::from([("A".into(), "b".into())]));
        assert_eq!(asked.names.unwrap().read(|_| false), ["Mold, Trim", "B"]);
        assert!(asked.reason.is_none());
        assert_eq!(asked.password.unwrap().0, " p ");
        assert_eq!(read(json!({ "name": "x", "limit": null })).unwrap().limit.0, 3);
    }

    #[test]
    fn wrong_values_are_named_with_their_place() {
        for (field, value, place) in [
            ("name", json!(7), "Field name must be of type string, but number came"),
            ("name", json!(" "), "name"),
            ("name", json!("\0"), "name must not hold a NUL"),
            ("limit", json!("z"), "Field limit must be of type integer, but string came"),
            ("limit", json!(1.5), "limit"),
            ("list", json!({}), "Field list must be of type array, but object came"),
            ("list", json!(["a", 1]), "Field list[1] must be of type string"),
            ("filters", json!([]), "filters must be of type object"),
            ("filters", json!({ "X": 1 }), "filters.X must be of type string"),
            ("reason", json!("12345"), "reason is too long; the limit is 4 characters"),
            ("password", json!([]), "password must be of type string"),
        ] {
            let mut body = json!({ "name": "x" });
            body[field] = value;
            let error = read(body).err().unwrap();
            let message = error.message(Language::English);
            assert!(message.contains(place), "{message}");
        }
        let error = read(json!({})).err().unwrap();
        assert_eq!(error.message(Language::English), "Missing required parameter: name");
    }
}
