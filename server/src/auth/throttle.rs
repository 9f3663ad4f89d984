//! How often somebody may try to sign in: pure, with the time passed in.
//!
//! Every attempt counts until it has succeeded, so that concurrent attempts are no way around it.
//! After a few free ones each further attempt has to wait twice as long as the one before: by name
//! *and* network, and by network. Guessing a name from elsewhere therefore can't lock its owner
//! out. A browser that has signed in with a name before holds a device cookie and has its own
//! attempts for that name, independent of its network. All networks together share a budget per
//! name that refills steadily and that one network can't use up.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How one kind of key is slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// Attempts without a wait.
    pub free_attempts: u32,
    /// The wait after those; each further one is twice as long.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// Everything is forgotten after this long without attempts.
    pub forget_after: Duration,
}

/// For a name from one network, and for a name from one device.
pub const BY_NAME: Slowdown = Slowdown {
    free_attempts: 5,
    first_wait: Duration::from_secs(1),
    longest_wait: Duration::from_secs(60),
    forget_after: Duration::from_secs(15 * 60),
};

/// For addresses, behind which there may be an office.
pub const BY_ADDRESS: Slowdown = Slowdown {
    free_attempts: 20,
    first_wait: Duration::from_secs(1),
    longest_wait: Duration::from_secs(15 * 60),
    forget_after: Duration::from_secs(30 * 60),
};

/// Names, and addresses, that are remembered at most.
const MOST_KEYS: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Attempts {
    count: u32,
    last: Instant,
    free_at: Instant,
}

#[derive(Debug)]
struct Counter<K> {
    slowdown: Slowdown,
    known: HashMap<K, Attempts>,
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(slowdown: Slowdown) -> Self {
        Self { slowdown, known: HashMap::new() }
    }

    fn wait(&self, key: &K, now: Instant) -> Duration {
        let known = self.known.get(key).filter(|known| !self.is_forgotten(known, now));
        known.map_or(Duration::ZERO, |known| known.free_at.saturating_duration_since(now))
    }

    fn is_forgotten(&self, attempts: &Attempts, now: Instant) -> bool {
        now.saturating_duration_since(attempts.last) >= self.slowdown.forget_after
    }

    fn count(&mut self, key: &K, now: Instant) {
        if self.known.len() >= MOST_KEYS && !self.known.contains_key(key) {
            self.make_room(now);
        }
        let before = self.known.get(key).filter(|known| !self.is_forgotten(known, now));
        let count = before.map_or(0, |known| known.count).saturating_add(1);
        let doublings = count.saturating_sub(self.slowdown.free_attempts);
        let wait = match doublings.checked_sub(1) {
            None => Duration::ZERO,
            // More doublings than 20 are beyond any longest wait.
            Some(times) => self.slowdown.first_wait.saturating_mul(1 << times.min(20)),
        };
        let free_at = now + wait.min(self.slowdown.longest_wait);
        self.known.insert(key.clone(), Attempts { count, last: now, free_at });
    }

    /// Takes the last attempt back.
    fn take_back(&mut self, key: &K) {
        if let Some(known) = self.known.get_mut(key) {
            known.count = known.count.saturating_sub(1);
            known.free_at = known.last;
        }
    }

    /// Forgets expired entries, else the quarter with the oldest attempts.
    fn make_room(&mut self, now: Instant) {
        let forget_after = self.slowdown.forget_after;
        self.known.retain(|_, known| now.saturating_duration_since(known.last) < forget_after);
        if self.known.len() >= MOST_KEYS {
            let mut times: Vec<Instant> = self.known.values().map(|known| known.last).collect();
            let (_, &mut oldest_kept, _) = times.select_nth_unstable(MOST_KEYS / 4);
            self.known.retain(|_, known| known.last > oldest_kept);
        }
    }
}

/// The budget of one name over all networks, without known devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameBudget {
    /// Size of a burst.
    pub most: u32,
    /// One attempt is refilled after this long: faster than [`BY_NAME`] lets one network try.
    pub comes_back: Duration,
}

/// For a name from everywhere.
pub const OF_NAME: NameBudget = NameBudget { most: 60, comes_back: Duration::from_secs(10) };

/// When the budget of each name is full again.
#[derive(Debug, Default)]
struct Budgets {
    whole_at: HashMap<String, Instant>,
}

