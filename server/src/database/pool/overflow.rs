//! Which connections beyond the size of the pool can be closed.

use std::time::Duration;

/// An overflow connection that was idle for this long is closed.
pub const OVERFLOW_IDLE: Duration = Duration::from_secs(10);
/// Number of checks within that time.
pub const LOOKS: u32 = 5;

/// Counts the overflow connections that were idle at every one of the last checks.
#[derive(Debug, Default)]
pub struct Spare {
    least: Option<u32>,
    looks: u32,
}

impl Spare {
    /// One check; returns how many to close now.
    pub fn look(&mut self, overflow: u32, idle: u32) -> u32 {
        let unneeded = overflow.min(idle);
        let least = self.least.map_or(unneeded, |least| least.min(unneeded));
        self.looks += 1;
        if self.looks < LOOKS {
            self.least = Some(least);
            return 0;
        }
        *self = Self::default();
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_idle_all_the_time_is_closed() {
        let mut spare = Spare::default();
        let mut looks =
            |seen: [(u32, u32); 5]| seen.map(|(overflow, idle)| spare.look(overflow, idle));
        assert_eq!(looks([(3, 8); 5]), [0, 0, 0, 0, 3]);
        assert_eq!(looks([(3, 8), (3, 1), (3, 8), (3, 8), (3, 8)]), [0, 0, 0, 0, 1]);
        assert_eq!(looks([(3, 8), (3, 0), (3, 8), (3, 8), (3, 8)]), [0, 0, 0, 0, 0]);
        assert_eq!(looks([(0, 8); 5]), [0; 5], "the pool's own size stays");
    }
}
