//! The state of the roll-up for operators.

use std::collections::BTreeMap;

use crate::day_ranges::DayRange;
use compute_core::history::Day;
use serde::Serialize;
use utoipa::ToSchema;

/// The roll-up of history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RollupReport {
    /// Whether history is rolled up: `HISTORY_ROLLUP_ENABLED`.
    pub enabled: bool,
    /// Oldest day of those that are rolled up without a gap up to `rolled_up_to`; null before the first.
    pub rolled_up_from: Option<String>,
    /// Newest day that is rolled up; null before the first.
    pub rolled_up_to: Option<String>,
    /// Days that are rolled up.
    pub days_rolled_up: usize,
    /// Days that are still to be read.
    pub days_pending: usize,
    /// Days found changed since they were rolled up, and read again, since the start.
    pub days_changed: u64,
    /// Files found damaged, and set aside, since the start.
    pub files_damaged: u64,
    /// Whether this process writes the files; another one does where it is false.
    pub is_keeper: bool,
    /// Why the roll-up can't go on; null when all is well.
    pub problem: Option<String>,
}

impl RollupReport {
    /// Sets what follows from the days that there are in the window.
    pub(super) fn set_days<T>(&mut self, window: DayRange, known: &BTreeMap<Day, T>) {
        let inside = || known.range(window.first..=window.last).map(|(day, _)| *day).rev();
        self.days_rolled_up = inside().count();
        self.days_pending = window.days().count().saturating_sub(self.days_rolled_up);
        let newest = inside().next();
        let mut oldest = newest;
        for day in inside().skip(1) {
            if oldest.is_some_and(|oldest| day.next() == oldest) {
                oldest = Some(day);
            }
        }
        self.rolled_up_to = newest.map(|day| day.to_string());
        self.rolled_up_from = oldest.map(|day| day.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rolled_up_without_a_gap_is_told() {
        let day = |text| Day::parse(text).unwrap();
        let window = DayRange { first: day("2026-10-01"), last: day("2026-10-31") };
        let mut report = RollupReport::default();
        report.set_days::<()>(window, &BTreeMap::new());
        assert_eq!((report.rolled_up_to.as_deref(), report.days_pending), (None, 31));
        let known = ["2026-09-30", "2026-10-02", "2026-10-04", "2026-10-05", "2026-10-06"];
        let known = known.map(|text| (day(text), ())).into();
        report.set_days(window, &known);
        assert_eq!(report.rolled_up_from.as_deref(), Some("2026-10-04"));
        assert_eq!(report.rolled_up_to.as_deref(), Some("2026-10-06"));
        assert_eq!((report.days_rolled_up, report.days_pending), (4, 27));
    }
}
