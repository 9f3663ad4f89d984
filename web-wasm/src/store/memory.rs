//! `MemoryStore`: every version of one shift, shown in the other stores.

use std::cell::RefCell;
use std::rc::Rc;

use compute_core::calendar::Moment;
use compute_core::memory::{FlowQuery, Shift, Span};
use compute_core::table::Dataset;
use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{answer, read};
use super::equipment::EquipmentStore;
use super::lots::LotStore;
use crate::error::{decode, error};
use crate::mes_api::{DownloadKind, MesApi};

/// A shift with the version of its records.
struct Held {
    /// Where it came from.
    path: String,
    shift: Shift,
    version: String,
}

/// What a shift holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShiftInfo<'a> {
    version: &'a str,
    moments: Vec<String>,
    lots: Vec<Span>,
    machines: Vec<Span>,
    clock_steps: u32,
}

/// A table as it was at a moment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownTable {
    dataset: &'static str,
    version: String,
    rows: usize,
    sys_date: Option<String>,
    /// When it was published, ms since 1970.
    updated_at: f64,
    /// Whether it is known that it was still the same at the moment.
    is_known: bool,
}

/// The versions of one shift.
#[wasm_bindgen]
#[derive(Default)]
pub struct MemoryStore {
    /// Shared with downloads under way.
    held: Rc<RefCell<Option<Held>>>,
}

fn nothing() -> JsValue {
    error("NOT_READY", "no shift is loaded")
}

fn info(held: &RefCell<Option<Held>>) -> Result<JsValue, JsValue> {
    let held = held.borrow();
    let held = held.as_ref().ok_or_else(nothing)?;
    answer(&ShiftInfo {
        version: &held.version,
        moments: held.shift.moments().iter().map(Moment::to_string).collect(),
        lots: held.shift.spans(Dataset::Wip),
        machines: held.shift.spans(Dataset::Equipment),
        clock_steps: held.shift.clock_steps(),
    })
}

fn load(
    held: &RefCell<Option<Held>>,
    path: String,
    records: Vec<u8>,
    version: String,
) -> Result<JsValue, JsValue> {
    let shift = Shift::from_bytes(records).map_err(|cause| decode(&cause))?;
    held.replace(Some(Held { path, shift, version }));
    info(held)
}

#[wasm_bindgen]
impl MemoryStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads the server's records of the shift that a moment belongs to, or what it has of it by now;
    /// with `first_only` the first version of each table.
    ///
    /// # Errors
    /// A `MesError`, see `MesApi.get`, or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "Promise<ShiftInfo>")]
    pub fn update(
        &self,
        api: &MesApi,
        at: String,
        first_only: bool,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Promise {
        // The caller may query and free the store during the download, so that nothing of it is
        // borrowed.
        let (held, api) = (self.held.clone(), api.clone());
        future_to_promise(async move {
            let encoded = String::from(js_sys::encode_uri_component(&at));
            let path = format!("/api/memory/shift?at={encoded}&first_only={first_only}");
            let known = {
                let held = held.borrow();
                let same = held.as_ref().filter(|held| held.path == path);
                same.map(|held| held.version.clone())
            };
            let download = api.download(&path, known, &options).await?;
            match download.kind {
                DownloadKind::Unchanged => info(&held),
                _ => load(&held, path, download.bytes, download.version),
            }
        })
    }

    /// Replaces the shift by other records.
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "ShiftInfo")]
    pub fn load(&self, records: &[u8], version: String) -> Result<JsValue, JsValue> {
        load(&self.held, String::new(), records.to_vec(), version)
    }

    /// Shows the plant as it was at a moment in these stores: the version of each table that was
    /// published last. A table of which none had been published stays as it is.
    ///
    /// # Errors
    /// `NOT_READY`, `INVALID_QUERY`: no moment, or `DECODE_ERROR`.
    #[wasm_bindgen(unchecked_return_type = "ShownTable[]")]
    pub fn show(
        &self,
        moment: &str,
        lots: &LotStore,
        machines: &EquipmentStore,
    ) -> Result<JsValue, JsValue> {
        let at = Moment::parse(moment)
            .ok_or_else(|| error("INVALID_QUERY", &format!("{moment} is no moment")))?;
        let mut held = self.held.borrow_mut();
        let shift = &mut held.as_mut().ok_or_else(nothing)?.shift;
        let (mut shown, mut of_machines) = (Vec::new(), Vec::new());
        for dataset in Dataset::ALL {
            let Some(place) = shift.place_at(dataset, at) else { continue };
            let is_known = shift.knows(dataset, at);
            let kept = shift.version(dataset, place).map_err(|cause| decode(&cause))?;
            shown.push(ShownTable {
                dataset: dataset.name(),
                version: kept.version.clone(),
                rows: kept.frame.len(),
                sys_date: kept.frame.sys_date().map(str::to_owned),
                updated_at: kept.at_ms as f64,
                is_known,
            });
            let is_held = |held: Option<String>| held.as_ref() == Some(&kept.version);
            match dataset {
                Dataset::Wip if is_held(lots.version()) => {}
                Dataset::Wip => lots.show(kept.frame, kept.version)?,
                _ if is_held(machines.version(dataset)) => {}
                _ => of_machines.push((kept.frame, kept.version)),
            }
        }
        machines.show(of_machines);
        answer(&shown)
    }

    /// What flowed through the plant in the shift that is loaded.
    ///
    /// # Errors
    /// `NOT_READY`, `INVALID_QUERY` or `DECODE_ERROR`.
    #[wasm_bindgen(unchecked_return_type = "ShiftFlow")]
    pub fn flow(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FlowQuery")] query: JsValue,
    ) -> Result<JsValue, JsValue> {
        let query: FlowQuery = read(query)?;
        let mut held = self.held.borrow_mut();
        let shift = &mut held.as_mut().ok_or_else(nothing)?.shift;
        answer(&shift.flow(&query).map_err(|cause| decode(&cause))?)
    }

    /// Bytes held.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.held.borrow().as_ref().map_or(0.0, |held| held.shift.memory_bytes() as f64)
    }
}
