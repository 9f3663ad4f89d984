//! Unknown parameters of an endpoint: listed in its response instead of ignored silently.
//!
//! The description of an endpoint lists its parameters. All other names in a request are listed in
//! `meta.ignored_parameters` of the response, and in a header for responses without `meta`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::http::{HeaderName, Method};
use axum::middleware::Next;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Content, RefOr};

use super::error::excerpt;
use super::headers::insert;
use super::query::QueryPairs;

/// Lists the names, percent-encoded, with commas.
pub const IGNORED: HeaderName = HeaderName::from_static("x-mes-ignored-parameters");

/// Names that are listed at most.
const MOST_NAMES: usize = 20;
/// How alike a known name has to be, 0 to 1, to be the one that was meant.
const ALIKE: f64 = 0.8;
/// What stays as it is in the header.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// The parameter names of an operation.
#[derive(Debug, Default)]
pub struct Known {
    query: Vec<String>,
    /// `None` where the body is no object with named fields.
    body: Option<Vec<String>>,
}

impl Known {
    /// What the description of an operation lists; `schemas` are those it refers to.
    pub fn of(operation: &Operation, schemas: &[(String, RefOr<Schema>)]) -> Self {
        let query = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name.clone())
            }
            _ => None,
        });
        Self { query: query.collect(), body: body_of(operation, schemas) }
    }
}

fn body_of(operation: &Operation, schemas: &[(String, RefOr<Schema>)]) -> Option<Vec<String>> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(Content { schema, .. }) = body.content.get("application/json")? else {
        return None;
    };
    let mut schema = schema.as_ref()?;
    if let RefOr::Ref(reference) = schema {
        let name = reference.ref_location.rsplit('/').next()?;
        schema = schemas.iter().find(|(known, _)| known == name).map(|(_, schema)| schema)?;
    }
    match schema {
        RefOr::T(Schema::Object(object)) => Some(object.properties.keys().cloned().collect()),
        _ => None,
    }
}

/// The unknown parameters of a request.
struct Watch {
    known: Arc<Known>,
    ignored: Mutex<Ignored>,
}

/// Names that had no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// As they came, each once.
    pub names: Vec<String>,
    /// The known name that is most like one of them.
    pub did_you_mean: BTreeMap<String, String>,
}

impl Ignored {
    fn add<'a>(&mut self, names: impl Iterator<Item = &'a str>, known: &[String]) {
        for name in names.filter(|name| !known.iter().any(|known| known == name)) {
            let shown = excerpt(name);
            if self.names.len() == MOST_NAMES || self.names.contains(&shown) {
                continue;
            }
            let alike = |known: &&String| strsim::jaro_winkler(known, &name.to_lowercase());
            let nearest = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
            if let Some(nearest) = nearest.filter(|nearest| alike(nearest) >= ALIKE) {
                self.did_you_mean.insert(shown.clone(), nearest.clone());
            }
            self.names.push(shown);
        }
    }
}

tokio::task_local! {
    static WATCH: Watch;
}

fn locked(watch: &Watch) -> std::sync::MutexGuard<'_, Ignored> {
    watch.ignored.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Handles a request and lists which of its parameters had no effect.
pub async fn told(known: Arc<Known>, request: Request, next: Next) -> Response {
    let mut ignored = Ignored::default();
    // A query that can't be parsed is rejected by its extractor.
    if let Ok(pairs) = QueryPairs::parse(request.uri().query().unwrap_or_default()) {
        ignored.add(pairs.keys(), &known.query);
    }
    let watch = Watch { known, ignored: Mutex::new(ignored) };
    WATCH
        .scope(watch, async {
            let mut response = next.run(request).await;
            let names = now().names;
            if !names.is_empty() {
                let names: Vec<String> =
                    names.iter().map(|name| utf8_percent_encode(name, PLAIN).to_string()).collect();
                insert(response.headers_mut(), IGNORED, &names.join(", "));
            }
            response
        })
        .await
}

/// Checks the fields of a request's body.
pub fn look_at(body: &Map<String, Value>) {
    // Outside of a request there is no response to list them in.
    let _ = WATCH.try_with(|watch| {
        if let Some(known) = &watch.known.body {
            let there = body.iter().filter(|(_, value)| !value.is_null());
            locked(watch).add(there.map(|(name, _)| name.as_str()), known);
        }
    });
}

/// The names and values of a query that the current request's endpoint has, in one order for all
/// spellings of a question; the query as it is where the endpoint or the query can't be read.
pub fn effective(query: &str) -> Vec<String> {
    let known = WATCH.try_with(|watch| watch.known.clone()).ok();
    match (known, QueryPairs::parse(query)) {
        (Some(known), Ok(pairs)) => {
            pairs.sorted(|name| known.query.iter().any(|known| known == name))
        }
        _ => vec![query.to_owned()],
    }
}

/// The parameters without effect so far in the current request.
pub fn now() -> Ignored {
    WATCH.try_with(|watch| locked(watch).clone()).unwrap_or_default()
}

/// The parameter names of a path, by method; HEAD is handled as GET.
pub fn known_for<'a>(known: &'a [(Method, Arc<Known>)], method: &Method) -> Option<&'a Arc<Known>> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    known.iter().find(|(known, _)| known == method).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_once_with_the_one_that_was_meant() {
        let known = ["package".to_owned(), "workcenter".to_owned(), "page".to_owned()];
        let mut ignored = Ignored::default();
        ignored.add(["package", "packages", "Package", "zzz", "packages"].into_iter(), &known);
        assert_eq!(ignored.names, ["packages", "Package", "zzz"]);
        assert_eq!(ignored.did_you_mean["packages"], "package");
        assert_eq!(ignored.did_you_mean["Package"], "package");
        assert!(!ignored.did_you_mean.contains_key("zzz"));
        let many: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
        ignored.add(many.iter().map(String::as_str), &known);
        assert_eq!(ignored.names.len(), MOST_NAMES);
    }
}
