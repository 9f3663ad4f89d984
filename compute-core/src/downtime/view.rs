//! What the answers of downtimes are made of.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::events::Downtimes;
use super::filter::DowntimeFilter;
use super::fragments::DowntimeTable;
use super::jobs::JobTable;
use super::sums::Sums;
use crate::equipment::EquipmentView;

/// Downtimes of a range of days with their jobs and one version of the machines. What belongs to a
/// machine that the master does not have is left out.
#[derive(Clone, Debug)]
pub struct DowntimeView {
    downtimes: Downtimes,
    /// The sums that were asked for last: the lists of a page share a filter.
    last_sums: Arc<Mutex<Option<KnownSums>>>,
}

/// What a filter leaves, added up.
#[derive(Debug)]
struct KnownSums {
    filter: DowntimeFilter,
    sums: Arc<Sums>,
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
        Self { downtimes, last_sums: Arc::default() }
    }

    /// The same downtimes with another version of the machines.
    pub fn with_machines(&self, equipment: Arc<EquipmentView>) -> Self {
        let downtimes = self.downtimes.with_machines(equipment);
        Self { downtimes, last_sums: Arc::default() }
    }

    /// The sums of what a filter leaves.
    pub(super) fn sums(&self, filter: &DowntimeFilter) -> Arc<Sums> {
        let last = || self.last_sums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last().as_ref().filter(|known| known.filter == *filter) {
            return known.sums.clone();
        }
        let sums = Arc::new(Sums::new(self, filter));
        *last() = Some(KnownSums { filter: filter.clone(), sums: sums.clone() });
        sums
    }
}
