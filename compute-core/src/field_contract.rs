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

/// A field of a lot record and the column that it comes from.
pub(crate) struct RecordField {
    pub key: &'static str,
    pub column: &'static str,
    /// Whether a missing number is shown as 0.
    pub zero_when_null: bool,
}

const fn record(key: &'static str, column: &'static str) -> RecordField {
    RecordField { key, column, zero_when_null: false }
}

const fn count(key: &'static str, column: &'static str) -> RecordField {
    RecordField { key, column, zero_when_null: true }
}

/// Fields of a lot record, in the order of the contract.
pub(crate) static LOT_RECORD_FIELDS: &[RecordField] = &[
    record("lotId", "LOTID"),
    record("workorder", "WORKORDER"),
    record("wipStatus", "WIPSTATUS"),
    record("status", "STATUS"),
    count("qty", "QTY"),
    count("qty2", "QTY2"),
    record("holdReason", "HOLDREASONNAME"),
    count("holdCount", "CURRENTHOLDCOUNT"),
    record("holdEmp", "HOLDEMP"),
    record("holdDept", "DEPTNAME"),
    record("holdComment", "COMMENT_HOLD"),
    record("futureHoldComment", "COMMENT_FUTURE"),
    record("releaseTime", "RELEASETIME"),
    record("releaseEmp", "RELEASEEMP"),
    record("releaseComment", "RELEASEREASON"),
    record("ncrId", "EVENTNAME"),
    record("ncrDate", "OCCURRENCEDATE"),
    record("workcenterGroup", "WORKCENTER_GROUP"),
    record("workcenter", "WORKCENTERNAME"),
    record("workcenterSequence", "WORKCENTERSEQUENCE"),
    record("workcenterShort", "WORKCENTER_SHORT"),
    record("spec", "SPECNAME"),
    record("specSequence", "SPECSEQUENCE"),
    record("workflow", "WORKFLOWNAME"),
    record("equipment", "EQUIPMENTS"),
    count("equipmentCount", "EQUIPMENTCOUNT"),
    record("location", "LOCATIONNAME"),
    record("ageByDays", "AGE_CENTIDAYS"),
    record("startDate", "STARTDATE"),
    record("uts", "UTS"),
    record("product", "PRODUCT"),
    record("productLine", "PRODUCTLINENAME"),
    record("packageLef", "PACKAGE_LEF"),
    record("pjType", "PJ_TYPE"),
    record("pjFunction", "PJ_FUNCTION"),
    record("bop", "BOP"),
    record("dateCode", "DATECODE"),
    record("waferLotId", "FIRSTNAME"),
    record("waferPn", "WAFERNAME"),
    record("waferLotPrefix", "WAFERLOT"),
    record("leadframeName", "LEADFRAMENAME"),
    record("leadframeOption", "LEADFRAMEOPTION"),
    record("compoundName", "COMNAME"),
    record("dieConsumption", "WAFER_FACTOR"),
    record("produceRegion", "PJ_PRODUCEREGION"),
    record("owner", "OWNER"),
    record("priority", "PRIORITYCODENAME"),
    record("tmttRemaining", "TMTT_R"),
    record("comment", "CONTAINERCOMMENTS"),
    record("commentDate", "COMMENT_DATE"),
    record("commentEmp", "COMMENT_EMP"),
    record("dataUpdateDate", "SYS_DATE"),
];

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
    fn records_have_the_fields_of_the_contract_in_its_order() {
        let keys = FIELDS.iter().filter(|field| field.dataset == "lot").map(|field| field.api_key);
        assert!(keys.eq(LOT_RECORD_FIELDS.iter().map(|field| field.key)));
    }
}
