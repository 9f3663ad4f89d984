//! The frame around every JSON response.

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::ignored::{self, Ignored};
use crate::data_quality::Level;

/// Body of every successful request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// The data.
    pub data: T,
    /// When and from which data it was made.
    pub meta: Meta,
}

impl<T> Success<T> {
    /// Data that is not made from snapshots.
    pub fn now(data: T) -> Self {
        Self { success: true, data, meta: Meta::now() }
    }

    /// Data that is made from snapshots.
    pub fn from(basis: &Basis, data: T) -> Self {
        Self { success: true, data, meta: basis.meta(Timestamp::now()) }
    }
}

/// Like [`Success`], with the number of entries in `data`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedSuccess<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// Number of entries in `data`.
    pub count: usize,
    /// The data.
    pub data: Vec<T>,
    /// When and from which data it was made.
    pub meta: Meta,
}

impl<T> CountedSuccess<T> {
    pub fn new(data: Vec<T>, meta: Meta) -> Self {
        Self { success: true, count: data.len(), data, meta }
    }
}

/// What stands before the data in a frame that is written in parts.
pub const FRAME_BEGIN: &[u8] = b"{\"success\":true,\"data\":";

/// What stands behind the data in a frame that is written in parts.
///
/// # Errors
/// None: it can be written as JSON.
pub fn frame_end(meta: &Meta) -> Result<Vec<u8>, ApiError> {
    Ok([b",\"meta\":", json_bytes(meta)?.as_slice(), b"}"].concat())
}

/// [`Success`], or [`CountedSuccess`] where there is a `count`, up to the end of its data.
///
/// # Errors
/// None: it can be written as JSON.
pub fn frame_to_data<T: Serialize>(count: Option<usize>, data: &T) -> Result<Vec<u8>, ApiError> {
    #[derive(Serialize)]
    struct ToData<'d, T> {
        success: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<usize>,
        data: &'d T,
    }
    let mut bytes = json_bytes(&ToData { success: true, count, data })?;
    // The brace of the object, which ends behind `meta`.
    bytes.pop();
    Ok(bytes)
}

/// When a response was made and how fresh its data is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Meta {
    /// When the response was made: ISO 8601, UTC.
    #[schema(example = "2026-11-20T08:00:03.120Z")]
    pub timestamp: String,
    /// Version of the data; equal versions are equal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0f343b0931126a20f133d67c2b018a3b")]
    pub data_version: Option<String>,
    /// When the server last read the data, or found it unchanged, in the database: ISO 8601, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_updated_at: Option<String>,
    /// Whole seconds since `data_updated_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_age_seconds: Option<u64>,
    /// The last refresh failed, so the data may be older than the plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stale: Option<bool>,
    /// `warning` when numbers may be wrong because of what the source holds; see `/api/data-quality`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data_quality: Option<Level>,
    /// Names of parameters that the endpoint does not have: they had no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub ignored_parameters: Vec<String>,
    /// For some of them, the known name that is most like it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub did_you_mean: BTreeMap<String, String>,
}

/// Version and freshness of the data of a response.
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
    /// The freshness part of a response made at `now`.
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
    /// The envelope of a response that is not made from snapshot data.
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

/// The current time in the format of responses.
pub fn timestamp() -> String {
    written(Timestamp::now())
}

/// ISO 8601 in UTC with milliseconds.
pub fn written(moment: Timestamp) -> String {
    let rounded = moment.round(Unit::Millisecond).unwrap_or(moment);
    format!("{rounded:.3}")
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
        tracing::error!(%error, "a response can't be written as JSON");
        ApiError::internal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_in_parts_is_the_frame_as_a_whole() {
        let (meta, data) = (Meta::now(), vec!["焊接", "\"}"]);
        let parts =
            |count| [frame_to_data(count, &data).unwrap(), frame_end(&meta).unwrap()].concat();
        let plain = Success { success: true, data: data.clone(), meta: meta.clone() };
        assert_eq!(parts(None), json_bytes(&plain).unwrap());
        let counted = CountedSuccess::new(data.clone(), meta.clone());
        assert_eq!(parts(Some(2)), json_bytes(&counted).unwrap());
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
