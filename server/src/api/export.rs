//! Tables as files: CSV, or an Excel workbook.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use compute_core::field_contract::{FIELDS, Field};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::http::csv;
use crate::http::error::ApiError;
use crate::http::headers::insert;
use crate::http::language::Language;
use crate::http::workbook::Workbook;

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

/// A file of rows whose columns are the fields of a dataset of the field contract.
pub struct TableFile<'a> {
    pub dataset: &'static str,
    /// Name without its ending.
    pub name: &'a str,
    pub format: FileFormat,
}

impl TableFile<'_> {
    /// The file as an answer; `headers` of the request decide the language of its columns.
    ///
    /// # Errors
    /// There are more rows than a sheet holds, or the disk has no room.
    pub async fn answer<T: Serialize>(
        self,
        app: &AppState,
        headers: &HeaderMap,
        rows: impl Iterator<Item = T>,
    ) -> Result<Response, ApiError> {
        let fields: Vec<_> = FIELDS.iter().filter(|field| field.dataset == self.dataset).collect();
        // Clients without `Accept-Language` find columns by the names of the replaced system.
        let is_chinese = headers.contains_key(header::ACCEPT_LANGUAGE)
            && Language::of(headers) == Language::TraditionalChinese;
        let title = |field: &&Field| if is_chinese { field.label_zh } else { field.export_header };
        let titles: Vec<&str> = fields.iter().map(title).collect();
        let rows: Vec<Vec<Value>> = rows
            .map(|row| {
                let row = serde_json::to_value(row).unwrap_or_default();
                fields.iter().map(|field| row[field.api_key].clone()).collect()
            })
            .collect();
        let file: Body = match self.format {
            FileFormat::Csv => csv::write(&titles, &rows).into(),
            FileFormat::Xlsx => {
                let mut workbook = Workbook::new(&titles)?;
                rows.iter().try_for_each(|row| workbook.add(row))?;
                workbook.finish(&app.answer_room).await?.into_body()
            }
        };
        Ok((self.format.headers(self.name), file).into_response())
    }
}
