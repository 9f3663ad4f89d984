//! `LotStore`: one version of the lots and every query on it.

use compute_core::delta::Delta;
use compute_core::lot::{LAYOUT, LotTable, Overview};
use compute_core::table::{DecodeError, TextColumn};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{SnapshotInfo, answer, read};
use crate::error::{decode, error, set};

struct Held {
    table: LotTable,
    version: String,
}

/// One version of the lots.
#[wasm_bindgen]
pub struct LotStore {
    held: Option<Held>,
}

/// Mirrors queries of the core: one JavaScript method each.
macro_rules! queries {
    ($($method:ident $js:literal ($query:literal) -> $result:literal;)*) => {
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

queries! {
    summary "summary" ("LotFilter") -> "Summary";
    matrix "matrix" ("LotFilter") -> "Matrix";
    holds "holds" ("LotFilter") -> "Holds";
    pareto "pareto" ("LotFilter") -> "Pareto";
    facets "facets" ("LotFilter") -> "Facets";
    search "search" ("SearchQuery") -> "SearchResult";
    workcenters "workcenters" ("LotFilter") -> "NamedCount[]";
    packages "packages" ("LotFilter") -> "NamedCount[]";
    detail "detail" ("DetailQuery") -> "Detail";
    hold_summary "holdSummary" ("HoldQuery") -> "HoldSummary";
    hold_distribution "holdDistribution" ("HoldQuery") -> "HoldDistribution";
    hold_lots "holdLots" ("HoldLotsQuery") -> "HoldLots";
    qc_gate "qcGate" ("QcGateQuery") -> "QcGate";
    lot "lot" ("LotQuery") -> "LotRecord | null";
    explain "explain" ("LotFilter") -> "Explanation";
}

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

    /// Newest SYS_DATE, plant time.
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
        let out = js_sys::Object::new();
        set(&out, "summary", &answer(&table.summary_of(&overview))?);
        set(&out, "matrix", &matrix(table, &overview));
        set(&out, "holds", &holds(&overview));
        set(&out, "facets", &facets(&overview));
        Ok(out.into())
    }
}

fn floats(values: impl Iterator<Item = i64>) -> JsValue {
    let values: Vec<f64> = values.map(|value| value as f64).collect();
    js_sys::Float64Array::from(values.as_slice()).into()
}

fn words(values: &[u32]) -> JsValue {
    js_sys::Uint32Array::from(values).into()
}

fn matrix(table: &LotTable, overview: &Overview) -> JsValue {
    let axes = table.matrix_axes(overview);
    let cells = axes.groups.iter().flat_map(|group| {
        let row = &overview.matrix[*group as usize * overview.packages..][..overview.packages];
        axes.packages.iter().map(move |package| row[*package as usize].qty)
    });
    let out = js_sys::Object::new();
    set(&out, "groups", &words(&axes.groups));
    set(&out, "packages", &words(&axes.packages));
    set(&out, "qty", &floats(cells));
    set(&out, "groupTotals", &floats(axes.group_totals.iter().copied()));
    set(&out, "packageTotals", &floats(axes.package_totals.iter().copied()));
    set(&out, "grandTotal", &(axes.grand_total as f64).into());
    out.into()
}

fn holds(overview: &Overview) -> JsValue {
    let mut reasons = Vec::new();
    let mut quality = Vec::new();
    let mut lots = Vec::new();
    let mut qty = Vec::new();
    for (reason, sides) in overview.holds.iter().enumerate() {
        for (tally, is_quality) in sides.iter().zip([1_u8, 0]).filter(|(tally, _)| tally.lots > 0) {
            reasons.push(reason as u32);
            quality.push(is_quality);
            lots.push(tally.lots);
            qty.push(tally.qty);
        }
    }
    let out = js_sys::Object::new();
    set(&out, "reasons", &words(&reasons));
    set(&out, "quality", &js_sys::Uint8Array::from(quality.as_slice()).into());
    set(&out, "lots", &words(&lots));
    set(&out, "qty", &floats(qty.into_iter()));
    out.into()
}

fn facets(overview: &Overview) -> JsValue {
    let facet = |tallies: &compute_core::lot::FacetCounts| {
        let codes: Vec<u32> =
            (0..tallies.len() as u32).filter(|code| tallies[*code as usize].lots > 0).collect();
        let lots: Vec<u32> = codes.iter().map(|code| tallies[*code as usize].lots).collect();
        let out = js_sys::Object::new();
        set(&out, "codes", &words(&codes));
        set(&out, "lots", &words(&lots));
        JsValue::from(out)
    };
    let out = js_sys::Object::new();
    set(&out, "package", &facet(&overview.packages_facet));
    set(&out, "type", &facet(&overview.types_facet));
    set(&out, "workcenter", &facet(&overview.groups_facet));
    out.into()
}
