//! The last calls.

use std::collections::VecDeque;

/// What one remembered call was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// It failed in a way that counts.
    pub is_failed: bool,
    /// It took long, whatever its result.
    pub is_slow: bool,
}

/// The last `size` calls, with their sums kept.
#[derive(Clone, Debug)]
pub struct Window {
    calls: VecDeque<Call>,
    size: usize,
    failed: u32,
    slow: u32,
}

impl Window {
    /// An empty window; the memory for `size` calls is allocated now.
    pub fn new(size: u32) -> Self {
        let size = size as usize;
        Self { calls: VecDeque::with_capacity(size), size, failed: 0, slow: 0 }
    }

    /// Remembers a call and forgets the oldest one when full.
    pub fn push(&mut self, call: Call) {
        if self.calls.len() == self.size
            && let Some(oldest) = self.calls.pop_front()
        {
            self.failed -= u32::from(oldest.is_failed);
            self.slow -= u32::from(oldest.is_slow);
        }
        self.failed += u32::from(call.is_failed);
        self.slow += u32::from(call.is_slow);
        self.calls.push_back(call);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.calls.clear();
        (self.failed, self.slow) = (0, 0);
    }

    /// Calls remembered.
    pub fn total(&self) -> u32 {
        self.calls.len() as u32
    }

    /// Failed calls remembered.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// Slow calls remembered.
    pub fn slow(&self) -> u32 {
        self.slow
    }

    /// Share of failed calls; 0 while nothing is remembered.
    pub fn failure_ratio(&self) -> f64 {
        f64::from(self.failed) / f64::from(self.total().max(1))
    }

    /// Share of slow calls; 0 while nothing is remembered.
    pub fn slow_ratio(&self) -> f64 {
        f64::from(self.slow) / f64::from(self.total().max(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_sums_are_those_of_the_last_calls(
            size in 1_u32..9,
            calls in prop::collection::vec((any::<bool>(), any::<bool>()), 0..40),
        ) {
            let mut window = Window::new(size);
            for (index, &(is_failed, is_slow)) in calls.iter().enumerate() {
                window.push(Call { is_failed, is_slow });
                let last = &calls[(index + 1).saturating_sub(size as usize)..=index];
                let failed = last.iter().filter(|call| call.0).count() as u32;
                let slow = last.iter().filter(|call| call.1).count() as u32;
                prop_assert_eq!((window.failed(), window.slow()), (failed, slow));
                prop_assert_eq!(window.total() as usize, last.len());
                prop_assert_eq!(window.failure_ratio(), f64::from(failed) / last.len() as f64);
                prop_assert_eq!(window.slow_ratio(), f64::from(slow) / last.len() as f64);
            }
            window.clear();
            prop_assert_eq!((window.failed(), window.slow(), window.total()), (0, 0, 0));
        }
    }
}
