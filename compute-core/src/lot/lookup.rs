//! Every known field of one lot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filter::LotFilter;
use super::selection::Selection;
use super::table::LotTable;
use crate::field_contract::{FIELDS, Origin};
use crate::metric::round_half_even;
use crate::table::Frame;

/// Which lot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LotQuery {
    /// LOTID, exact; dummy lots are found as well.
    pub lotid: String,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum FieldValue {
    /// NULL.
    Null,
    /// Text.
    Text(String),
    /// Whole number.
    Integer(#[cfg_attr(feature = "ts", ts(type = "number"))] i64),
    /// Decimal.
    Decimal(f64),
}

/// One type list: as alternatives a whole number would match two of them.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for FieldValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        let types = vec![Type::Null, Type::String, Type::Number];
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(types))
            .description(Some("A field's value."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for FieldValue {}

/// The fields of the columns that the table holds, with their English labels.
///
/// A browser's snapshot holds the display columns only, so its record is
/// shorter than the server's.
#[derive(Clone, Debug, PartialEq, Serialize)]
// No derive describes a map of fields beside its labels.
#[cfg_attr(
    feature = "ts",
    derive(ts_rs::TS),
    ts(
        type = "{ [field: string]: FieldValue | { [field: string]: string } } & { fieldLabels: { [field: string]: string } }"
    )
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotRecord {
    /// API key → value.
    #[serde(flatten)]
    pub fields: BTreeMap<&'static str, FieldValue>,
    /// API key → label.
    #[serde(rename = "fieldLabels")]
    pub labels: BTreeMap<&'static str, &'static str>,
}

impl LotTable {
    /// The first lot with this LOTID; `None` when there is none.
    pub fn lot(&self, query: &LotQuery) -> Option<LotRecord> {
        let fields = self.fields(self.row_of(query.lotid.trim())?);
        let labels = FIELDS
            .iter()
            .filter(|field| field.origin.is_some() && fields.contains_key(field.api_key))
            .map(|field| (field.api_key, field.label_en))
            .collect();
        Some(LotRecord { fields, labels })
    }

    /// The fields of a row whose columns the table holds, by API key.
    pub(super) fn fields(&self, row: u32) -> BTreeMap<&'static str, FieldValue> {
        let value = |origin: Origin| match origin.column {
            "SYS_DATE" => Some(
                self.frame()
                    .sys_date()
                    .map_or(FieldValue::Null, |date| FieldValue::Text(date.to_owned())),
            ),
            "AGE_CENTIDAYS" => Some(self.age(row).map_or(FieldValue::Null, |age| {
                FieldValue::Decimal(round_half_even(f64::from(age) / 100.0, 2))
            })),
            name => self.frame().column(name).map(|column| {
                let row = row as usize;
                let text = column.text(row).map(|text| FieldValue::Text(text.to_owned()));
                let number = column.integer(row).map(FieldValue::Integer);
                let missing =
                    if origin.zero_when_null { FieldValue::Integer(0) } else { FieldValue::Null };
                text.or(number).unwrap_or(missing)
            }),
        };
        let fields = FIELDS.iter().filter_map(|field| Some((field.api_key, field.origin?)));
        fields.filter_map(|(key, origin)| Some((key, value(origin)?))).collect()
    }

    /// The lots that pass every filter, with all columns that the table has.
    pub fn filtered(&self, filter: &LotFilter) -> Frame {
        let selection = Selection::new(self, filter);
        let fails = selection.rows(self);
        let rows: Vec<u32> = (0..self.len() as u32).filter(|row| fails(*row) == 0).collect();
        self.frame().take(&rows)
    }

    fn row_of(&self, lot: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = u32::midpoint(low, high);
            // NULL sorts last.
            if self.lot_id(middle).is_some_and(|id| id < lot) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        (low < self.len() as u32 && self.lot_id(low) == Some(lot)).then_some(low)
    }
}
