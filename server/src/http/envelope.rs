//! The frame around every answer, and conditional requests on it.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use super::coding::{self, Coding};
use super::error::ApiError;
use super::ignored::{self, Ignored};
use crate::data_quality::Level;

/// JSON codings, cheapest good one first.
const JSON_CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];
/// Below this a coding saves nothing worth the time.
const COMPRESS_FROM_BYTES: usize = 1024;
/// From here on compression leaves the async threads.
const COMPRESS_ASIDE_FROM_BYTES: usize = 64 * 1024;

/// Body of every successful request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// What was asked for.
    pub data: T,
    /// When and from which data it was made.
    pub meta: Meta,
}

/// Like [`Success`], with the number of entries in `data`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedSuccess<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// Number of entries in `data`.
    pub count: usize,
    /// What was asked for.
    pub data: Vec<T>,
    /// When and from which data it was made.
    pub meta: Meta,
}

/// When an answer was made and how fresh the data behind it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Meta {
    /// When the answer was made: ISO 8601, UTC.
    #[schema(example = "2026-11-20T08:00:03.120Z")]
    pub timestamp: String,
    /// Version of the data; equal versions are equal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0f343b0931126a20f133d67c2b018a3b")]
    pub data_version: Option<String>,
    /// When the server last read the data, or found it unchanged, in the database: ISO 8601, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_updated_at: Option<String>,
    /// Whole seconds since `data_updated_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_age_seconds: Option<u64>,
    /// The last refresh failed, so the data may be older than the plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// `warning` when numbers may be wrong because of what the source holds; see `/api/data-quality`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_quality: Option<Level>,
    /// Names of parameters that came and that the endpoint does not know: they had no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub ignored_parameters: Vec<String>,
    /// For some of them, the known name that is most like it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub did_you_mean: BTreeMap<String, String>,
}

/// The data that an answer is made from.
#[derive(Debug, Clone)]
pub struct Basis {
    /// Version of the data, of all of it where several datasets are merged.
    pub version: String,
    /// When it was last read or found unchanged (the oldest, where several datasets are merged).
    pub updated_at: Timestamp,
    /// A refresh has failed since.
    pub stale: bool,
    /// How far it can be trusted.
    pub quality: Level,
}

impl Basis {
    /// The freshness part of an answer made at `now`.
    pub fn meta(&self, now: Timestamp) -> Meta {
        let age_secs = now.as_second().saturating_sub(self.updated_at.as_second());
        Meta {
            timestamp: written(now),
            data_version: Some(self.version.clone()),
            data_updated_at: Some(written(self.updated_at)),
            data_age_seconds: Some(u64::try_from(age_secs).unwrap_or(0)),
            stale: Some(self.stale),
            data_quality: (self.quality == Level::Warning).then_some(self.quality),
            ..Meta::now()
        }
    }
}

impl Meta {
    /// The frame of an answer that is not made from snapshot data.
    pub fn now() -> Self {
        let Ignored { names, did_you_mean } = ignored::now();
        Self {
            timestamp: timestamp(),
            data_version: None,
            data_updated_at: None,
            data_age_seconds: None,
            stale: None,
            data_quality: None,
            ignored_parameters: names,
            did_you_mean,
        }
    }
}

/// The present, as answers write it.
pub fn timestamp() -> String {
    written(Timestamp::now())
}

/// ISO 8601 in UTC with milliseconds.
pub fn written(moment: Timestamp) -> String {
    let rounded = moment.round(Unit::Millisecond).unwrap_or(moment);
    format!("{rounded:.3}")
}

