//! Reading a request's parameters: query string and path.
//!
//! Every value is stripped and an empty one is absent. Unknown names have no effect and are listed in
//! the answer (`ignored`); a known name with a wrong value is a `VALIDATION_ERROR` that says
//! which one, what came and what is allowed.

use std::str::FromStr;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use compute_core::blanks::trimmed;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::body::wrong_kind;
use super::error::{ApiError, excerpt};

/// Longest query string that is looked at.
pub const QUERY_LIMIT_BYTES: usize = 8 * 1024;

const TRUE_TEXTS: [&str; 5] = ["true", "1", "yes", "y", "on"];
const FALSE_TEXTS: [&str; 5] = ["false", "0", "no", "n", "off"];

/// Parameters as stripped, non-empty pairs in the order they came: of a query string, or of a JSON
/// object with the same names.
#[derive(Debug, Default)]
pub struct QueryPairs(Vec<Pair>);

#[derive(Debug)]
struct Pair {
    name: String,
    value: String,
    /// One entry of a list, which has no further parts.
    is_entry: bool,
}

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
                pairs.push(Pair { name, value: trimmed(&value).to_owned(), is_entry: false });
            }
        }
        Ok(Self(pairs))
    }

    /// The same parameters in a JSON object, for those that are too long for an address: texts,
    /// numbers and flags, and lists of them. An entry of a list is taken as it is, commas included.
    ///
    /// # Errors
    /// A value is none of these.
    pub fn of_object(object: &Map<String, Value>) -> Result<Self, ApiError> {
        let text = |name: &str, value: &Value| match value {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(trimmed(text).to_owned()),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => Err(wrong_kind(name, "string", value)),
        };
        let mut pairs = Vec::new();
        for (name, value) in object {
            let (values, shown, is_entry) = match value {
                Value::Array(list) => (list.as_slice(), format!("{name}[]"), true),
                value => (std::slice::from_ref(value), name.clone(), false),
            };
            for value in values {
                let value = text(&shown, value)?;
                if !value.is_empty() {
                    pairs.push(Pair { name: name.clone(), value, is_entry });
                }
            }
        }
        Ok(Self(pairs))
    }

    /// What is before the `=` of each, as it came.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|pair| pair.name.as_str())
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Pair> {
        self.0.iter().filter(move |pair| pair.name == name)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.named(name).map(|pair| pair.value.as_str())
    }

    /// The one value of `name`.
    ///
    /// # Errors
    /// The name came several times with different values.
    pub fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        let mut values = self.all(name);
        let first = values.next();
        if let Some(other) = values.find(|other| Some(*other) != first) {
            let (first, other) = (excerpt(first.unwrap_or("")), excerpt(other));
            return Err(ApiError::validation(
                format!("參數 {name} 只能有一個值，卻收到「{first}」與「{other}」"),
                format!("Parameter {name} takes one value, but \"{first}\" and \"{other}\" came"),
            ));
        }
        Ok(first.map(str::to_owned))
    }

    /// The one value of `name`, which must be there.
    ///
    /// # Errors
    /// It is absent, empty or ambiguous.
    pub fn required(&self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::missing(name))
    }

    /// A yes/no value.
    ///
    /// # Errors
    /// The text is none of the ten known ones.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let lower = text.to_ascii_lowercase();
        if TRUE_TEXTS.contains(&lower.as_str()) {
            Ok(Some(true))
        } else if FALSE_TEXTS.contains(&lower.as_str()) {
            Ok(Some(false))
        } else {
            Err(ApiError::not_allowed(
                name,
                &text,
                &[TRUE_TEXTS.join("/"), FALSE_TEXTS.join("/")].join(", "),
            ))
        }
    }

    /// A value out of a closed set of spellings, in any case.
    ///
    /// # Errors
    /// The text is not in the set.
    pub fn choice<T: Copy>(
        &self,
        name: &str,
        allowed: &[(&str, T)],
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        one_of(name, &text, allowed).map(Some)
    }

    /// All values of `name`.
    pub fn names(&self, name: &str) -> Names {
        let found: Vec<&Pair> = self.named(name).collect();
        let is_list = matches!(&found[..], [pair] if !pair.is_entry);
        Names { values: found.into_iter().map(|pair| pair.value.clone()).collect(), is_list }
    }

    /// The id of an entry of a list.
    ///
    /// # Errors
    /// The text is no whole number.
    pub fn id(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let wrong = |text: &str| ApiError::not_allowed(name, text, "the id of an entry");
        self.text(name)?.map(|text| text.parse().map_err(|_| wrong(&text))).transpose()
    }

    /// A whole number, moved into `least..=most`; `default` when absent.
    ///
    /// # Errors
    /// The text is not a whole number.
    pub fn clamped(
        &self,
        name: &str,
        default: u32,
        least: u32,
        most: u32,
    ) -> Result<u32, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(default) };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let (zh, en) = (format!("整數（{least} 至 {most}）"), "a whole number");
            let got = excerpt(&text);
            return Err(ApiError::validation(
                format!("參數 {name} 的值「{got}」無效；必須是{zh}"),
                format!(
                    "Parameter {name} has the invalid value \"{got}\"; \
                     it must be {en} from {least} to {most}"
                ),
            ));
        }
        // Only the range can be wrong now, and outside of u32 is outside of the bounds.
        let number =
            if text.starts_with('-') { 0 } else { u32::from_str(digits).unwrap_or(u32::MAX) };
        Ok(number.clamp(least, most))
    }
}