impl Budgets {
    fn wait(&self, name: &str, now: Instant) -> Duration {
        let Some(whole_at) = self.whole_at.get(name) else { return Duration::ZERO };
        let slack = OF_NAME.comes_back * (OF_NAME.most - 1);
        whole_at.saturating_duration_since(now).saturating_sub(slack)
    }

    fn count(&mut self, name: &str, now: Instant) {
        if self.whole_at.len() >= MOST_KEYS && !self.whole_at.contains_key(name) {
            self.whole_at.retain(|_, whole_at| *whole_at > now);
            if self.whole_at.len() >= MOST_KEYS {
                // Those that have used the least of their budget.
                let mut times: Vec<Instant> = self.whole_at.values().copied().collect();
                let (_, &mut least, _) = times.select_nth_unstable(MOST_KEYS / 4);
                self.whole_at.retain(|_, whole_at| *whole_at > least);
            }
        }
        let whole_at = self.whole_at.get(name).copied().unwrap_or(now).max(now);
        self.whole_at.insert(name.to_owned(), whole_at + OF_NAME.comes_back);
    }

    fn take_back(&mut self, name: &str) {
        if let Some(whole_at) = self.whole_at.get_mut(name)
            && let Some(before) = whole_at.checked_sub(OF_NAME.comes_back)
        {
            *whole_at = before;
        }
    }
}

/// The origin of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A network in which no device is known for the name.
    Network(IpAddr),
    /// A device that has signed in with this name before; its id.
    Device(String),
}

/// Attempts by name and origin, by network, and by name.
#[derive(Debug)]
pub struct Throttle {
    names: Counter<(String, Origin)>,
    addresses: Counter<IpAddr>,
    budgets: Budgets,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            names: Counter::new(BY_NAME),
            addresses: Counter::new(BY_ADDRESS),
            budgets: Budgets::default(),
        }
    }
}

