//! `LotStore`: one version of the lots and every query on it.

use compute_core::delta::Delta;
use compute_core::lot::{FacetCounts, LAYOUT, LotTable, Overview};
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

    /// Summary, matrix, holds and facets in one pass, wide parts as typed arrays.
    ///
    /// # Errors
    /// `NOT_READY` or `INVALID_QUERY`.
    #[wasm_bindgen(unchecked_return_type = "OverviewColumns")]
    pub fn overview(
        &self,
        #[wasm_bindgen(unchecked_param_type = "LotFilter")] filter: JsValue,
    ) -> Result<JsValue, JsValue> {
        let table = self.table()?;
        let overview = table.overview(&read(filter)?);
        let parts = Parts::of(table, &overview);
        let summary = answer(&table.summary_of(&overview))?;
        Ok(assembled(summary, &parts.words, &parts.floats, &parts.lengths))
    }
}

#[wasm_bindgen(module = "/src/store/overview.js")]
extern "C" {
    /// The overview's object; see there for the order of the parts.
    #[wasm_bindgen(js_name = overview)]
    fn assembled(summary: JsValue, words: &[u32], floats: &[f64], lengths: &[u32]) -> JsValue;
}

/// The wide parts of an overview, flat, in the order in which `overview.js` takes them.
struct Parts {
    words: Vec<u32>,
    floats: Vec<f64>,
    lengths: [u32; 6],
}

impl Parts {
    fn of(table: &LotTable, overview: &Overview) -> Self {
        let mut parts = Self { words: Vec::new(), floats: Vec::new(), lengths: [0; 6] };
        let mut axes = table.matrix_axes(overview);
        let block = table.matrix_block(overview, &mut axes);
        parts.words.extend(&axes.groups);
        parts.words.extend(&axes.packages);
        parts.pieces(block.into_iter());
        parts.pieces(axes.group_totals.iter().copied());
        parts.pieces(axes.package_totals.iter().copied());
        parts.pieces(std::iter::once(axes.grand_total));
        let holds = parts.holds(overview);
        let facets = [&overview.packages_facet, &overview.types_facet, &overview.groups_facet];
        let [of_package, of_type, of_group] = facets.map(|tallies| parts.facet(tallies));
        let (groups, packages) = (axes.groups.len() as u32, axes.packages.len() as u32);
        parts.lengths = [groups, packages, holds, of_package, of_type, of_group];
        parts
    }

    fn pieces(&mut self, values: impl Iterator<Item = i64>) {
        self.floats.extend(values.map(|value| value as f64));
    }

    /// One entry a reason and kind that has lots.
    fn holds(&mut self, overview: &Overview) -> u32 {
        let held = || {
            let sides = (0_u32..).zip(&overview.holds);
            sides
                .flat_map(|(reason, [quality, other])| [(reason, 1, quality), (reason, 0, other)])
                .filter(|(.., tally)| tally.lots > 0)
        };
        self.words.extend(held().map(|(reason, ..)| reason));
        self.words.extend(held().map(|(_, quality, _)| quality));
        self.words.extend(held().map(|(.., tally)| tally.lots));
        self.pieces(held().map(|(.., tally)| tally.qty));
        held().count() as u32
    }

    /// Codes that have lots, then their lots.
    fn facet(&mut self, tallies: &FacetCounts) -> u32 {
        let found = || (0_u32..).zip(tallies).filter(|(_, tally)| tally.lots > 0);
        self.words.extend(found().map(|(code, _)| code));
        self.words.extend(found().map(|(_, tally)| tally.lots));
        found().count() as u32
    }
}
