//! A table of a range of days, as its store holds and downloads it.

use std::cell::RefCell;
use std::sync::Arc;

use compute_core::calendar::Day;
use compute_core::table::DecodeError;
use wasm_bindgen::JsValue;

use super::arguments::{DayRange, SnapshotInfo, answer};
use super::update::taken;
use crate::error::{decode, error};
use crate::mes_api::{Download, DownloadKind, MesApi};

/// A table that is downloaded by range.
pub(super) trait RangeTable: Sized {
    /// Name in `SnapshotInfo`.
    const DATASET: &'static str;
    /// Name in the path of its snapshot.
    const PATH: &'static str;
    /// What is said while there is none.
    const MISSING: &'static str;

    fn decoded(ipc: &[u8]) -> Result<Self, DecodeError>;
    fn rows(&self) -> usize;
    fn days(&self) -> (Day, Day);
    fn bytes(&self) -> usize;
}

/// The table that is held, with its version.
pub(super) struct Ranged<T>(Option<(Arc<T>, String)>);

impl<T> Default for Ranged<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: RangeTable> Ranged<T> {
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    pub(super) fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = T::decoded(ipc).map_err(|cause| decode(&cause))?;
        self.0 = Some((Arc::new(table), version));
        self.info()
    }

    fn info(&self) -> Result<JsValue, JsValue> {
        let (table, version) = self.0.as_ref().ok_or_else(missing::<T>)?;
        let (dataset, rows) = (T::DATASET, table.rows());
        answer(&SnapshotInfo { dataset, version, rows, sys_date: None })
    }

    /// # Errors
    /// `NOT_READY`.
    pub(super) fn table(&self) -> Result<&Arc<T>, JsValue> {
        self.0.as_ref().map(|(table, _)| table).ok_or_else(missing::<T>)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn version(&self) -> Option<String> {
        self.0.as_ref().map(|(_, version)| version.clone())
    }

    fn days(&self) -> Option<DayRange> {
        let (first, last) = self.0.as_ref()?.0.days();
        Some(DayRange { start_date: first.to_string(), end_date: last.to_string() })
    }

    /// First and last day, or `undefined`.
    pub(super) fn range(&self) -> Result<JsValue, JsValue> {
        self.days().map_or(Ok(JsValue::UNDEFINED), |range| answer(&range))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |(table, _)| table.bytes())
    }
}

fn missing<T: RangeTable>() -> JsValue {
    error("NOT_READY", T::MISSING)
}

/// Brings what is held to the server's table of a range. Nothing is borrowed during the download.
///
/// # Errors
/// A `MesError` of the request, or `DECODE_ERROR`; what was held stays.
pub(super) async fn update_range<T: RangeTable>(
    held: &RefCell<Ranged<T>>,
    api: &MesApi,
    range: &DayRange,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    let version = {
        let held = held.borrow();
        held.version().filter(|_| held.days().as_ref() == Some(range))
    };
    let download = api.download(&range.snapshot_path(T::PATH), version, options).await?;
    taken(&download, &|Download { kind, bytes, version, .. }| match kind {
        DownloadKind::Unchanged => held.borrow().info(),
        _ => held.borrow_mut().load(bytes, version.clone()),
    })
}
