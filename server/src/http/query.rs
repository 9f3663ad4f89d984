//! Reading a request's query string and path.
//!
//! Every value is trimmed, and an empty one is absent. Unknown names have no effect and are listed
//! in the response (`ignored`); an invalid value of a known name is a `VALIDATION_ERROR` with the
//! name, the value and what is allowed.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use compute_core::blanks::trimmed;
use percent_encoding::percent_decode_str;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::error::{ApiError, excerpt};
use super::invalid::{Invalid, visit_variant};

/// Longest query string that is read.
pub const QUERY_LIMIT_BYTES: usize = 8 * 1024;

const TRUE_TEXTS: [&str; 5] = ["true", "1", "yes", "y", "on"];
const FALSE_TEXTS: [&str; 5] = ["false", "0", "no", "n", "off"];

/// Parameters as trimmed, non-empty pairs in the order they came.
#[derive(Debug, Default)]
pub struct QueryPairs(Vec<(String, String)>);

impl QueryPairs {
    /// Decodes `name=value&…`; `+` is a space.
    ///
    /// # Errors
    /// The string is too long, or a name or value is not UTF-8 once decoded.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        if query.len() > QUERY_LIMIT_BYTES {
            return Err(ApiError::validation(
                format!("查詢字串過長（{} 位元組）；上限為 {QUERY_LIMIT_BYTES}", query.len()),
                format!(
                    "The query string is too long ({} bytes); the limit is {QUERY_LIMIT_BYTES}",
                    query.len()
                ),
            ));
        }
        let mut pairs = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if !trimmed(&value).is_empty() {
                pairs.push((name, trimmed(&value).to_owned()));
            }
        }
        Ok(Self(pairs))
    }

    /// The part before the `=` of each, undecoded.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Names that pass, each followed by its value, by name; values of one name in the order they came.
    pub fn sorted(self, passes: impl Fn(&str) -> bool) -> Vec<String> {
        let mut pairs = self.0;
        pairs.retain(|(name, _)| passes(name));
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
    }

    /// The parameters of `T`.
    ///
    /// # Errors
    /// One of them is missing or has a wrong value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_path_to_error::deserialize(self).map_err(|error| {
            let path = error.path().clone();
            error.into_inner().at(&path)
        })
    }
}

/// Fields are looked up in the order of their struct.
impl<'de> Deserializer<'de> for &'de QueryPairs {
    type Error = Invalid;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let given = fields.iter().filter_map(|field| {
            let named = self.0.iter().filter(|(name, _)| name == field);
            let values: Vec<&str> = named.map(|(_, value)| value.as_str()).collect();
            (!values.is_empty()).then_some((*field, Given(values)))
        });
        visitor.visit_map(MapDeserializer::new(given))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Invalid> {
        Err(Invalid::custom("a query string is read into a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The values of one parameter, at least one.
struct Given<'q>(Vec<&'q str>);

impl<'q> Given<'q> {
    /// The one value.
    fn text(&self) -> Result<&'q str, Invalid> {
        let first = self.0[0];
        match self.0.iter().find(|other| **other != first) {
            None => Ok(first),
            Some(other) => {
                Err(Invalid::Ambiguous { first: first.to_owned(), other: (*other).to_owned() })
            }
        }
    }
}

impl<'q> IntoDeserializer<'q, Invalid> for Given<'q> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Invalid;

    /// A single parameter is a text, a repeated one a list.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.0.as_slice() {
            [one] => visitor.visit_borrowed_str(one),
            _ => visitor.visit_seq(SeqDeserializer::new(
                self.0.into_iter().map(|value| Given(vec![value])),
            )),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let text = self.text()?;
        let is_among = |texts: [&str; 5]| texts.iter().any(|one| one.eq_ignore_ascii_case(text));
        match (is_among(TRUE_TEXTS), is_among(FALSE_TEXTS)) {
            (true, _) => visitor.visit_bool(true),
            (_, true) => visitor.visit_bool(false),
            _ => {
                let allowed = [TRUE_TEXTS.join("/"), FALSE_TEXTS.join("/")].join(", ");
                Err(Invalid::invalid_value(Unexpected::Str(text), &allowed.as_str()))
            }
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let text = self.text()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid::NotAWholeNumber { got: text.to_owned() });
        }
        // Only the size can be wrong now.
        let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
        visitor.visit_i64(text.parse().unwrap_or(beyond))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_some(self)
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
        i8 i16 i32 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

fn decoded(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned()).map_err(|_| {
        let got = excerpt(text);
        ApiError::validation(
            format!("查詢字串「{got}」不是有效的 UTF-8 編碼"),
            format!("The query string part \"{got}\" is not valid percent-encoded UTF-8"),
        )
    })
}

/// Extractor: the query string as `T`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        QueryPairs::parse(parts.uri.query().unwrap_or_default())?.read().map(Self)
    }
}

