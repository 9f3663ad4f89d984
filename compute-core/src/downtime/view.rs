//! What the answers of downtimes are made of.

use std::ops::Deref;
use std::sync::Arc;

use super::events::Downtimes;
use super::filter::{DowntimeFilter, Sieve};
use super::fragments::DowntimeTable;
use super::jobs::JobTable;
use super::recent::Recent;
use super::sums::{HourSums, Sums};
use crate::equipment::EquipmentView;

/// Downtimes of a range of days with their jobs and one version of the machines. What belongs to a
/// machine that the master does not have is left out.
#[derive(Clone, Debug)]
pub struct DowntimeView {
    downtimes: Downtimes,
    /// The sums that were asked for last: the lists of a page share a filter.
    sums: Recent<DowntimeFilter, Sums>,
    /// Most filters leave the hours as they are.
    hours: Recent<DowntimeFilter, HourSums>,
}

impl Deref for DowntimeView {
    type Target = Downtimes;

    fn deref(&self) -> &Downtimes {
        &self.downtimes
    }
}

impl DowntimeView {
    /// Puts fragments together, finds the jobs and joins the machines.
    pub fn join(
        table: Arc<DowntimeTable>,
        jobs: Arc<JobTable>,
        equipment: Arc<EquipmentView>,
    ) -> Self {
        let downtimes = Downtimes::join(table, jobs, equipment);
        Self { downtimes, sums: Recent::default(), hours: Recent::default() }
    }

    /// The same downtimes with another version of the machines.
    pub fn with_machines(&self, equipment: Arc<EquipmentView>) -> Self {
        let downtimes = self.downtimes.with_machines(equipment);
        Self { downtimes, sums: Recent::default(), hours: Recent::default() }
    }

    /// The sums of what a filter leaves.
    pub(super) fn sums(&self, filter: &DowntimeFilter) -> Arc<Sums> {
        self.sums.get(filter, || {
            let sieve = Sieve::new(self, filter);
            let hours = self.hours.get(&filter.of_hours(), || HourSums::new(self, &sieve));
            Sums::new(self, &sieve, &hours)
        })
    }
}
