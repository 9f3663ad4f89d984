//! Lots that wait for quality inspection, by how long they have waited.
//!
//! A lot waits at a QC gate when its spec is one of the site's; its wait runs
//! from its move-in time to the table's newest SYS_DATE, both plant time.

use serde::{Deserialize, Serialize};

use super::detail::status_of;
use super::filter::WipStatus;
use super::table::LotTable;
use crate::order;

/// Which lots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct QcGateQuery {
    /// Whether dummy lots count.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub include_dummy: bool,
}

/// Waiting-time class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WaitRange {
    /// Under 6 hours.
    #[serde(rename = "<6h")]
    UnderSix,
    /// From 6, under 12 hours.
    #[serde(rename = "6-12h")]
    SixToTwelve,
    /// From 12 to 24 hours.
    #[serde(rename = "12-24h")]
    TwelveToDay,
    /// Over 24 hours.
    #[serde(rename = ">24h")]
    OverDay,
}

impl WaitRange {
    fn of(seconds: i64) -> Self {
        const HOUR: i64 = 3600;
        if seconds < 6 * HOUR {
            Self::UnderSix
        } else if seconds < 12 * HOUR {
            Self::SixToTwelve
        } else if seconds <= 24 * HOUR {
            Self::TwelveToDay
        } else {
            Self::OverDay
        }
    }
}

/// One waiting-time class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QcGateClass {
    /// The class.
    pub range: WaitRange,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// A waiting lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QcGateLot {
    /// LOTID.
    pub lot_id: Option<String>,
    /// Pieces.
    pub qty: i32,
    /// Package.
    pub package: Option<String>,
    /// Workcenter group.
    pub workcenter: Option<String>,
    /// Spec.
    pub spec: Option<String>,
    /// Status.
    pub wip_status: WipStatus,
    /// Move-in time, plant time.
    pub since: String,
    /// Wait in seconds; never negative.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub wait_secs: i64,
    /// Class of the wait.
    pub range: WaitRange,
}

/// Lots at QC gates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QcGate {
    /// All four classes, shortest wait first.
    pub classes: Vec<QcGateClass>,
    /// Lots, longest wait first, then by LOTID.
    pub lots: Vec<QcGateLot>,
    /// "Now" of the data, plant time: the newest plausible SYS_DATE.
    pub sys_date: Option<String>,
}

/// Seconds of `YYYY-MM-DD HH:MM:SS` since 1970-01-01 00:00:00 of the same clock.
fn seconds(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    if bytes.len() < 19 || bytes[4] != b'-' || bytes[13] != b':' {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // Days of a civil date, counting years from March so that the leap day is last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

impl LotTable {
    /// Lots at QC gates with a known move-in time.
    pub fn qc_gate(&self, query: &QcGateQuery) -> QcGate {
        let since = self.frame().text("QC_GATE_SINCE");
        let now = self.frame().sys_date().and_then(seconds);
        let waits: Vec<Option<i64>> =
            since.names().map(|name| Some((now? - seconds(name)?).max(0))).collect();
        let wait_of = |row: u32| waits.get(since.codes()[row as usize] as usize).copied().flatten();
        let mut rows: Vec<(u32, i64)> = (0..self.len() as u32)
            .filter(|row| query.include_dummy || !self.index.is_dummy(*row))
            .filter_map(|row| Some((row, wait_of(row)?)))
            .collect();
        order::sort_by_key(&mut rows, |(_, wait)| std::cmp::Reverse(*wait));
        let ranges = [
            WaitRange::UnderSix,
            WaitRange::SixToTwelve,
            WaitRange::TwelveToDay,
            WaitRange::OverDay,
        ];
        let classes = ranges
            .into_iter()
            .map(|range| {
                let inside = rows.iter().filter(|(_, wait)| WaitRange::of(*wait) == range);
                let (lots, qty) = inside.fold((0, 0), |(lots, qty), (row, _)| {
                    (lots + 1, qty + i64::from(self.qty(*row)))
                });
                QcGateClass { range, lots, qty }
            })
            .collect();
        let lots = rows
            .iter()
            .map(|&(row, wait)| QcGateLot {
                lot_id: self.lot_id(row).map(str::to_owned),
                qty: self.qty(row),
                package: self.cell("PACKAGE_LEF", row),
                workcenter: self.cell("WORKCENTER_GROUP", row),
                spec: self.cell("SPECNAME", row),
                wip_status: status_of(self.index.class_of(row)),
                since: self.cell("QC_GATE_SINCE", row).unwrap_or_default(),
                wait_secs: wait,
                range: WaitRange::of(wait),
            })
            .collect();
        QcGate { classes, lots, sys_date: self.frame().sys_date().map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn civil_times_become_seconds() {
        assert_eq!(seconds("1970-01-01 00:00:00"), Some(0));
        assert_eq!(seconds("2000-03-01 00:00:00"), Some(951_868_800));
        assert_eq!(seconds("2024-02-29 23:59:59"), Some(1_709_251_199));
        assert_eq!(seconds("yesterday"), None);
    }
}
