//! What chosen machines did, state by state.

use serde::{Deserialize, Serialize};

use super::events::stretches;
use super::figures::hours;
use super::filter::DowntimeFilter;
use super::view::DowntimeView;
use crate::calendar::Moment;
use crate::equipment::State;
use crate::table::NULL_CODE;

/// Machines of a timeline that names none.
const USUAL_MACHINES: u32 = 10;

/// Which machines, and which days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DowntimeTimelineQuery {
    /// Machines and days; the other filters choose machines only.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<DowntimeFilter>"))]
    pub filter: DowntimeFilter,
    /// RESOURCEIDs; those with the most hours of downtimes when empty.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub resource_ids: Vec<String>,
    /// Machines at most, 10 when absent.
    pub limit: Option<u32>,
}

/// A time in one state.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineSegment {
    /// What the state counts as.
    pub state: State,
    /// The state as recorded.
    pub code: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Begin, `YYYY-MM-DD HH:MM:SS`, plant time.
    pub from: String,
    /// End, or as far as its hours go.
    pub until: String,
    /// Hours, one decimal.
    pub hours: f64,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineTimeline {
    /// RESOURCEID.
    pub resource_id: String,
    /// RESOURCENAME.
    pub resource_name: Option<String>,
    /// Its states by begin.
    pub segments: Vec<TimelineSegment>,
}

impl DowntimeView {
    /// States of chosen machines, or of those that stood still longest. Fragments that follow one
    /// another in one state and reason are one segment.
    pub fn timeline(&self, query: &DowntimeTimelineQuery) -> Vec<MachineTimeline> {
        let sums = self.sums(&query.filter);
        let limit = query.limit.unwrap_or(USUAL_MACHINES) as usize;
        let machines = self.worst_of(&sums, limit, |machine, _| {
            let id = self.equipment.id(self.master_rows[machine] as usize);
            query.resource_ids.is_empty() || query.resource_ids.iter().any(|wanted| wanted == id)
        });
        let days = self.of_days(&sums.dates);
        let (table, states) = (&self.table, &self.table.states);
        machines
            .into_iter()
            .map(|(machine, _)| {
                let row = self.master_rows[machine] as usize;
                let mut segments = Vec::new();
                stretches(table, self.rows_of(machine, &days), |stretch| {
                    let code = states.codes()[stretch.row];
                    segments.push(TimelineSegment {
                        state: table.state(code),
                        code: (code != NULL_CODE).then(|| states.name(code).to_owned()),
                        reason: self.reason(table.reasons.codes()[stretch.row]).map(str::to_owned),
                        from: Moment(stretch.from).to_string(),
                        until: Moment(stretch.until).to_string(),
                        hours: hours(stretch.units),
                    });
                });
                MachineTimeline {
                    resource_id: self.equipment.id(row).to_owned(),
                    resource_name: self.equipment.name(row).map(str::to_owned),
                    segments,
                }
            })
            .collect()
    }
}