impl Throttle {
    /// Counts an attempt that may be made now.
    ///
    /// # Errors
    /// The wait before the next attempt; nothing is counted then.
    pub fn attempt(&mut self, name: &str, from: &Origin, now: Instant) -> Result<(), Duration> {
        let key = (name.to_owned(), from.clone());
        let mut wait = self.names.wait(&key, now);
        if let Origin::Network(address) = from {
            wait = wait.max(self.addresses.wait(address, now)).max(self.budgets.wait(name, now));
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        self.names.count(&key, now);
        if let Origin::Network(address) = from {
            self.addresses.count(address, now);
            self.budgets.count(name, now);
        }
        Ok(())
    }

    /// Counts an attempt with an invalid name, for its network only.
    ///
    /// # Errors
    /// The wait before the next attempt; nothing is counted then.
    pub fn nameless(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let wait = self.addresses.wait(&address, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.addresses.count(&address, now);
        Ok(())
    }

    /// The attempt succeeded: the name starts afresh there, the network has one attempt less.
    ///
    /// The network does not start afresh, or one good account would pay for guessing all others.
    pub fn succeeded(&mut self, name: &str, from: &Origin) {
        self.names.known.remove(&(name.to_owned(), from.clone()));
        self.not_of_all(name, from);
    }

    /// The attempt could not be checked and does not count; otherwise an outage would lock users
    /// out.
    pub fn not_judged(&mut self, name: &str, from: &Origin) {
        self.names.take_back(&(name.to_owned(), from.clone()));
        self.not_of_all(name, from);
    }

    fn not_of_all(&mut self, name: &str, from: &Origin) {
        if let Origin::Network(address) = from {
            self.addresses.take_back(address);
            self.budgets.take_back(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn at(last: u8) -> Origin {
        Origin::Network(address(last))
    }

    #[test]
    fn waits_double_up_to_a_bound_and_are_forgotten() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..=BY_NAME.free_attempts {
            assert_eq!(throttle.attempt("chen", &at(2), now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = throttle.attempt("chen", &at(2), now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(throttle.attempt("chen", &at(2), now), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(throttle.attempt("lin", &at(3), now), Ok(()), "others are not slowed down");
        now += BY_NAME.forget_after;
        assert_eq!(throttle.attempt("chen", &at(2), now), Ok(()));
        assert_eq!(throttle.attempt("chen", &at(2), now), Ok(()));
    }

    #[test]
    fn a_stranger_who_keeps_guessing_does_not_keep_the_owner_out() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        let mut guesses = 0;
        for second in (0..4 * 3600).step_by(2) {
            let now = start + Duration::from_secs(second);
            guesses += u32::from(throttle.attempt("chen", &at(66), now).is_ok());
            if second % 60 == 0 {
                let owner = throttle.attempt("chen", &at(1), now);
                assert_eq!(owner, Ok(()), "from another network, after {second} s");
                throttle.succeeded("chen", &at(1));
            }
        }
        assert!(guesses < 4 * 60 + 20, "{guesses}: the guesser is still slowed down");
    }

    #[test]
    fn a_known_device_gets_in_beside_a_stranger_of_its_own_network() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        let own = Origin::Device("a random id".to_owned());
        for second in (0..3600).step_by(2) {
            let now = start + Duration::from_secs(second);
            for name in ["chen", "lin", "wei"] {
                let _ = throttle.attempt(name, &at(1), now);
            }
            assert_eq!(throttle.attempt("chen", &own, now), Ok(()), "after {second} s");
            throttle.succeeded("chen", &own);
        }
    }

    #[test]
    fn a_device_that_guesses_is_slowed_down_as_well_and_only_for_that_name() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        let device = Origin::Device("a stolen id".to_owned());
        let mut guesses = 0;
        for _ in 0..3600 {
            guesses += u32::from(throttle.attempt("chen", &device, now).is_ok());
            now += Duration::from_secs(1);
        }
        assert!((60..80).contains(&guesses), "{guesses}");
        assert_eq!(throttle.attempt("chen", &at(1), now), Ok(()), "others are not affected");
    }

    #[test]
    fn many_networks_together_share_what_may_be_guessed_of_a_name() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        let mut guesses = 0;
        for n in 0..3600_u32 {
            let from = Origin::Network(IpAddr::from((n + 1).to_be_bytes()));
            guesses += u32::from(throttle.attempt("chen", &from, now).is_ok());
            now += Duration::from_secs(1);
        }
        assert!(guesses <= OF_NAME.most + 3600 / 10 + 1, "{guesses}");
        let own = Origin::Device("a random id".to_owned());
        assert_eq!(throttle.attempt("chen", &own, now), Ok(()));
    }

    #[test]
    fn attempts_at_once_are_no_way_around() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let allowed = (0..1000).filter(|_| throttle.attempt("chen", &at(1), now).is_ok());
        assert_eq!(allowed.count() as u32, BY_NAME.free_attempts + 1);
        let names = (0..1000).map(|n| format!("user{n}"));
        let mut throttle = Throttle::default();
        let allowed = names.filter(|name| throttle.attempt(name, &at(1), now).is_ok());
        assert_eq!(allowed.count() as u32, BY_ADDRESS.free_attempts + 1);
        let mut throttle = Throttle::default();
        let allowed = (0..1000).filter(|_| throttle.nameless(address(1), now).is_ok());
        assert_eq!(allowed.count() as u32, BY_ADDRESS.free_attempts + 1);
    }

    #[test]
    fn success_frees_the_name_but_not_the_address() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(throttle.attempt("chen", &at(1), now), Ok(()));
            throttle.succeeded("chen", &at(1));
        }
        // A guesser with one good account.
        let mut guesses = 0;
        for n in 0..1000 {
            if throttle.attempt(&format!("user{n}"), &at(1), now).is_ok() {
                guesses += 1;
            }
            if throttle.attempt("mine", &at(1), now).is_ok() {
                throttle.succeeded("mine", &at(1));
            }
            now += Duration::from_millis(1);
        }
        assert!(guesses <= 1 + BY_ADDRESS.free_attempts, "{guesses}");
    }

    #[test]
    fn an_outage_counts_as_no_attempt_and_excuses_none() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..1000 {
            assert_eq!(throttle.attempt("chen", &at(1), now), Ok(()));
            throttle.not_judged("chen", &at(1));
        }
        let mut guesses = 0;
        for n in 0..1000 {
            if throttle.attempt("chen", &at(1), now).is_ok() {
                if n % 2 == 0 {
                    guesses += 1;
                } else {
                    throttle.not_judged("chen", &at(1));
                }
            }
            now += Duration::from_millis(1);
        }
        assert_eq!(guesses, BY_NAME.free_attempts + 1);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for n in 0..60_000_u32 {
            let from = Origin::Network(IpAddr::from((n + 1).to_be_bytes()));
            assert_eq!(throttle.attempt(&format!("user{n}"), &from, now), Ok(()));
            now += Duration::from_millis(1);
        }
        assert!(throttle.names.known.len() <= MOST_KEYS);
        assert!(throttle.addresses.known.len() <= MOST_KEYS);
        assert!(throttle.budgets.whole_at.len() <= MOST_KEYS);
    }
}