/// Extractor: the one `{…}` segment of the path, percent-decoded (it may hold `/`) and stripped.
#[derive(Debug)]
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        match path {
            Ok(Path(segment)) => Ok(Self(trimmed(&segment).to_owned())),
            Err(rejection) => {
                tracing::debug!(%rejection, "path segment not readable");
                Err(ApiError::validation(
                    "路徑不是有效的 UTF-8 百分比編碼",
                    "The path is not valid percent-encoded UTF-8",
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::http::error::ErrorCode;
    use crate::http::language::Language;
    use crate::http::values::{Clamped, Names};

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Asked {
        text: Option<String>,
        flag: Option<bool>,
        number: Clamped<50, 1, 200>,
        names: Names,
        status: Option<Status>,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Status {
        Run,
        Hold,
    }

    fn read(query: &str) -> Result<Asked, ApiError> {
        QueryPairs::parse(query)?.read()
    }

    fn message(query: &str) -> String {
        let error = read(query).unwrap_err();
        assert_eq!(error.code, ErrorCode::ValidationError, "{query}");
        error.message(Language::English).to_owned()
    }

    #[test]
    fn values_are_trimmed_and_empty_ones_absent() {
        let text = |query: &str| read(query).unwrap().text;
        assert_eq!(text("text=++x+%E3%80%80%C2%A0&b=&d&&").as_deref(), Some("x"));
        for absent in ["text=", "text=%20", "text", ""] {
            assert_eq!(text(absent), None, "{absent}");
        }
        assert_eq!(text("text=%E7%84%8A%E6%8E%A5_WB").as_deref(), Some("焊接_WB"));
        assert_eq!(text("text=1%2B1").as_deref(), Some("1+1"));
    }

    #[test]
    fn a_repeated_name_must_agree_with_itself() {
        assert_eq!(read("text=1&text=1").unwrap().text.as_deref(), Some("1"));
        assert!(message("text=1&text=2").contains("text takes one value, but \"1\" and \"2\""));
    }

    #[test]
    fn flags_know_ten_texts_and_no_others() {
        let flag = |text: &str| read(&format!("flag={text}")).unwrap().flag;
        assert!(["true", "1", "YES", "y", "On"].iter().all(|text| flag(text) == Some(true)));
        assert!(["false", "0", "No", "N", "off"].iter().all(|text| flag(text) == Some(false)));
        assert_eq!(flag(""), None);
        let message = message("flag=maybe");
        assert!(message.contains("flag") && message.contains("maybe"), "{message}");
        assert!(message.contains("true/1/yes/y/on"), "{message}");
    }

    #[test]
    fn whole_numbers_are_clamped_and_other_texts_rejected() {
        for (text, expected) in [
            ("", 50),
            ("0", 1),
            ("-3", 1),
            ("7", 7),
            ("999", 200),
            ("99999999999999999999999", 200),
            ("-99999999999999999999999", 1),
        ] {
            assert_eq!(read(&format!("number={text}")).unwrap().number.0, expected, "{text}");
        }
        for text in ["abc", "1.5", "%2B5", "-", "1e3", "٣"] {
            assert!(
                message(&format!("number={text}")).contains("number has the invalid"),
                "{text}"
            );
        }
    }

    #[test]
    fn lists_are_trimmed_and_know_names_with_commas() {
        let known = ["Bed, Gaithersburg MD", "Mold, Trim", "Mold", "TMTT", "a,b,c", "a,b"];
        let names = |query: &str| {
            read(&format!("names={query}")).unwrap().names.read(|name| known.contains(&name))
        };
        assert_eq!(names("TMTT,+%E7%84%8A%E6%8E%A5_DB,,"), ["TMTT", "焊接_DB"]);
        assert_eq!(names(""), Vec::<String>::new());
        assert_eq!(names("Bed%2C%20Gaithersburg%20MD"), ["Bed, Gaithersburg MD"]);
        assert_eq!(names("+Mold,+Trim+"), ["Mold, Trim"]);
        assert_eq!(
            names("TMTT,Mold,+Trim,Mold,Bed,+Gaithersburg+MD,Trim"),
            ["TMTT", "Mold, Trim", "Mold", "Bed, Gaithersburg MD", "Trim"]
        );
        assert_eq!(names("a,b,c,a,b,a"), ["a,b,c", "a,b", "a"]);
        // No list: a repeated parameter is one name each time.
        assert_eq!(names("x,y&names=Mold,+Trim&names=+z+"), ["x,y", "Mold, Trim", "z"]);
    }

    #[test]
    fn a_list_of_nothing_but_commas_is_read_at_once() {
        let query = format!("names={}", ",".repeat(QUERY_LIMIT_BYTES - 6));
        let asked = std::cell::Cell::new(0);
        let count = |_: &str| {
            asked.set(asked.get() + 1);
            false
        };
        assert_eq!(read(&query).unwrap().names.read(count), Vec::<String>::new());
        assert!(asked.get() <= QUERY_LIMIT_BYTES * 9);
    }

    #[test]
    fn choices_are_found_in_any_case() {
        assert_eq!(read("status=run").unwrap().status, Some(Status::Run));
        assert_eq!(read("status=Hold").unwrap().status, Some(Status::Hold));
        assert!(message("status=BAD").contains("\"BAD\"; allowed: RUN, HOLD"));
    }

    #[test]
    fn hostile_query_strings_are_rejected_by_name() {
        assert!(QueryPairs::parse(&"a".repeat(QUERY_LIMIT_BYTES + 1)).is_err());
        assert!(QueryPairs::parse("a=%ff%fe").is_err());
        assert_eq!(read("text=%zz").unwrap().text.as_deref(), Some("%zz"));
        assert_eq!(read("text=b=c").unwrap().text.as_deref(), Some("b=c"));
    }
}
