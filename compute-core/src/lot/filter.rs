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
    /// Exact hold reason: only lots that are on hold for it. Not for the summary
    /// and the holds.
    pub reason: Option<String>,
}

impl LotFilter {
    /// The text to look for in WORKORDER; `None` when blank.
    pub(super) fn workorder_text(&self) -> Option<&str> {
        given(self.workorder.as_deref())
    }

    /// The text to look for in LOTID; `None` when blank.
    pub(super) fn lotid_text(&self) -> Option<&str> {
        given(self.lotid.as_deref())
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
