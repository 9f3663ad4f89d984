//! The front end, embedded in the binary: its files, and its shell on every page path.
//!
//! The shell contains the page's initial data ([`super::initial_data`]) and so differs per user:
//! shared caches must not store it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::initial_data::InitialData;
use crate::app_state::AppState;
use crate::http::caller::caller_of;
use crate::http::coding::{self, Coding};
use crate::http::error::ApiError;
use crate::http::headers::insert;
use crate::http::language::Language;
use crate::http::request::belongs_to_programs;
use crate::http::response::{Conditional, coded, entity_tag};
use crate::pages::{HOME, page_at};

/// Asset codings, smallest first: each is made once and kept.
const ASSET_CODINGS: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
struct Dist;

/// Compressed files, by content hash and coding.
static ENCODED: LazyLock<RwLock<HashMap<(String, Coding), Bytes>>> = LazyLock::new(RwLock::default);

/// Serves every path without a route: a file of the front end, its shell, or "not found".
///
/// # Errors
/// The path is unknown, or the method is not one for reading.
pub async fn fallback(
    State(app): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let path = uri.path();
    if belongs_to_programs(path) {
        return Err(ApiError::unknown_path(path));
    }
    if method != Method::GET && method != Method::HEAD {
        return Err(ApiError::method_not_allowed(&method));
    }
    let name = percent_decode_str(path.trim_start_matches('/')).decode_utf8_lossy().into_owned();
    if !name.is_empty() && Dist::get(&name).is_some() {
        return file(&name, &headers).await;
    }
    let without_slash = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let page = page_at(without_slash);
    if page.is_none() && (!wants_page || name.contains('.')) {
        return Err(ApiError::unknown_path(path));
    }
    let (caller, edition) = (caller_of(&app.auth, &headers).await, app.pages.known().await);
    let role = caller.role();
    let is_there = page.is_some_and(|page| page == HOME || !edition.layout.hides(page, role));
    if !is_there && !wants_page {
        return Err(ApiError::unknown_path(path));
    }
    let initial = InitialData::of(&app, &caller, &edition, Language::of(&headers));
    shell(&initial, is_there, headers).await
}

/// The page itself, for one caller.
async fn shell(
    initial: &InitialData,
    is_there: bool,
    mut headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Some(embedded) = Dist::get("index.html") else {
        return Err(ApiError::unknown_path("index.html"));
    };
    let html = initial.inside(&String::from_utf8_lossy(&embedded.data))?;
    if !is_there {
        // "Not modified" would turn a page that is not there into one that is.
        headers.remove(header::IF_NONE_MATCH);
    }
    let conditional = Conditional::of(&headers);
    let mut response = conditional.constant("text/html; charset=utf-8", html.into()).await?;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "accept-encoding, accept-language, cookie"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !is_there {
        headers.remove(header::ETAG);
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

async fn file(name: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let Some(embedded) = Dist::get(name) else {
        return Err(ApiError::unknown_path(name));
    };
    let conditional = Conditional::of(headers);
    let version = content_version(&embedded);
    // Vite writes a content hash into the names below assets/, so those never change.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let (content_type, compressible) = media_type(name);
    let coding = if compressible { conditional.coding(&ASSET_CODINGS)? } else { Coding::Identity };
    let mut response = match conditional.not_modified(&version) {
        Some(unchanged) => unchanged,
        None => {
            let plain = match embedded.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            let bytes = encoded(&version, coding, plain).await?;
            let mut response = coded(content_type, coding, bytes.into());
            insert(response.headers_mut(), header::ETAG, &entity_tag(&version, coding));
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response.into_response())
}

fn content_version(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn encoded(version: &str, coding: Coding, plain: Bytes) -> Result<Bytes, ApiError> {
    if coding == Coding::Identity {
        return Ok(plain);
    }
    let key = (version.to_owned(), coding);
    if let Some(kept) = ENCODED.read().ok().and_then(|kept| kept.get(&key).cloned()) {
        return Ok(kept);
    }
    let bytes = tokio::task::spawn_blocking(move || coding::compress_to_keep(coding, plain))
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| {
            tracing::error!(%error, "asset cannot be compressed");
            ApiError::internal()
        })?;
    if let Ok(mut kept) = ENCODED.write() {
        kept.insert(key, bytes.clone());
    }
    Ok(bytes)
}

/// Compresses the files before the first request. Blocking; for a separate thread.
pub fn warm() {
    for name in Dist::iter().filter(|name| !name.ends_with(".map")) {
        let (Some(embedded), (_, true)) = (Dist::get(&name), media_type(&name)) else { continue };
        let version = content_version(&embedded);
        let plain = Bytes::from(embedded.data.into_owned());
        if let Ok(bytes) = coding::compress_to_keep(Coding::Brotli, plain)
            && let Ok(mut kept) = ENCODED.write()
        {
            kept.insert((version, Coding::Brotli), bytes);
        }
    }
}

/// Content type of a file and whether compressing it helps.
fn media_type(name: &str) -> (&'static str, bool) {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => ("text/html; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "json" | "map" => ("application/json", true),
        "webmanifest" => ("application/manifest+json", true),
        "wasm" => ("application/wasm", true),
        "svg" => ("image/svg+xml", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "png" => ("image/png", false),
        "ico" => ("image/x-icon", false),
        "woff2" => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_has_the_type_that_streaming_compilation_needs() {
        assert_eq!(media_type("assets/mes_compute_bg-1a2b.wasm"), ("application/wasm", true));
        assert_eq!(media_type("noextension").0, "application/octet-stream");
    }
}