/// The meaning of `text` among `allowed` spellings, compared without case.
///
/// # Errors
/// The text is not in the set.
pub fn one_of<T: Copy>(name: &str, text: &str, allowed: &[(&str, T)]) -> Result<T, ApiError> {
    let found = allowed.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(text));
    found.map(|&(_, meaning)| meaning).ok_or_else(|| {
        let spellings: Vec<&str> = allowed.iter().map(|&(spelling, _)| spelling).collect();
        ApiError::not_allowed(name, text, &spellings.join(", "))
    })
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

/// Names that were asked for: one comma list, a parameter that came several times, or the entries
/// of a list in a body.
///
/// A name may hold commas, so that only those who know the names can read a comma list. A parameter
/// that comes several times is one name each time, and so is an entry.
#[derive(Clone, Debug, Default)]
pub struct Names {
    values: Vec<String>,
    is_list: bool,
}

/// Commas of a name inside of a list; a name with more has to come alone, or the parameter several
/// times.
const MOST_COMMAS: usize = 8;

impl Names {
    /// The names. In a list the longest known name counts at every place; what is none ends at the
    /// next comma. Blanks around a name and empty parts don't count.
    pub fn read(self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(list) = self.values.first().filter(|list| self.is_list && !is_known(list)) else {
            return self.values;
        };
        let parts: Vec<&str> = list.split(',').collect();
        let mut names = Vec::new();
        let mut place = 0;
        while place < parts.len() {
            let most = parts.len().min(place + 1 + MOST_COMMAS);
            let joined = |end: usize| trimmed(&parts[place..end].join(",")).to_owned();
            let known = (place + 2..=most)
                .rev()
                .map(|end| (end, joined(end)))
                .find(|(_, name)| is_known(name));
            let (end, name) = known.unwrap_or_else(|| (place + 1, joined(place + 1)));
            if !name.is_empty() {
                names.push(name);
            }
            place = end;
        }
        names
    }
}

/// A set of parameters that an endpoint understands.
pub trait FromQuery: Sized {
    /// Reads the parameters that the endpoint knows.
    ///
    /// # Errors
    /// A known parameter has a wrong value.
    fn from_query(pairs: &QueryPairs) -> Result<Self, ApiError>;
}

