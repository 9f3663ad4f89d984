//! Tables as files: CSV, or an Excel workbook.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use compute_core::field_contract::{FIELDS, Field};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Content, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses};

use super::file_footer::{FileFooter, is_chinese};
use crate::app_state::AppState;
use crate::http::csv;
use crate::http::error::ApiError;
use crate::http::headers::insert;
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

/// A file, for the API description.
pub struct FileResponse;

impl IntoResponses for FileResponse {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let file = ResponseBuilder::new()
            .description("The file")
            .content("text/csv", Content::new(Some(text())))
            .content(XLSX, Content::new(Some(text().format(Some(binary)))));
        BTreeMap::from([("200".to_owned(), file.into())])
    }
}

/// Which file.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileParameters {
    /// `csv` (UTF-8 with BOM; texts that a spreadsheet would take for a formula are led by an
    /// apostrophe) or `xlsx` (at most 1,048,575 rows).
    #[serde(default)]
    #[param(value_type = Option<String>, example = "xlsx")]
    pub format: FileFormat,
    /// Whether sums, number of rows, filters, time and version of the data stand below the rows, for
    /// people. Programs read a file without them.
    #[serde(default)]
    #[param(required = false)]
    pub footer: bool,
}

/// A file of rows whose columns are the fields of a dataset of the field contract.
pub struct TableFile<'a> {
    pub dataset: &'static str,
    /// Name without its ending.
    pub name: &'a str,
    pub format: FileFormat,
    pub footer: Option<FileFooter>,
    /// Columns behind those of the dataset: titles, and their keys in the rows.
    pub more: Vec<(String, String)>,
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
        let fields = FIELDS.iter().filter(|field| field.dataset == self.dataset);
        let is_chinese = is_chinese(headers);
        let title = |field: &Field| if is_chinese { field.label_zh } else { field.export_header };
        let columns = fields.map(|field| (title(field), field.api_key));
        let more = self.more.iter().map(|(title, key)| (title.as_str(), key.as_str()));
        let (titles, keys): (Vec<&str>, Vec<&str>) = columns.chain(more).unzip();
        let rows: Vec<Vec<Value>> = rows
            .map(|row| {
                let row = serde_json::to_value(row).unwrap_or_default();
                keys.iter().map(|key| row[*key].clone()).collect()
            })
            .collect();
        let below = self.footer.map(|footer| footer.lines(&keys, rows.len()));
        let below = below.unwrap_or_default();
        let file: Body = match self.format {
            FileFormat::Csv => {
                let mut file = csv::write(&titles, &rows);
                below.iter().for_each(|line| csv::write_row(&mut file, line));
                file.into()
            }
            FileFormat::Xlsx => {
                let mut workbook = Workbook::new(&titles)?;
                rows.iter().try_for_each(|row| workbook.add(row))?;
                workbook.add_below(&below)?;
                workbook.finish(&app.answer_room).await?.into_body()
            }
        };
        Ok((self.format.headers(self.name), file).into_response())
    }
}
