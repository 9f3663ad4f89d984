//! The field contract: for every field of an answer its key, labels, export
//! header, meaning, unit and format, as data.
//!
//! Pages, exports and the API read the same entries; a test fails when a row of
//! a result has a field that is not listed, or a listed field is in no row.

mod fields;

use serde::Serialize;

pub use fields::FIELDS;

/// What a field means, for formatting and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SemanticType {
    /// Identifies something.
    Identifier,
    /// One of a few values.
    Category,
    /// Free text.
    Text,
    /// Pieces.
    Quantity,
    /// A number of things.
    Count,
    /// Position in an order.
    Sequence,
    /// Length of time.
    Duration,
    /// Date and time.
    Instant,
    /// Date.
    Date,
    /// Share of a whole, 0 to 100.
    Percentage,
    /// Yes or no.
    Flag,
}

/// One field of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// The dataset of the field.
    pub dataset: &'static str,
    /// Key in JSON.
    pub api_key: &'static str,
    /// Label in Traditional Chinese.
    pub label_zh: &'static str,
    /// Label in English.
    pub label_en: &'static str,
    /// Column header in exports.
    pub export_header: &'static str,
    /// Meaning.
    pub semantic_type: SemanticType,
    /// Unit, or empty.
    pub unit: &'static str,
    /// How a page writes a value.
    pub format: Format,
    /// Column of the lot table; fields of lot records only.
    #[serde(skip)]
    pub(crate) origin: Option<Origin>,
}

/// How a page writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As it is.
    Text,
    /// Whole number with separators.
    Integer,
    /// One decimal.
    Tenths,
    /// Two decimals.
    Hundredths,
    /// Length of time in its largest units.
    Span,
    /// Date and time to the minute.
    Minute,
    /// Date.
    Day,
    /// Yes or no.
    Flag,
}

impl SemanticType {
    /// The format of most fields with this meaning.
    const fn format(self) -> Format {
        match self {
            Self::Identifier | Self::Category | Self::Text => Format::Text,
            Self::Quantity | Self::Count | Self::Sequence => Format::Integer,
            Self::Duration | Self::Percentage => Format::Tenths,
            Self::Instant => Format::Minute,
            Self::Date => Format::Day,
            Self::Flag => Format::Flag,
        }
    }
}

/// Unit of a column of the lot table, or empty.
pub fn column_unit(column: &str) -> &'static str {
    let of_column = |field: &&Field| field.origin.is_some_and(|origin| origin.column == column);
    match column {
        "AGE_CENTIDAYS" => "0.01 day",
        _ => FIELDS.iter().find(of_column).map_or("", |field| field.unit),
    }
}

/// Where a field of a lot record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub column: &'static str,
    /// Whether a missing number is shown as 0.
    pub zero_when_null: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_within_their_dataset() {
        for (index, field) in FIELDS.iter().enumerate() {
            let twin = FIELDS[..index]
                .iter()
                .find(|other| (other.dataset, other.api_key) == (field.dataset, field.api_key));
            assert!(twin.is_none(), "{field:?}");
        }
    }

    #[test]
    fn fields_of_lot_records_and_no_others_name_their_column() {
        for field in FIELDS {
            assert_eq!(field.origin.is_some(), field.dataset == "lot", "{field:?}");
        }
    }
}
