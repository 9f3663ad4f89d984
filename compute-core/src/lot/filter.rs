//! What a reader may filter lots by.

use serde::{Deserialize, Serialize};

/// Status of a lot, derived from its equipment and hold counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum WipStatus {
    /// On equipment.
    Run,
    /// Waiting.
    Queue,
    /// On hold and not on equipment.
    Hold,
}

/// Kind of a hold, derived from its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HoldType {
    /// A quality issue, or no reason given.
    Quality,
    /// One of the site's non-quality reasons.
    NonQuality,
}

/// Filters of lots; all given ones must hold, empty lists and texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LotFilter {
    /// Literal text anywhere in WORKORDER, ignoring case.
    pub workorder: Option<String>,
    /// Literal text anywhere in LOTID, ignoring case.
    pub lotid: Option<String>,
    /// Exact PACKAGE_LEF values.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub packages: Vec<String>,
    /// Exact PJ_TYPE values.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub types: Vec<String>,
    /// Exact WORKCENTER_GROUP values.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub workcenters: Vec<String>,
    /// Whether lots count whose LOTID contains DUMMY.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub include_dummy: bool,
    /// Status; not for the summary and the holds, which show all of them.
    pub status: Option<WipStatus>,
    /// Hold type; counts only together with status HOLD.
    pub hold_type: Option<HoldType>,
    /// Exact hold reason; not for the summary and the holds.
    pub reason: Option<String>,
}

/// A text to look for, ignoring case; both sides are lower-cased by Unicode's
/// simple rules before they are compared.
pub(super) struct Needle(String);

impl Needle {
    /// `None` for a missing or blank text, which filters nothing.
    pub(super) fn new(text: Option<&String>) -> Option<Self> {
        let text = text?.trim();
        (!text.is_empty()).then(|| Self(text.to_lowercase()))
    }

    pub(super) fn is_in(&self, value: &str) -> bool {
        let needle = self.0.as_bytes();
        if !value.is_ascii() {
            return value.to_lowercase().contains(&self.0);
        }
        let Some((first, rest)) = needle.split_first() else { return true };
        let value = value.as_bytes();
        if value.len() < needle.len() {
            return false;
        }
        (0..=value.len() - needle.len()).any(|start| {
            value[start].eq_ignore_ascii_case(first)
                && value[start + 1..start + needle.len()].eq_ignore_ascii_case(rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Needle;

    proptest! {
        #[test]
        fn a_needle_is_a_literal_case_insensitive_substring(value in "[a-zA-Z(%İé0-9]{0,12}", text in "[a-zA-Z(%İé]{1,3}") {
            let expected = value.to_lowercase().contains(&text.to_lowercase());
            prop_assert_eq!(Needle::new(Some(&text)).unwrap().is_in(&value), expected);
        }
    }

    #[test]
    fn blank_filters_nothing() {
        assert!(Needle::new(Some(&"  ".to_owned())).is_none());
    }
}