/// Extractor: the query string as `T`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: FromQuery, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = QueryPairs::parse(parts.uri.query().unwrap_or_default())?;
        T::from_query(&pairs).map(Self)
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
    use super::*;
    use crate::http::error::ErrorCode;
    use crate::http::language::Language;

    fn pairs(query: &str) -> QueryPairs {
        QueryPairs::parse(query).unwrap()
    }

    #[test]
    fn values_are_stripped_and_empty_ones_absent() {
        let query = pairs("a=++x+%E3%80%80%C2%A0&b=&c=%20&d&&e=%E7%84%8A%E6%8E%A5_WB&f=1%2B1");
        assert_eq!(query.text("a").unwrap().as_deref(), Some("x"));
        for absent in ["b", "c", "d", "z"] {
            assert_eq!(query.text(absent).unwrap(), None, "{absent}");
        }
        assert_eq!(query.text("e").unwrap().as_deref(), Some("焊接_WB"));
        assert_eq!(query.text("f").unwrap().as_deref(), Some("1+1"));
    }

    #[test]
    fn a_repeated_name_must_agree_with_itself() {
        assert_eq!(pairs("a=1&a=1").text("a").unwrap().as_deref(), Some("1"));
        let error = pairs("a=1&a=2").text("a").unwrap_err();
        assert_eq!(error.code, ErrorCode::ValidationError);
        assert!(error.message(Language::English).contains("\"1\" and \"2\""));
    }

    #[test]
    fn flags_know_ten_texts_and_no_others() {
        for text in ["true", "1", "YES", "y", "On"] {
            assert_eq!(pairs(&format!("f={text}")).flag("f").unwrap(), Some(true), "{text}");
        }
        for text in ["false", "0", "No", "N", "off"] {
            assert_eq!(pairs(&format!("f={text}")).flag("f").unwrap(), Some(false), "{text}");
        }
        assert_eq!(pairs("f=").flag("f").unwrap(), None);
        let error = pairs("f=maybe").flag("f").unwrap_err();
        assert!(error.message(Language::English).contains("maybe"));
        assert!(error.message(Language::English).contains("true/1/yes/y/on"));
    }

    #[test]
    fn whole_numbers_are_clamped_and_other_texts_refused() {
        let cases = [("", 50), ("0", 1), ("-3", 1), ("7", 7), ("999", 200)];
        for (text, expected) in cases {
            let query = pairs(&format!("n={text}"));
            assert_eq!(query.clamped("n", 50, 1, 200).unwrap(), expected, "{text}");
        }
        let far = pairs("n=99999999999999999999999&m=-99999999999999999999999");
        assert_eq!(far.clamped("n", 50, 1, 200).unwrap(), 200);
        assert_eq!(far.clamped("m", 50, 1, 200).unwrap(), 1);
        for text in ["abc", "1.5", "%2B5", "-", "1e3", "٣"] {
            let error = pairs(&format!("n={text}")).clamped("n", 50, 1, 200).unwrap_err();
            assert_eq!(error.code, ErrorCode::ValidationError, "{text}");
        }
    }

    #[test]
    fn lists_are_trimmed_and_know_names_with_commas() {
        let many = "0,1,2,3,4,5,6,7,8,9";
        let known = ["Bed, Gaithersburg MD", "Mold, Trim", "Mold", "TMTT", "a,b,c", "a,b", many];
        let read = |query: &str| pairs(query).names("w").read(|name| known.contains(&name));
        assert_eq!(read("w=TMTT,+%E7%84%8A%E6%8E%A5_DB,,"), ["TMTT", "焊接_DB"]);
        assert_eq!(read("v=TMTT"), Vec::<String>::new());
        assert_eq!(read("w=Bed%2C%20Gaithersburg%20MD"), ["Bed, Gaithersburg MD"]);
        assert_eq!(read("w=+Mold,+Trim+"), ["Mold, Trim"]);
        assert_eq!(
            read("w=TMTT,Mold,+Trim,Mold,Bed,+Gaithersburg+MD,Trim"),
            ["TMTT", "Mold, Trim", "Mold", "Bed, Gaithersburg MD", "Trim"]
        );
        assert_eq!(read("w=a,b,c,a,b,a"), ["a,b,c", "a,b", "a"]);
        // Alone, a name may have more commas than are tried in a list.
        assert!(many.matches(',').count() > MOST_COMMAS);
        assert_eq!(read(&format!("w={many}")), [many]);
        // No list: a repeated parameter is one name each time.
        assert_eq!(read("w=x,y&w=Mold,+Trim&w=+z+"), ["x,y", "Mold, Trim", "z"]);
    }

    #[test]
    fn a_list_of_nothing_but_commas_is_read_at_once() {
        let query = format!("w={}", ",".repeat(QUERY_LIMIT_BYTES - 2));
        let asked = std::cell::Cell::new(0);
        let count = |_: &str| {
            asked.set(asked.get() + 1);
            false
        };
        assert_eq!(pairs(&query).names("w").read(count), Vec::<String>::new());
        assert!(asked.get() <= QUERY_LIMIT_BYTES * (MOST_COMMAS + 1));
    }

    #[test]
    fn an_object_gives_the_parameters_of_an_address_without_its_limits() {
        let body = serde_json::json!({
            "families": ["Mold, Trim", " B ", "", null], "text": " GWB ", "is_key": true,
            "groups": "A,B", "none": null, "limit": 5
        });
        let Value::Object(mut body) = body else { unreachable!("it is written above") };
        let query = QueryPairs::of_object(&body).unwrap();
        let names = |name: &str| query.names(name).read(|_| false);
        assert_eq!(names("families"), ["Mold, Trim", "B"]);
        assert_eq!(names("groups"), ["A", "B"]);
        assert_eq!(query.text("text").unwrap().as_deref(), Some("GWB"));
        assert_eq!(query.flag("is_key").unwrap(), Some(true));
        assert_eq!(query.text("none").unwrap(), None);
        assert_eq!(query.clamped("limit", 1, 1, 9).unwrap(), 5);
        body.insert("families".into(), serde_json::json!([{}]));
        let error = QueryPairs::of_object(&body).unwrap_err();
        assert!(error.message(Language::English).contains("families[]"));
    }

    #[test]
    fn choices_are_found_in_any_case() {
        let query = pairs("status=run&other=BAD");
        let allowed = [("RUN", 1), ("HOLD", 2)];
        assert_eq!(query.choice("status", &allowed).unwrap(), Some(1));
        assert_eq!(query.choice("absent", &allowed).unwrap(), None);
        let error = query.choice("other", &allowed).unwrap_err();
        assert!(error.message(Language::TraditionalChinese).contains("RUN, HOLD"));
    }

    #[test]
    fn hostile_query_strings_are_refused_by_name() {
        assert!(QueryPairs::parse(&"a".repeat(QUERY_LIMIT_BYTES + 1)).is_err());
        assert!(QueryPairs::parse("a=%ff%fe").is_err());
        assert_eq!(pairs("a=%zz").text("a").unwrap().as_deref(), Some("%zz"));
        assert_eq!(pairs("a=b=c").text("a").unwrap().as_deref(), Some("b=c"));
    }
}
