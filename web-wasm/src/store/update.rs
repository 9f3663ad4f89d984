//! Bringing a store to the server's version: the bytes go from the download to the table.

use compute_core::table::Dataset;
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::error::set;
use crate::mes_api::{Download, DownloadKind, MesApi};

/// Downloads `dataset` and passes it to `take`, which returns the `SnapshotInfo` of the held
/// version: nothing when the held version is current, the delta when the server still has that
/// version, else the full table. When `take` rejects a delta, the full table follows.
///
/// # Errors
/// A `MesError` of the request or of `take`; what was held stays.
pub(super) async fn update(
    api: &MesApi,
    dataset: &str,
    held: Option<String>,
    options: &JsValue,
    take: &dyn Fn(&Download) -> Result<JsValue, JsValue>,
) -> Result<JsValue, JsValue> {
    // Of lots the whole table, because the pages can also show dummy lots.
    let whole = if dataset == Dataset::Wip.name() { "?include_dummy=true" } else { "" };
    let path = format!("/api/snapshot/{dataset}{whole}");
    let Some(version) = held else {
        return taken(&api.download(&path, None, options).await?, take);
    };
    let since = String::from(js_sys::encode_uri_component(&version));
    let download = api
        .download(
            &format!("{path}{}since={since}", if whole.is_empty() { "?" } else { "&" }),
            Some(version),
            options,
        )
        .await?;
    match taken(&download, take) {
        Err(_) if download.kind == DownloadKind::Delta => {
            taken(&api.download(&path, None, options).await?, take)
        }
        result => result,
    }
}

/// The `SnapshotUpdate` of a download that the store takes.
///
/// # Errors
/// Those of `take`.
pub(super) fn taken(
    download: &Download,
    take: &dyn Fn(&Download) -> Result<JsValue, JsValue>,
) -> Result<JsValue, JsValue> {
    let info = take(download)?;
    let kind = match download.kind {
        DownloadKind::Full => "full",
        DownloadKind::Delta => "delta",
        DownloadKind::Unchanged => "unchanged",
    };
    let updated_at = download.updated_at.as_deref().map(js_sys::Date::parse);
    let update = Object::new();
    set(&update, "kind", &kind.into());
    set(&update, "info", &info);
    set(&update, "bytes", &download.bytes.len().into());
    set(
        &update,
        "updatedAt",
        &updated_at.filter(|ms| ms.is_finite()).map_or(JsValue::NULL, JsValue::from),
    );
    set(&update, "stale", &download.stale.into());
    Ok(update.into())
}
