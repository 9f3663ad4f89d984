//! Tables as files: CSV, or an Excel workbook.

use axum::http::{HeaderMap, HeaderValue, header};
use utoipa::IntoParams;

use crate::http::error::ApiError;
use crate::http::headers::insert;
use crate::http::parameters::{FromQuery, QueryPairs};

/// Type of an Excel workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// UTF-8 with a byte order mark.
    Csv,
    /// One sheet.
    Xlsx,
}

impl FileFormat {
    const NAMES: [(&str, Self); 2] = [("csv", Self::Csv), ("xlsx", Self::Xlsx)];

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
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileParameters {
    /// `csv` (UTF-8 with BOM; texts that a spreadsheet would take for a formula are led by an
    /// apostrophe) or `xlsx` (at most 1,048,575 rows).
    #[param(value_type = Option<String>, example = "xlsx")]
    pub format: FileFormat,
}

impl FromQuery for FileParameters {
    fn from_query(pairs: &QueryPairs) -> Result<Self, ApiError> {
        let format = pairs.choice("format", &FileFormat::NAMES)?;
        Ok(Self { format: format.unwrap_or(FileFormat::Csv) })
    }
}
