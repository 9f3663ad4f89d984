//! What shows that rows of a day changed: per state the number of rows, the sum of their hours, and
//! the sum weighted by machine. Rows that are corrected, added, removed, or moved to another state or
//! machine change it; their order doesn't.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::reading::Raw;

/// The fingerprint of the rows of a day; that of no rows is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u64);

/// Counts and sums of the rows of a day.
#[derive(Debug, Default)]
pub(super) struct Marks {
    states: BTreeMap<String, Sums>,
    /// Rows that are read one by one, in any order.
    rows: u64,
}

#[derive(Debug, Default)]
struct Sums {
    rows: u64,
    units: i128,
    weighted: i128,
}

impl Marks {
    /// Adds rows of one state.
    pub(super) fn add(&mut self, state: Raw<'_>, rows: u64, units: i128, weighted: i128) {
        let sums = self.states.entry(format!("{state:?}")).or_default();
        sums.rows += rows;
        sums.units += units;
        sums.weighted += weighted;
    }

    /// Adds a row with all its cells.
    pub(super) fn add_row(&mut self, cells: [Raw<'_>; 4]) {
        self.rows = self.rows.wrapping_add(xxh3_64(format!("{cells:?}").as_bytes()));
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        if self.states.is_empty() && self.rows == 0 {
            return Fingerprint::default();
        }
        let mut hash = Xxh3::new();
        for (state, Sums { rows, units, weighted }) in &self.states {
            hash.update(&(state.len() as u64).to_le_bytes());
            hash.update(state.as_bytes());
            hash.update(&rows.to_le_bytes());
            hash.update(&units.to_le_bytes());
            hash.update(&weighted.to_le_bytes());
        }
        hash.update(&self.rows.to_le_bytes());
        Fingerprint(hash.digest())
    }
}

/// A number that follows from a machine's name, where the database has none.
pub(super) fn weight_of(machine: Raw<'_>) -> i64 {
    i64::from(xxh3_64(format!("{machine:?}").as_bytes()) as i32)
}
