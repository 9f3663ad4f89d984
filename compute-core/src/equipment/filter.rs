//! What a reader may filter machines by.

use serde::{Deserialize, Serialize};

/// E10 state that a machine counts as by the site's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Productive.
    Prd,
    /// Standby.
    Sby,
    /// Unscheduled down.
    Udt,
    /// Scheduled down.
    Sdt,
    /// Engineering.
    Egt,
    /// Not scheduled.
    Nst,
    /// Anything else, and unknown.
    Other,
}

impl State {
    /// All of them, in the order in which pages show them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Prd, Self::Sby, Self::Udt, Self::Sdt, Self::Egt, Self::Nst, Self::Other];

    /// How many there are.
    pub(crate) const COUNT: usize = 7;

    /// Its place among them, from 0; OTHER is last.
    pub(crate) fn place(self) -> usize {
        self as usize
    }

    /// Its code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Prd => "PRD",
            Self::Sby => "SBY",
            Self::Udt => "UDT",
            Self::Sdt => "SDT",
            Self::Egt => "EGT",
            Self::Nst => "NST",
            Self::Other => "OTHER",
        }
    }

    /// The state of exactly this code.
    pub(crate) fn exact(code: Option<&str>) -> Self {
        match code {
            Some("PRD") => Self::Prd,
            Some("SBY") => Self::Sby,
            Some("UDT") => Self::Udt,
            Some("SDT") => Self::Sdt,
            Some("EGT") => Self::Egt,
            Some("NST") => Self::Nst,
            _ => Self::Other,
        }
    }
}

/// A cell of the equipment tree: one level, and one column or the whole row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct CellFilter {
    /// Group name, `UNKNOWN` for machines without one.
    pub group: Option<String>,
    /// Family name, `UNKNOWN` for machines without one.
    pub family: Option<String>,
    /// RESOURCEID.
    pub resource_id: Option<String>,
    /// Column.
    pub column: Option<State>,
}

/// Filters of machines; all given ones must hold, empty lists and texts filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct EquipmentFilter {
    /// Exact group names.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub workcenter_groups: Vec<String>,
    /// PJ_ISPRODUCTION; a missing flag is false.
    pub is_production: Option<bool>,
    /// PJ_ISKEY; a missing flag is false.
    pub is_key: Option<bool>,
    /// PJ_ISMONITOR; a missing flag is false.
    pub is_monitor: Option<bool>,
    /// Whether a job order is open at the machine.
    pub has_job: Option<bool>,
    /// Status categories; machines without a real-time row never match.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub status_categories: Vec<String>,
    /// Exact family names.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub families: Vec<String>,
    /// Texts of which one occurs in RESOURCENAME or RESOURCEID, separated by commas, semicolons or line
    /// breaks; `*` stands for anything, case is ignored.
    pub text: Option<String>,
    /// A cell of the tree.
    pub cell: Option<CellFilter>,
}
