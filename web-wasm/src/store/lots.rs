//! `LotStore`: one version of the lots and every query on it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable, OverviewColumns};
use compute_core::table::{DecodeError, Frame, TextColumn};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{SnapshotInfo, answer, read};
use super::update::update;
use crate::error::{decode, error};
use crate::mes_api::{Download, DownloadKind, MesApi};

/// One version of the lots.
struct Held {
    table: Arc<LotTable>,
    version: String,
}

impl Held {
    fn full(ipc: &[u8], version: String) -> Result<Self, DecodeError> {
        Ok(Self { table: Arc::new(LotTable::from_ipc(ipc)?), version })
    }

    fn advanced(&self, delta: &[u8]) -> Result<Self, DecodeError> {
        let found = Delta::from_ipc(&LAYOUT, delta)?;
        if found.base_version != self.version {
            let (base, held) = (found.base_version, self.version.clone());
            return Err(DecodeError::DeltaBase { dataset: LAYOUT.dataset.name(), base, held });
        }
        Ok(Self { table: Arc::new(self.table.apply(&found.delta)?), version: found.version })
    }
}

/// What a store holds; shared with downloads under way.
type Shared = Rc<RefCell<Option<Rc<Held>>>>;

/// What is held, as `SnapshotInfo`.
fn info(held: &Shared) -> Result<JsValue, JsValue> {
    let held = given(held)?;
    answer(&SnapshotInfo {
        dataset: LAYOUT.dataset.name(),
        version: &held.version,
        rows: held.table.len(),
        sys_date: held.table.frame().sys_date(),
    })
}

fn given(held: &Shared) -> Result<Rc<Held>, JsValue> {
    let held = held.borrow().clone();
    held.ok_or_else(|| error("NOT_READY", "no snapshot of the lots is loaded"))
}

fn replace(held: &Shared, next: Result<Held, DecodeError>) -> Result<JsValue, JsValue> {
    let next = next.map_err(|cause| decode(&cause))?;
    held.replace(Some(Rc::new(next)));
    info(held)
}

/// One version of the lots.
#[wasm_bindgen]
#[derive(Default)]
pub struct LotStore {
    held: Shared,
}

/// One JavaScript method per query of the core.
macro_rules! queries {
    ($table:ident: $($method:ident $js:ident ($query:ident) -> $result:tt;)*) => {
        #[wasm_bindgen]
        impl LotStore {
            $(
                #[wasm_bindgen(js_name = $js, unchecked_return_type = $result)]
                pub fn $method(
                    &self,
                    #[wasm_bindgen(unchecked_param_type = $query)] query: JsValue,
                ) -> Result<JsValue, JsValue> {
                    answer(&given(&self.held)?.table.$method(&read(query)?))
                }
            )*
        }
    };
}

compute_core::lot_queries!(queries);

impl LotStore {
    /// The lots.
    pub(super) fn table(&self) -> Result<Arc<LotTable>, JsValue> {
        Ok(given(&self.held)?.table.clone())
    }

    /// Replaces everything by rows that were kept.
    pub(super) fn show(&self, frame: Frame, version: String) -> Result<(), JsValue> {
        let table = LotTable::from_frame(frame);
        let next = table.map(|table| Held { table: Arc::new(table), version });
        replace(&self.held, next).map(drop)
    }
}