/// Extractor: what the caller already has and which codings it takes.
#[derive(Debug)]
pub struct Conditional {
    known: Vec<String>,
    codings: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Conditional {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
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
        Self { known, codings }
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

    /// The coding to answer in.
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

    /// Answers a question about `basis`: 304 when the caller has this version already, else what
    /// `ask` finds, in the envelope.
    ///
    /// # Errors
    /// What `ask` reports, or the caller refuses every coding.
    pub async fn answer<T: Serialize>(
        &self,
        basis: &Basis,
        ask: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<Response, ApiError> {
        let version = answer_version(basis);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        let body = Success { success: true, data: ask()?, meta: basis.meta(Timestamp::now()) };
        self.json(&version, &body).await
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
        let version = answer_version(basis);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        let data = ask();
        let meta = basis.meta(Timestamp::now());
        let body = CountedSuccess { success: true, count: data.len(), data, meta };
        self.json(&version, &body).await
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
        let meta = basis.meta(Timestamp::now());
        self.json(&version, &Success { success: true, data, meta }).await
    }

    /// Like [`Self::answer`] for a question in a body, which no cache can tell from another.
    ///
    /// # Errors
    /// What `ask` reports, or the caller refuses every coding.
    pub async fn uncached<T: Serialize>(
        &self,
        basis: &Basis,
        ask: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<Response, ApiError> {
        let body = Success { success: true, data: ask()?, meta: basis.meta(Timestamp::now()) };
        let mut response = self.json("", &body).await?;
        response.headers_mut().remove(header::ETAG);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// Answers with data that is part of the program, in the envelope.
    ///
    /// # Errors
    /// The caller refuses every coding.
    pub async fn of_program<T: Serialize>(&self, data: T) -> Result<Response, ApiError> {
        let version = version_of(&json_bytes(&data)?);
        if let Some(unchanged) = self.not_modified(&version) {
            return Ok(unchanged);
        }
        self.json(&version, &Success { success: true, data, meta: Meta::now() }).await
    }

    /// Answers with something that is the same for the whole life of the process.
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
        self.encoded(version, "application/json", json_bytes(body)?.into()).await
    }

    async fn encoded(
        &self,
        version: &str,
        content_type: &'static str,
        plain: Bytes,
    ) -> Result<Response, ApiError> {
        let mut coding = self.coding(&JSON_CODINGS)?;
        if plain.len() < COMPRESS_FROM_BYTES {
            coding = Coding::Identity;
        }
        let bytes = if plain.len() < COMPRESS_ASIDE_FROM_BYTES || coding == Coding::Identity {
            coding::compress_once(coding, plain).map_err(compression_failed)?
        } else {
            tokio::task::spawn_blocking(move || coding::compress_once(coding, plain))
                .await
                .map_err(compression_failed)?
                .map_err(compression_failed)?
        };
        let mut response = Response::new(Body::from(bytes));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(token) = coding.token() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(token));
        }
        cache_headers(headers, &entity_tag(version, coding));
        Ok(response)
    }
}

/// Tag part of an answer: it changes with the data and with the program that words the answer.
fn answer_version(basis: &Basis) -> String {
    version_of(format!("{}\n{}", env!("CARGO_PKG_VERSION"), basis.version).as_bytes())
}

/// Content hash, as versions and tags write it.
pub fn version_of(bytes: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}

/// JSON text.
///
/// # Errors
/// A value that JSON has no form for, which none of ours is.
pub fn json_bytes<T: Serialize>(body: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "answer cannot be written as JSON");
        ApiError::internal()
    })
}

/// Strong tag of a version in a coding: another coding is another representation.
pub fn entity_tag(version: &str, coding: Coding) -> String {
    match coding.token() {
        Some(token) => format!("\"{version}-{token}\""),
        None => format!("\"{version}\""),
    }
}

/// `ETag`, and that a cache must ask before it answers with what it has.
pub fn cache_headers(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}

/// Logs why a body could not be compressed.
pub fn compression_failed(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "answer cannot be compressed");
    ApiError::internal()
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

    #[test]
    fn age_is_never_negative() {
        let basis = Basis {
            version: "v".into(),
            updated_at: Timestamp::from_second(1_000).unwrap(),
            stale: false,
            quality: Level::Ok,
        };
        let later = basis.meta(Timestamp::from_second(1_042).unwrap());
        assert_eq!(later.data_age_seconds, Some(42));
        let earlier = basis.meta(Timestamp::from_second(900).unwrap());
        assert_eq!(earlier.data_age_seconds, Some(0));
        assert_eq!(later.timestamp, "1970-01-01T00:17:22.000Z");
    }
}
