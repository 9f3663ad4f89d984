//! How often somebody may try to sign in: pure, with the time passed in.
//!
//! Every attempt counts until it has succeeded, so that many at once are no way around it. After a
//! few free ones each further attempt has to wait twice as long as the one before, by name and by
//! network address. Waits for a name stay short: whoever knows it could otherwise lock its owner out.

use std::borrow::Borrow;
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
    /// The longest wait.
    pub longest_wait: Duration,
    /// Everything is forgotten after so much silence.
    pub forget_after: Duration,
}

/// For names.
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

    /// The last attempt does not count.
    fn take_back<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some(known) = self.known.get_mut(key) {
            known.count = known.count.saturating_sub(1);
            known.free_at = known.last;
        }
    }

    /// Forgets what is over, else the quarter that has been silent longest.
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

/// Attempts by name and by address.
#[derive(Debug)]
pub struct Throttle {
    names: Counter<String>,
    addresses: Counter<IpAddr>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { names: Counter::new(BY_NAME), addresses: Counter::new(BY_ADDRESS) }
    }
}

impl Throttle {
    /// Counts an attempt that may be made now.
    ///
    /// # Errors
    /// How long to wait before the next one; nothing is counted then.
    pub fn attempt(&mut self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let name = name.to_owned();
        let wait = self.names.wait(&name, now).max(self.addresses.wait(&address, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.names.count(&name, now);
        self.addresses.count(&address, now);
        Ok(())
    }

    /// The attempt succeeded: the name starts afresh, the address has one attempt less.
    ///
    /// The address does not start afresh, or one good account would pay for guessing all others.
    pub fn succeeded(&mut self, name: &str, address: IpAddr) {
        self.names.known.remove(name);
        self.addresses.take_back(&address);
    }

    /// Nobody could tell whether the attempt was right: it was none, or an outage would lock out
    /// everybody who tried meanwhile.
    pub fn not_judged(&mut self, name: &str, address: IpAddr) {
        self.names.take_back(name);
        self.addresses.take_back(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn waits_double_up_to_a_bound_and_are_forgotten() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..BY_NAME.free_attempts {
            assert_eq!(throttle.attempt("chen", address(1), now), Ok(()));
        }
        assert_eq!(throttle.attempt("chen", address(1), now), Ok(()));
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = throttle.attempt("chen", address(2), now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(throttle.attempt("chen", address(2), now), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(throttle.attempt("lin", address(3), now), Ok(()), "others are not slowed down");
        now += BY_NAME.forget_after;
        assert_eq!(throttle.attempt("chen", address(2), now), Ok(()));
        assert_eq!(throttle.attempt("chen", address(2), now), Ok(()));
    }

    #[test]
    fn attempts_at_once_are_no_way_around() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let allowed = (0..1000).filter(|_| throttle.attempt("chen", address(1), now).is_ok());
        assert_eq!(allowed.count() as u32, BY_NAME.free_attempts + 1);
        let names = (0..1000).map(|n| format!("user{n}"));
        let mut throttle = Throttle::default();
        let allowed = names.filter(|name| throttle.attempt(name, address(1), now).is_ok());
        assert_eq!(allowed.count() as u32, BY_ADDRESS.free_attempts + 1);
    }

    #[test]
    fn success_frees_the_name_but_not_the_address() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(throttle.attempt("chen", address(1), now), Ok(()));
            throttle.succeeded("chen", address(1));
        }
        // A guesser with one good account.
        let mut guesses = 0;
        for n in 0..1000 {
            if throttle.attempt(&format!("user{n}"), address(1), now).is_ok() {
                guesses += 1;
            }
            if throttle.attempt("mine", address(1), now).is_ok() {
                throttle.succeeded("mine", address(1));
            }
            now += Duration::from_millis(1);
        }
        assert!(guesses <= 1 + BY_ADDRESS.free_attempts, "{guesses}");
    }

    #[test]
    fn an_outage_counts_as_no_attempt_and_excuses_none() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..1000 {
            assert_eq!(throttle.attempt("chen", address(1), now), Ok(()));
            throttle.not_judged("chen", address(1));
        }
        let mut guesses = 0;
        for n in 0..1000 {
            if throttle.attempt("chen", address(1), now).is_ok() {
                if n % 2 == 0 {
                    guesses += 1;
                } else {
                    throttle.not_judged("chen", address(1));
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
            let address = IpAddr::from((n + 1).to_be_bytes());
            assert_eq!(throttle.attempt(&format!("user{n}"), address, now), Ok(()));
            now += Duration::from_millis(1);
        }
        assert!(throttle.names.known.len() <= MOST_KEYS);
        assert!(throttle.addresses.known.len() <= MOST_KEYS);
    }
}
