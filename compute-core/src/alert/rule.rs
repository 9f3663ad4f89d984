//! A rule as it is written down.

use serde::{Deserialize, Serialize};

use crate::equipment::EquipmentFilter;
use crate::lot::LotFilter;
use crate::table::Dataset;

/// Longest name of a rule, in characters.
pub const LONGEST_NAME_CHARS: usize = 80;
/// Longest id of a rule, in characters.
const LONGEST_ID_CHARS: usize = 40;
/// Longest time that a condition must hold: a week.
pub const MOST_MINUTES: u32 = 7 * 24 * 60;

/// What a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertSubject {
    /// Lots.
    Lots,
    /// Machines.
    Machines,
}

impl AlertSubject {
    /// The table whose records say when the figure is known.
    pub fn dataset(self) -> Dataset {
        match self {
            Self::Lots => Dataset::Wip,
            Self::Machines => Dataset::Equipment,
        }
    }

    /// The tables that the figure is made of.
    pub(super) fn datasets(self) -> &'static [Dataset] {
        match self {
            Self::Lots => &[Dataset::Wip],
            Self::Machines => &[Dataset::Resource, Dataset::Equipment, Dataset::Workcenter],
        }
    }
}

/// A figure that a rule watches. Labels and units are those of the fields of `alert_figures`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AlertFigure {
    /// Lots that pass the filter.
    Lots,
    /// Their pieces.
    Pieces,
    /// Age of the oldest of them, days; none without lots, or where no age is known.
    OldestLotDays,
    /// Machines that pass the filter.
    Machines,
    /// OU % of them; none without machines.
    OuPct,
    /// Their availability %; none without machines.
    AvailabilityPct,
}

impl AlertFigure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Lots,
        Self::Pieces,
        Self::OldestLotDays,
        Self::Machines,
        Self::OuPct,
        Self::AvailabilityPct,
    ];

    /// What it is about.
    pub fn subject(self) -> AlertSubject {
        match self {
            Self::Lots | Self::Pieces | Self::OldestLotDays => AlertSubject::Lots,
            Self::Machines | Self::OuPct | Self::AvailabilityPct => AlertSubject::Machines,
        }
    }
}

/// On which side of the threshold a rule's condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// Above it; not at it.
    Above,
    /// Below it; not at it.
    Below,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertRule {
    /// Names it for good: 1 to 40 letters a to z, digits and hyphens.
    #[cfg_attr(feature = "openapi", schema(example = "old-holds"))]
    pub id: String,
    /// What people call it: 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(example = "Lots on hold for a week"))]
    pub name: String,
    /// What it watches.
    pub figure: AlertFigure,
    /// Which lots, for a figure of lots.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lot_filter: LotFilter,
    /// Which machines, for a figure of machines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub machine_filter: EquipmentFilter,
    /// On which side of the threshold the condition holds.
    pub comparison: Comparison,
    /// The threshold, in the unit of the figure.
    pub threshold: f64,
    /// Minutes for which the condition must hold before the rule fires, 0 to 10080.
    pub for_minutes: u32,
    /// Whether it is watched.
    pub enabled: bool,
}

/// A field of a rule that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} has the invalid value \"{got}\"; allowed: {allowed}")]
pub struct AlertRuleError {
    /// Its name in JSON.
    pub field: &'static str,
    /// Its value.
    pub got: String,
    /// What can be used.
    pub allowed: String,
}

impl AlertRule {
    /// The same rule.
    ///
    /// # Errors
    /// The first field that can't be used.
    pub fn checked(self) -> Result<Self, AlertRuleError> {
        let refuse = |field, got: &str, allowed: String| {
            Err(AlertRuleError { field, got: got.to_owned(), allowed })
        };
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=LONGEST_ID_CHARS).contains(&self.id.len()) || !self.id.chars().all(is_plain) {
            let allowed = format!("1 to {LONGEST_ID_CHARS} letters a to z, digits and hyphens");
            return refuse("id", &self.id, allowed);
        }
        let chars = self.name.chars().count();
        let is_blank = self.name.trim() != self.name || chars == 0;
        if is_blank || chars > LONGEST_NAME_CHARS || self.name.chars().any(char::is_control) {
            let allowed = format!(
                "1 to {LONGEST_NAME_CHARS} characters in one line without blanks at its ends"
            );
            return refuse("name", &self.name, allowed);
        }
        if !self.threshold.is_finite() {
            return refuse("threshold", &self.threshold.to_string(), "a number".to_owned());
        }
        if self.for_minutes > MOST_MINUTES {
            let allowed = format!("0 to {MOST_MINUTES}");
            return refuse("forMinutes", &self.for_minutes.to_string(), allowed);
        }
        match self.figure.subject() {
            AlertSubject::Lots if !is_default(&self.machine_filter) => {
                refuse("machineFilter", "{…}", "none for a figure of lots".to_owned())
            }
            AlertSubject::Machines if !is_default(&self.lot_filter) => {
                refuse("lotFilter", "{…}", "none for a figure of machines".to_owned())
            }
            _ => Ok(self),
        }
    }

    /// Whether both rules watch the same: neither its name nor whether it is enabled matters.
    pub fn watches_like(&self, other: &Self) -> bool {
        let other = Self { name: self.name.clone(), enabled: self.enabled, ..other.clone() };
        *self == other
    }

    /// How long the condition must hold, ms.
    pub fn for_ms(&self) -> i64 {
        i64::from(self.for_minutes) * 60_000
    }

    /// Whether the condition holds of a value. A missing value holds none.
    pub fn holds(&self, value: Option<f64>) -> bool {
        value.is_some_and(|value| match self.comparison {
            Comparison::Above => value > self.threshold,
            Comparison::Below => value < self.threshold,
        })
    }
}
