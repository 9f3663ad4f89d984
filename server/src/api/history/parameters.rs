//! Parameters of the equipment history: days, machines, length of the periods.

use compute_core::equipment::EquipmentFilter;
use compute_core::history::{Day, Granularity, MOST_DAYS};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::api::resource::FlagParameters;
use crate::app_state::AppState;
use crate::day_ranges::DayRange;
use crate::http::error::ApiError;
use crate::http::values::Names;

/// Days, both included.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct RangeParameters {
    /// First day.
    #[serde(deserialize_with = "day")]
    #[param(value_type = String, format = Date, example = "2026-11-01")]
    pub start_date: Day,
    /// Last day, at most 730 days later.
    #[serde(deserialize_with = "day")]
    #[param(value_type = String, format = Date, example = "2026-11-20")]
    pub end_date: Day,
}

/// A day as `YYYY-MM-DD`.
pub fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    let day = Day::parse(&text).filter(|_| text.len() == 10);
    day.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"YYYY-MM-DD"))
}

impl RangeParameters {
    /// # Errors
    /// The end is before the start, or too long after it.
    pub fn range(&self) -> Result<DayRange, ApiError> {
        let Self { start_date: first, end_date: last } = *self;
        if (0..MOST_DAYS).contains(&first.days_until(last)) {
            return Ok(DayRange { first, last });
        }
        let allowed = format!("{first} – start_date + {}", MOST_DAYS - 1);
        Err(ApiError::not_allowed("end_date", &last.to_string(), &allowed))
    }
}

/// Days that the hours of a file are compared with.
#[derive(Debug, Default, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct ComparisonParameters {
    /// First of the days to compare with, whose hours are further columns.
    #[serde(default, deserialize_with = "some_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub compare_start: Option<Day>,
    /// Last of them.
    #[serde(default, deserialize_with = "some_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub compare_end: Option<Day>,
}

/// A day as `YYYY-MM-DD`.
pub fn some_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    day(deserializer).map(Some)
}

impl ComparisonParameters {
    /// # Errors
    /// One of the days is missing.
    pub fn range(&self) -> Result<Option<RangeParameters>, ApiError> {
        match (self.compare_start, self.compare_end) {
            (Some(start_date), Some(end_date)) => {
                Ok(Some(RangeParameters { start_date, end_date }))
            }
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ApiError::not_allowed("compare_start", "", "YYYY-MM-DD")),
            (Some(_), None) => Err(ApiError::not_allowed("compare_end", "", "YYYY-MM-DD")),
        }
    }
}

/// Which machines.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct MachineParameters {
    /// Workcenter groups: a comma list, or the parameter several times with a group each. A group
    /// with commas in its name is known in a list as well.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "TMTT,焊接_DB")]
    pub workcenter_groups: Names,
    /// Families, in the same ways.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub families: Names,
    /// Parts of the machine's name or id, any case: one of them has to occur. Commas separate them, `*` stands for anything.
    pub text: Option<String>,
}

/// The filter, as the machines that there are now understand it.
pub fn filter(
    app: &AppState,
    machines: MachineParameters,
    flags: FlagParameters,
) -> Result<EquipmentFilter, ApiError> {
    let equipment = app.equipment()?.table;
    Ok(EquipmentFilter {
        workcenter_groups: machines.workcenter_groups.read(|name| equipment.knows_group(name)),
        families: machines.families.read(|name| equipment.knows_family(name)),
        text: machines.text,
        ..flags.into()
    })
}

/// How the days are put together.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct GranularityParameters {
    /// Length of the periods; weeks begin on Monday.
    #[serde(default)]
    #[param(value_type = Option<Granularity>, inline)]
    pub granularity: Granularity,
}
