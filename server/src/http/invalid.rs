//! Why a parameter or a field of a body is rejected: serde's error, with a message in both languages.

use std::fmt;

use serde::de::{self, Expected, IntoDeserializer, Unexpected, Visitor};

use super::error::{ApiError, excerpt};

#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    Missing(&'static str),
    /// Of another JSON type.
    Type {
        wanted: String,
        got: String,
    },
    Value {
        got: String,
        allowed: String,
    },
    NotAWholeNumber {
        got: String,
    },
    TooLong {
        most_chars: String,
    },
    /// One value is wanted, and several different ones came.
    Ambiguous {
        first: String,
        other: String,
    },
    /// PostgreSQL has no text with a NUL in it.
    Nul,
    Other(String),
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

impl std::error::Error for Invalid {}

impl de::Error for Invalid {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(got: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::Type { wanted: wanted.to_string(), got: got.to_string() }
    }

    fn invalid_value(got: Unexpected<'_>, allowed: &dyn Expected) -> Self {
        let got = match got {
            Unexpected::Str(text) => text.to_owned(),
            other => other.to_string(),
        };
        Self::Value { got, allowed: allowed.to_string() }
    }

    fn invalid_length(_: usize, most: &dyn Expected) -> Self {
        Self::TooLong { most_chars: most.to_string() }
    }

    fn unknown_variant(got: &str, known: &'static [&'static str]) -> Self {
        Self::Value { got: got.to_owned(), allowed: known.join(", ") }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }
}

impl Invalid {
    /// The failure of the parameter at `path`.
    pub fn at(self, path: &serde_path_to_error::Path) -> ApiError {
        let name = path.to_string();
        match self {
            Self::Missing(field) if path.iter().next().is_none() => ApiError::missing(field),
            Self::Missing(field) => ApiError::missing(&format!("{name}.{field}")),
            other => other.named(&name),
        }
    }

    /// The failure of a parameter.
    fn named(self, name: &str) -> ApiError {
        match self {
            Self::Missing(field) => ApiError::missing(field),
            Self::Type { wanted, got } => ApiError::validation(
                format!("欄位 {name} 必須是 {wanted}，卻收到 {got}"),
                format!("Field {name} must be of type {wanted}, but {got} came"),
            ),
            Self::Value { got, allowed } => ApiError::not_allowed(name, &got, &allowed),
            Self::NotAWholeNumber { got } => {
                let got = excerpt(&got);
                ApiError::validation(
                    format!("參數 {name} 的值「{got}」無效；必須是整數"),
                    format!(
                        "Parameter {name} has the invalid value \"{got}\"; it must be a whole number"
                    ),
                )
            }
            Self::TooLong { most_chars } => ApiError::validation(
                format!("參數 {name} 過長；上限為 {most_chars} 字"),
                format!("Parameter {name} is too long; the limit is {most_chars} characters"),
            ),
            Self::Ambiguous { first, other } => {
                let (first, other) = (excerpt(&first), excerpt(&other));
                ApiError::validation(
                    format!("參數 {name} 只能有一個值，卻收到「{first}」與「{other}」"),
                    format!(
                        "Parameter {name} takes one value, but \"{first}\" and \"{other}\" came"
                    ),
                )
            }
            Self::Nul => ApiError::validation(
                format!("參數 {name} 不可含有 NUL 字元"),
                format!("Parameter {name} must not hold a NUL character"),
            ),
            Self::Other(cause) => ApiError::validation(
                format!("欄位 {name} 無效: {cause}"),
                format!("Field {name} is invalid: {cause}"),
            ),
        }
    }
}

/// Visits the variant that is spelled like `text`, in any case.
pub fn visit_variant<'de, V: Visitor<'de>>(
    text: &str,
    variants: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, Invalid> {
    match variants.iter().find(|known| known.eq_ignore_ascii_case(text)) {
        Some(known) => visitor.visit_enum((*known).into_deserializer()),
        None => Err(de::Error::unknown_variant(text, variants)),
    }
}

/// A text that PostgreSQL accepts.
///
/// # Errors
/// It contains a NUL.
pub fn storable(name: &str, text: String) -> Result<String, ApiError> {
    if text.contains('\0') { Err(Invalid::Nul.named(name)) } else { Ok(text) }
}