#[wasm_bindgen]
impl LotStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings the store to the server's version, by a delta where there is one.
    ///
    /// # Errors
    /// A `MesError`, see `MesApi.get`, or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "Promise<SnapshotUpdate>")]
    pub fn update(
        &self,
        api: &MesApi,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Promise {
        // The caller may query and free the store during the download, so that nothing of it is
        // borrowed.
        let (held, api) = (self.held.clone(), api.clone());
        let version = self.version();
        future_to_promise(async move {
            let take = |download: &Download| match download.kind {
                DownloadKind::Unchanged => info(&held),
                DownloadKind::Delta => replace(&held, given(&held)?.advanced(&download.bytes)),
                DownloadKind::Full => {
                    replace(&held, Held::full(&download.bytes, download.version.clone()))
                }
            };
            update(&api, LAYOUT.dataset.name(), version, &options, &take).await
        })
    }

    /// Replaces everything by a full snapshot (an uncompressed Arrow IPC stream).
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        replace(&self.held, Held::full(ipc, version))
    }

    /// Applies a delta to the version that is held.
    ///
    /// # Errors
    /// `NOT_READY`, `DELTA_BASE_MISMATCH` or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(js_name = applyDelta, unchecked_return_type = "SnapshotInfo")]
    pub fn apply_delta(&self, ipc: &[u8]) -> Result<JsValue, JsValue> {
        replace(&self.held, given(&self.held)?.advanced(ipc))
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.borrow().as_ref().map(|held| held.version.clone())
    }

    /// Lots, dummy lots included.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> u32 {
        self.held.borrow().as_ref().map_or(0, |held| held.table.len() as u32)
    }

    /// "Now" of the data, plant time: the newest plausible SYS_DATE.
    #[wasm_bindgen(getter, js_name = sysDate)]
    pub fn sys_date(&self) -> Option<String> {
        self.held.borrow().as_ref()?.table.frame().sys_date().map(str::to_owned)
    }

    /// Bytes held by the table and its index.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.held.borrow().as_ref().map_or(0.0, |held| held.table.memory_bytes() as f64)
    }

    /// Values of a dictionary column, by code.
    ///
    /// # Errors
    /// `NOT_READY`, or `INVALID_QUERY` for another column.
    pub fn dictionary(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DictionaryColumn")] column: &str,
    ) -> Result<Vec<String>, JsValue> {
        let held = given(&self.held)?;
        let allowed = ["WORKCENTER_GROUP", "PACKAGE_LEF", "PJ_TYPE", "HOLDREASONNAME"];
        match held.table.frame().column(column) {
            Some(compute_core::table::Column::Text(values)) if allowed.contains(&column) => {
                Ok(TextColumn::names(values).map(str::to_owned).collect())
            }
            _ => {
                Err(error("INVALID_QUERY", &format!("{column} is none of {}", allowed.join(", "))))
            }
        }
    }

    /// Summary, matrix, Pareto charts, facets and explanation in one pass, wide parts as typed arrays.
    ///
    /// # Errors
    /// `NOT_READY` or `INVALID_QUERY`.
    #[wasm_bindgen(unchecked_return_type = "OverviewColumns")]
    pub fn overview(
        &self,
        #[wasm_bindgen(unchecked_param_type = "LotFilter")] filter: JsValue,
    ) -> Result<JsValue, JsValue> {
        let overview = given(&self.held)?.table.overview(&read(filter)?);
        let (summary, explanation) = (answer(&overview.summary)?, answer(&overview.explanation)?);
        let parts = Parts::of(&overview);
        Ok(assembled(summary, explanation, &parts.words, &parts.floats, &parts.lengths))
    }
}

#[wasm_bindgen(module = "/src/store/overview.js")]
extern "C" {
    /// The overview's object; see there for the order of the parts.
    #[wasm_bindgen(js_name = overview)]
    fn assembled(
        summary: JsValue,
        explanation: JsValue,
        words: &[u32],
        floats: &[f64],
        lengths: &[u32],
    ) -> JsValue;
}

/// The wide parts of an overview, flat, in the order in which `overview.js` takes them.
struct Parts {
    words: Vec<u32>,
    floats: Vec<f64>,
    lengths: [u32; 7],
}

impl Parts {
    fn of(overview: &OverviewColumns) -> Self {
        let OverviewColumns { matrix, pareto, facets, .. } = overview;
        let sides = [&pareto.quality, &pareto.non_quality];
        let facets = [&facets.package, &facets.kind, &facets.workcenter];
        let mut words = [matrix.groups.as_slice(), &matrix.packages].concat();
        let total = [matrix.grand_total];
        let pieces = [&matrix.qty, &matrix.group_totals, &matrix.package_totals, total.as_slice()];
        let mut floats: Vec<f64> =
            pieces.iter().copied().flatten().map(|qty| *qty as f64).collect();
        for side in sides {
            words.extend(side.reasons.iter().chain(&side.lots));
            floats.extend(side.qty.iter().map(|qty| *qty as f64));
            floats.extend(side.cumulative_pct.iter().map(|pct| f64::from(*pct)));
        }
        for facet in facets {
            words.extend(facet.codes.iter().chain(&facet.lots));
        }
        let [quality, non_quality] = sides.map(|side| side.reasons.len());
        let [of_package, of_type, of_group] = facets.map(|facet| facet.codes.len());
        let axes = [matrix.groups.len(), matrix.packages.len()];
        let lengths = [axes[0], axes[1], quality, non_quality, of_package, of_type, of_group];
        Self { words, floats, lengths: lengths.map(|length| length as u32) }
    }
}
