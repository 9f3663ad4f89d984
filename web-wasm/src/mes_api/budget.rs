//! How many retries one origin gets: a tenth of its requests.

/// Price of a retry, in deposits of one request each.
const PRICE: u32 = 10;
/// Retries that a page may make before it has sent anything: a page that opens while the
/// server starts repeats each of its first reads once.
const ALLOWANCE: u32 = 6 * PRICE;
/// Deposits kept at most: a quiet hour doesn't pay for a storm.
const CAPACITY: u32 = 10 * PRICE;

/// A token bucket that requests fill and retries empty.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    deposits: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { deposits: ALLOWANCE }
    }
}

impl RetryBudget {
    /// Counts a request that is sent for the first time.
    pub fn request(&mut self) {
        self.deposits = (self.deposits + 1).min(CAPACITY);
    }

    /// Pays for a retry; false when there is nothing left, and then nothing is paid.
    pub fn retry(&mut self) -> bool {
        let affordable = self.deposits >= PRICE;
        if affordable {
            self.deposits -= PRICE;
        }
        affordable
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fresh_page_may_retry_a_few_times() {
        let mut budget = RetryBudget::default();
        assert_eq!((0..20).filter(|_| budget.retry()).count(), 6);
    }

    #[test]
    fn savings_are_bounded() {
        let mut budget = RetryBudget::default();
        (0..10_000).for_each(|_| budget.request());
        assert_eq!((0..100).filter(|_| budget.retry()).count(), 10);
    }

    proptest! {
        #[test]
        fn retries_never_pass_a_tenth_and_the_allowance(steps in prop::collection::vec(any::<bool>(), 0..2000)) {
            let (mut budget, mut requests, mut retries) = (RetryBudget::default(), 0, 0);
            for is_request in steps {
                if is_request {
                    budget.request();
                    requests += 1;
                } else if budget.retry() {
                    retries += 1;
                }
                prop_assert!(retries * PRICE <= requests + ALLOWANCE);
            }
        }
    }
}
