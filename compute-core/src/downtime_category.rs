//! What machines stood still for, in nine kinds.

use serde::{Deserialize, Serialize};

/// Kind of a downtime. A site lists which reason is of which kind
/// (`downtime_categories` of [`crate::site_rules::SiteRules`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DowntimeCategory {
    /// Something broke and is repaired.
    Repair,
    /// Planned maintenance.
    Maintenance,
    /// Another product or material is set up.
    Changeover,
    /// A tool is changed or worked on.
    Tooling,
    /// The machine is taught.
    Teaching,
    /// Something is measured or inspected.
    Inspection,
    /// It waits for people, parts or decisions.
    Waiting,
    /// Engineering uses it.
    Engineering,
    /// Anything else, and reasons that the site doesn't list.
    Other,
}

impl DowntimeCategory {
    /// All of them, in the order in which pages list them.
    pub const ALL: [Self; 9] = [
        Self::Repair,
        Self::Maintenance,
        Self::Changeover,
        Self::Tooling,
        Self::Teaching,
        Self::Inspection,
        Self::Waiting,
        Self::Engineering,
        Self::Other,
    ];

    /// Its code in data, files and filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::Maintenance => "maintenance",
            Self::Changeover => "changeover",
            Self::Tooling => "tooling",
            Self::Teaching => "teaching",
            Self::Inspection => "inspection",
            Self::Waiting => "waiting",
            Self::Engineering => "engineering",
            Self::Other => "other",
        }
    }

    /// The category of a code.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_json() {
        for (place, category) in DowntimeCategory::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(category).unwrap(), category.code());
            assert_eq!(DowntimeCategory::by_code(category.code()), Some(category));
            assert_eq!(category as usize, place);
        }
        assert_eq!(DowntimeCategory::by_code("Repair"), None);
    }
}
