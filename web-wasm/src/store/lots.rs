//! `LotStore`: one version of the lots and every query on it.

use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable, OverviewColumns};
use compute_core::table::{DecodeError, TextColumn};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{SnapshotInfo, answer, read};
use crate::error::{decode, error};

struct Held {
    table: LotTable,
    version: String,
}

/// One version of the lots.
#[wasm_bindgen]
pub struct LotStore {
    held: Option<Held>,
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
                    answer(&self.table()?.$method(&read(query)?))
                }
            )*
        }
    };
}

compute_core::lot_queries!(queries);

impl LotStore {
    fn table(&self) -> Result<&LotTable, JsValue> {
        match &self.held {
            Some(held) => Ok(&held.table),
            None => Err(error("NOT_READY", "no snapshot of the lots is loaded")),
        }
    }

    fn info(&self) -> Result<JsValue, JsValue> {
        let table = self.table()?;
        answer(&SnapshotInfo {
            dataset: LAYOUT.dataset.name(),
            version: self.held.as_ref().map_or("", |held| &held.version),
            rows: table.len(),
            sys_date: table.frame().sys_date(),
        })
    }
}

impl Default for LotStore {
    fn default() -> Self {
        Self::new()
    }
}

#[wasm_bindgen]
impl LotStore {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { held: None }
    }

    /// Replaces everything by a full snapshot (an uncompressed Arrow IPC stream).
    ///
    /// # Errors
    /// `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(unchecked_return_type = "SnapshotInfo")]
    pub fn load(&mut self, ipc: &[u8], version: String) -> Result<JsValue, JsValue> {
        let table = LotTable::from_ipc(ipc).map_err(|cause| decode(&cause))?;
        self.held = Some(Held { table, version });
        self.info()
    }

    /// Applies a delta to the version that is held.
    ///
    /// # Errors
    /// `NOT_READY`, `DELTA_BASE_MISMATCH` or `DECODE_ERROR`; what was held stays.
    #[wasm_bindgen(js_name = applyDelta, unchecked_return_type = "SnapshotInfo")]
    pub fn apply_delta(&mut self, ipc: &[u8]) -> Result<JsValue, JsValue> {
        let table = self.table()?;
        let held = self.version().unwrap_or_default();
        let found = Delta::from_ipc(&LAYOUT, ipc).map_err(|cause| decode(&cause))?;
        if found.base_version != held {
            let dataset = LAYOUT.dataset.name();
            return Err(decode(&DecodeError::DeltaBase {
                dataset,
                base: found.base_version,
                held,
            }));
        }
        let table = table.apply(&found.delta).map_err(|cause| decode(&cause))?;
        self.held = Some(Held { table, version: found.version });
        self.info()
    }

    /// Version that is held.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.held.as_ref().map(|held| held.version.clone())
    }

    /// Lots, dummy lots included.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> u32 {
        self.held.as_ref().map_or(0, |held| held.table.len() as u32)
    }

    /// "Now" of the data, plant time: the newest plausible SYS_DATE.
    #[wasm_bindgen(getter, js_name = sysDate)]
    pub fn sys_date(&self) -> Option<String> {
        self.held.as_ref()?.table.frame().sys_date().map(str::to_owned)
    }

    /// Bytes held by the table and its index.
    #[wasm_bindgen(getter, js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> f64 {
        self.held.as_ref().map_or(0.0, |held| held.table.memory_bytes() as f64)
    }

    /// Values of a dictionary column, by code.
    ///
    /// # Errors
    /// `NOT_READY`, or `INVALID_QUERY` for another column.
    pub fn dictionary(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DictionaryColumn")] column: &str,
    ) -> Result<Vec<String>, JsValue> {
        let frame = self.table()?.frame();
        let allowed = ["WORKCENTER_GROUP", "PACKAGE_LEF", "PJ_TYPE", "HOLDREASONNAME"];
        match frame.column(column) {
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
        let overview = self.table()?.overview(&read(filter)?);
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
