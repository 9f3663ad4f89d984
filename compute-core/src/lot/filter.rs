//! What a reader may filter lots by.

use serde::{Deserialize, Serialize};

use crate::text_pattern::TextPattern;

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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LotFilter {
    /// Texts of which one occurs in WORKORDER, separated by commas, semicolons or line breaks; `*` stands for
    /// anything, case is ignored.
    pub workorder: Option<String>,
    /// Texts of which one occurs in LOTID, as for `workorder`.
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
    /// Exact hold reason: only lots that are on hold for it. Not for the summary
    /// and the holds.
    pub reason: Option<String>,
}

/// A filter that looks for text in one column.
pub(super) struct TextFilter {
    /// Field of [`LotFilter`], in JSON spelling.
    pub name: &'static str,
    /// Column of the lot table.
    pub column: &'static str,
    field: fn(&LotFilter) -> &Option<String>,
}

/// The filters that look for text, in the order of explanations.
pub(super) const TEXT_FILTERS: [TextFilter; 2] = [
    TextFilter { name: "workorder", column: "WORKORDER", field: |filter| &filter.workorder },
    TextFilter { name: "lotid", column: "LOTID", field: |filter| &filter.lotid },
];

impl TextFilter {
    /// What to look for; `None` when blank.
    pub(super) fn wanted(&self, filter: &LotFilter) -> Option<TextPattern> {
        (self.field)(filter).as_deref().and_then(TextPattern::new)
    }
}
