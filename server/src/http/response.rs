//! The one writer of responses: JSON in its frame, and bytes in a content coding with a tag.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use jiff::Timestamp;
use serde::Serialize;

use super::coding::{self, Beginning, Coding};
use super::envelope::{
    Basis, CountedSuccess, FRAME_BEGIN, Meta, Success, frame_end, frame_to_data, json_bytes,
    version_of,
};
use super::error::ApiError;
use super::ignored;
use super::shared_answers::{SharedAnswers, encoded};
use crate::route_cache::{RouteCache, RouteKey};

/// JSON codings, cheapest good one first.
const JSON_CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

/// Where a response came from: `l1`, `l2` or `miss`.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("x-mes-cache");

const JSON: &str = "application/json";

/// Extractor: what the caller already has and which codings it takes.
#[derive(Debug)]
pub struct Conditional {
    known: Vec<String>,
    codings: HeaderMap,
    /// The question, and where answers to it are kept.
    shared: Option<(Uri, Arc<SharedAnswers>)>,
}

impl<S: Sync> FromRequestParts<S> for Conditional
where
    Arc<SharedAnswers>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let shared = Some((parts.uri.clone(), Arc::from_ref(state)));
        Ok(Self { shared, ..Self::of(&parts.headers) })
    }
}

impl Conditional {
    /// Reads `If-None-Match` and `Accept-Encoding`.
    pub fn of(headers: &HeaderMap) -> Self {
        let known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        let mut codings = HeaderMap::new();
        for value in headers.get_all(header::ACCEPT_ENCODING) {
            codings.append(header::ACCEPT_ENCODING, value.clone());
        }
        Self { known, codings, shared: None }
    }

    /// The caller's tag that stands for `version` in whatever coding, without its quotes.
    fn matching<'a>(&'a self, version: &'a str) -> Option<&'a str> {
        self.known.iter().find_map(|tag| {
            let opaque = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            let base = match opaque.rsplit_once('-') {
                Some((base, "zstd" | "br" | "gzip")) => base,
                _ => opaque,
            };
            match tag.as_str() {
                "*" => Some(version),
                _ => (base == version).then_some(opaque),
            }
        })
    }

