//! Tables as files: CSV, or an Excel workbook.

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::headers::insert;

/// Type of an Excel workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Kind of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    #[default]
    /// UTF-8 with a byte order mark.
    Csv,
    /// One sheet.
    Xlsx,
}

impl FileFormat {
    /// Headers of a file that browsers save as `stem` and an ending.
    pub fn headers(self, stem: &str) -> HeaderMap {
        let (kind, ending) = match self {
            Self::Csv => ("text/csv; charset=utf-8", "csv"),
            Self::Xlsx => (XLSX, "xlsx"),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let name = format!("attachment; filename=\"{stem}.{ending}\"");
        insert(&mut headers, header::CONTENT_DISPOSITION, &name);
        headers
    }
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileParameters {
    /// `csv` (UTF-8 with BOM; texts that a spreadsheet would take for a formula are led by an
    /// apostrophe) or `xlsx` (at most 1,048,575 rows).
    #[serde(default)]
    #[param(value_type = Option<String>, example = "xlsx")]
    pub format: FileFormat,
}
