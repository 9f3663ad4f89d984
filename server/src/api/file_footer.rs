//! What stands below the rows of a file, so that it can be compared with the screen: sums, the number of
//! rows, the filters, time and version of the data.

use axum::http::{HeaderMap, header};
use compute_core::field_contract::{FIELDS, Field};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::envelope::Basis;
use crate::http::language::Language;
use crate::reading::Reading;

/// Text in Chinese and English.
pub type Words = (&'static str, &'static str);

/// What a filter is called.
#[derive(Clone, Copy, Debug)]
pub enum Label {
    /// As the field of a dataset is.
    Field(&'static str, &'static str),
    /// A switch, which is told when it is on.
    Switch(Words),
}

const TOTAL: Words = ("合計", "Total");
const ROWS: Words = ("列數", "Rows");
const FILTERS: Words = ("篩選", "Filters");
const FILTER: Words = ("篩選：", "Filter: ");
const NO_FILTERS: Words = ("無", "none");
const READ: Words = ("資料讀取時間", "Data read");
const VERSION: Words = ("版本", "Version");
const ZONE: Words = ("時區", "Time zone");
const MADE: Words = ("檔案產生時間", "File made");
const YES: Words = ("是", "Yes");
const NO: Words = ("否", "No");

/// Whether a file is in Chinese. Clients without `Accept-Language` find columns by the names of the
/// replaced system.
pub fn is_chinese(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ACCEPT_LANGUAGE)
        && Language::of(headers) == Language::TraditionalChinese
}

/// What stands below the rows of one file.
pub struct FileFooter {
    is_chinese: bool,
    reading: Reading,
    /// What the rows add up to, by their keys.
    totals: Value,
    filters: Vec<(String, String)>,
    read_at: Timestamp,
    version: Option<String>,
}

impl FileFooter {
    /// Of data that was read at this moment.
    pub fn new(headers: &HeaderMap, reading: &Reading, read_at: Timestamp) -> Self {
        Self {
            is_chinese: is_chinese(headers),
            reading: reading.clone(),
            totals: Value::Null,
            filters: Vec::new(),
            read_at,
            version: None,
        }
    }

    /// Of a version of the data.
    pub fn of(headers: &HeaderMap, reading: &Reading, basis: &Basis) -> Self {
        let version = Some(basis.version.clone());
        Self { version, ..Self::new(headers, reading, basis.updated_at) }
    }

    /// Adds a filter, or what else decides which rows there are.
    pub fn with(mut self, name: Words, value: String) -> Self {
        self.filters.push((self.word(name).to_owned(), value));
        self
    }

    /// Adds what is set in a filter; `labels` are by its names in JSON.
    pub fn filtered(mut self, filter: &impl Serialize, labels: &[(&str, Label)]) -> Self {
        let filter = serde_json::to_value(filter).unwrap_or_default();
        for (name, label) in labels {
            let shown = match (&filter[*name], label) {
                (Value::Null, _) | (Value::Bool(false), Label::Switch(_)) => None,
                (Value::Bool(is), _) => Some(self.word(if *is { YES } else { NO }).to_owned()),
                (Value::String(text), _) => Some(text.clone()),
                (Value::Array(names), _) => {
                    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                    Some(names.join(", ")).filter(|_| !names.is_empty())
                }
                (other, _) => Some(other.to_string()),
            };
            if let Some(shown) = shown {
                self.filters.push((self.label(*label), shown));
            }
        }
        self
    }

    /// Sets what the rows add up to, by their keys.
    pub fn with_totals(self, totals: Value) -> Self {
        Self { totals, ..self }
    }

    fn word(&self, (chinese, english): Words) -> &'static str {
        if self.is_chinese { chinese } else { english }
    }

    fn label(&self, label: Label) -> String {
        let (dataset, key) = match label {
            Label::Switch(words) => return self.word(words).to_owned(),
            Label::Field(dataset, key) => (dataset, key),
        };
        let field = FIELDS.iter().find(|field| field.dataset == dataset && field.api_key == key);
        let label = |field: &Field| if self.is_chinese { field.label_zh } else { field.label_en };
        field.map_or(key, label).to_owned()
    }

    /// The lines below `rows` rows with these keys, the first of them empty.
    pub fn lines(&self, keys: &[&str], rows: usize) -> Vec<Vec<Value>> {
        let mut lines = vec![Vec::new()];
        if self.totals.is_object() {
            let mut sums: Vec<Value> = keys.iter().map(|key| self.totals[*key].clone()).collect();
            if let Some(first) = sums.first_mut() {
                *first = json!(self.word(TOTAL));
            }
            lines.push(sums);
        }
        let mut fact = |name: &str, value: Value| lines.push(vec![json!(name), value]);
        fact(self.word(ROWS), json!(rows));
        for (name, value) in &self.filters {
            fact(&format!("{}{name}", self.word(FILTER)), json!(value));
        }
        if self.filters.is_empty() {
            fact(self.word(FILTERS), json!(self.word(NO_FILTERS)));
        }
        let zone = self.reading.zone();
        let at = |moment: Timestamp| {
            json!(zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string())
        };
        fact(self.word(READ), at(self.read_at));
        if let Some(version) = &self.version {
            fact(self.word(VERSION), json!(version));
        }
        fact(self.word(ZONE), json!(self.reading.zone_name()));
        fact(self.word(MADE), at(Timestamp::now()));
        lines
    }
}