    /// The coding of the response.
    ///
    /// # Errors
    /// The caller refuses every coding on offer, identity included.
    pub fn coding(&self, offered: &[Coding]) -> Result<Coding, ApiError> {
        coding::negotiate(&self.codings, offered).ok_or_else(|| {
            let got = self.codings.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok());
            ApiError::not_allowed(
                "Accept-Encoding",
                got.unwrap_or_default(),
                "zstd, br, gzip, identity",
            )
        })
    }

    /// 304 when the caller has this version already.
    pub fn not_modified(&self, version: &str) -> Option<Response> {
        let known = self.matching(version)?;
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        cache_headers(response.headers_mut(), &format!("\"{known}\""));
        Some(response)
    }

    /// Responds with 304 when the caller has the version of `basis` already, else with the result
    /// of `ask` in the envelope. That depends on the version and the request's path and query only: it is
    /// encoded once for all callers.
    ///
    /// # Errors
    /// Failures of `ask`, or the caller rejects every coding.
    pub async fn answer<T: Serialize>(
        &self,
        basis: &Basis,
        ask: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<Response, ApiError> {
        self.shared(basis, || frame_to_data(None, &ask()?)).await
    }

    /// Like [`Self::answer`] for a list that also states its length.
    ///
    /// # Errors
    /// The caller refuses every coding.
    pub async fn counted<T: Serialize>(
        &self,
        basis: &Basis,
        ask: impl FnOnce() -> Vec<T>,
    ) -> Result<Response, ApiError> {
        let counted = || {
            let list = ask();
            frame_to_data(Some(list.len()), &list)
        };
        self.shared(basis, counted).await
    }

    async fn shared(
        &self,
        basis: &Basis,
        to_data: impl FnOnce() -> Result<Vec<u8>, ApiError>,
    ) -> Result<Response, ApiError> {
        let version = answer_version(basis);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        let coding = self.coding(&JSON_CODINGS)?;
        let beginning = match &self.shared {
            Some((uri, answers)) => {
                let parameters = ignored::effective(uri.query().unwrap_or_default());
                let question = [version.as_str(), uri.path()].into_iter();
                let question: Vec<&str> =
                    question.chain(parameters.iter().map(String::as_str)).collect();
                answers.get(&question, coding, to_data).await?
            }
            None => Arc::new(encoded(coding, to_data()?.into()).await?),
        };
        let end = frame_end(&basis.meta(Timestamp::now()))?;
        Ok(in_two(JSON, &version, &beginning, &end))
    }

    /// Like [`Self::answer`] for data that the version of `basis` does not cover in full.
    ///
    /// # Errors
    /// The caller refuses every coding.
    pub async fn by_content<T: Serialize>(
        &self,
        basis: &Basis,
        data: T,
    ) -> Result<Response, ApiError> {
        let version = version_of(&json_bytes(&data)?);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        self.json(&version, &Success::from(basis, data)).await
    }

    /// Like [`Self::answer`] for a query in a body, which caches can't distinguish.
    ///
    /// # Errors
    /// Failures of `ask`, or the caller rejects every coding.
    pub async fn uncached<T: Serialize>(
        &self,
        basis: &Basis,
        ask: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<Response, ApiError> {
        let body = Success::from(basis, ask()?);
        let mut response = self.json("", &body).await?;
        response.headers_mut().remove(header::ETAG);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// Responds with data of the program itself, in the envelope.
    ///
    /// # Errors
    /// The caller refuses every coding.
    pub async fn of_program<T: Serialize>(&self, data: T) -> Result<Response, ApiError> {
        let version = version_of(&json_bytes(&data)?);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        self.json(&version, &Success::now(data)).await
    }

    /// Responds with data that is constant for the life of the process.
    ///
    /// # Errors
    /// The caller refuses every coding.
    pub async fn constant(
        &self,
        content_type: &'static str,
        bytes: Bytes,
    ) -> Result<Response, ApiError> {
        let version = version_of(&bytes);
        match self.not_modified(&version) {
            Some(unchanged) => Ok(unchanged),
            None => self.encoded(&version, content_type, bytes).await,
        }
    }

    async fn json<T: Serialize>(&self, version: &str, body: &T) -> Result<Response, ApiError> {
        self.encoded(version, JSON, json_bytes(body)?.into()).await
    }

    async fn encoded(
        &self,
        version: &str,
        content_type: &'static str,
        plain: Bytes,
    ) -> Result<Response, ApiError> {
        let whole = encoded(self.coding(&JSON_CODINGS)?, plain).await?;
        Ok(in_two(content_type, version, &whole, &[]))
    }
}

/// A response of a version that ends with `end`.
fn in_two(
    content_type: &'static str,
    version: &str,
    beginning: &Beginning,
    end: &[u8],
) -> Response {
    let body = InTwo([beginning.bytes(), beginning.end(end).into()]);
    let mut response = coded(content_type, beginning.coding(), Body::new(body));
    cache_headers(response.headers_mut(), &entity_tag(version, beginning.coding()));
    response
}

/// A body of two parts, so that the first is sent without a copy.
struct InTwo([Bytes; 2]);

impl HttpBody for InTwo {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.iter_mut().find(|part| !part.is_empty());
        Poll::Ready(next.map(|part| Ok(Frame::data(std::mem::take(part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|part| part.len() as u64).sum())
    }
}

/// Tag of a response: it changes with the data and with the build of the program.
fn answer_version(basis: &Basis) -> String {
    version_of(format!("{}\n{}", env!("CARGO_PKG_VERSION"), basis.version).as_bytes())
}

/// Strong tag of a version in a coding: another coding is another representation.
pub fn entity_tag(version: &str, coding: Coding) -> String {
    match coding.token() {
        Some(token) => format!("\"{version}-{token}\""),
        None => format!("\"{version}\""),
    }
}

/// `ETag`, and `Cache-Control: no-cache`.
pub fn cache_headers(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}

/// Logs why a body could not be compressed.
pub fn compression_failed(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "a response can't be compressed");
    ApiError::internal()
}

/// A body in a coding.
pub fn coded(content_type: &'static str, coding: Coding, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(token) = coding.token() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(token));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// JSON that is written already, for one caller: no tag, no coding.
fn plain_json(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], bytes).into_response()
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        json_bytes(&self).map(plain_json).into_response()
    }
}

impl<T: Serialize> IntoResponse for CountedSuccess<T> {
    fn into_response(self) -> Response {
        json_bytes(&self).map(plain_json).into_response()
    }
}

/// The result of a query in the current envelope: from the route cache, where it is kept for
/// `ROUTE_CACHE_TTL`, else from `ask`.
///
/// # Errors
/// Those of `ask`.
pub async fn cached<T, F>(
    cache: &RouteCache,
    key: RouteKey,
    ask: impl FnOnce() -> F,
) -> Result<Response, ApiError>
where
    T: Serialize,
    F: Future<Output = Result<T, ApiError>>,
{
    let load = || async { Ok(json_bytes(&ask().await?)?.into()) };
    let (data, status) = cache.get_or_load::<ApiError, _>(key, cache.keep(), load).await?;
    let mut response = plain_json([FRAME_BEGIN, &data[..], &frame_end(&Meta::now())?].concat());
    response.headers_mut().insert(CACHE_STATUS, HeaderValue::from_static(status.name()));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(tags: &str, version: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, tags.parse().unwrap());
        Conditional::of(&headers).not_modified(version).is_some()
    }

    #[test]
    fn a_tag_matches_in_any_coding_and_in_a_list() {
        for tags in ["\"abc\"", "\"abc-br\"", "W/\"abc-zstd\"", "\"x\", \"abc-gzip\"", "*", "abc"] {
            assert!(knows(tags, "abc"), "{tags}");
        }
        for tags in ["\"abcd\"", "\"abc-lz4\"", "\"\"", ","] {
            assert!(!knows(tags, "abc"), "{tags}");
        }
    }
}
